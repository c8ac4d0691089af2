import { describe, expect, it } from 'vitest'
import { hourOfWeek } from './calendar.ts'
import { japaneseHolidays } from './japanese-holidays.ts'

const local = (text: string): number => Date.parse(`${text}Z`)

describe('the hour of the week in Japan', () => {
  const isHoliday = japaneseHolidays()
  const hourAt = (text: string): number => hourOfWeek(local(text), isHoliday)

  it('counts from Monday', () => {
    expect(hourAt('2026-11-16T00:30')).toBe(0)
    expect(hourAt('2026-11-18T09:59')).toBe(2 * 24 + 9)
    expect(hourAt('2026-11-22T23:00')).toBe(167)
  })

  it('takes a public holiday for a Sunday, substitute holidays too, and the day after for what it is', () => {
    expect(hourAt('2026-11-23T08:00')).toBe(6 * 24 + 8)
    expect(hourAt('2026-11-24T08:00')).toBe(24 + 8)
    expect(hourAt('2026-05-06T12:00')).toBe(6 * 24 + 12)
    expect(hourAt('2027-01-01T00:00')).toBe(6 * 24)
    expect(hourAt('2026-01-01T00:00')).toBe(6 * 24)
  })

  it('knows the current year, and goes on without holidays in a year that no table has', () => {
    expect(isHoliday(Date.UTC(new Date().getUTCFullYear(), 0, 1))).toBe(true)
    expect(isHoliday(Date.UTC(2999, 0, 1))).toBe(false)
  })
})
