// From what stands in a payload (a number, a text, a boolean, nothing) to a measurement of a channel.
import { type ChannelScale, measure, type ReadingContext, unusable } from '../channel-measurement.ts'
import type { Measurement } from '../driver.ts'

/** What the steps need of a channel; the channels of every profile of this folder fit. */
export interface ValueChannel extends ChannelScale {
  readonly codes?: Readonly<Record<string, number>>
  readonly invalid?: readonly number[]
  readonly text?: boolean
}

const numberPattern = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/
const maxTextLength = 1024

/** The measurement of a raw value. `null` is what a device says of a sensor that has no reading. */
export function measureValue(channel: ValueChannel, raw: unknown, context: ReadingContext = {}): Measurement {
  if (channel.text === true) return textOf(channel, raw, context)
  const number = numberOf(channel, raw)
  if (number === undefined) return unusable(channel, 'frame', context)
  if (channel.invalid?.includes(number) === true) return unusable(channel, 'sensor-fault', context)
  return measure(channel, number, context)
}

/** NaN for what stands for no reading; undefined for what is no value of such a channel. */
function numberOf({ codes }: ValueChannel, raw: unknown): number | undefined {
  if (raw === null) return Number.NaN
  if (codes !== undefined && (typeof raw === 'string' || typeof raw === 'boolean' || typeof raw === 'number')) {
    const key = String(raw)
    return Object.hasOwn(codes, key) ? codes[key] : Number.NaN
  }
  if (typeof raw === 'number') return raw
  if (typeof raw === 'boolean') return raw ? 1 : 0
  return typeof raw === 'string' && raw.length < 64 && numberPattern.test(raw) ? Number(raw) : undefined
}

function textOf(channel: ValueChannel, raw: unknown, context: ReadingContext): Measurement {
  if (raw === null) return unusable(channel, 'sensor-fault', context)
  const isWord = typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean'
  const value = isWord ? String(raw) : undefined
  if (value === undefined || value.length > maxTextLength) return unusable(channel, 'frame', context)
  return {
    channel: channel.id,
    value,
    unit: undefined,
    quality: 'good',
    reason: undefined,
    timeMs: context.timeMs,
  }
}

/** A channel id for what no channel lists: lower case, hyphens, at most 48 characters. Undefined where nothing is left. */
export function derivedChannel(name: string): string | undefined {
  const id = name
    .slice(0, 256)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 49)
    .replaceAll(/^-|-$/g, '')
    .slice(0, 48)
  return id === '' ? undefined : id
}
