// How long to wait before trying again: exponential, with jitter, capped.

export interface Backoff {
  /** The next delay in ms: between half of and the whole of base × 2^n, at most the cap. */
  next(): number
  reset(): void
}

/** `random` gives [0, 1). */
export function createBackoff(options: {
  readonly baseMs: number
  readonly capMs: number
  readonly random: () => number
}): Backoff {
  let attempt = 0
  return {
    next() {
      const ceiling = Math.min(options.capMs, options.baseMs * 2 ** Math.min(attempt, 30))
      attempt += 1
      return ceiling * (0.5 + options.random() / 2)
    },
    reset() {
      attempt = 0
    },
  }
}
