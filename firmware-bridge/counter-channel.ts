// A pulse or event counter that a device keeps: what was counted between two reads, over roll-overs and resets.
import { measure, unusable, type ChannelScale } from './channel-measurement.ts'
import type { Measurement } from './driver.ts'

export interface CounterMeaning {
  /** `rate`: counts a second. `total`: counts since the device began, carried on over roll-overs and resets. */
  readonly as: 'rate' | 'total'
  /** More than this is no counting but a reset. Without it a difference of more than half the counter's range is. */
  readonly maxPerSecond?: number
}

interface CounterState {
  readonly count: number
  readonly monotonicMs: number
  /** Counts before the device's own counter began anew. */
  readonly base: number
}

/**
 * Remembers the counters of a driver's devices from one read to the next. Bound: one entry for each counter channel. It is
 * memory only: after a restart of the gateway the first read gives no rate, and a total is again what the device counts.
 */
export class CounterChannels {
  readonly #states = new Map<string, CounterState>()

  /**
   * The measurement of a counter of `bits` bits; none for the first rate. `count` is the device's raw number, the channel's
   * `scale` is what one count stands for. A reset makes the rate bad and the total uncertain, with reason `reset`.
   */
  measure(
    key: string,
    channel: ChannelScale & { readonly counter: CounterMeaning },
    now: { readonly count: number; readonly bits: 16 | 32; readonly monotonicMs: number },
  ): readonly Measurement[] {
    const before = this.#states.get(key)
    const step = before === undefined ? undefined : stepBetween(before, now, channel.counter.maxPerSecond)
    const base = (before?.base ?? 0) + (step?.addedBase ?? 0)
    // Reads in one moment are compared with the earlier one: no time has passed that a rate could be over.
    if (step?.seconds !== 0) this.#states.set(key, { count: now.count, monotonicMs: now.monotonicMs, base })
    if (channel.counter.as === 'total') {
      const total = measure(channel, base + now.count)
      return [
        step?.isReset === true && total.quality === 'good'
          ? { ...total, quality: 'uncertain', reason: 'reset' }
          : total,
      ]
    }
    if (step === undefined || step.seconds === 0) return []
    return [step.isReset ? unusable(channel, 'reset') : measure(channel, step.counted / step.seconds)]
  }

  clear(): void {
    this.#states.clear()
  }
}

interface CounterStep {
  readonly counted: number
  readonly seconds: number
  readonly isReset: boolean
  /** What the base grows by: the range at a roll-over, the old count at a reset. */
  readonly addedBase: number
}

function stepBetween(
  before: CounterState,
  now: { readonly count: number; readonly bits: 16 | 32; readonly monotonicMs: number },
  maxPerSecond: number | undefined,
): CounterStep {
  const range = 2 ** now.bits
  const difference = now.count - before.count
  const counted = difference < 0 ? difference + range : difference
  const seconds = (now.monotonicMs - before.monotonicMs) / 1000
  const most = maxPerSecond === undefined || seconds === 0 ? range / 2 : Math.min(range - 1, maxPerSecond * seconds)
  if (counted > most) {
    // A counter that was cleared has counted from 0 since; one that was set forwards has counted nothing that is known.
    return { counted: 0, seconds, isReset: true, addedBase: difference < 0 ? before.count : -difference }
  }
  return { counted, seconds, isReset: false, addedBase: difference < 0 ? range : 0 }
}
