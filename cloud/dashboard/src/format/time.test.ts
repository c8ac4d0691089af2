import { describe, expect, it } from 'vitest'
import { ago, clockTime, dateTime, duration, monthDay, shortTime } from './time.ts'

// 2026-11-22 23:30:05 in Japan is still the afternoon of the same day in UTC.
const lateEvening = Date.UTC(2026, 10, 22, 14, 30, 5)

const lengthsMs = [0, 1000, 18_000, 60_000, 150_000, 3_600_000, 7_300_000, 86_400_000, 950_400_000]

describe('times', () => {
  it('are Japan Standard Time whatever the zone of the machine', () => {
    expect(clockTime(lateEvening, 'ja')).toBe('23:30:05')
    expect(dateTime(lateEvening, 'ja')).toBe('2026/11/22 23:30')
    expect(monthDay(lateEvening + 3_600_000, 'ja')).toBe('11/23')
  })

  it('count midnight as 00, not 24', () => {
    expect(clockTime(Date.UTC(2026, 10, 22, 15, 0, 0), 'ja')).toBe('00:00:00')
  })

  it('name the date only when it is another day in Japan', () => {
    expect(shortTime(lateEvening, lateEvening + 60_000, 'ja')).toBe('23:30')
    expect(shortTime(lateEvening, lateEvening + 3_600_000, 'ja')).toBe('11/22 23:30')
  })

  it.each([
    [0, '0秒前', '0 sec. ago'],
    [59_999, '59秒前', '59 sec. ago'],
    [60_000, '1分前', '1 min. ago'],
    [3_599_999, '59分前', '59 min. ago'],
    [7_200_000, '2時間前', '2 hr. ago'],
    [172_800_000, '2日前', '2 days ago'],
  ])('say how long ago %i ms is', (pastMs, ja, en) => {
    expect(ago(lateEvening - pastMs, lateEvening, 'ja')).toBe(ja)
    expect(ago(lateEvening - pastMs, lateEvening, 'en')).toBe(en)
  })

  it.each([...lengthsMs])('say what the browser itself says of %i ms, and of that time', (lengthMs) => {
    const unit = lengthMs < 60_000 ? 'second' : lengthMs < 3_600_000 ? 'minute' : lengthMs < 86_400_000 ? 'hour' : 'day'
    const count = Math.floor(lengthMs / { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }[unit])
    for (const [language, locale] of [
      ['ja', 'ja-JP'],
      ['en', 'en-GB'],
    ] as const) {
      const inJapan = (options: Intl.DateTimeFormatOptions) =>
        new Intl.DateTimeFormat(locale, { timeZone: 'Asia/Tokyo', hourCycle: 'h23', ...options }).format(
          lengthMs * 1000,
        )
      const number = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(count)
      expect(duration(lengthMs, language)).toBe(language === 'ja' ? number.replaceAll(' ', '') : number)
      const day = { month: 'numeric', day: 'numeric' } as const
      const clock = { hour: '2-digit', minute: '2-digit' } as const
      expect(monthDay(lengthMs * 1000, language)).toBe(inJapan(day))
      expect(clockTime(lengthMs * 1000, language)).toBe(inJapan({ ...clock, second: '2-digit' }))
      expect(dateTime(lengthMs * 1000, language)).toBe(
        inJapan({ year: 'numeric', month: '2-digit', day: '2-digit', ...clock }),
      )
    }
  })

  it('show a reading ahead of this clock as now', () => {
    expect(ago(lateEvening + 5000, lateEvening, 'en')).toBe('0 sec. ago')
  })
})
