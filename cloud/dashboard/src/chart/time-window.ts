// The part of time that a chart shows: named lengths, zooming and panning, and the grid of equal spans that is asked of the hub.
import { jstMs, jstYear } from './jst.ts'

/** [fromMs, toMs), Unix ms. */
export interface TimeWindow {
  readonly fromMs: number
  readonly toMs: number
}

/** As the hub is asked for it: a window that was pinched or dragged has edges between two milliseconds. */
export function wholeMs({ fromMs, toMs }: TimeWindow): TimeWindow {
  return { fromMs: Math.floor(fromMs), toMs: Math.ceil(toMs) }
}

/** Equal spans that cover a window; their edges lie on midnights of Japan or divide the days between evenly. */
export interface Grid extends TimeWindow {
  readonly widthMs: number
}

export const chartLengths = ['1h', '24h', '7d', '30d', 'season', '1y'] as const
export type ChartLength = (typeof chartLengths)[number]

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs
const zoneMs = 9 * hourMs

const lengthsMs: Readonly<Record<Exclude<ChartLength, 'season'>, number>> = {
  '1h': hourMs,
  '24h': dayMs,
  '7d': 7 * dayMs,
  '30d': 30 * dayMs,
  '1y': 365 * dayMs,
}

/** Paddies are made ready in April. */
const seasonMonth = 4
const shortestMs = minuteMs
/** Three years: as long as hourly roll-ups are kept. */
const longestMs = 3 * 366 * dayMs

/** Each divides a day, so that a midnight of Japan is always an edge. */
const widthsMs = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 4, 6, 12, 24].map((hours) => hours * hourMs),
]

/** The window of a length that ends now. A season begins on 1 April, Japan time: in January to March that of the year before. */
export function lengthWindow(length: ChartLength, nowMs: number): TimeWindow {
  if (length !== 'season') return { fromMs: nowMs - lengthsMs[length], toMs: nowMs }
  const begun = jstMs(jstYear(nowMs), seasonMonth, 1)
  return { fromMs: begun <= nowMs ? begun : jstMs(jstYear(nowMs) - 1, seasonMonth, 1), toMs: nowMs }
}

/** The finest grid of at most `mostSpans` + 1 spans; beyond 24 hours a span it has more. */
export function gridOf({ fromMs, toMs }: TimeWindow, mostSpans: number): Grid {
  const widthMs = widthsMs.find((width) => (toMs - fromMs) / width <= mostSpans) ?? dayMs
  const down = (timeMs: number): number => Math.floor((timeMs + zoneMs) / widthMs) * widthMs - zoneMs
  const edge = down(toMs)
  return { fromMs: down(fromMs), toMs: edge === toMs ? edge : edge + widthMs, widthMs }
}

/** Narrower (`factor` < 1) or wider about one time, which stays where it is; never beyond now or three years. */
export function zoomed(window: TimeWindow, factor: number, aroundMs: number, nowMs: number): TimeWindow {
  const lengthMs = Math.min(longestMs, Math.max(shortestMs, (window.toMs - window.fromMs) * factor))
  const share = Math.min(1, Math.max(0, (aroundMs - window.fromMs) / (window.toMs - window.fromMs)))
  const fromMs = Math.round(aroundMs - share * lengthMs)
  return within({ fromMs, toMs: fromMs + lengthMs }, nowMs)
}

/** Moved by a share of its own length; never beyond now. */
export function panned(window: TimeWindow, share: number, nowMs: number): TimeWindow {
  const byMs = Math.round((window.toMs - window.fromMs) * share)
  return within({ fromMs: window.fromMs + byMs, toMs: window.toMs + byMs }, nowMs)
}

/** What was brushed, at least a minute long, whichever way it was drawn. */
export function brushed(aMs: number, bMs: number, nowMs: number): TimeWindow {
  const fromMs = Math.round(Math.min(aMs, bMs))
  return within({ fromMs, toMs: Math.max(fromMs + shortestMs, Math.round(Math.max(aMs, bMs))) }, nowMs)
}

function within({ fromMs, toMs }: TimeWindow, nowMs: number): TimeWindow {
  const overMs = Math.max(0, toMs - nowMs)
  return { fromMs: fromMs - overMs, toMs: toMs - overMs }
}
