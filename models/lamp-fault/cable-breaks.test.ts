import { describe, expect, it } from 'vitest'
import { CableBreaks } from './cable-breaks.ts'

describe('the breaks of a cable', () => {
  it('are counted once each, however long they last, and forgotten over half a day', () => {
    const breaks = new CableBreaks()
    for (const isBroken of [true, true, false, true, true, true]) breaks.update(isBroken, true, 1)
    expect(breaks.count).toBeCloseTo(2, 3)
    breaks.update(false, true, 43_200)
    expect(breaks.count).toBeCloseTo(2 / Math.E, 3)
  })

  it('hold their share of the hours over the day, in which nothing should burn', () => {
    const breaks = new CableBreaks()
    for (let step = 0; step < 24; step += 1) breaks.update(true, true, 300)
    const { held } = breaks
    expect(held).toBeCloseTo(1 - 1 / Math.E, 3)
    for (let step = 0; step < 100; step += 1) breaks.update(false, false, 300)
    expect(breaks.held).toBe(held)
    breaks.update(true, true, 300)
    expect(breaks.count).toBeLessThan(1)
  })
})
