// What went wrong with one device since the agent began, by code, and what is wrong with it now: for whoever must repair it.
import type { ErrorCode } from '../broker/contract/app-error.ts'
import type { Clock } from '../broker/contract/ports.ts'

export class FaultTally {
  readonly #clock: Pick<Clock, 'now'>
  /** Bound: codes come from code, never from input. */
  readonly #counts = new Map<ErrorCode, number>()
  #sinceMs: number | undefined
  #code: ErrorCode | undefined

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** Unix ms since when it is not well; undefined: it is. */
  get sinceMs(): number | undefined {
    return this.#sinceMs
  }

  /** What is wrong now. */
  get code(): ErrorCode | undefined {
    return this.#code
  }

  /** The most frequent first. */
  errors(): readonly { readonly code: ErrorCode; readonly count: number }[] {
    return Array.from(this.#counts, ([code, count]) => ({ code, count })).toSorted((a, b) => b.count - a.count)
  }

  /** One attempt has failed. */
  count(code: ErrorCode): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1)
  }

  /** It does not answer well, from now on or still. */
  began(code: ErrorCode): void {
    this.#sinceMs ??= this.#clock.now()
    this.#code = code
  }

  over(): void {
    this.#sinceMs = undefined
    this.#code = undefined
  }
}
