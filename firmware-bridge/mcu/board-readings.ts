// From what a board says (SenML) to the measurements of a device, by the names in its profile.
import { splitSeriesName } from '../../broker/contract/sample.ts'
import type { QualityReason, SampleValue } from '../../broker/contract/sample.ts'
import type { Reading } from '../../broker/contract/senml.ts'
import { measure, unusable } from '../channel-measurement.ts'
import { deviceUnits } from '../device-units.ts'
import type { DriverDiscard, Measurement } from '../driver.ts'
import type { McuChannel, McuProfile } from './profile-schema.ts'

/** Names that a profile does not list and that are passed on: a board gone mad must not make series without end. */
const maxPassedNames = 64
const maxChannelLength = 48
const reasons: readonly string[] = [
  'range',
  'sensor-fault',
  'stale',
  'reset',
  'timeout',
  'connection',
] satisfies QualityReason[]

/** Of one device: keeps which names it has passed on. */
export class BoardReadings {
  readonly #profile: McuProfile
  readonly #channels: ReadonlyMap<string, readonly McuChannel[]>
  /** The part of every name that stands for this board on its line. */
  readonly #prefix: string | undefined
  readonly #discard: (reason: DriverDiscard, amount: number) => void
  readonly #passed = new Set<string>()

  constructor(
    profile: McuProfile,
    prefix: string | undefined,
    discard: (reason: DriverDiscard, amount: number) => void,
  ) {
    this.#profile = profile
    this.#prefix = prefix
    this.#discard = discard
    this.#channels = Map.groupBy(profile.channels, (channel) => channel.source.name)
  }

  /** True where the name is one of this board's. */
  owns(name: string): boolean {
    return this.#prefix === undefined || name.startsWith(this.#prefix)
  }

  /** The measurements of this board's readings, in their order. Every one has the time that the board gave or the arrival's. */
  measurementsOf(readings: readonly Reading[]): readonly Measurement[] {
    return readings.flatMap((reading) => {
      const name = this.#localName(reading.name)
      const listed = this.#channels.get(name)
      if (listed !== undefined) return listed.map((channel) => measurementOf(channel, reading))
      return this.#passOn(name, reading)
    })
  }

  #localName(name: string): string {
    return this.#prefix === undefined ? splitSeriesName(name).channel : name.slice(this.#prefix.length)
  }

  #passOn(name: string, reading: Reading): readonly Measurement[] {
    const id = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, maxChannelLength)
    const isWanted = this.#profile.mcu?.unlisted === 'pass' && id !== ''
    if (!isWanted || (this.#passed.size >= maxPassedNames && !this.#passed.has(id))) {
      this.#discard(isWanted ? 'overflow' : 'foreign', 1)
      return []
    }
    this.#passed.add(id)
    return [measurementOf({ id }, reading)]
  }
}

type ChannelOfBoard = Omit<McuChannel, 'label' | 'source'>

/** A unit that came with the value takes the place of the profile's; `range` is then in the SenML primary unit. */
function measurementOf(listed: ChannelOfBoard, reading: Reading): Measurement {
  const { unit: ownUnit, ...others } = listed
  const isUnitSent = reading.unit !== undefined && deviceUnits.isKnown(reading.unit)
  const channel: ChannelOfBoard = isUnitSent || ownUnit === undefined ? others : { ...others, unit: ownUnit }
  const context = { ...(isUnitSent ? { unit: reading.unit } : {}), timeMs: reading.timeMs }
  if (reading.quality === 'bad') return unusable(channel, reasonOf(reading), context)
  const measured = reading.value === null ? textMeasurement(channel, reading) : measure(channel, reading.value, context)
  if (reading.quality === 'good' || measured.quality !== 'good') return measured
  return { ...measured, quality: reading.quality, reason: reasonOf(reading) }
}

function textMeasurement(channel: ChannelOfBoard, reading: Reading): Measurement {
  const value: SampleValue = reading.text
  return { channel: channel.id, value, unit: undefined, quality: 'good', reason: undefined, timeMs: reading.timeMs }
}

function reasonOf({ text }: Reading): QualityReason {
  return text !== null && reasons.includes(text) ? (text as QualityReason) : 'sensor-fault'
}
