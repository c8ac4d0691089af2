// The least, mean and greatest of equal spans of time, kept true while readings arrive and while finer spans replace coarser ones.
import type { BucketedReadings } from '../api/shapes.ts'
import type { Grid, TimeWindow } from './time-window.ts'

/** One span in which something was measured, [fromMs, toMs), in stored units. */
export interface Bucket {
  readonly fromMs: number
  readonly toMs: number
  readonly min: number
  readonly mean: number
  readonly max: number
  /** Readings. */
  readonly count: number
}

/** In the order of time; no two overlap. */
export type Envelope = readonly Bucket[]

/** The hub's columns as buckets of a grid, `byMs` later than they were measured. */
export function envelopeOf(readings: Omit<BucketedReadings, 'series' | 'unit'>, widthMs: number, byMs = 0): Envelope {
  return readings.time.map((timeMs, index) => ({
    fromMs: timeMs + byMs,
    toMs: timeMs + byMs + widthMs,
    min: readings.min[index] as number,
    mean: readings.mean[index] as number,
    max: readings.max[index] as number,
    count: readings.count[index] as number,
  }))
}

/** With one more reading, which lies in its bucket or opens one. Buckets of `grid` that do not exist yet begin at its edges. */
export function withReading(
  envelope: Envelope,
  reading: { readonly timeMs: number; readonly value: number },
  grid: Grid,
): Envelope {
  const { timeMs, value } = reading
  const after = firstAfter(envelope, timeMs)
  const found = envelope[after - 1]
  if (found !== undefined && timeMs < found.toMs) return envelope.with(after - 1, joined(found, value))
  const edge = grid.fromMs + Math.floor((timeMs - grid.fromMs) / grid.widthMs) * grid.widthMs
  const fromMs = Math.max(edge, found?.toMs ?? edge)
  const toMs = Math.min(edge + grid.widthMs, envelope[after]?.fromMs ?? Infinity)
  return envelope.toSpliced(after, 0, { fromMs, toMs, min: value, mean: value, max: value, count: 1 })
}

function joined({ fromMs, toMs, min, mean, max, count }: Bucket, value: number): Bucket {
  const readings = count + 1
  return {
    fromMs,
    toMs,
    min: Math.min(min, value),
    mean: mean + (value - mean) / readings,
    max: Math.max(max, value),
    count: readings,
  }
}

/**
 * Finer buckets in place of coarser ones within a span. A coarse bucket that reaches out of the span stays for its rest, of which it
 * may say too much, never too little.
 */
export function spliced(coarse: Envelope, fine: Envelope, { fromMs, toMs }: TimeWindow): Envelope {
  const before = coarse.filter((bucket) => bucket.fromMs < fromMs).map((bucket) => endedBy(bucket, fromMs))
  const behind = coarse.filter((bucket) => bucket.toMs > toMs)
  return [...before, ...fine, ...behind.map((bucket) => begunAt(bucket, toMs))]
}

function endedBy(bucket: Bucket, timeMs: number): Bucket {
  return bucket.toMs > timeMs ? { ...bucket, toMs: timeMs } : bucket
}

function begunAt(bucket: Bucket, timeMs: number): Bucket {
  return bucket.fromMs < timeMs ? { ...bucket, fromMs: timeMs } : bucket
}

/** The buckets that touch a window. */
export function within(envelope: Envelope, { fromMs, toMs }: TimeWindow): Envelope {
  const touches = (bucket: Bucket): boolean => bucket.toMs > fromMs && bucket.fromMs < toMs
  return envelope.filter(touches)
}

/** Where the first bucket stands that begins after a time. */
function firstAfter(envelope: Envelope, timeMs: number): number {
  let [low, high] = [0, envelope.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((envelope[middle] as Bucket).fromMs <= timeMs) low = middle + 1
    else high = middle
  }
  return low
}

/** The bucket that holds a time. */
export function bucketAt(envelope: Envelope, timeMs: number): Bucket | undefined {
  const found = envelope[firstAfter(envelope, timeMs) - 1]
  return found !== undefined && timeMs < found.toMs ? found : undefined
}

/** A silence this many times as long as is usual is a gap. */
const gapFactor = 3.5

/**
 * The silences of an envelope: two buckets that begin much further apart than is usual in it, and than their neighbours do. A series
 * that is read more often from some day on was not silent before.
 */
export function gapsOf(envelope: Envelope): readonly TimeWindow[] {
  const steps = envelope.slice(1).map(({ fromMs }, index) => fromMs - (envelope[index] as Bucket).fromMs)
  const middle = steps.toSorted((a, b) => a - b)[Math.floor((steps.length - 1) / 2)] ?? 0
  const usual = envelope.reduce((widest, { fromMs, toMs }) => Math.max(widest, toMs - fromMs), middle)
  return steps.flatMap((step, index) => {
    const beside = Math.min(steps[index - 1] ?? Infinity, steps[index + 1] ?? Infinity)
    const local = Number.isFinite(beside) ? Math.max(usual, beside) : usual
    const [before, after] = [envelope[index] as Bucket, envelope[index + 1] as Bucket]
    return step > gapFactor * local ? [{ fromMs: before.toMs, toMs: after.fromMs }] : []
  })
}

/** The bucket that is nearest to a time, unless the time lies in one of the gaps or beyond the ends. */
export function bucketNear(envelope: Envelope, timeMs: number, gaps: readonly TimeWindow[]): Bucket | undefined {
  if (gaps.some(({ fromMs, toMs }) => timeMs > fromMs && timeMs < toMs)) return undefined
  const place = firstAfter(envelope, timeMs)
  const [before, after] = [envelope[place - 1], envelope[place]]
  if (before === undefined || (after === undefined && timeMs >= before.toMs)) return undefined
  if (after === undefined || timeMs < before.toMs) return before
  return timeMs - before.toMs <= after.fromMs - timeMs ? before : after
}
