import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FeatureWindow, windowWidth } from './feature-window.ts'
import type { FeatureKind, WindowDefinition } from './manifest-series.ts'

const dayMs = 86_400_000
const startMs = Date.UTC(2026, 0, 1)

function definition(features: FeatureKind[], changes: Partial<WindowDefinition> = {}): WindowDefinition {
  return {
    transform: { kind: 'none' },
    steps: { count: 4, stepS: 60, maxGapS: 3600 },
    profile: { binS: 900, alpha: 0.3, clip: 0.15, clipOf: 'reference' },
    reference: { decayDays: 120 },
    baseline: { tauS: 21_600, startS: 60, clip: 1000 },
    utcOffsetMin: 540,
    features,
    ...changes,
  }
}

function rowOf(window: FeatureWindow, of: WindowDefinition): readonly number[] {
  const row = new Float32Array(windowWidth(of))
  window.write(row, 0)
  return [...row]
}

const series = fc.array(
  fc.record({ gapS: fc.integer({ min: 1, max: 9000 }), value: fc.integer({ min: 0, max: 500 }) }),
  {
    minLength: 1,
    maxLength: 60,
  },
)

describe('a feature window', () => {
  it('averages the samples of one step and repeats the first step until others exist', () => {
    const of = definition(['steps', 'fill'])
    const window = new FeatureWindow(of)
    window.push(startMs, 10)
    window.push(startMs + 30_000, 20)
    expect(rowOf(window, of)).toEqual([15, 15, 15, 15, 0.25])
    window.push(startMs + 60_000, 40)
    expect(rowOf(window, of)).toEqual([15, 15, 15, 40, 0.5])
  })

  it('forgets its steps, but not its reference, after a gap', () => {
    const of = definition(['steps', 'fill', 'reference'])
    const window = new FeatureWindow(of)
    for (let minute = 0; minute < 4; minute += 1) window.push(startMs + minute * 60_000, 100)
    window.push(startMs + 2 * 3_600_000, 5)
    const row = rowOf(window, of)
    expect(row.slice(0, 5)).toEqual([5, 5, 5, 5, 0.25])
    expect(row[5]).toBeCloseTo(100, 0)
  })

  it('knows the habit of an hour only from the second day, and one bad day moves it by at most the clip', () => {
    const of = definition(['profile'])
    const window = new FeatureWindow(of)
    const day = (number: number, value: number): void => {
      for (let ms = 0; ms < dayMs; ms += 300_000) window.push(startMs + number * dayMs + ms, value)
    }
    window.push(startMs - 1, 100)
    expect(rowOf(window, of)).toEqual([0, 0, 0, 0])
    day(0, 100)
    day(1, 100)
    expect(rowOf(window, of)).toEqual([100, 100, 100, 1])
    day(2, 0)
    day(3, 100)
    const [, habit] = rowOf(window, of)
    expect(habit).toBeGreaterThan(80)
    expect(habit).toBeLessThan(90)
  })

  it('takes a sample only when it is newer, and never changes for one that is not', () => {
    fc.assert(
      fc.property(series, fc.nat(10_000_000), (samples, backMs) => {
        const of = definition(['steps', 'fill', 'reference', 'profile', 'baseline', 'baseline-age'])
        const window = new FeatureWindow(of)
        let timeMs = startMs
        for (const { gapS, value } of samples) expect(window.push((timeMs += gapS * 1000), value)).toBe(true)
        const before = rowOf(window, of)
        expect(window.push(timeMs - backMs, 1e6)).toBe(false)
        expect(rowOf(window, of)).toEqual(before)
      }),
    )
  })

  it('keeps every level within the range of the values it was given', () => {
    fc.assert(
      fc.property(series, (samples) => {
        const of = definition(['steps', 'reference', 'baseline'])
        const window = new FeatureWindow(of)
        let timeMs = startMs
        for (const { gapS, value } of samples) window.push((timeMs += gapS * 1000), value)
        const values = samples.map(({ value }) => value)
        const row = rowOf(window, of)
        for (const level of row) expect(level).toBeLessThanOrEqual(Math.max(...values) + 1e-3)
        for (const level of row.slice(0, 4)) expect(level).toBeGreaterThanOrEqual(Math.min(...values) - 1e-3)
      }),
    )
  })

  it('depends on the shape of a series, not on when its clock starts, but for the hour of the day', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 400 }), (samples, days) => {
        const of = definition(['steps', 'fill', 'reference', 'profile', 'baseline'])
        const [here, there] = [new FeatureWindow(of), new FeatureWindow(of)]
        let timeMs = startMs
        for (const { gapS, value } of samples) {
          timeMs += gapS * 1000
          here.push(timeMs, value)
          there.push(timeMs + days * dayMs, value)
        }
        expect(rowOf(there, of)).toEqual(rowOf(here, of))
      }),
    )
  })
})
