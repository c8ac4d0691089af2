// Slows down whoever guesses: so many failures of one address within a minute, and it is not listened to for the rest of it.
import type { Clock } from '../../broker/contract/ports.ts'

const windowMs = 60_000
const mostFailures = 10
/** Bound: addresses. Overflow: the one that failed first is forgotten. Owner: this limit. */
const mostAddresses = 10_000

export class AttemptLimit {
  readonly #clock: Clock
  readonly #failures = new Map<string, { readonly sinceMs: number; count: number; isTold: boolean }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Seconds until this address is listened to again; 0: now. */
  waitS(address: string): number {
    const known = this.#failures.get(address)
    if (known === undefined || known.count < mostFailures) return 0
    return Math.max(0, Math.ceil((known.sinceMs + windowMs - this.#clock.monotonic()) / 1000))
  }

  /** Whether nobody has said yet that this address is not listened to: once in a window, so that it cannot flood the audit. */
  isFirstRefusal(address: string): boolean {
    const known = this.#failures.get(address)
    if (known === undefined || known.isTold) return false
    known.isTold = true
    return true
  }

  failed(address: string): void {
    const nowMs = this.#clock.monotonic()
    const known = this.#failures.get(address)
    if (known !== undefined && nowMs - known.sinceMs < windowMs) {
      known.count += 1
      return
    }
    this.#failures.delete(address)
    this.#failures.set(address, { sinceMs: nowMs, count: 1, isTold: false })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > mostAddresses && oldest !== undefined) this.#failures.delete(oldest)
  }
}
