import { describe, expect, it } from 'vitest'
import { blastCode, blastDay, type BlastDay } from './leaf-blast.ts'

/** 16:00 of 21 May 2014 to 15:00 of 22 May at CWB station 467080; traces of rain count as none. */
const temperatureC = [
  19.7, 19.4, 19.6, 18.8, 18.9, 19.5, 19.5, 19.7, 19.9, 19.8, 19.6, 19.8, 19.8, 19.7, 20, 20.9, 22.1, 22.8, 24.8, 26.2,
  26.5, 25.6, 25.1, 24.7,
]
const rainMm = [1.1, 0, 0.5, 3.1, 2.5, 1.8, 0.8, 0.1, 0, 0.2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
const windMps = [2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 2, 2]
const sunshineH = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.2, 0.5, 0, 0, 0]
const night = { before: 0, rainMm, windMps, sunshineH, temperatureC, fiveDayMeanC: 23.82 }

const changed = (column: readonly number[], place: number, value: number) =>
  column.map((before, index) => (index === place ? value : before))

describe('the leaf-blast code of BLASTAM', () => {
  it('finds the night of the reference: wet for 16 hours at 19.66 °C, favourable', () => {
    const day = blastDay(night) as BlastDay
    expect(day.wetHours).toBe(16)
    expect(day.wetMeanC).toBeCloseTo(19.66, 2)
    expect(day.code).toBe(10)
  })

  it('counts only what 5.2 mm at 17:00 did not wash off: 03:00 to 07:00', () => {
    const day = blastDay({ ...night, rainMm: changed(rainMm, 1, 5.2) }) as BlastDay
    expect(day.wetHours).toBe(5)
    expect(day.code).toBe(0)
  })

  it('is wet for one hour where a wrong 2.2 h of sunshine stands at 17:00, as in the reference', () => {
    const day = blastDay({ ...night, sunshineH: changed(sunshineH, 1, 2.2) }) as BlastDay
    expect(day).toMatchObject({ wetHours: 1, code: 0 })
  })

  it('washes off with 3 mm in two hours running, and not with one', () => {
    const twice = changed(changed(rainMm, 3, 3), 4, 3)
    expect((blastDay({ ...night, rainMm: twice }) as BlastDay).wetHours).toBeLessThan(10)
    expect((blastDay({ ...night, rainMm: changed(rainMm, 3, 3) }) as BlastDay).wetHours).toBe(16)
  })

  it('washes off with rain of the afternoon before', () => {
    const before = 9
    const dry = Array.from({ length: before }, () => 0)
    const earlier = (column: readonly number[]) => [...dry, ...column]
    const columns = { windMps: earlier(windMps), sunshineH: earlier(sunshineH), temperatureC: earlier(temperatureC) }
    const afternoon = { ...night, ...columns, before, rainMm: changed(earlier(rainMm), 8, 6) }
    expect((blastDay(afternoon) as BlastDay).wetHours).toBe(16 - 9)
  })

  it('ends with 4 m/s in an hour of the evening, with the third hour of 3 m/s, and with one of 3 m/s after 4 o’clock', () => {
    const calm = windMps.map(() => 0)
    const light = rainMm.map((_, hour) => (hour === 2 ? 1 : 0))
    const wet = (wind: readonly number[]) => (blastDay({ ...night, rainMm: light, windMps: wind }) as BlastDay).wetHours
    expect(wet(calm)).toBe(15)
    expect(wet(changed(calm, 8, 4))).toBe(7)
    expect(wet(changed(calm, 8, 3))).toBe(15)
    expect(wet([8, 9, 10].reduce<readonly number[]>((column, hour) => changed(column, hour, 3), calm))).toBe(9)
    expect(wet(changed(calm, 13, 3))).toBe(12)
  })

  it('begins one hour before the first rain, and with no hour of 4 m/s', () => {
    const calm = windMps.map(() => 0)
    const light = rainMm.map((_, hour) => (hour === 5 ? 1 : 0))
    expect((blastDay({ ...night, rainMm: light, windMps: calm }) as BlastDay).wetHours).toBe(12)
    expect((blastDay({ ...night, rainMm: light, windMps: changed(calm, 5, 4) }) as BlastDay).wetHours).toBe(0)
  })

  it('goes on after 7 o’clock where it rains by day', () => {
    const dayRain = changed(rainMm, 17, 1)
    // 8 o'clock is a gap of one hour between two wet ones; 10, 11 (sun 0.2) and 12 follow the rain of 9 o'clock.
    const day = blastDay({ ...night, rainMm: dayRain }) as BlastDay
    expect(day.wetHours).toBe(19)
  })

  it.each([
    [16, 19.7, 23.8, 10],
    [12, 18, 23.8, 4],
    [12, 26, 23.8, 3],
    [12, 22, 19.9, 1],
    [12, 22, 25, 2],
    [9, 22, 23, 0],
    [17, 15, 22, 10],
    [16, 15, 22, 4],
    [15, 16, 22, 10],
    [14, 17, 22, 10],
    [11, 20, 22, 10],
    [10, 25, 22, 10],
    [12, 14.9, 22, 3],
  ])('says of %i wet hours at %f °C with a five-day mean of %f °C: %i', (wetHours, wetMeanC, fiveDayMeanC, code) => {
    expect(blastCode({ wetHours, wetMeanC, fiveDayMeanC })).toBe(code)
  })

  it('follows the source that is chosen where they disagree', () => {
    const at21 = { wetHours: 10, wetMeanC: 21, fiveDayMeanC: 23 }
    expect(blastCode(at21)).toBe(4)
    expect(blastCode(at21, { hoursAt21C: 10, warmFrom25C: true })).toBe(10)
    const at25 = { wetHours: 12, wetMeanC: 22, fiveDayMeanC: 25 }
    expect(blastCode(at25, { hoursAt21C: 11, warmFrom25C: false })).toBe(10)
  })

  it('tells without sunshine where it makes no difference, and says that it cannot where it does', () => {
    const unknown = sunshineH.map(() => Number.NaN)
    expect(blastDay({ ...night, sunshineH: unknown })).toBeNull()
    const dry = rainMm.map(() => 0)
    expect(blastDay({ ...night, rainMm: dry, sunshineH: unknown })?.code).toBe(0)
  })
})
