// ChirpStack v4 over MQTT, JSON marshaler: uplinks and status events. Fields at their default (0, "", false) are left out.
import { AppError } from '../../broker/contract/app-error.ts'
import { parseJson } from '../../broker/contract/json-bytes.ts'
import { listAt, numberAt, objectAt, textAt, timeAt, valueAt } from '../mqtt/json-path.ts'
import { bytesOfBase64 } from './base64.ts'
import type { RadioFacts, ServerMessage } from './uplink.ts'

/** `application/{applicationId}/device/{devEui}/event/{event}` */
const topicPattern = /^application\/[^/]+\/device\/([0-9a-fA-F]{16})\/event\/([a-z]+)$/

/** Throws `payload.malformed` or `payload.schema`. */
export function readChirpstack(topic: string, payload: Uint8Array): ServerMessage {
  const [, devEui, event] = topicPattern.exec(topic) ?? []
  if (event !== 'up' && event !== 'status') return { kind: 'other' }
  const document = parseJson(payload)
  const named = textAt(document, 'deviceInfo.devEui')
  if (named === undefined || named.toLowerCase() !== devEui?.toLowerCase()) {
    throw new AppError('payload.schema', 'the event is not one of the device of its topic (JSON marshaler expected)')
  }
  return event === 'up' ? uplinkOf(document) : statusOf(document)
}

function uplinkOf(document: unknown): ServerMessage {
  return {
    kind: 'uplink',
    id: textAt(document, 'deduplicationId'),
    timeMs: timeAt(document, 'time'),
    fPort: numberAt(document, 'fPort') ?? 0,
    fCnt: numberAt(document, 'fCnt') ?? 0,
    session: textAt(document, 'devAddr') ?? '',
    payload: bytesOfBase64(textAt(document, 'data') ?? ''),
    object: valueAt(document, 'object'),
    radio: radioOf(document),
    battery: undefined,
  }
}

function radioOf(document: unknown): RadioFacts {
  const heard = listAt(document, 'rxInfo').map((entry) => ({
    rssi: numberAt(entry, 'rssi') ?? 0,
    snr: numberAt(entry, 'snr') ?? 0,
  }))
  const [best] = heard.toSorted((a, b) => b.rssi - a.rssi)
  const spreadingFactor = numberAt(document, 'txInfo.modulation.lora.spreadingFactor')
  return { rssi: best?.rssi, snr: best?.snr, gateways: heard.length, spreadingFactor }
}

function statusOf(document: unknown): ServerMessage {
  const unknown = ['externalPowerSource', 'batteryLevelUnavailable'].some((key) => objectAt(document, '')[key] === true)
  return {
    kind: 'status',
    timeMs: timeAt(document, 'time'),
    battery: unknown ? undefined : (numberAt(document, 'batteryLevel') ?? 0),
    margin: numberAt(document, 'margin') ?? 0,
  }
}
