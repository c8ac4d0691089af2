import { describe, expect, it } from 'vitest'
import { createPaddy, type PaddyParameters } from './paddy.ts'
import { dayMs, hourMs } from './sun.ts'
import { createWeather } from './weather.ts'

const parameters: PaddyParameters = { seed: 42, id: 'koito-1', targetMm: 60, weirMm: 90, percolationMmDay: 12 }
const weather = createWeather(42)
const startMs = Date.parse('2026-11-22T13:00:00+09:00')

describe('a simulated paddy', () => {
  it('holds water between dry and the weir for a whole year', () => {
    const paddy = createPaddy(parameters, weather, startMs)
    for (let hour = 0; hour < 365 * 24; hour += 3) {
      const { levelMm, soilMoisture } = paddy.readings(startMs + hour * hourMs)
      expect(levelMm).toBeGreaterThan(5)
      expect(levelMm).toBeLessThan(95)
      expect(soilMoisture).toBeGreaterThan(0.5)
    }
  })

  it('starts where a program that has run for a day already is', () => {
    const running = createPaddy(parameters, weather, startMs - dayMs)
    const restarted = createPaddy(parameters, weather, startMs)
    const [before, after] = [running.readings(startMs), restarted.readings(startMs)]
    expect(Math.abs(after.levelMm - before.levelMm)).toBeLessThan(3)
    expect(Math.abs(after.waterTemperatureC - before.waterTemperatureC)).toBeLessThan(0.5)
    expect(Math.abs(after.soilTemperatureC - before.soilTemperatureC)).toBeLessThan(0.3)
  })

  it('runs dry within minutes when it leaks, and fills again after the repair', () => {
    const paddy = createPaddy(parameters, weather, startMs)
    const before = paddy.readings(startMs).levelMm
    paddy.interfere({ leakMmH: 2400, refillMmH: 0 })
    const leaking = paddy.readings(startMs + 120_000).levelMm
    expect(before - leaking).toBeGreaterThan(20)
    paddy.interfere({ leakMmH: 0, refillMmH: 1200 })
    const repaired = paddy.readings(startMs + 480_000).levelMm
    expect(repaired).toBeGreaterThan(55)
    expect(repaired).toBeLessThan(65)
  })

  it('has water that lags the air and soil that lags the water', () => {
    const summerMs = Date.parse('2026-08-05T00:00:00+09:00')
    const paddy = createPaddy(parameters, weather, summerMs)
    const hours = Array.from({ length: 24 }, (_, hour) => paddy.readings(summerMs + hour * hourMs))
    const swing = (values: readonly number[]): number => Math.max(...values) - Math.min(...values)
    const air = Array.from({ length: 24 }, (_, hour) => weather.at(summerMs + hour * hourMs).airTemperatureC)
    expect(swing(hours.map((hour) => hour.soilTemperatureC))).toBeLessThan(
      swing(hours.map((hour) => hour.waterTemperatureC)),
    )
    expect(
      hours.map((hour) => hour.waterTemperatureC).indexOf(Math.max(...hours.map((hour) => hour.waterTemperatureC))),
    ).toBeGreaterThanOrEqual(air.indexOf(Math.max(...air)) - 2)
  })
})
