import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newTailState, surpriseOf } from './tail-estimate.ts'

/** Deviations whose share above d is exactly d^(−1/shape), in an order without pattern. */
function paretoDeviations(count: number, shape: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => (((index * 7919) % count) / count + 0.5 / count) ** -shape)
}

describe('the tail estimate', () => {
  it('gives about the true rarity of a power law, inside and far beyond what it has seen', () => {
    for (const shape of [0.2, 0.5, 1]) {
      const state = newTailState()
      for (const deviation of paretoDeviations(5000, shape)) surpriseOf(state, deviation)
      for (const rarity of [2.5, 3.5, 5]) {
        const found = surpriseOf(state, 10 ** (rarity * shape))
        expect(found).toBeGreaterThan(0.8 * rarity)
        expect(found).toBeLessThan(1.2 * rarity)
      }
    }
  })

  it('is not surprised by anything among the usual, nor before it has seen a hundred', () => {
    const state = newTailState()
    const early = paretoDeviations(100, 1).map((deviation) => surpriseOf(state, deviation))
    expect(Math.max(...early)).toBe(0)
    for (const deviation of paretoDeviations(5000, 0.5)) surpriseOf(state, deviation)
    expect(surpriseOf(state, 1)).toBe(0)
    expect(surpriseOf(state, 0)).toBe(0)
  })

  it('says the same whatever the unit of the series is', () => {
    const [metres, millimetres] = [newTailState(), newTailState()]
    // A whole number of bins, so that only the scale differs.
    const factor = Math.exp(27 * 0.25)
    for (const deviation of paretoDeviations(3000, 0.4)) {
      expect(surpriseOf(millimetres, deviation * factor)).toBeCloseTo(surpriseOf(metres, deviation), 6)
    }
  })

  it('is the more surprised the larger the deviation, never negative, never infinite', () => {
    const size = fc.double({ min: 0, max: 1e12, noNaN: true })
    fc.assert(
      fc.property(fc.array(size, { minLength: 120, maxLength: 300 }), size, size, (history, one, other) => {
        const surprises = [Math.min(one, other), Math.max(one, other)].map((deviation) => {
          const state = newTailState()
          for (const each of history) surpriseOf(state, each)
          return surpriseOf(state, deviation)
        })
        expect(surprises[0]).toBeGreaterThanOrEqual(0)
        expect(surprises[1]).toBeGreaterThanOrEqual(surprises[0] ?? 0)
        expect(surprises[1]).toBeLessThan(1e4)
      }),
    )
  })
})
