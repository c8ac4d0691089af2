// The calendar of Japan, which has no summer time: a fixed 9 hours ahead of UTC.

const zoneMs = 9 * 3_600_000

export interface JstDate {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
}

/** Midnight in Japan at the beginning of a day, Unix ms. */
export function jstMs(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) - zoneMs
}

export function jstDate(timeMs: number): JstDate {
  const shifted = new Date(timeMs + zoneMs)
  return { year: shifted.getUTCFullYear(), month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate() }
}

export function jstYear(timeMs: number): number {
  return jstDate(timeMs).year
}

export function isLeapYear(year: number): boolean {
  return new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1
}

/** `20261122-153000`, for addresses and file names. */
export function jstStamp(timeMs: number): string {
  const digits = new Date(timeMs + zoneMs).toISOString().replaceAll(/\D/g, '')
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}`
}

/** jstStamp's inverse; undefined for what is no time. */
export function fromJstStamp(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)$/.exec(text)?.slice(1)
  if (parts === undefined) return undefined
  const timeMs = Date.parse(`${parts.slice(0, 3).join('-')}T${parts.slice(3).join(':')}+09:00`)
  return Number.isFinite(timeMs) && jstStamp(timeMs) === text ? timeMs : undefined
}
