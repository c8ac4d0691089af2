import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calibrate, peopleOf } from './calibration.ts'

const moments = (pairs: readonly (readonly [measured: number, people: number])[]) =>
  pairs.map(([measured, people]) => ({ measured, people }))

describe('the calibration of a place', () => {
  it('says nothing of five counts less one, nor of devices that tell nothing', () => {
    expect(
      calibrate(
        moments([
          [1, 2],
          [2, 4],
          [3, 6],
          [4, 8],
        ]),
      ),
    ).toBeUndefined()
    expect(
      calibrate(
        moments([
          [7, 20],
          [7, 40],
          [7, 25],
          [7, 35],
          [7, 30],
        ]),
      ),
    ).toBeUndefined()
    expect(
      calibrate(
        moments([
          [50, 10],
          [40, 20],
          [30, 30],
          [20, 40],
          [10, 50],
        ]),
      ),
    ).toBeUndefined()
  })

  it('finds a ratio, and a line where people without devices are always there', () => {
    expect(
      calibrate(
        moments([
          [10, 15],
          [20, 30],
          [30, 45],
          [40, 60],
          [50, 75],
        ]),
      ),
    ).toMatchObject({ perMeasured: 1.5, error: 0 })
    const found = calibrate(
      moments([
        [0, 12],
        [10, 22],
        [20, 32],
        [30, 42],
        [40, 52],
      ]),
    )
    expect(found?.base).toBeCloseTo(12)
    expect(found?.perMeasured).toBeCloseTo(1)
  })

  it('states the error that it would have had on each count, by hand for five of them', () => {
    // Through the origin, without each: 114/54, 111/51, 96/46, 85/39, 62/30.
    const given = moments([
      [1, 3],
      [2, 3],
      [3, 7],
      [4, 8],
      [5, 11],
    ])
    const ratios = [114 / 54, 111 / 51, 96 / 46, 85 / 39, 62 / 30]
    const errors = given.map(({ measured, people }, index) => ((ratios[index] ?? 0) * measured - people) ** 2)
    const byRatio = Math.sqrt(errors.reduce((sum, one) => sum + one, 0) / 5)
    expect(calibrate(given)?.error).toBeCloseTo(byRatio, 10)
    expect(calibrate(given)).toMatchObject({ counts: 5 })
  })

  it('never estimates fewer than nobody', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(500), fc.nat(500)), { minLength: 5, maxLength: 30 }),
        fc.nat(500),
        (pairs, now) => {
          const found = calibrate(moments(pairs))
          if (found === undefined) return
          expect(found.error).toBeGreaterThanOrEqual(0)
          expect(peopleOf(now, found)).toBeGreaterThanOrEqual(0)
        },
      ),
    )
  })
})
