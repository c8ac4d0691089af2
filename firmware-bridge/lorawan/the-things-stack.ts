// The Things Stack v3 over MQTT: uplinks. It speaks QoS 0 only, and leaves out fields whose value is 0, "" or false.
import { AppError } from '../../broker/contract/app-error.ts'
import { parseJson } from '../../broker/contract/json-bytes.ts'
import { listAt, numberAt, textAt, timeAt, valueAt } from '../mqtt/json-path.ts'
import { bytesOfBase64 } from './base64.ts'
import type { RadioFacts, ServerMessage } from './uplink.ts'

/** `v3/{application}@{tenant}/devices/{device}/up` */
const topicPattern = /^v3\/[^/]+\/devices\/([^/]+)\/up$/

/** Throws `payload.malformed` or `payload.schema`. */
export function readTheThingsStack(topic: string, payload: Uint8Array): ServerMessage {
  const device = topicPattern.exec(topic)?.[1]
  if (device === undefined) return { kind: 'other' }
  const document = parseJson(payload)
  const message = valueAt(document, 'uplink_message')
  if (textAt(document, 'end_device_ids.device_id') !== device || typeof message !== 'object' || message === null) {
    throw new AppError('payload.schema', 'the message is not an uplink of the device of its topic')
  }
  const fCnt = numberAt(message, 'f_cnt') ?? 0
  const session = textAt(message, 'session_key_id') ?? ''
  const devEui = textAt(document, 'end_device_ids.dev_eui') ?? device
  return {
    kind: 'uplink',
    id: session === '' ? undefined : `${devEui}/${session}/${fCnt}`,
    timeMs: timeAt(message, 'received_at') ?? timeAt(document, 'received_at'),
    fPort: numberAt(message, 'f_port') ?? 0,
    fCnt,
    session,
    payload: bytesOfBase64(textAt(message, 'frm_payload') ?? ''),
    object: valueAt(message, 'decoded_payload'),
    radio: radioOf(message),
    // From recollection of the API, not from its reference.
    battery: numberAt(message, 'last_battery_percentage.value'),
  }
}

function radioOf(message: unknown): RadioFacts {
  const heard = listAt(message, 'rx_metadata').map((entry) => ({
    rssi: numberAt(entry, 'rssi') ?? 0,
    snr: numberAt(entry, 'snr') ?? 0,
  }))
  const [best] = heard.toSorted((a, b) => b.rssi - a.rssi)
  const spreadingFactor = numberAt(message, 'settings.data_rate.lora.spreading_factor')
  return { rssi: best?.rssi, snr: best?.snr, gateways: heard.length, spreadingFactor }
}
