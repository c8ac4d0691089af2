import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlopeWindow, type StoredWindow } from './slope.ts'

const windowMs = 3_600_000
const hour = 3_600_000

function slopeOf(readings: readonly (readonly [timeMs: number, value: number])[]): number | undefined {
  const window = new SlopeWindow(windowMs)
  for (const [timeMs, value] of readings) window.add(timeMs, value)
  const perMs = window.slopePerMs()
  return perMs === undefined ? undefined : perMs * hour
}

const every = (stepMs: number, count: number, valueAt: (timeMs: number) => number) =>
  Array.from({ length: count }, (_, index) => [index * stepMs, valueAt(index * stepMs)] as const)

describe('the slope over a window', () => {
  it('of a straight line is its slope, however its readings are spaced', () => {
    const gap = fc.integer({ min: 1_000, max: 900_000 })
    fc.assert(
      fc.property(
        fc.array(gap, { minLength: 20, maxLength: 300 }),
        fc.double({ min: -50, max: 50, noNaN: true }),
        (gaps, perHour) => {
          let timeMs = 1_767_225_600_000
          const readings = gaps.map(
            (step) => [(timeMs += step), 7 + (perHour * (timeMs - 1_767_225_600_000)) / hour] as const,
          )
          const slope = slopeOf(readings)
          if (slope !== undefined) expect(Math.abs(slope - perHour)).toBeLessThan(1e-3 + Math.abs(perHour) * 1e-4)
        },
      ),
    )
  })

  it('weighs a burst of readings no more than its duration', () => {
    const steady = every(60_000, 61, (timeMs) => (timeMs > 1_795_000 && timeMs < 1_806_000 ? 5 : 0))
    const burst = Array.from({ length: 100 }, (_, index) => [1_796_000 + index * 100, 5] as const)
    const both = [...steady, ...burst].toSorted((a, b) => a[0] - b[0])
    expect(Math.abs((slopeOf(both) ?? Number.NaN) - (slopeOf(steady) ?? Number.NaN))).toBeLessThan(0.2)
  })

  it('is unknown until readings cover the window', () => {
    expect(slopeOf([[0, 1]])).toBeUndefined()
    expect(slopeOf(every(60_000, 40, () => 1))).toBeUndefined()
    expect(slopeOf(every(60_000, 61, () => 1))).toBeCloseTo(0)
  })

  it('is unknown after a gap of more than half the window', () => {
    const readings = [...every(60_000, 20, (timeMs) => timeMs / hour), [hour, 1] as const]
    expect(slopeOf(readings)).toBeUndefined()
  })

  it('forgets what was before the window', () => {
    const readings = every(60_000, 181, (timeMs) => (timeMs < hour ? 100 : (2 * timeMs) / hour))
    expect(slopeOf(readings)).toBeCloseTo(2, 3)
  })

  it('takes no reading twice, nor one that is older than the newest', () => {
    const window = new SlopeWindow(windowMs)
    expect(window.add(10_000, 1)).toBe(true)
    const before = window.stored()
    expect([window.add(10_000, 9), window.add(9_000, 9)]).toEqual([false, false])
    expect(window.stored()).toEqual(before)
  })

  it('keeps a bounded memory at any rate of readings, and is the same after being stored', () => {
    const readings = every(500, 20_000, (timeMs) => Math.sin(timeMs / 100_000))
    const window = new SlopeWindow(windowMs)
    for (const [timeMs, value] of readings.slice(0, 12_345)) window.add(timeMs, value)
    const revived = new SlopeWindow(windowMs, JSON.parse(JSON.stringify(window.stored())) as StoredWindow)
    for (const [timeMs, value] of readings.slice(12_345)) {
      window.add(timeMs, value)
      revived.add(timeMs, value)
    }
    expect(window.size).toBeLessThanOrEqual(51)
    expect(revived.slopePerMs()).toBe(window.slopePerMs())
    expect(revived.stored()).toEqual(window.stored())
  })
})
