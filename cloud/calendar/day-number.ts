// Dates as numbers that can be counted with, whatever the time zone.

/** A local date as days since 1970-01-01. */
export type DayNumber = number

export const dayMs = 86_400_000

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
