import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { measureLoopCurrent } from './current-loop.ts'

/** A level probe of 0 to 5 m at a module that counts microamperes. */
const channel = {
  id: 'level',
  unit: 'm',
  currentLoop: { rawAt4mA: 4000, rawAt20mA: 20_000, at4mA: 0, at20mA: 5 },
}

describe('A 4-20 mA loop', () => {
  it.each([
    [4000, 0],
    [12_000, 2.5],
    [20_000, 5],
    [3800, -0.0625],
    [20_500, 5.15625],
  ])('%i uA is %d m', (raw, value) => {
    expect(measureLoopCurrent(channel, raw)).toMatchObject({ value, unit: 'm', quality: 'good', reason: undefined })
  })

  it.each([0, 3599, 21_001, 22_000, -100])('%i uA is a failed loop: no value, sensor-fault', (raw) => {
    expect(measureLoopCurrent(channel, raw)).toMatchObject({
      value: null,
      unit: 'm',
      quality: 'bad',
      reason: 'sensor-fault',
    })
  })

  it.each([3600, 3799, 20_501, 21_000])('%i uA is neither failure nor measurement: uncertain', (raw) => {
    expect(measureLoopCurrent(channel, raw)).toMatchObject({ quality: 'uncertain', reason: 'range' })
  })

  it('fits modules with other numbers, also ones that fall as the current rises', () => {
    const coarse = { ...channel, currentLoop: { rawAt4mA: 0, rawAt20mA: 4095, at4mA: -40, at20mA: 60 } }
    expect(measureLoopCurrent(coarse, 4095)).toMatchObject({ value: 60, quality: 'good' })
    const inverted = { ...channel, currentLoop: { rawAt4mA: 4095, rawAt20mA: 0, at4mA: 0, at20mA: 5 } }
    expect(measureLoopCurrent(inverted, 4095)).toMatchObject({ value: 0, quality: 'good' })
  })

  it('never gives a good value outside 3.8 to 20.5 mA', () => {
    fc.assert(
      fc.property(fc.double({ min: -50_000, max: 50_000, noNaN: true }), (raw) => {
        const isMeasured = raw >= 3800 - 0.01 && raw <= 20_500 + 0.01
        const { quality } = measureLoopCurrent(channel, raw)
        if (quality === 'good') expect(isMeasured).toBe(true)
      }),
    )
    expect(measureLoopCurrent(channel, Number.NaN)).toMatchObject({ value: null, quality: 'bad' })
  })
})
