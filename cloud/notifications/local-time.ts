// Wall-clock time in a person's time zone: what quiet hours, digests and rotas are written in.

export interface LocalTime {
  readonly year: number
  readonly month: number
  readonly day: number
  /** Minutes since local midnight, 0 to 1439. */
  readonly minute: number
}

/** A local date as days since 1970-01-01, so that dates can be counted with. */
export type DayNumber = number

const dayMs = 86_400_000
const minuteMs = 60_000
const formats = new Map<string, Intl.DateTimeFormat>()

/** Is this a time zone of the IANA database that this machine knows? */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

/** Wall-clock time at an instant (Unix ms). */
export function localTime(ms: number, timeZone: string): LocalTime {
  const shifted = new Date(ms + offsetMs(ms, timeZone))
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    minute: shifted.getUTCHours() * 60 + shifted.getUTCMinutes(),
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

/** 0 = Sunday. */
export function weekdayOf(day: DayNumber): number {
  return (((day + 4) % 7) + 7) % 7
}

/** `2026-11-23` */
export function dateText(day: DayNumber): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

/** The inverse of dateText; undefined for what is no date. */
export function parseDate(text: string): DayNumber | undefined {
  const day = Date.parse(`${text}T00:00:00Z`) / dayMs
  return Number.isInteger(day) && dateText(day) === text ? day : undefined
}

/** Minutes since midnight of `HH:MM`. */
export function parseTimeOfDay(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5))
}

/** What clocks of the zone show less UTC, in ms. */
function offsetMs(ms: number, timeZone: string): number {
  if (timeZone === 'Asia/Tokyo' && ms > 0) return 9 * 3_600_000
  const parts = formatOf(timeZone).formatToParts(ms)
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value)
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return wall - Math.floor(ms / 1000) * 1000
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const numeric = 'numeric' as const
  const fields = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric }
  const format = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', hourCycle: 'h23', ...fields })
  formats.set(timeZone, format)
  return format
}
