import { describe, expect, it } from 'vitest'
import { deliveredByDay } from './availability.ts'

const counts = (...hours: readonly number[]) => ({ count: Float32Array.from(hours) })
const hours = (length: number, count: (hour: number) => number) => counts(...Array.from({ length }, (_, h) => count(h)))

describe('the share of a day in which readings came', () => {
  it('counts from the first reading on, so that what was not yet there is not missing', () => {
    const column = hours(72, (hour) => (hour < 36 ? 0 : 4))
    expect(deliveredByDay([column], 3)).toEqual([null, 1, 1])
  })

  it('is made of any of the series, and an hour in which none came is missing', () => {
    const own = hours(48, (hour) => (hour < 24 ? 1 : 0))
    const device = hours(48, (hour) => (hour >= 30 ? 1 : 0))
    expect(deliveredByDay([own, device], 2)).toEqual([1, 0.75])
  })

  it('is of today as far as it has come, and nothing of a thing that never sent', () => {
    expect(deliveredByDay([hours(30, (hour) => (hour === 29 ? 0 : 1))], 2)).toEqual([1, 5 / 6])
    expect(deliveredByDay([hours(24, () => 0)], 1)).toEqual([null])
    expect(deliveredByDay([], 2)).toEqual([null, null])
  })
})
