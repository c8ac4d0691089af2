// Counts durations in fixed buckets, in the form that Prometheus reads.

const boundsMs = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] as const

/** `counts[i]` durations were at most `boundsMs[i]` and over the bound before; the last count is everything longer. */
export interface LatencySnapshot {
  readonly boundsMs: readonly number[]
  readonly counts: readonly number[]
  readonly count: number
  readonly sumMs: number
}

export interface LatencyHistogram {
  observe(durationMs: number): void
  snapshot(): LatencySnapshot
}

export function createLatencyHistogram(): LatencyHistogram {
  const counts = Array.from({ length: boundsMs.length + 1 }, () => 0)
  let sumMs = 0
  return {
    observe(durationMs) {
      const found = boundsMs.findIndex((bound) => durationMs <= bound)
      const index = found < 0 ? boundsMs.length : found
      counts[index] = (counts[index] ?? 0) + 1
      sumMs += durationMs
    },
    snapshot: () => ({ boundsMs, counts: [...counts], count: counts.reduce((sum, n) => sum + n, 0), sumMs }),
  }
}
