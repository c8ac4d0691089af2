// Time zones, quiet hours and digests: the edges of days.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateText, parseDate, weekdayOf } from '../calendar/day-number.ts'
import { dayOf, instantOf, isTimeZone, localTime, nextTimeOfDay } from '../calendar/local-time.ts'
import { nextDigest, quietUntil, type QuietHours } from './quiet-hours.ts'

const at = (text: string) => Date.parse(text)
const night: QuietHours = { from: '22:00', to: '06:00', criticalAnyway: true }
const tokyo = 'Asia/Tokyo'

describe('local time', () => {
  it('knows the clocks of Tokyo, Berlin and Kathmandu', () => {
    expect(localTime(at('2026-11-22T15:30:00Z'), tokyo)).toEqual({ year: 2026, month: 11, day: 23, minuteOfDay: 30 })
    expect(localTime(at('2026-07-01T22:15:00Z'), 'Europe/Berlin')).toEqual({
      year: 2026,
      month: 7,
      day: 2,
      minuteOfDay: 15,
    })
    expect(localTime(at('2026-01-01T00:00:00Z'), 'Asia/Kathmandu').minuteOfDay).toBe(5 * 60 + 45)
  })

  it('finds the instant of a wall-clock time, also where an hour is left out or comes twice', () => {
    const spring = parseDate('2026-03-29') ?? 0
    const autumn = parseDate('2026-10-25') ?? 0
    expect(instantOf(spring, 150, 'Europe/Berlin')).toBe(at('2026-03-29T01:30:00Z'))
    expect(instantOf(autumn, 150, 'Europe/Berlin')).toBe(at('2026-10-25T00:30:00Z'))
    expect(instantOf(autumn, 240, 'Europe/Berlin')).toBe(at('2026-10-25T03:00:00Z'))
  })

  it('leads from any instant to its wall clock and back', () => {
    const zones = fc.constantFrom(tokyo, 'Europe/Berlin', 'America/St_Johns', 'Pacific/Chatham', 'UTC')
    const instants = fc.integer({ min: at('2000-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z') })
    fc.assert(
      fc.property(zones, instants, (zone, ms) => {
        const minuteMs = Math.floor(ms / 60_000) * 60_000
        const back = instantOf(dayOf(minuteMs, zone), localTime(minuteMs, zone).minuteOfDay, zone)
        // An hour that comes twice leads to its first time.
        expect([0, 3_600_000]).toContain(minuteMs - back)
      }),
    )
  })

  it('finds the next time of day, which is always to come and at most some 25 hours away', () => {
    const instants = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') })
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 1439 }), (ms, minute) => {
        const next = nextTimeOfDay(ms, minute, 'Europe/Berlin')
        expect(next).toBeGreaterThan(ms)
        expect(next - ms).toBeLessThanOrEqual(26 * 3_600_000)
      }),
    )
  })

  it('reads dates and refuses what is none', () => {
    expect(parseDate('2026-02-29')).toBeUndefined()
    expect(parseDate('hello')).toBeUndefined()
    expect(dateText(parseDate('2028-02-29') ?? 0)).toBe('2028-02-29')
    expect(weekdayOf(parseDate('2026-11-23') ?? 0)).toBe(1)
    expect(isTimeZone('Asia/Tokyo')).toBe(true)
    expect(isTimeZone('Mars/Olympus')).toBe(false)
  })
})

describe('quiet hours', () => {
  it.each([
    ['2026-11-23T21:59:00+09:00', undefined],
    ['2026-11-23T22:00:00+09:00', '2026-11-24T06:00:00+09:00'],
    ['2026-11-24T00:00:00+09:00', '2026-11-24T06:00:00+09:00'],
    ['2026-11-24T05:59:59+09:00', '2026-11-24T06:00:00+09:00'],
    ['2026-11-24T06:00:00+09:00', undefined],
  ])('at %s last until %s', (now, until) => {
    expect(quietUntil(night, tokyo, at(now))).toBe(until === undefined ? undefined : at(until))
  })

  it('belong to the day on which they begin', () => {
    const fridays: QuietHours = { ...night, days: [5] }
    expect(quietUntil(fridays, tokyo, at('2026-11-28T03:00:00+09:00'))).toBe(at('2026-11-28T06:00:00+09:00'))
    expect(quietUntil(fridays, tokyo, at('2026-11-29T03:00:00+09:00'))).toBeUndefined()
  })

  it('may last a whole day', () => {
    const always: QuietHours = { ...night, from: '00:00', to: '00:00' }
    expect(quietUntil(always, tokyo, at('2026-11-23T12:00:00+09:00'))).toBe(at('2026-11-24T00:00:00+09:00'))
  })
})

describe('a digest', () => {
  it('leaves at the next full hour, or at its time of day', () => {
    const now = at('2026-11-23T23:20:00+09:00')
    expect(nextDigest('hourly', '07:00', tokyo, now)).toBe(at('2026-11-24T00:00:00+09:00'))
    expect(nextDigest('hourly', '07:00', tokyo, at('2026-11-24T00:00:00+09:00'))).toBe(at('2026-11-24T01:00:00+09:00'))
    expect(nextDigest('daily', '07:00', tokyo, now)).toBe(at('2026-11-24T07:00:00+09:00'))
  })
})
