// From bytes to a checked message: what ingest understands of one publish, decided once, at the border.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { StatusDocument } from '../../broker/contract/documents.ts'
import { decodeEnvelope, readEnvelopeHeader, type EnvelopeHeader } from '../../broker/contract/envelope-codec.ts'
import { decodeEventMessage, type EventMessage } from '../../broker/contract/event-message.ts'
import { decodePack } from '../../broker/contract/pack-codec.ts'
import type { Reading } from '../../broker/contract/senml.ts'
import type { UpChannel } from '../../broker/contract/topics.ts'

/** One publish as a broker hands it over. */
export interface IncomingMessage {
  readonly topic: string
  readonly payload: Uint8Array
}

/**
 * sequenced: readings under the outbox's numbering. event: one event under it, `body` being its JSON for the store. bare: readings of a device that knows only MQTT. document: a status.
 * poison: bytes that cannot be used; with a header the stream can still move past it. ignored: not for ingest.
 */
export type Decoded =
  | { readonly kind: 'sequenced'; readonly header: EnvelopeHeader; readonly readings: readonly Reading[] }
  | ({ readonly kind: 'event'; readonly body: string } & EventMessage)
  | { readonly kind: 'bare'; readonly readings: readonly Reading[] }
  | { readonly kind: 'status'; readonly document: StatusDocument }
  | { readonly kind: 'poison'; readonly header: EnvelopeHeader | undefined; readonly error: AppError }
  | { readonly kind: 'ignored' }

const maxReadingsPerMessage = 10_000
/** Characters; in UTF-8 below the 64 KiB that InfluxDB takes as a string. */
const maxTextLength = 16_384
const maxUnitLength = 64
/** Bytes of an event's JSON; InfluxDB bounds strings at 64 KiB. */
const maxEventBody = 60_000
/** 1677 to 2262: what every store can keep. A store that refuses one reading would refuse its whole group, for ever. */
const maxTimeMs = 9_223_372_036_000

/** Decodes and validates; every fault comes back as `poison`. */
export function decodeMessage(channel: UpChannel, payload: Uint8Array, nowMs: number): Decoded {
  try {
    return decodeChannel(channel, payload, nowMs)
  } catch (thrown) {
    const sequenced = channel === 'telemetry' || channel === 'event'
    const header = sequenced ? readEnvelopeHeader(payload) : undefined
    return { kind: 'poison', header, error: toAppError(thrown, 'payload.malformed') }
  }
}

function decodeChannel(channel: UpChannel, payload: Uint8Array, nowMs: number): Decoded {
  switch (channel) {
    case 'event': {
      const message = decodeEventMessage(payload)
      return { kind: 'event', ...message, body: eventBody(message) }
    }
    case 'telemetry': {
      const envelope = decodeEnvelope(payload, nowMs)
      checkReadings(envelope.readings)
      return { kind: 'sequenced', header: envelope, readings: envelope.readings }
    }
    case 'senml': {
      const readings = decodePack(payload, nowMs)
      checkReadings(readings)
      return { kind: 'bare', readings }
    }
    case 'status':
      return { kind: 'status', document: decodeDocument(StatusDocument, payload) }
    case 'reported':
    case 'log':
      return { kind: 'ignored' }
    default:
      throw new AppError('topic.invalid', `ingest does not know the channel "${String(channel satisfies never)}"`)
  }
}

/** Points of five decimals are exact to a fiftieth of a pixel in a frame of 2,000. */
function eventBody({ event }: EventMessage): string {
  const { boxes, mask } = event
  const rounded = (value: number) => Math.round(value * 1e5) / 1e5
  const body = JSON.stringify({
    ...event,
    boxes: boxes?.map((box) => ({
      ...box,
      x: rounded(box.x),
      y: rounded(box.y),
      width: rounded(box.width),
      height: rounded(box.height),
    })),
    mask: mask?.map((ring) => ring.map(rounded)),
  })
  if (Buffer.byteLength(body) > maxEventBody) {
    throw new AppError('limit.exceeded', `an event of more than ${maxEventBody} bytes as JSON`)
  }
  return body
}

/**
 * The codec has refused bad names, numbers that are not finite and times outside the calendar; sizes, and what no store
 * could keep, are ours to refuse, here and not by a failed commit that other gateways' readings share.
 */
function checkReadings(readings: readonly Reading[]): void {
  if (readings.length > maxReadingsPerMessage) {
    throw new AppError(
      'limit.exceeded',
      `${readings.length} readings in one message; ${maxReadingsPerMessage} are allowed`,
    )
  }
  for (const { timeMs, text, unit } of readings) {
    if (timeMs > maxTimeMs || timeMs < -maxTimeMs) {
      throw new AppError('limit.exceeded', `the time ${timeMs} ms lies outside of 1677 to 2262`)
    }
    if (text !== null && text.length > maxTextLength) {
      throw new AppError('limit.exceeded', `a text of ${text.length} characters; ${maxTextLength} are allowed`)
    }
    if (unit !== undefined && unit.length > maxUnitLength) {
      throw new AppError('limit.exceeded', `a unit of ${unit.length} characters; ${maxUnitLength} are allowed`)
    }
  }
}
