// When a message that could not be sent is tried again.

export interface RetryLimits {
  readonly firstMs: number
  readonly maxMs: number
  /** After so many tries a message is a dead letter. */
  readonly tries: number
}

/** Twelve tries in about 75 minutes, or in at most 12 hours where the other side asks for long waits. */
export const defaultRetries: RetryLimits = { firstMs: 5_000, maxMs: 900_000, tries: 12 }

/** What another side may ask for is heeded up to here: LINE knows a retry key for 24 hours. */
const maxAskedMs = 3_600_000

/** ms until the next try after `attempts` failed ones; `random` from 0 to 1 spreads it over the upper half. */
export function backoffMs({ firstMs, maxMs }: RetryLimits, attempts: number, askedMs: number, random: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(30, Math.max(0, attempts - 1)))
  return Math.max(full * (0.5 + random / 2), Math.min(askedMs, maxAskedMs))
}
