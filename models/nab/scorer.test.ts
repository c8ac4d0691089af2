import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseNabSeries, type NabProfile } from './corpus.ts'
import { alarmWeights, bestThreshold, normalisedScore, probationRows, scoreSeries } from './scorer.ts'

const standard: NabProfile = { tpWeight: 1, fnWeight: 1, fpWeight: 0.11 }
const clock = (row: number): string => new Date(Date.UTC(2014, 0, 1) + row * 300_000).toISOString().slice(0, 19)
const text = ['timestamp,value', ...Array.from({ length: 100 }, (_, row) => `${clock(row)},1`)].join('\n')
const series = parseNabSeries('made/up.csv', text, [
  [clock(40), clock(49)],
  [clock(80), clock(89)],
])
const alarmsAt = (...rows: number[]): Float64Array =>
  Float64Array.from({ length: 100 }, (_, row) => (rows.includes(row) ? 1 : 0))
const score = (...rows: number[]): number => scoreSeries(series, alarmsAt(...rows), standard, 1).score

describe('the NAB scorer', () => {
  it('leaves out 15 % of a series, and never more than 750 rows', () => {
    expect([probationRows(1127), probationRows(4032), probationRows(22_695)]).toEqual([169, 604, 750])
    expect(score(3)).toBe(-2)
  })

  it('gives 1 for an alarm at the left edge of a window, less and less later, and nearly nothing at the right edge', () => {
    const weights = alarmWeights(series, standard)
    expect(weights[40]).toBe(1)
    expect(weights[45]).toBeCloseTo((2 / (1 + Math.exp(-2.5)) - 1) / (2 / (1 + Math.exp(-5)) - 1), 12)
    expect(weights[49]).toBeCloseTo(0.2482, 4)
  })

  it('counts the first alarm of a window only, and each missed window fully', () => {
    expect(score(40, 44, 47)).toBeCloseTo(0, 12)
    expect(score(44, 47)).toBeCloseTo(score(44), 12)
    expect(score()).toBe(-2)
  })

  it('takes an alarm outside for the worse the farther it is behind a window', () => {
    expect(score(30) - score()).toBeCloseTo(-0.11, 12)
    expect(score(50) - score()).toBeCloseTo(-0.11 * (1 - 2 / (1 + Math.exp(5 / 9))), 12)
    expect(score(79) - score()).toBeCloseTo(-0.11, 12)
  })

  it('counts rows as NAB does', () => {
    expect(scoreSeries(series, alarmsAt(20, 41, 42, 95), standard, 1)).toMatchObject({ tp: 2, fp: 2, tn: 63, fn: 18 })
  })

  it('maps no alarm to 0 and one alarm at every left edge to 100, under each profile', () => {
    for (const profile of [standard, { ...standard, fpWeight: 0.22 }, { ...standard, fnWeight: 2 }]) {
      const of = (rows: number[]): number =>
        normalisedScore(scoreSeries(series, alarmsAt(...rows), profile, 1).score, [series], profile)
      expect(of([])).toBe(0)
      expect(of([40, 80])).toBeCloseTo(100, 10)
    }
  })

  it('finds the threshold that no other threshold beats', () => {
    const level = fc.integer({ min: 0, max: 6 })
    fc.assert(
      fc.property(fc.array(level, { minLength: 100, maxLength: 100 }), (levels) => {
        const scores = Float64Array.from(levels)
        const best = bestThreshold([series], [scores], standard)
        for (const threshold of [0, 1, 2, 3, 4, 5, 6, 7]) {
          expect(scoreSeries(series, scores, standard, threshold).score).toBeLessThanOrEqual(best.score + 1e-9)
        }
        expect(scoreSeries(series, scores, standard, best.threshold).score).toBeCloseTo(best.score, 9)
      }),
    )
  })
})
