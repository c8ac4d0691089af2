import { describe, expect, it } from 'vitest'
import { hoursOfNight, sunTimes } from './night.ts'

const cityHall = { lat: 35.3304, lon: 139.9027 }
/** NOAA's algorithm, checked against PyEphem to 3 s: agronomy.md §5. */
const vectors = [
  ['2025-01-01', '06:49:13', '16:38:41'],
  ['2025-03-20', '05:44:25', '17:51:52'],
  ['2025-06-21', '04:25:50', '18:58:32'],
  ['2025-07-15', '04:36:46', '18:55:41'],
  ['2025-09-23', '05:28:56', '17:36:10'],
  ['2025-12-21', '06:45:13', '16:31:34'],
] as const

describe('the night of a place', () => {
  it.each(vectors)('on %s begins and ends within a minute of the reference', (day, sunrise, sunset) => {
    const found = sunTimes(Date.parse(`${day}T00:00:00+09:00`), cityHall)
    const offS = (ms: number | undefined, time: string) => ((ms ?? 0) - Date.parse(`${day}T${time}+09:00`)) / 1000
    expect(Math.abs(offS(found?.sunriseMs, sunrise))).toBeLessThan(60)
    expect(Math.abs(offS(found?.sunsetMs, sunset))).toBeLessThan(60)
  })

  it('is as long as from sunset to sunrise, and sure of its hours half an hour away from both', () => {
    const noonMs = Date.parse('2025-01-01T12:00:00+09:00')
    const hours = hoursOfNight(noonMs, 24, cityHall)
    const night = hours.reduce((sum, hour) => sum + hour.night, 0)
    // 16:38:41 to 06:49 of the next day.
    expect(night).toBeCloseTo(14.18, 1)
    expect(hours[0]).toEqual({ night: 0, kind: 'day' })
    expect(hours[12]).toEqual({ night: 1, kind: 'night' })
    expect(hours.map(({ kind }) => kind[0]).join('')).toBe(`ddddbb${'n'.repeat(12)}bbdddd`)
  })

  it('never comes where the sun does not set', () => {
    expect(sunTimes(Date.parse('2025-06-21T00:00:00+09:00'), { lat: 78, lon: 15 })).toBeUndefined()
    expect(
      hoursOfNight(Date.parse('2025-06-21T00:00:00+09:00'), 24, { lat: 78, lon: 15 }).every(({ night }) => night === 0),
    ).toBe(true)
  })
})
