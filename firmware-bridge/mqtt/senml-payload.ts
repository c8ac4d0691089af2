// SenML from anything that can publish: RFC 8428 packs in JSON or CBOR, by the names of their records.
import { decodePack } from '../../broker/contract/pack-codec.ts'
import { deviceReasons, type QualityReason } from '../../broker/contract/sample.ts'
import type { Reading } from '../../broker/contract/senml.ts'
import { toPrimaryUnit } from '../../broker/contract/units.ts'
import type { Measurement } from '../driver.ts'
import { derivedChannel, measureValue } from './channel-values.ts'
import type { MqttProfile } from './profile-schemas.ts'

export interface SenmlMeasurements {
  readonly measurements: readonly Measurement[]
  /** Records that no channel lists and that were left out. */
  readonly unlisted: number
}

/**
 * The measurements of a pack, in the order of their time; a relative time is one relative to `nowMs` (Unix ms). The unit
 * of the record takes the place of the channel's. Throws `payload.malformed`, `senml.invalid`, `senml.version`,
 * `limit.exceeded`.
 */
export function readSenmlPayload(payload: Uint8Array, nowMs: number, profile: MqttProfile): SenmlMeasurements {
  let unlisted = 0
  const measurements = decodePack(payload, nowMs).flatMap((reading) => {
    const measured = measurementOf(reading, profile)
    if (measured === undefined) unlisted += 1
    return measured ?? []
  })
  return { measurements, unlisted }
}

function measurementOf(reading: Reading, profile: MqttProfile): Measurement | undefined {
  const last = reading.name.slice(Math.max(reading.name.lastIndexOf(':'), reading.name.lastIndexOf('/')) + 1)
  const listed = profile.channels.find(
    ({ source }) => 'name' in source && (source.name === reading.name || source.name === last),
  )
  if (listed === undefined && profile.mqtt.unlisted !== 'pass') return undefined
  const id = listed?.id ?? derivedChannel(last === '' ? reading.name : last)
  if (id === undefined) return undefined
  const unit = knownUnit(reading.unit)
  const context = { timeMs: reading.timeMs, ...(unit === undefined ? {} : { unit }) }
  const isText = reading.value === null
  const measured = measureValue({ ...(listed ?? { id }), ...(isText ? { text: true } : {}) }, rawOf(reading), context)
  return reading.quality === 'good' ? measured : withQuality(measured, reading)
}

/** A bad record without a value has its reason where a text would be. */
function rawOf({ value, text, quality }: Reading): number | string | null {
  if (value !== null) return value
  return quality === 'good' ? text : null
}

/** A unit that SenML does not know is left to the profile. */
function knownUnit(unit: string | undefined): string | undefined {
  return unit !== undefined && toPrimaryUnit(0, unit) !== undefined ? unit : undefined
}

const reasons: ReadonlySet<string> = new Set(deviceReasons)

/** What the sender says of its own reading stays so: it knows more of its sensor. */
function withQuality(measured: Measurement, { quality, text }: Reading): Measurement {
  const reason = text !== null && reasons.has(text) ? (text as QualityReason) : 'sensor-fault'
  return { ...measured, quality: measured.quality === 'bad' ? 'bad' : quality, reason }
}
