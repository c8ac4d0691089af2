// Messages whose acknowledgement waits for a commit: each has a time limit, and a stop waits for them.
import { AppError } from './contract/app-error.ts'
import type { Clock, Timer } from './contract/ports.ts'

interface Pending {
  readonly sinceMs: number
  readonly settle: (error?: Error) => void
}

const sweepMs = 1_000

/** Queue: bounded by one socket read per connection, as a connection is not read while it waits. Owner: the broker. */
export class PendingTaps {
  readonly #pending = new Set<Pending>()
  readonly #given: { readonly clock: Clock; readonly timeoutMs: number }
  #timer: Timer | undefined
  #whenEmpty: (() => void) | undefined

  constructor(given: { readonly clock: Clock; readonly timeoutMs: number }) {
    this.#given = given
  }

  /** Settles with the promise's outcome, or with an error when the time limit passes first. */
  wait(promise: Promise<void>, settle: (error?: Error) => void): void {
    const entry = { sinceMs: this.#given.clock.monotonic(), settle }
    this.#pending.add(entry)
    this.#timer ??= this.#given.clock.setTimer(() => this.#sweep(), sweepMs)
    promise.then(
      () => this.#finish(entry),
      (thrown: unknown) => this.#finish(entry, thrown instanceof Error ? thrown : new Error(String(thrown))),
    )
  }

  /** Resolves when nothing waits any more. */
  drained(): Promise<void> {
    if (this.#pending.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#whenEmpty = resolve
    })
  }

  #finish(entry: Pending, error?: Error): void {
    if (!this.#pending.delete(entry)) return
    entry.settle(error)
    if (this.#pending.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
    this.#whenEmpty?.()
  }

  #sweep(): void {
    this.#timer = undefined
    const latestMs = this.#given.clock.monotonic() - this.#given.timeoutMs
    for (const entry of this.#pending) {
      if (entry.sinceMs > latestMs) break
      this.#finish(entry, new AppError('ingest.overloaded', 'The message was not stored within the time limit'))
    }
    if (this.#pending.size > 0) this.#timer ??= this.#given.clock.setTimer(() => this.#sweep(), sweepMs)
  }
}
