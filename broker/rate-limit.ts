// A token bucket that answers "wait this long" instead of "no": the delay becomes back-pressure on the socket.

/** Two buckets, messages and bytes, refilled continuously; debt is allowed and is the delay. */
export class RateLimit {
  readonly #messagesPerMs: number
  readonly #bytesPerMs: number
  readonly #burstMs: number
  /** Monotonic time at which each bucket's debt is paid; at most `burstMs` in the past. */
  #messagesPaidAtMs = -Infinity
  #bytesPaidAtMs = -Infinity

  constructor(limit: { readonly messagesPerS: number; readonly bytesPerS: number; readonly burstS: number }) {
    this.#messagesPerMs = limit.messagesPerS / 1000
    this.#bytesPerMs = limit.bytesPerS / 1000
    this.#burstMs = limit.burstS * 1000
  }

  /** Takes one message of `bytes` and returns the milliseconds after which it is within the rates (0: now). */
  take(nowMs: number, bytes: number): number {
    const earliest = nowMs - this.#burstMs
    this.#messagesPaidAtMs = Math.max(this.#messagesPaidAtMs, earliest) + 1 / this.#messagesPerMs
    this.#bytesPaidAtMs = Math.max(this.#bytesPaidAtMs, earliest) + bytes / this.#bytesPerMs
    return Math.max(0, this.#messagesPaidAtMs - nowMs, this.#bytesPaidAtMs - nowMs)
  }
}
