// Tells the log of every denial, yet not of every one in a flood: an attacker must not fill the disk with his own trace.
import { AppError, type ErrorCode } from './contract/app-error.ts'
import type { Clock, Log, LogFields } from './contract/ports.ts'

const linesPerWindow = 50
const windowMs = 1_000

export class Audit {
  readonly #given: { readonly clock: Clock; readonly log: Log }
  #windowStartMs = -Infinity
  #lines = 0
  #suppressed = 0

  constructor(given: { readonly clock: Clock; readonly log: Log }) {
    this.#given = given
  }

  /** Logs the denial with its code and returns it as an error for the caller to pass on. */
  denied(code: ErrorCode, message: string, fields: LogFields): AppError {
    const now = this.#given.clock.monotonic()
    if (now - this.#windowStartMs >= windowMs) {
      if (this.#suppressed > 0)
        this.#given.log.warn({ suppressed: this.#suppressed }, 'more denials in the same second')
      this.#windowStartMs = now
      this.#lines = 0
      this.#suppressed = 0
    }
    if (this.#lines < linesPerWindow) {
      this.#lines += 1
      this.#given.log.warn({ ...fields, code }, message)
    } else {
      this.#suppressed += 1
    }
    return new AppError(code, message)
  }
}
