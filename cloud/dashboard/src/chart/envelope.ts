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
export function firstAfter(envelope: Envelope, timeMs: number): number {
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

/** The usual distance between two buckets, at least the width of the widest, ms; 0 where there is none. */
export function usualStepMs(envelope: Envelope): number {
  const steps = envelope.slice(1).map(({ fromMs }, index) => fromMs - (envelope[index] as Bucket).fromMs)
  const usual = steps.toSorted((a, b) => a - b)[Math.floor((steps.length - 1) / 2)] ?? 0
  return envelope.reduce((widest, { fromMs, toMs }) => Math.max(widest, toMs - fromMs), usual)
}

/** The bucket that is nearest to a time, unless the time lies in a gap or beyond the ends. `stepMs`: usualStepMs. */
export function bucketNear(envelope: Envelope, timeMs: number, stepMs: number): Bucket | undefined {
  const place = firstAfter(envelope, timeMs)
  const around = [envelope[place - 1], envelope[place]].filter((bucket) => bucket !== undefined)
  const [nearest] = around.toSorted((a, b) => distanceMs(a, timeMs) - distanceMs(b, timeMs))
  return nearest !== undefined && distanceMs(nearest, timeMs) <= (gapFactor * stepMs) / 2 ? nearest : undefined
}

/** 0 within. */
function distanceMs({ fromMs, toMs }: Bucket, timeMs: number): number {
  return Math.max(0, fromMs - timeMs, timeMs - toMs + 1)
}

/** The silences of an envelope: between two buckets that begin further apart than is usual. */
export function gapsOf(envelope: Envelope): readonly TimeWindow[] {
  const stepMs = usualStepMs(envelope)
  return envelope.slice(1).flatMap(({ fromMs }, index) => {
    const before = envelope[index] as Bucket
    return fromMs - before.fromMs > gapFactor * stepMs ? [{ fromMs: before.toMs, toMs: fromMs }] : []
  })
}
