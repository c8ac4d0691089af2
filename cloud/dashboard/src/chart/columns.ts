// Shapes readings for drawing: columns in display units, gaps kept as gaps, live readings appended.
import type { BucketedReadings } from '../api/shapes.ts'
import { toDisplay, type DisplayUnit } from '../format/units.ts'

/** Times in Unix ms; null where nothing was measured, so that the line breaks there. */
export interface Columns {
  readonly time: readonly number[]
  readonly mean: readonly (number | null)[]
  readonly min: readonly (number | null)[]
  readonly max: readonly (number | null)[]
}

export interface Extent {
  readonly min: number
  readonly mean: number
  readonly max: number
}

/** A span of silence this many times the usual one is a gap. */
const gapFactor = 3.5

/** The longest step between two points that still counts as one line, in ms. */
function longestStep(time: readonly number[], spanMs: number): number {
  const steps = time.slice(1).map((at, index) => at - (time[index] ?? at))
  const median = steps.toSorted((a, b) => a - b)[Math.floor((steps.length - 1) / 2)] ?? spanMs
  return gapFactor * Math.max(spanMs, median)
}

/** Breaks the line wherever two points are further apart than `longestStepMs`. */
function withGaps(readings: Columns, longestStepMs: number): Columns {
  const broken: { time: number[]; mean: (number | null)[]; min: (number | null)[]; max: (number | null)[] } = {
    time: [],
    mean: [],
    min: [],
    max: [],
  }
  for (const [index, at] of readings.time.entries()) {
    const before = broken.time.at(-1)
    if (before !== undefined && at - before > longestStepMs) {
      broken.time.push(before + 1)
      for (const column of [broken.mean, broken.min, broken.max]) column.push(null)
    }
    broken.time.push(at)
    broken.mean.push(readings.mean[index] ?? null)
    broken.min.push(readings.min[index] ?? null)
    broken.max.push(readings.max[index] ?? null)
  }
  return broken
}

export interface LivePoint {
  readonly timeMs: number
  readonly value: number
}

/** Puts live readings behind the buckets, leaves out what is older than `fromMs`, and breaks the line at gaps. */
export function chartColumns(
  buckets: Pick<BucketedReadings, 'time' | 'min' | 'mean' | 'max'>,
  live: readonly LivePoint[],
  span: { readonly fromMs: number; readonly spanMs: number },
): Columns {
  const last = buckets.time.at(-1) ?? -Infinity
  // The last bucket already holds the readings that arrived while it was open.
  const fresh = live.filter(({ timeMs }) => timeMs > Math.max(last + span.spanMs, span.fromMs))
  const start = buckets.time.findIndex((at) => at + span.spanMs >= span.fromMs)
  const kept = start < 0 ? buckets.time.length : start
  const values = fresh.map(({ value }) => value)
  const joined = {
    time: [...buckets.time.slice(kept), ...fresh.map(({ timeMs }) => timeMs)],
    mean: [...buckets.mean.slice(kept), ...values],
    min: [...buckets.min.slice(kept), ...values],
    max: [...buckets.max.slice(kept), ...values],
  }
  return withGaps(joined, longestStep(joined.time, span.spanMs))
}

/** Least, mean and greatest of the columns (the mean of the bucket means); undefined when there is no reading. */
export function extentOf(columns: Columns): Extent | undefined {
  const means = columns.mean.filter((value) => value !== null)
  if (means.length === 0) return undefined
  const low = columns.min.reduce<number>((least, value) => Math.min(least, value ?? Infinity), Infinity)
  const high = columns.max.reduce<number>((most, value) => Math.max(most, value ?? -Infinity), -Infinity)
  return { min: low, mean: means.reduce((sum, value) => sum + value, 0) / means.length, max: high }
}

/** The same columns in the unit that people read. */
export function inDisplayUnit(columns: Columns, display: DisplayUnit): Columns {
  const convert = (values: readonly (number | null)[]): (number | null)[] =>
    values.map((value) => (value === null ? null : toDisplay(value, display)))
  return { time: columns.time, mean: convert(columns.mean), min: convert(columns.min), max: convert(columns.max) }
}

/** The reading at one index of the columns; undefined in a gap. */
export function extentAt(columns: Columns, index: number): Extent | undefined {
  const [min, mean, max] = [columns.min[index] ?? null, columns.mean[index] ?? null, columns.max[index] ?? null]
  return min === null || mean === null || max === null ? undefined : { min, mean, max }
}

/** At most `rows` readings spread evenly over the columns, newest first, for the table beside a chart. */
export function tableRows(columns: Columns, rows: number): readonly (Extent & { readonly timeMs: number })[] {
  const measured = columns.time.flatMap((timeMs, index) => {
    const extent = extentAt(columns, index)
    return extent === undefined ? [] : [{ timeMs, ...extent }]
  })
  const step = Math.max(1, Math.ceil(measured.length / rows))
  return measured.toReversed().filter((_, index) => index % step === 0)
}
