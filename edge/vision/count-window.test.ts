import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCountWindow } from './count-window.ts'

const medians = (counts: readonly number[], medianOf = 5) => {
  const window = createCountWindow({ medianOf, holdMs: 60_000 })
  return counts.map((count, index) => window.push(index * 1000, count))
}

describe('the window of counts', () => {
  it('says nothing before there are enough frames, then the median of the last', () => {
    expect(medians([3, 3, 4, 0, 3, 3, 9])).toEqual([undefined, undefined, undefined, undefined, 3, 3, 3])
  })

  it('forgets the frames from before a pause, and from before the clock was set back', () => {
    const window = createCountWindow({ medianOf: 2, holdMs: 60_000 })
    expect(window.push(0, 8)).toBeUndefined()
    expect(window.push(1000, 8)).toBe(8)
    expect(window.push(100_000, 1)).toBeUndefined()
    expect(window.push(101_000, 2)).toBe(1)
    expect(window.push(5000, 7)).toBeUndefined()
  })

  it('always tells a count that was seen, with as many not above as not below it', () => {
    const sizes = fc.integer({ min: 1, max: 9 })
    fc.assert(
      fc.property(fc.array(fc.nat(500), { maxLength: 40 }), sizes, (counts, medianOf) => {
        medians(counts, medianOf).forEach((median, index) => {
          const seen = counts.slice(Math.max(0, index + 1 - medianOf), index + 1)
          if (seen.length < medianOf || median === undefined) return expect(median).toBeUndefined()
          expect(seen).toContain(median)
          expect(seen.filter((count) => count <= median).length).toBeGreaterThanOrEqual(medianOf / 2)
          expect(seen.filter((count) => count >= median).length).toBeGreaterThanOrEqual(medianOf / 2)
        })
      }),
    )
  })
})
