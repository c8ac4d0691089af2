import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CounterChannels, type CounterMeaning } from './counter-channel.ts'

/** A rain gauge or water meter: each count is a tenth of a litre. */
const channel = (counter: CounterMeaning) => ({ id: 'flow', scale: 0.0001, unit: 'm3', counter })
const rate = { id: 'flow', scale: 0.0001, unit: 'm3/s', counter: { as: 'rate' } } as const

describe('A counter channel', () => {
  it('gives no rate at the first read, then counts a second', () => {
    const counters = new CounterChannels()
    expect(counters.measure('a', rate, { count: 100, bits: 16, monotonicMs: 0 })).toEqual([])
    expect(counters.measure('a', rate, { count: 150, bits: 16, monotonicMs: 10_000 })).toMatchObject([
      { channel: 'flow', value: 0.0005, unit: 'm3/s', quality: 'good' },
    ])
    expect(counters.measure('b', rate, { count: 150, bits: 16, monotonicMs: 10_000 })).toEqual([])
  })

  it.each([16, 32] as const)('counts on over the roll-over of %i bits, in rate and total', (bits) => {
    const counters = new CounterChannels()
    const total = channel({ as: 'total' })
    const end = 2 ** bits - 10
    counters.measure('rate', rate, { count: end, bits, monotonicMs: 0 })
    counters.measure('total', total, { count: end, bits, monotonicMs: 0 })
    expect(counters.measure('rate', rate, { count: 20, bits, monotonicMs: 3000 })).toMatchObject([
      { value: 0.001, quality: 'good' },
    ])
    const [after] = counters.measure('total', total, { count: 20, bits, monotonicMs: 3000 })
    expect(after).toMatchObject({ quality: 'good', unit: 'm3' })
    expect(after?.value).toBeCloseTo((2 ** bits + 20) * 0.0001, 6)
  })

  it('that was cleared makes the rate bad and the total uncertain once, and the total goes on from where it was', () => {
    const counters = new CounterChannels()
    const total = channel({ as: 'total' })
    counters.measure('rate', rate, { count: 1000, bits: 16, monotonicMs: 0 })
    counters.measure('total', total, { count: 1000, bits: 16, monotonicMs: 0 })
    const reset = { count: 5, bits: 16, monotonicMs: 10_000 } as const
    expect(counters.measure('rate', rate, reset)).toMatchObject([{ value: null, quality: 'bad', reason: 'reset' }])
    expect(counters.measure('total', total, reset)).toMatchObject([
      { value: 0.1005, quality: 'uncertain', reason: 'reset' },
    ])
    const next = { count: 15, bits: 16, monotonicMs: 20_000 } as const
    expect(counters.measure('rate', rate, next)).toMatchObject([{ value: 0.0001, quality: 'good' }])
    expect(counters.measure('total', total, next)).toMatchObject([{ value: 0.1015, quality: 'good' }])
  })

  it('knows a reset near the end of its range by the most that can be counted', () => {
    const counters = new CounterChannels()
    const bounded = { ...rate, counter: { as: 'rate', maxPerSecond: 10 } } as const
    counters.measure('a', bounded, { count: 65_000, bits: 16, monotonicMs: 0 })
    expect(counters.measure('a', bounded, { count: 5, bits: 16, monotonicMs: 10_000 })).toMatchObject([
      { quality: 'bad', reason: 'reset' },
    ])
    counters.measure('b', bounded, { count: 65_500, bits: 16, monotonicMs: 0 })
    expect(counters.measure('b', bounded, { count: 5, bits: 16, monotonicMs: 10_000 })).toMatchObject([
      { quality: 'good', value: expect.closeTo(0.00041, 9) as number },
    ])
  })

  it('begins anew after clear, as after a restart: no rate, and the total is what the device counts', () => {
    const counters = new CounterChannels()
    const total = channel({ as: 'total' })
    counters.measure('a', total, { count: 65_530, bits: 16, monotonicMs: 0 })
    counters.measure('a', total, { count: 4, bits: 16, monotonicMs: 1000 })
    counters.clear()
    expect(counters.measure('a', rate, { count: 6, bits: 16, monotonicMs: 2000 })).toEqual([])
    expect(counters.measure('b', total, { count: 6, bits: 16, monotonicMs: 2000 })).toMatchObject([{ value: 0.0006 }])
  })

  it('gives totals that never fall and rates that sum up to what was counted, whatever the steps', () => {
    fc.assert(
      fc.property(fc.nat(65_535), fc.array(fc.nat(32_000), { minLength: 1, maxLength: 40 }), (start, steps) => {
        const counters = new CounterChannels()
        const plain = { id: 'count', counter: { as: 'total' } } as const
        const perSecond = { id: 'count', counter: { as: 'rate' } } as const
        let count = start
        let counted = 0
        counters.measure('total', plain, { count, bits: 16, monotonicMs: 0 })
        counters.measure('rate', perSecond, { count, bits: 16, monotonicMs: 0 })
        for (const [index, step] of steps.entries()) {
          count = (count + step) % 65_536
          const now = { count, bits: 16, monotonicMs: (index + 1) * 1000 } as const
          const [total] = counters.measure('total', plain, now)
          const [perRead] = counters.measure('rate', perSecond, now)
          counted += Number(perRead?.value)
          expect(Number(total?.value)).toBe(start + counted)
        }
        expect(counted).toBe(steps.reduce((sum, step) => sum + step, 0))
      }),
    )
  })
})
