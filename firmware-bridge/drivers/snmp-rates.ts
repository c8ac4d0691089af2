// Counters to rates: the difference of two reads over the agent's own time, careful about wraps and restarts.

/** What an agent's counters stood at; `uptimeTicks` is sysUpTime in hundredths of a second. */
export interface CounterBaseline {
  readonly uptimeTicks: number
  readonly monotonicMs: number
  readonly counters: ReadonlyMap<string, bigint>
}

/** `none`: no earlier read to compare with, or no time between the two. */
export type AgentInterval =
  | { readonly kind: 'none' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'elapsed'; readonly seconds: number }

const tickWrap = 2 ** 32
/** How far sysUpTime may be from our clock, beside a tenth of the interval, for it not to be a restart. */
const toleranceTicks = 500

/**
 * The time between two reads by sysUpTime. A decrease that is not its wrap (497 days) is a restart of the agent, and so
 * is less time than passed here: it was away long enough to have been up for longer again than at the earlier read.
 */
export function intervalBetween(before: CounterBaseline | undefined, now: CounterBaseline): AgentInterval {
  if (before === undefined) return { kind: 'none' }
  const oursTicks = (now.monotonicMs - before.monotonicMs) / 10
  const tolerance = toleranceTicks + oursTicks * 0.1
  const difference = now.uptimeTicks - before.uptimeTicks
  if (difference === 0) return { kind: 'none' }
  const ticks = difference < 0 ? difference + tickWrap : difference
  const hasWrapped = difference < 0
  if (oursTicks - ticks > tolerance || (hasWrapped && ticks - oursTicks > tolerance)) return { kind: 'reset' }
  return { kind: 'elapsed', seconds: ticks / 100 }
}

/**
 * (now − before) mod 2^bits. Undefined when the counter must have been cleared: a difference of more than half its
 * range is no traffic.
 */
export function counterDelta(before: bigint, now: bigint, bits: 32 | 64): bigint | undefined {
  const delta = BigInt.asUintN(bits, now - before)
  return delta >= 1n << BigInt(bits - 1) ? undefined : delta
}
