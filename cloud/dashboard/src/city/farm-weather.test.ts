import { describe, expect, it } from 'vitest'
import { nearestStation, startOfDay, weatherDays } from './farm-weather.ts'

const hourMs = 3_600_000
const midnight = Date.parse('2026-07-20T00:00:00+09:00')
const buckets = (rows: readonly (readonly [hour: number, min: number, mean: number, max: number])[]) => ({
  time: rows.map(([hour]) => midnight + hour * hourMs),
  min: rows.map(([, min]) => min),
  mean: rows.map(([, , mean]) => mean),
  max: rows.map(([, , , max]) => max),
})

describe('the weather of a farm', () => {
  it('is of the nearest station of the same tenant within 15 km', () => {
    const at = (id: string, lat: number, kind: 'weather' | 'paddy' = 'weather') => ({
      id,
      kind,
      position: { lat, lon: 140 },
    })
    const field = at('kimitsu/g/paddy', 35.3, 'paddy')
    const sites = [at('kimitsu/g/far', 35.4), at('other/g/next', 35.3), at('kimitsu/g/near', 35.31), field]
    expect(nearestStation(field, sites)?.id).toBe('kimitsu/g/near')
    expect(nearestStation(field, [at('kimitsu/g/away', 35.5)])).toBeUndefined()
  })

  it('begins its days at midnight in Japan', () => {
    expect(startOfDay(Date.parse('2026-07-20T05:12:00+09:00'))).toBe(midnight)
    expect(startOfDay(midnight - 1)).toBe(midnight - 24 * hourMs)
  })

  it('sums rain over hours, of the hour that is not over only what has passed', () => {
    const rain = buckets([
      [-2, 0, 2 / 3_600_000, 0],
      [3, 0, 6 / 3_600_000, 0],
      [5, 0, 4 / 3_600_000, 0],
    ])
    const none = { temperature: undefined, wind: undefined, sun: undefined }
    const [yesterday, today] = weatherDays({ rain, ...none }, midnight + 5.5 * hourMs, 2)
    expect(yesterday?.rainMm).toBeCloseTo(2)
    expect(today?.rainMm).toBeCloseTo(6 + 2)
    expect(today).toMatchObject({ startMs: midnight, minC: undefined, windMps: undefined, sunMj: undefined })
  })

  it('tells lowest, highest and radiation of a day, and nothing of a day without readings', () => {
    const hours = {
      temperature: buckets([
        [4, 21.2, 22, 23],
        [13, 29, 30, 31.4],
      ]),
      wind: buckets([[13, 0, 3, 7.5]]),
      sun: buckets([[13, 0, 500, 800]]),
      rain: undefined,
    }
    const [before, today] = weatherDays(hours, midnight + 20 * hourMs, 2)
    expect(before).toMatchObject({ minC: undefined, maxC: undefined, rainMm: undefined })
    expect(today).toMatchObject({ minC: 21.2, maxC: 31.4, windMps: 7.5, rainMm: undefined })
    expect(today?.sunMj).toBeCloseTo(1.8)
  })
})
