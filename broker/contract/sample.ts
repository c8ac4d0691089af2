// The value that travels: one measurement of one channel, with unit and quality, before and after the wire.

/** good: as measured. uncertain: measured, but doubtful (range, stale, partial). bad: not usable; the reason says why. */
export type Quality = 'good' | 'uncertain' | 'bad'

/** Why a device says that its own reading is not good. Stable codes, shown to people through a table of texts. */
export const deviceReasons = [
  'timeout',
  'crc',
  'frame',
  'exception',
  'connection',
  'range',
  'sensor-fault',
  'stale',
  'reset',
] as const

/** Why a sample is not good: by its device, its driver, or on the way. */
const qualityReasons = [
  ...deviceReasons,
  'model',
  /** The picture is damaged or of a kind that is not judged; the model was not asked. */
  'image',
  /** Set by the hub: the event time lies in its future. */
  'clock',
  /** Set by the hub: the unit is not the one that the series began with. */
  'unit',
] as const
export type QualityReason = (typeof qualityReasons)[number]

export type SampleValue = number | string | boolean | null

/**
 * One measurement. `name` is `device:channel` (SenML name characters only), `timeMs` Unix milliseconds of the event,
 * `unit` a SenML primary unit or undefined. `value` is null only when the quality is bad and nothing was measured.
 */
export interface Sample {
  readonly name: string
  readonly timeMs: number
  readonly value: SampleValue
  readonly unit: string | undefined
  readonly quality: Quality
  readonly reason: QualityReason | undefined
}

/** `device:channel`; the part after the last `:` or `/` is the channel. */
export function splitSeriesName(name: string): { readonly device: string; readonly channel: string } {
  const cut = Math.max(name.lastIndexOf(':'), name.lastIndexOf('/'))
  return cut < 0 ? { device: '', channel: name } : { device: name.slice(0, cut), channel: name.slice(cut + 1) }
}
