// Plain payloads: JSON documents by paths, as most devices publish them, and bare numbers or words.
import { AppError } from '../../broker/contract/app-error.ts'
import { looksLikeJson, parseJson } from '../../broker/contract/json-bytes.ts'
import type { Measurement } from '../driver.ts'
import { measureValue } from './channel-values.ts'
import { numberAt, timeAt, valueAt } from './json-path.ts'
import type { MqttChannel, MqttProfile } from './profile-schemas.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })
const maxWordBytes = 1024

/**
 * The measurements of a message: of each channel whose topic it is and whose path it has. A document often has only a part
 * of them. Throws `payload.malformed`.
 */
export function readPlainPayload(topic: string, payload: Uint8Array, profile: MqttProfile): readonly Measurement[] {
  const channels = profile.channels.filter((channel) => isOfTopic(channel, topic))
  const document = parsed(payload)
  const timeMs = eventTime(document, profile)
  const context = timeMs === undefined ? {} : { timeMs }
  return channels.flatMap((channel) => {
    if (!('path' in channel.source)) return []
    const raw = valueAt(document, channel.source.path)
    return raw === undefined ? [] : [measureValue(channel, raw, context)]
  })
}

function isOfTopic({ source }: MqttChannel, topic: string): boolean {
  if (!('path' in source) || source.topic === undefined) return true
  return topic === source.topic || topic.endsWith(`/${source.topic}`)
}

/** A document, or a bare word: `21.5`, `"ON"`, `ON`. */
function parsed(payload: Uint8Array): unknown {
  if (looksLikeJson(payload)) return parseJson(payload)
  if (payload.length === 0 || payload.length > maxWordBytes) {
    throw new AppError('payload.malformed', `the payload of ${payload.length} bytes is neither JSON nor a single value`)
  }
  const text = decoded(payload)
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function decoded(payload: Uint8Array): string {
  try {
    return utf8.decode(payload).trim()
  } catch (cause) {
    throw new AppError('payload.malformed', 'the payload is not UTF-8', { cause })
  }
}

function eventTime(document: unknown, { mqtt: { time } }: MqttProfile): number | undefined {
  if (time === undefined) return undefined
  if (time.format === 'iso') return timeAt(document, time.path)
  const value = numberAt(document, time.path)
  return value === undefined ? undefined : Math.round(time.format === 'unix-s' ? value * 1000 : value)
}
