// Wall-clock time of a named zone: for cameras that write the local time without an offset, and for the hours of uploads.

/** Minutes since midnight in the zone. Throws RangeError for a zone that is not known. */
export function minuteOfDay(zone: string, timeMs: number): number {
  const local = new Date(timeMs + offsetMs(zone, timeMs))
  return local.getUTCHours() * 60 + local.getUTCMinutes()
}

/**
 * Unix ms of a local time given as if it were UTC. In the hour that a zone repeats at the end of summer time, the later
 * one; Japan has none.
 */
export function instantOf(zone: string, localMs: number): number {
  const guess = localMs - offsetMs(zone, localMs)
  return localMs - offsetMs(zone, guess)
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** What the zone's clocks are ahead of UTC at an instant. */
function offsetMs(zone: string, timeMs: number): number {
  const format = formats.get(zone) ?? formatOf(zone)
  formats.set(zone, format)
  const parts = new Map(format.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]))
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
  const day = Date.UTC(part('year'), part('month') - 1, part('day'))
  const clock = ((part('hour') * 60 + part('minute')) * 60 + part('second')) * 1000
  return day + clock - Math.floor(timeMs / 1000) * 1000
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const numbers = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const
  return new Intl.DateTimeFormat('en-US', { timeZone, ...numbers, second: 'numeric', hourCycle: 'h23' })
}
