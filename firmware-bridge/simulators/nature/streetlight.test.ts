import { describe, expect, it } from 'vitest'
import { createBurningHours, lampAt, type LampParameters, supplyVoltageV } from './streetlight.ts'
import { dayMs, hourMs } from './sun.ts'

const lamp: LampParameters = {
  seed: 42,
  id: 'cabinet-1/lamp-3',
  ratedW: 72,
  installedMs: Date.parse('2023-04-01T00:00:00+09:00'),
}
const noonMs = Date.parse('2026-11-22T12:00:00+09:00')
const midnightMs = noonMs + 12 * hourMs

describe('a simulated streetlight', () => {
  it('burns at night near its rated power and is dark by day', () => {
    expect(lampAt(lamp, undefined, noonMs, 101)).toEqual({ relayClosed: false, powerW: 0 })
    const night = lampAt(lamp, undefined, midnightMs, 101)
    expect(night.relayClosed).toBe(true)
    expect(Math.abs(night.powerW / 72 - 1)).toBeLessThan(0.15)
  })

  it('draws next to nothing through a closed relay when the lamp is out', () => {
    const reading = lampAt(lamp, 'lamp-out', midnightMs, 101)
    expect(reading.relayClosed).toBe(true)
    expect(reading.powerW).toBeLessThan(1)
  })

  it('burns by day behind an open relay when the contact is welded', () => {
    const reading = lampAt(lamp, 'day-burning', noonMs, 101)
    expect(reading.relayClosed).toBe(false)
    expect(reading.powerW).toBeGreaterThan(55)
  })

  it('is fed within the limits of a 100 V supply', () => {
    for (let hour = 0; hour < 24 * 30; hour += 1) {
      const volts = supplyVoltageV(42, 'cabinet-1', noonMs + hour * hourMs)
      expect(volts).toBeGreaterThan(95)
      expect(volts).toBeLessThan(107)
    }
  })

  it('counts burning hours that only rise, some 14 a day in November', () => {
    const hours = createBurningHours(noonMs - 10 * dayMs)
    let last = 0
    for (let quarter = 0; quarter < 40; quarter += 1) {
      const next = hours(noonMs + quarter * 900_000)
      expect(next).toBeGreaterThanOrEqual(last)
      last = next
    }
    const aDay = hours(noonMs + dayMs) - hours(noonMs)
    expect(aDay).toBeGreaterThan(13)
    expect(aDay).toBeLessThan(14.5)
  })
})
