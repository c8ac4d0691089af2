// Japan's public holidays from the package holiday_jp, one year at a time: its whole table would cost a gateway 5 MB.
import { createRequire } from 'node:module'
import type { Holidays } from './calendar.ts'

const loadYear = createRequire(import.meta.url)

/** Years outside the package's tables (1970 to 2050) have no holidays. Keeps two years, for a clock at the turn of a year. */
export function japaneseHolidays(): Holidays {
  const years = new Map<number, ReadonlySet<number>>()
  return (localDayMs) => {
    const year = new Date(localDayMs).getUTCFullYear()
    const known = years.get(year) ?? holidaysOf(year)
    if (!years.has(year)) {
      if (years.size >= 2) years.clear()
      years.set(year, known)
    }
    return known.has(localDayMs)
  }
}

function holidaysOf(year: number): ReadonlySet<number> {
  try {
    const table: unknown = loadYear(`@holiday-jp/holiday_jp/lib/holidays_every_year/${year}.js`)
    return new Set(Object.keys(table as object).map((date) => Date.parse(`${date}T00:00:00Z`)))
  } catch {
    return new Set()
  }
}
