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
/** How far sysUpTime and our clock may differ over a wrap of sysUpTime (497 days) for it not to be a restart. */
const wrapToleranceTicks = 500

/** The time between two reads by sysUpTime. A decrease that is not its wrap is a restart of the agent. */
export function intervalBetween(before: CounterBaseline | undefined, now: CounterBaseline): AgentInterval {
  if (before === undefined) return { kind: 'none' }
  let ticks = now.uptimeTicks - before.uptimeTicks
  if (ticks < 0) {
    ticks += tickWrap
    const oursTicks = (now.monotonicMs - before.monotonicMs) / 10
    if (Math.abs(ticks - oursTicks) > wrapToleranceTicks + oursTicks * 0.1) return { kind: 'reset' }
  }
  return ticks === 0 ? { kind: 'none' } : { kind: 'elapsed', seconds: ticks / 100 }
}

/**
 * (now − before) mod 2^bits. Undefined when the counter must have been cleared: a difference of more than half its
 * range is no traffic.
 */
export function counterDelta(before: bigint, now: bigint, bits: 32 | 64): bigint | undefined {
  const delta = BigInt.asUintN(bits, now - before)
  return delta >= 1n << BigInt(bits - 1) ? undefined : delta
}
