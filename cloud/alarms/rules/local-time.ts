// The wall clock of a place: local day and time of an instant, in any zone of the time zone database.

const minuteMs = 60_000
/** Zones change their offset only at whole quarters of an hour. */
const slotMs = 15 * minuteMs

interface Zone {
  readonly format: Intl.DateTimeFormat
  slot: number
  offsetMs: number
}

/** Owner: this module; one entry per zone that a rule names. */
const zones = new Map<string, Zone>()

export interface LocalTime {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  /** Minutes since local midnight, with their fraction. */
  readonly minuteOfDay: number
}

/** True where the runtime knows this zone of the IANA database. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== ''
  } catch {
    return false
  }
}

/** `timeMs`: Unix ms. Throws RangeError for a zone that nobody knows. */
export function localTime(timeMs: number, timeZone: string): LocalTime {
  const local = new Date(timeMs + offsetMs(timeMs, timeZone))
  const sinceMidnightMs = ((local.getTime() % 86_400_000) + 86_400_000) % 86_400_000
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    minuteOfDay: sinceMidnightMs / minuteMs,
  }
}

function offsetMs(timeMs: number, timeZone: string): number {
  const zone = zones.get(timeZone) ?? openZone(timeZone)
  const slot = Math.floor(timeMs / slotMs)
  if (zone.slot !== slot) {
    zone.offsetMs = wallClockMs(slot * slotMs, zone.format) - slot * slotMs
    zone.slot = slot
  }
  return zone.offsetMs
}

function openZone(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const zone = { format, slot: Number.NaN, offsetMs: 0 }
  zones.set(timeZone, zone)
  return zone
}

function wallClockMs(timeMs: number, format: Intl.DateTimeFormat): number {
  const parts = new Map(format.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]))
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}
