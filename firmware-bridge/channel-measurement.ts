// From a raw number to a measurement: scale, plausible range, primary unit. The same steps for every driver.
import type { Quality, QualityReason } from '../broker/contract/sample.ts'
import { deviceUnits } from './device-units.ts'
import type { Measurement } from './driver.ts'

/** What the steps need of a channel; every profile's channels fit. */
export interface ChannelScale {
  readonly id: string
  readonly unit?: string
  readonly scale?: number
  readonly offset?: number
  readonly range?: { readonly min: number; readonly max: number }
  readonly outside?: 'uncertain' | 'bad'
}

export interface ReadingContext {
  /** The unit that came with the value; it takes the place of the channel's own. */
  readonly unit?: string
  /** Unix milliseconds, where the device or recording knows them. */
  readonly timeMs?: number
}

/**
 * The measurement of a raw value: raw × scale + offset in the channel's unit, judged by `range`, then in the SenML
 * primary unit. A value that is no finite number is a sensor fault.
 */
export function measure(channel: ChannelScale, raw: number, context: ReadingContext = {}): Measurement {
  const scaled = raw * (channel.scale ?? 1) + (channel.offset ?? 0)
  if (!Number.isFinite(scaled)) return unusable(channel, 'sensor-fault', context)
  const unit = context.unit ?? channel.unit
  const primary = unit === undefined ? { value: scaled, unit: undefined } : deviceUnits.toPrimary(scaled, unit)
  if (primary === undefined || !Number.isFinite(primary.value)) return unusable(channel, 'frame', context)
  const judged = channel.unit === undefined ? primary.value : scaled
  const isPlausible = channel.range === undefined || (judged >= channel.range.min && judged <= channel.range.max)
  const quality: Quality = isPlausible ? 'good' : (channel.outside ?? 'uncertain')
  return {
    channel: channel.id,
    // What nothing was done to stays bit by bit what the device sent.
    value: primary.value === raw ? raw : withoutBinaryNoise(primary.value),
    unit: primary.unit,
    quality,
    reason: isPlausible ? undefined : 'range',
    timeMs: context.timeMs,
  }
}

/** A bad measurement without a value: the device answered, this channel cannot be used. */
export function unusable(channel: ChannelScale, reason: QualityReason, context: ReadingContext = {}): Measurement {
  const unit = context.unit ?? channel.unit
  const primary = unit === undefined ? undefined : deviceUnits.toPrimary(0, unit)?.unit
  return { channel: channel.id, value: null, unit: primary, quality: 'bad', reason, timeMs: context.timeMs }
}

/** 0.1 × 658 is 65.80000000000001: twelve significant digits keep every sensor's resolution and drop that. */
function withoutBinaryNoise(value: number): number {
  return Number(value.toPrecision(12))
}
