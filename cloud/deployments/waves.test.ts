import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, planWaves, type RolloutView } from './waves.ts'

const ten = Array.from({ length: 10 }, (_, index) => ({
  id: `kimitsu/g-${index}`,
  sites: [index < 4 ? 'koito' : 'center'],
}))
const view: RolloutView = {
  wave: 0,
  waves: 2,
  waveStartedMs: 0,
  maxFailures: 0,
  acceptedFailures: 0,
  patienceS: 60,
  gateways: [
    { gateway: 'a', wave: 0, state: 'offered' },
    { gateway: 'b', wave: 1, state: 'waiting' },
  ],
}
const withFirst = (state: 'applied' | 'failed') => ({
  ...view,
  gateways: [{ ...view.gateways[0]!, state }, view.gateways[1]!],
})

describe('a roll-out', () => {
  it('goes by percentage of all, and whoever is left comes last', () => {
    expect(planWaves(ten, [{ percent: 10 }, { percent: 50 }]).map((wave) => wave.length)).toEqual([1, 4, 5])
  })

  it('goes by site', () => {
    expect(planWaves(ten, [{ site: 'koito' }])).toEqual([
      ten.slice(0, 4).map(({ id }) => id),
      ten.slice(4).map(({ id }) => id),
    ])
    expect(() => planWaves(ten, [{ site: 'nowhere' }])).toThrow('names no gateway')
  })

  it('reaches each gateway exactly once, whatever its waves', () => {
    const rule = fc.oneof(
      fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
      fc.record({
        gateways: fc.subarray(
          ten.map(({ id }) => id),
          { minLength: 1 },
        ),
      }),
    )
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), (rules) => {
        const all = planWaves(ten, rules).flat()
        expect(all.toSorted()).toEqual(ten.map(({ id }) => id))
      }),
    )
  })

  it('waits for the whole wave, goes on when it is well, and ends after the last', () => {
    expect(decide(view, 1000)).toEqual({ kind: 'wait' })
    expect(decide(withFirst('applied'), 1000)).toEqual({ kind: 'next-wave' })
    expect(decide({ ...withFirst('applied'), waves: 1 }, 1000)).toEqual({ kind: 'done' })
  })

  it('halts with the first failure beyond its threshold, and goes on with failures that a person accepted', () => {
    expect(decide(withFirst('failed'), 1000)).toEqual({ kind: 'halt', failures: 1 })
    expect(decide({ ...withFirst('failed'), maxFailures: 1 }, 1000)).toEqual({ kind: 'next-wave' })
    expect(decide({ ...withFirst('failed'), acceptedFailures: 1 }, 1000)).toEqual({ kind: 'next-wave' })
  })

  it('takes silence for a failure once its patience is over', () => {
    expect(decide(view, 60_000)).toEqual({ kind: 'late', gateways: ['a'] })
  })
})
