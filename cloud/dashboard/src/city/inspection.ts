// What a line is doing, out of its newest verdicts: pace, run of good or bad parts, and the heat of a picture.
import type { EventItem } from '../api/shapes.ts'

export type Verdict = 'pass' | 'reject' | 'unknown'

export function verdictOf({ state }: Pick<EventItem, 'state'>): Verdict {
  return state === 'pass' || state === 'reject' ? state : 'unknown'
}

/** How many of the newest parts in a row got the same verdict; `parts` newest first. */
export function runOf(parts: readonly EventItem[]): { readonly verdict: Verdict; readonly length: number } {
  const verdict = parts[0] === undefined ? 'unknown' : verdictOf(parts[0])
  const other = parts.findIndex((part) => verdictOf(part) !== verdict)
  return { verdict, length: other < 0 ? parts.length : other }
}

/** Parts a minute, by the median time from one to the next of the newest ten; null where too few are known. */
export function paceOf(parts: readonly EventItem[]): number | null {
  const gaps = gapsOf(parts)
  const median = gaps[Math.floor(gaps.length / 2)]
  return median === undefined || median <= 0 ? null : 60_000 / median
}

/** Since when no part has come, where that is three usual gaps and a minute ago, Unix ms; undefined: it runs. */
export function stoppedSince(parts: readonly EventItem[], nowMs: number): number | undefined {
  const newest = parts[0]?.time
  if (newest === undefined) return undefined
  const gaps = gapsOf(parts)
  const usual = gaps[Math.floor(gaps.length / 2)] ?? 0
  return nowMs - newest > Math.max(60_000, 3 * usual) ? newest : undefined
}

/** In rising order. */
function gapsOf(parts: readonly EventItem[]): readonly number[] {
  const newest = parts.slice(0, 10)
  return newest
    .slice(1)
    .map(({ time }, index) => (newest[index]?.time ?? time) - time)
    .sort((a, b) => a - b)
}

type Heat = NonNullable<EventItem['heat']>

/** From cool to hot; the caption's scale is drawn with the same. */
const colours = [
  [31, 12, 72],
  [120, 28, 109],
  [207, 68, 70],
  [251, 155, 6],
  [247, 243, 165],
] as const
/** Below the first score nothing is drawn; from the second on the heat hides most of the picture. */
const visibleFrom = 0.1
const fullFrom = 0.6
const opacity = 0.75

/** RGBA of the grid, row by row. */
export function heatPixels({ columns, rows, cells }: Heat): Uint8ClampedArray<ArrayBuffer> {
  const scores = Uint8Array.from(atob(cells), (character) => character.charCodeAt(0))
  const pixels = new Uint8ClampedArray(columns * rows * 4)
  for (let at = 0; at < columns * rows; at += 1) {
    const score = (scores[at] ?? 0) / 255
    const strength = Math.min(1, Math.max(0, (score - visibleFrom) / (fullFrom - visibleFrom)))
    pixels.set([...colourOf(score), 255 * opacity * strength], at * 4)
  }
  return pixels
}

function colourOf(score: number): readonly number[] {
  const place = Math.min(1, Math.max(0, score)) * (colours.length - 1)
  const from = colours[Math.floor(place)] ?? colours[0]
  const to = colours[Math.ceil(place)] ?? from
  return from.map((part, channel) => part + (place % 1) * ((to[channel] ?? part) - part))
}
