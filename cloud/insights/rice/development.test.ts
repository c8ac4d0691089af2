import { describe, expect, it } from 'vitest'
import { parseDate } from '../../calendar/day-number.ts'
import {
  coldSterilityPercent,
  cultivarParameters,
  dayLengthH,
  developmentCourse,
  developmentRate,
  heatSterilityPercent,
} from './development.ts'
import { dayText } from './local-days.ts'

const koshihikari = cultivarParameters.koshihikari!
const latDeg = 35.33

describe('the development of rice', () => {
  it.each([
    [121, 13.587],
    [172, 14.544],
    [196, 14.334],
    [227, 13.533],
  ])('has a day length on day %i of %f h at Kimitsu', (day, hours) => {
    expect(dayLengthH(day, latDeg)).toBeCloseTo(hours, 3)
  })

  it.each([
    [0.15, 20, 172, 0.013462],
    [0.5, 25, 172, 0.010207],
    [0.5, 25, 200, 0.011398],
    [0.9, 28, 200, 0.011933],
    [1.2, 27, 200, 0.025028],
  ])('goes on from %f at %f °C on day %i by %f for Koshihikari', (dvi, meanC, day, rate) => {
    expect(developmentRate(koshihikari, dvi, { meanC, dayLengthH: dayLengthH(day, latDeg) })).toBeCloseTo(rate, 6)
  })

  it.each([
    [20, '2026-08-07'],
    [22, '2026-07-23'],
    [25, '2026-07-13'],
  ])('brings Koshihikari of 1 May at a constant %f °C to heading on %s', (meanC, heading) => {
    const startDay = parseDate('2026-05-01')!
    const course = developmentCourse(koshihikari, { startDay, latDeg, days: 200 }, () => meanC)
    expect(dayText(course.headingDay!)).toBe(heading)
    expect(course.maturityDay! - course.headingDay!).toBeGreaterThan(35)
  })

  it('stands at heading on the day on which it was seen, early or late', () => {
    const startDay = parseDate('2026-05-01')!
    for (const seen of ['2026-07-10', '2026-08-20']) {
      const headedDay = parseDate(seen)!
      const course = developmentCourse(koshihikari, { startDay, latDeg, days: 200, headedDay }, () => 22)
      expect(dayText(course.headingDay!)).toBe(seen)
    }
  })

  it('loses 4.6 % of the grains without cold, more with it, and half of them at a mean highest of 36.6 °C', () => {
    expect(coldSterilityPercent(0)).toBe(4.6)
    expect(coldSterilityPercent(30)).toBeCloseTo(4.6 + 0.054 * 30 ** 1.56, 6)
    expect(heatSterilityPercent(36.6)).toBe(50)
    expect(heatSterilityPercent(33)).toBeLessThan(5)
  })
})
