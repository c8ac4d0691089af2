// Days and hours as people in Japan count them: one time zone and no summer time, so a day is nine hours off UTC.
import { type DayNumber, dayMs } from './day-number.ts'

const hourMs = 3_600_000
/** What clocks in Japan show less UTC. */
export const japanMs = 9 * hourMs

export function dayAt(timeMs: number): DayNumber {
  return Math.floor((timeMs + japanMs) / dayMs)
}

export function startOfDayMs(day: DayNumber): number {
  return day * dayMs - japanMs
}

/** 0 to 23: the hour that begins at `timeMs`. */
export function hourOfDay(timeMs: number): number {
  return Math.floor(((((timeMs + japanMs) % dayMs) + dayMs) % dayMs) / hourMs)
}
