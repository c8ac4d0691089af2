import { describe, expect, it } from 'vitest'
import type { RolloutItem, RolloutMember } from '../api/rollout-api.ts'
import { byNeed, countsOf, wavesOf } from './rollout-progress.ts'

function member(gateway: string, wave: number, state: RolloutMember['state']): RolloutMember {
  return { gateway: `kimitsu/${gateway}`, wave, state, revision: 3, code: null, message: null, updated: 0 }
}

function rollout(of: Partial<RolloutItem>): RolloutItem {
  const shared = { id: 'r', name: 'probes', reason: null, createdBy: 'sato', created: 0, maxFailures: 0 }
  return { ...shared, state: 'running', wave: 0, waves: 1, gateways: [], ...of }
}

describe('the progress of a roll-out', () => {
  const gateways = [
    member('a', 0, 'applied'),
    member('d', 1, 'offered'),
    member('c', 1, 'failed'),
    member('b', 1, 'applied'),
    member('e', 2, 'waiting'),
  ]

  it('is counted by what became of each gateway', () => {
    expect(countsOf(gateways)).toEqual({ applied: 2, offered: 1, failed: 1, waiting: 1 })
  })

  it('is told wave by wave, those that failed first', () => {
    const waves = wavesOf(rollout({ wave: 1, waves: 3, gateways }))
    expect(waves.map(({ number, state }) => [number, state])).toEqual([
      [1, 'done'],
      [2, 'under-way'],
      [3, 'to-come'],
    ])
    expect(waves[1]?.members.map(({ gateway }) => gateway)).toEqual(['kimitsu/c', 'kimitsu/b', 'kimitsu/d'])
  })

  it('stands where the roll-out was halted', () => {
    const waves = wavesOf(rollout({ state: 'halted', wave: 1, waves: 3, gateways }))
    expect(waves.map(({ state }) => state)).toEqual(['done', 'stands', 'to-come'])
  })

  it('is over in every wave of one that is done', () => {
    const waves = wavesOf(rollout({ state: 'done', wave: 2, gateways }))
    expect(waves.every(({ state }) => state === 'done')).toBe(true)
  })

  it('shows first what waits for a person, then what is under way, the newest of each before the others', () => {
    const all = [
      rollout({ id: 'old', state: 'done', created: 1 }),
      rollout({ id: 'ended', state: 'aborted', created: 5 }),
      rollout({ id: 'under way', created: 2 }),
      rollout({ id: 'stands', state: 'halted', created: 0 }),
    ]
    expect(byNeed(all).map(({ id }) => id)).toEqual(['stands', 'under way', 'ended', 'old'])
  })
})
