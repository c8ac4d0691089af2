// Those who wait until what they appended cannot be lost any more: senders whose confirmation depends on it.
import { AppError } from '../../broker/contract/app-error.ts'

interface Wait {
  /** The number of the last append that must be safe. */
  readonly through: number
  resolve(): void
  reject(error: AppError): void
}

/**
 * Owner: the outbox. Bound: this many waits; each ends with the next commit, acknowledgement or fault. Overflow: the
 * newest is refused with `limit.exceeded`, and its sender keeps what it has.
 */
const maxWaits = 4096

export class DurableWaits {
  /** In order of `through`. */
  #waits: Wait[] = []

  get size(): number {
    return this.#waits.length
  }

  /** Resolves when every append through this one is safe. Rejects with `limit.exceeded`, or with what `fail` was given. */
  wait(through: number): Promise<void> {
    if (this.#waits.length >= maxWaits) {
      return Promise.reject(new AppError('limit.exceeded', `more than ${maxWaits} wait for the outbox`))
    }
    return new Promise((resolve, reject) => void this.#waits.push({ through, resolve, reject }))
  }

  /** Every append before `firstUnsafe` is on disk or acknowledged. */
  safeBefore(firstUnsafe: number): void {
    const still = this.#waits.findIndex((wait) => wait.through >= firstUnsafe)
    const done = this.#waits.splice(0, still < 0 ? this.#waits.length : still)
    for (const wait of done) wait.resolve()
  }

  fail(error: AppError): void {
    for (const wait of this.#waits.splice(0)) wait.reject(error)
  }
}
