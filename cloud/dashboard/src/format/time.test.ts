import { describe, expect, it } from 'vitest'
import { ago, clockTime, dateTime, monthDay, shortTime } from './time.ts'

// 2026-11-22 23:30:05 in Japan is still the afternoon of the same day in UTC.
const lateEvening = Date.UTC(2026, 10, 22, 14, 30, 5)

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

  it('show a reading ahead of this clock as now', () => {
    expect(ago(lateEvening + 5000, lateEvening, 'en')).toBe('0 sec. ago')
  })
})
