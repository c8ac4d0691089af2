// Which hour of the week a moment belongs to at a place, where a public holiday counts as a Sunday.

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export const hoursOfWeek = 168

/** True where the local date (ms since 1970 at local midnight) is a public holiday. */
export type Holidays = (localDayMs: number) => boolean

export const noHolidays: Holidays = () => false

/** `localMs`: Unix time plus the place's offset. 0 is Monday 00:00 to 01:00, 144 Sunday (or holiday) 00:00 to 01:00. */
export function hourOfWeek(localMs: number, isHoliday: Holidays): number {
  const day = Math.floor(localMs / dayMs)
  const hour = Math.floor((localMs - day * dayMs) / hourMs)
  // 1 January 1970 was a Thursday.
  const weekday = isHoliday(day * dayMs) ? 6 : (((day + 3) % 7) + 7) % 7
  return weekday * 24 + hour
}
