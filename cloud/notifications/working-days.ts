// Which days a Japanese city hall is closed: weekends, national holidays, and the days that an office adds (年末年始).
import holidays from '@holiday-jp/holiday_jp'
import { dateText, type DayNumber, weekdayOf } from '../calendar/day-number.ts'

/** The name of the holiday, or undefined. The library's table ends with 2050; weekends and an office's own days go on. */
export function holidayName(day: DayNumber): { readonly ja: string; readonly en: string } | undefined {
  const table: Readonly<Record<string, { readonly name: string; readonly name_en: string }>> = holidays.holidays
  const found = table[dateText(day)]
  return found === undefined ? undefined : { ja: found.name, en: found.name_en }
}

/** `closed` are days of each year as `MM-DD`, for example 12-29 to 01-03. */
export function isDayOff(day: DayNumber, closed: readonly string[]): boolean {
  const weekday = weekdayOf(day)
  if (weekday === 0 || weekday === 6) return true
  return holidayName(day) !== undefined || closed.includes(dateText(day).slice(5))
}
