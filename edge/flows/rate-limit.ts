// How often something may happen: a bucket that fills with time and is emptied by use.

export interface RateLimit {
  /** True where it may happen now, which takes one. */
  take(): boolean
}

/** `monotonicMs` gives the time. The bucket begins full. */
export function createRateLimit(options: {
  readonly perSecond: number
  readonly burst: number
  readonly monotonicMs: () => number
}): RateLimit {
  const { perSecond, burst, monotonicMs } = options
  let left = burst
  let atMs = monotonicMs()
  return {
    take() {
      const nowMs = monotonicMs()
      left = Math.min(burst, left + ((nowMs - atMs) / 1000) * perSecond)
      atMs = nowMs
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}

/** Of what flows ask and of what they log; the same on both sides of the channel. */
export const flowRates = { asks: { perSecond: 200, burst: 400 }, logs: { perSecond: 2, burst: 20 } } as const
