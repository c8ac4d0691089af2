import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { auroc, averagePrecision, binnedAuroc, classFigures } from './ranking.ts'

describe('ranking', () => {
  it('gives the figures that scikit-learn 1.2 gives for a ranking with ties', () => {
    const scores = [0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.9, 0.2]
    const bad = [false, false, true, true, true, false, true, false]
    expect(auroc(scores, bad)).toBeCloseTo(0.8125, 10)
    expect(averagePrecision(scores, bad)).toBeCloseTo(0.8166666667, 8)
  })

  it('counts the pairs that are in the right order', () => {
    const example = fc.record({ score: fc.integer({ min: 0, max: 9 }), bad: fc.boolean() })
    fc.assert(
      fc.property(fc.array(example, { minLength: 2, maxLength: 30 }), (examples) => {
        const good = examples.filter(({ bad }) => !bad)
        const bad = examples.filter((one) => one.bad)
        fc.pre(good.length > 0 && bad.length > 0)
        const won = bad.flatMap((b) => good.map((g) => (b.score > g.score ? 1 : b.score === g.score ? 0.5 : 0)))
        const pairs = won.reduce((total: number, value) => total + value, 0) / won.length
        const scores = examples.map(({ score }) => score)
        const counts = { good: new Float64Array(10), bad: new Float64Array(10) }
        for (const one of examples)
          counts[one.bad ? 'bad' : 'good'][one.score] = (counts[one.bad ? 'bad' : 'good'][one.score] ?? 0) + 1
        expect(
          auroc(
            scores,
            examples.map((one) => one.bad),
          ),
        ).toBeCloseTo(pairs, 10)
        expect(binnedAuroc(counts.good, counts.bad)).toBeCloseTo(pairs, 10)
      }),
    )
  })

  it('takes a class that is never found as 0', () => {
    expect(classFigures([0, 0, 1, 2], [0, 1, 1, 1], 3)).toEqual([
      { count: 2, precision: 1, recall: 0.5, f1: 2 / 3 },
      { count: 1, precision: 1 / 3, recall: 1, f1: 0.5 },
      { count: 1, precision: 0, recall: 0, f1: 0 },
    ])
  })
})
