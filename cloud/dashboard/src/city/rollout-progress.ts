// How far a roll-out is, counted over its gateways and wave by wave. No screen, no network.
import type { RolloutItem, RolloutMember } from '../api/rollout-api.ts'

export type Progress = RolloutMember['state']
export const progresses = ['applied', 'offered', 'waiting', 'failed'] as const satisfies readonly Progress[]

export type Counts = Readonly<Record<Progress, number>>

export interface WaveProgress {
  /** From 1, as people count. */
  readonly number: number
  readonly state: 'done' | 'under-way' | 'stands' | 'to-come'
  readonly counts: Counts
  /** Those that failed first, then by name. */
  readonly members: readonly RolloutMember[]
}

export function countsOf(members: readonly RolloutMember[]): Counts {
  const counts = { waiting: 0, offered: 0, applied: 0, failed: 0 }
  for (const { state } of members) counts[state] += 1
  return counts
}

/** In the order in which they begin. */
export function wavesOf({ gateways, wave: underWay, state }: RolloutItem): readonly WaveProgress[] {
  const numbers = [...new Set(gateways.map(({ wave }) => wave))].toSorted((a, b) => a - b)
  return numbers.map((wave) => {
    const members = gateways.filter((member) => member.wave === wave).toSorted(worstFirst)
    const isBehind = wave < underWay || state === 'done'
    const now = state === 'running' ? 'under-way' : 'stands'
    return {
      number: wave + 1,
      state: isBehind ? 'done' : wave === underWay ? now : 'to-come',
      counts: countsOf(members),
      members,
    }
  })
}

function worstFirst(a: RolloutMember, b: RolloutMember): number {
  const [failsA, failsB] = [a.state === 'failed', b.state === 'failed']
  if (failsA !== failsB) return failsA ? -1 : 1
  return a.gateway < b.gateway ? -1 : 1
}

/** Those that a person must decide about, then those under way, then what is over; newest first in each. */
export function byNeed(rollouts: readonly RolloutItem[]): readonly RolloutItem[] {
  const need = { halted: 0, running: 1, done: 2, aborted: 2 } as const
  return rollouts.toSorted((a, b) => need[a.state] - need[b.state] || b.created - a.created)
}
