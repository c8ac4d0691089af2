// What the gateways of bench/reconnects.ts say: a birth as the agent writes it, and readings of which each value can be foretold.
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { LocalizedText, SeriesDescription, StatusDocument } from '../../broker/contract/documents.ts'
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodePack } from '../../broker/contract/pack-codec.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { healthChannels } from '../../edge/health.ts'

/** Each gateway has one device at one site. */
const device = 'meter'
const site = 'pole'
const channels = [
  { id: 'voltage', unit: 'V', label: { ja: '電圧', en: 'Voltage' } },
  { id: 'current', unit: 'A', label: { ja: '電流', en: 'Current' } },
  { id: 'power', unit: 'W', label: { ja: '電力', en: 'Power' } },
]

const epochOf = (index: number): string => `storm-${index}`
export const seriesNames: readonly string[] = channels.map(({ id }) => `${device}:${id}`)

/** Message `seq` of a gateway, from 1 on: one reading of each channel, a second after the message before. */
export function readingTimeMs(startMs: number, seq: number): number {
  return startMs + seq * 1000
}

/** No two readings of a storm have the same value but by chance of rounding. */
export function readingValue(index: number, seq: number, channel: number): number {
  return 100 + index + seq / 8 + channel / 1024
}

export function telemetry(given: {
  readonly index: number
  readonly seq: number
  readonly prev: number
  readonly startMs: number
}): Uint8Array {
  const { index, seq, prev, startMs } = given
  const samples = channels.map(({ unit }, channel): Sample => {
    const value = readingValue(index, seq, channel)
    const name = seriesNames[channel]!
    return { name, timeMs: readingTimeMs(startMs, seq), value, unit, quality: 'good', reason: undefined }
  })
  return encodeEnvelope({ epoch: epochOf(index), seq, prev, pack: encodePack(samples, 'cbor') })
}

/** The birth of a gateway with one device, its own health beside it, as edge/status.ts writes it. */
export function birth(index: number, gateway: string): Uint8Array {
  const label = { ja: `街路灯盤 ${index}`, en: `Streetlight cabinet ${index}` }
  const position = { lat: 35.3 + (index % 100) / 1000, lon: 139.9 + Math.floor(index / 100) / 1000 }
  const document: StatusDocument = {
    ...common(index),
    state: 'online',
    agent: '0.1.0',
    label: { ja: gateway, en: gateway },
    sites: [{ id: site, kind: 'streetlight', name: label, position }],
    devices: [
      { id: 'gateway', profile: 'gateway-health', label, series: described('gateway', healthChannels) },
      { id: device, site, profile: 'power-meter', label, series: described(device, channels) },
    ],
    models: [],
    commands: [{ kind: 'restart' }, { kind: 'doctor' }, { kind: 'identify' }],
  }
  return encodeDocument(document)
}

export function lastWill(index: number): Uint8Array {
  const document: StatusDocument = { ...common(index), state: 'offline', reason: 'lost' }
  return encodeDocument(document)
}

function common(index: number) {
  return { v: 1, timeMs: Date.now(), epoch: epochOf(index) } as const
}

function described(
  of: string,
  declared: readonly { readonly id: string; readonly unit: string | undefined; readonly label: LocalizedText }[],
): SeriesDescription[] {
  return declared.map(({ id, unit, label }) => ({
    name: `${of}:${id}`,
    ...(unit === undefined ? {} : { unit }),
    intervalS: 60,
    label,
  }))
}
