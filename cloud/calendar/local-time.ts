// Wall-clock time in any zone of the time zone database: what rules, quiet hours, digests and rotas are written in.
import { type DayNumber, dayMs } from './day-number.ts'
import { japanMs } from './japan-days.ts'

export interface LocalTime {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  /** Minutes since local midnight, with their fraction. */
  readonly minuteOfDay: number
}

const minuteMs = 60_000
/** Zones change their offset only at whole quarters of an hour. */
const slotMs = 15 * minuteMs

interface Zone {
  readonly format: Intl.DateTimeFormat
  slot: number
  offsetMs: number
}

/** Owner: this module; one entry per zone that somebody names. */
const zones = new Map<string, Zone>()

/** Is this a time zone of the IANA database that this machine knows? */
export function isTimeZone(name: string): boolean {
  try {
    zoneOf(name)
    return true
  } catch {
    return false
  }
}

/** Wall-clock time at an instant (Unix ms). Throws RangeError for a zone that nobody knows. */
export function localTime(ms: number, timeZone: string): LocalTime {
  const shifted = new Date(ms + offsetMs(ms, timeZone))
  const sinceMidnightMs = ((shifted.getTime() % dayMs) + dayMs) % dayMs
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    minuteOfDay: sinceMidnightMs / minuteMs,
  }
}

export function dayOf(ms: number, timeZone: string): DayNumber {
  return Math.floor((ms + offsetMs(ms, timeZone)) / dayMs)
}

/**
 * The instant at which the clocks of a time zone show this minute of this day; an hour that is left out in spring means the
 * moment of the jump or soon after, one that comes twice in autumn means its first time.
 */
export function instantOf(day: DayNumber, minute: number, timeZone: string): number {
  const wall = day * dayMs + minute * minuteMs
  const early = wall - offsetMs(wall - dayMs, timeZone)
  const late = wall - offsetMs(wall + dayMs, timeZone)
  const fits = [early, late].filter((ms) => ms + offsetMs(ms, timeZone) === wall)
  return fits.length > 0 ? Math.min(...fits) : Math.max(early, late)
}

/** The first instant after `ms` at which the clocks show `minute`. */
export function nextTimeOfDay(ms: number, minute: number, timeZone: string): number {
  const today = dayOf(ms, timeZone)
  for (const day of [today, today + 1, today + 2]) {
    const at = instantOf(day, minute, timeZone)
    if (at > ms) return at
  }
  return ms + dayMs
}

/** Minutes since midnight of `HH:MM`. */
export function parseTimeOfDay(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5))
}

/** What clocks of the zone show less UTC, in ms. */
function offsetMs(ms: number, timeZone: string): number {
  // It has had no summer time since.
  if (timeZone === 'Asia/Tokyo' && ms > 0) return japanMs
  const zone = zoneOf(timeZone)
  const slot = Math.floor(ms / slotMs)
  if (zone.slot !== slot) {
    zone.offsetMs = wallClockMs(slot * slotMs, zone.format) - slot * slotMs
    zone.slot = slot
  }
  return zone.offsetMs
}

function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone)
  if (known !== undefined) return known
  const numeric = 'numeric' as const
  const fields = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric }
  const format = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', hourCycle: 'h23', ...fields })
  const zone = { format, slot: Number.NaN, offsetMs: 0 }
  zones.set(timeZone, zone)
  return zone
}

function wallClockMs(ms: number, format: Intl.DateTimeFormat): number {
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}
