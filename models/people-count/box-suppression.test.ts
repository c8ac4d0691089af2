import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mostKept, overlapOf, suppressed } from './box-suppression.ts'

interface Box {
  readonly sides: readonly [number, number, number, number]
  readonly score: number
}

const share = fc.integer({ min: 0, max: 100 }).map((value) => value / 100)
const box: fc.Arbitrary<Box> = fc
  .record({ x: share, y: share, width: share, height: share, score: share })
  .map(({ x, y, width, height, score }) => ({ sides: [x, y, x + width, y + height], score }))
const boxes = fc.array(box, { maxLength: 40 })
const limits = fc.record({ score: share, overlap: share })

const candidates = (list: readonly Box[]) => ({
  boxes: list.flatMap(({ sides }) => sides),
  scores: list.map(({ score }) => score),
})
const hasArea = ({ sides: [left, top, right, bottom] }: Box): boolean => (right - left) * (bottom - top) > 0

describe('the suppression of overlapping boxes', () => {
  it('takes the share of the union by hand', () => {
    const { boxes: two } = candidates([
      { sides: [0, 0, 2, 1], score: 1 },
      { sides: [1, 0, 3, 1], score: 1 },
    ])
    expect(overlapOf(two, 0, 1)).toBeCloseTo(1 / 3)
    expect(overlapOf(two, 0, 0)).toBe(1)
  })

  it('counts one person once and two apart twice', () => {
    const list: readonly Box[] = [
      { sides: [0.1, 0.1, 0.3, 0.9], score: 0.6 },
      { sides: [0.11, 0.12, 0.31, 0.9], score: 0.7 },
      { sides: [0.6, 0.1, 0.8, 0.9], score: 0.5 },
      { sides: [0.6, 0.1, 0.8, 0.9], score: 0.3 },
    ]
    expect(suppressed(candidates(list), { score: 0.4, overlap: 0.5 })).toEqual([1, 2])
  })

  it('keeps only boxes that reach the score, the likeliest first, and no two of them overlap by more than is allowed', () => {
    fc.assert(
      fc.property(boxes, limits, (list, limit) => {
        const given = candidates(list)
        const kept = suppressed(given, limit)
        kept.forEach((index, place) => {
          expect(given.scores[index]).toBeGreaterThanOrEqual(limit.score)
          expect(given.scores[kept[place + 1] ?? index]).toBeLessThanOrEqual(given.scores[index] ?? 0)
          for (const other of kept.slice(0, place)) {
            expect(overlapOf(given.boxes, index, other)).toBeLessThanOrEqual(limit.overlap)
          }
        })
      }),
    )
  })

  it('leaves a box out only for a likelier one that it overlaps', () => {
    fc.assert(
      fc.property(boxes, limits, (list, limit) => {
        const given = candidates(list)
        const kept = new Set(suppressed(given, limit))
        list.forEach((one, index) => {
          if (kept.has(index) || one.score < limit.score || !hasArea(one)) return
          const better = [...kept].some(
            (other) => (list[other]?.score ?? 0) >= one.score && overlapOf(given.boxes, index, other) > limit.overlap,
          )
          expect(better).toBe(true)
        })
      }),
    )
  })

  it('counts the same whatever the order of the candidates, where no two scores are equal', () => {
    fc.assert(
      fc.property(fc.uniqueArray(box, { selector: ({ score }) => score, maxLength: 30 }), limits, (list, limit) => {
        const backwards = list.toReversed()
        const kept = suppressed(candidates(list), limit).map((index) => list[index])
        expect(suppressed(candidates(backwards), limit).map((index) => backwards[index])).toEqual(kept)
      }),
    )
  })

  it('never counts a box that is no number, and stops at the bound', () => {
    expect(suppressed({ boxes: [0, 0, Number.NaN, 1], scores: [1] }, { score: 0, overlap: 1 })).toEqual([])
    const row = Array.from({ length: mostKept + 50 }, (_, index): Box => ({
      sides: [index, 0, index + 1, 1],
      score: 1,
    }))
    expect(suppressed(candidates(row), { score: 0.5, overlap: 0.5 })).toHaveLength(mostKept)
  })
})
