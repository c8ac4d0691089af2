import { describe, expect, it } from 'vitest'
import { dayMs, hourMs, sunElevationDeg } from './sun.ts'
import { createWeather } from './weather.ts'

const winterNoonMs = Date.parse('2026-01-15T12:00:00+09:00')
const summerNoonMs = Date.parse('2026-08-05T12:00:00+09:00')
const weather = createWeather(42)

function mean(fromMs: number, days: number, value: (timeMs: number) => number): number {
  const count = days * 24
  let sum = 0
  for (let hour = 0; hour < count; hour += 1) sum += value(fromMs + hour * hourMs)
  return sum / count
}

describe('the simulated weather', () => {
  it('is the same for the same seed and instant, and another for another seed', () => {
    expect(createWeather(42).at(winterNoonMs)).toEqual(weather.at(winterNoonMs))
    expect(createWeather(43).at(winterNoonMs).airTemperatureC).not.toBe(weather.at(winterNoonMs).airTemperatureC)
  })

  it('has the seasons of Kimitsu: a mild winter and a hot summer', () => {
    const january = mean(winterNoonMs, 30, (at) => weather.at(at).airTemperatureC)
    const august = mean(summerNoonMs, 30, (at) => weather.at(at).airTemperatureC)
    expect(january).toBeGreaterThan(2)
    expect(january).toBeLessThan(9)
    expect(august).toBeGreaterThan(23)
    expect(august).toBeLessThan(29)
  })

  it('has no sunshine at night and more of it in summer', () => {
    expect(weather.at(winterNoonMs + 12 * hourMs).solarWm2).toBe(0)
    const winter = mean(winterNoonMs, 30, (at) => weather.at(at).solarWm2)
    const summer = mean(summerNoonMs, 30, (at) => weather.at(at).solarWm2)
    expect(summer).toBeGreaterThan(winter)
    expect(sunElevationDeg(summerNoonMs)).toBeGreaterThan(65)
  })

  it('rains some of the time, and roughly as much in a year as Kimitsu gets', () => {
    const yearMm = weather.rainMm(winterNoonMs, winterNoonMs + 365 * dayMs)
    expect(yearMm).toBeGreaterThan(900)
    expect(yearMm).toBeLessThan(2400)
  })

  it('adds up rain the same way whether asked at once or in pieces', () => {
    const from = summerNoonMs
    const whole = weather.rainMm(from, from + 5 * dayMs)
    const parts = [0, 1.3, 1.9, 4.2, 5].map((day) => from + day * dayMs)
    const sum = parts.slice(1).reduce((total, to, index) => total + weather.rainMm(parts[index]!, to), 0)
    expect(sum).toBeCloseTo(whole, 6)
  })

  it('stays within what instruments can show and never jumps between seconds', () => {
    for (let day = 0; day < 365; day += 1) {
      const at = winterNoonMs + day * dayMs + day * 731_000
      const [now, next] = [weather.at(at), weather.at(at + 1000)]
      expect(now.relativeHumidity).toBeGreaterThan(0.1)
      expect(now.relativeHumidity).toBeLessThan(1)
      expect(now.pressureHPa).toBeGreaterThan(990)
      expect(now.pressureHPa).toBeLessThan(1035)
      expect(now.windSpeedMps).toBeLessThan(25)
      expect(now.rainMmH).toBeLessThan(60)
      expect(Math.abs(next.airTemperatureC - now.airTemperatureC)).toBeLessThan(0.05)
      expect(Math.abs(next.pressureHPa - now.pressureHPa)).toBeLessThan(0.05)
    }
  })
})
