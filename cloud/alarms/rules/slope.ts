// How fast a value changes: the slope over a window of event time, whatever the spacing of its readings.

/** Readings of one slot of the window, as their mean: n, mean time after the first reading (ms), mean value. */
export type SlopeSlot = readonly [count: number, timeMs: number, value: number]

/** What is remembered between readings; times are Unix ms. */
export interface SlopeMemory {
  /** Time of the newest reading taken in. */
  readonly newestMs: number
  readonly slots: readonly SlopeSlot[]
}

export const emptySlope: SlopeMemory = { newestMs: Number.NEGATIVE_INFINITY, slots: [] }

/** A window is kept as the means of so many slots, however many readings fall into it. */
const slotsPerWindow = 48
/** A window is judged when readings cover at least so much of it … */
const leastCover = 0.8
/** … and no gap between two is longer than this part of it. */
const longestGap = 0.5

/** Takes a reading in; one that is not newer than the newest changes nothing. */
export function addToSlope(memory: SlopeMemory, timeMs: number, value: number, windowMs: number): SlopeMemory {
  if (timeMs <= memory.newestMs) return memory
  const slotMs = windowMs / slotsPerWindow
  const slotOf = (atMs: number): number => Math.floor(atMs / slotMs)
  // One slot before the window stays, so that its left edge lies between two known points.
  const kept = memory.slots.filter(([, atMs]) => atMs >= timeMs - windowMs - slotMs)
  const last = kept.at(-1)
  if (last === undefined || slotOf(last[1]) !== slotOf(timeMs)) {
    return { newestMs: timeMs, slots: [...kept, [1, timeMs, value]] }
  }
  const count = last[0] + 1
  const mean: SlopeSlot = [count, last[1] + (timeMs - last[1]) / count, last[2] + (value - last[2]) / count]
  return { newestMs: timeMs, slots: [...kept.slice(0, -1), mean] }
}

/**
 * Least-squares slope per ms of the line through the slots, drawn as a continuous function over the window: each stretch of
 * time weighs alike, so that a burst of readings weighs no more than its duration. Undefined where readings do not cover
 * the window. For a polyline v(t) over [a, b] the slope is ∫(t − m)·v dt ÷ ∫(t − m)² dt with m the middle of [a, b].
 */
export function slopePerMs({ slots, newestMs }: SlopeMemory, windowMs: number): number | undefined {
  const points = clipped(slots, newestMs - windowMs)
  const first = points[0]
  const last = points.at(-1)
  if (first === undefined || last === undefined) return undefined
  const spanMs = last.timeMs - first.timeMs
  if (spanMs <= 0 || spanMs < windowMs * leastCover - windowMs / slotsPerWindow) return undefined
  const middleMs = spanMs / 2
  let moment = 0
  for (let index = 1; index < points.length; index += 1) {
    const from = points[index - 1] as Point
    const to = points[index] as Point
    const lengthMs = to.timeMs - from.timeMs
    if (lengthMs > windowMs * longestGap) return undefined
    const left = from.timeMs - first.timeMs - middleMs
    const right = left + lengthMs
    // Simpson's rule is exact for the product of two straight lines.
    const centre = ((left + right) / 2) * ((from.value + to.value) / 2)
    moment += (lengthMs / 6) * (left * from.value + 4 * centre + right * to.value)
  }
  return moment / (spanMs ** 3 / 12)
}

interface Point {
  readonly timeMs: number
  readonly value: number
}

/** The slots from the left edge on; the edge itself is interpolated where a slot lies before it. */
function clipped(slots: readonly SlopeSlot[], edgeMs: number): readonly Point[] {
  const points: Point[] = []
  let before: Point | undefined
  for (const [, timeMs, value] of slots) {
    if (timeMs < edgeMs) {
      before = { timeMs, value }
      continue
    }
    if (before !== undefined && points.length === 0 && timeMs > edgeMs) {
      const part = (edgeMs - before.timeMs) / (timeMs - before.timeMs)
      points.push({ timeMs: edgeMs, value: before.value + part * (value - before.value) })
    }
    points.push({ timeMs, value })
  }
  return points
}
