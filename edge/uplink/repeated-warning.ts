// A warning that a hub's message can bring about any number of times: said at once, then at most once a minute with its count.
import type { Clock, Log, LogFields } from '../../broker/contract/ports.ts'

const quietMs = 60_000

export class RepeatedWarning {
  readonly #dependencies: { readonly clock: Clock; readonly log: Log }
  readonly #message: string
  #saidAtMs = Number.NEGATIVE_INFINITY
  #unsaid = 0

  constructor(message: string, dependencies: { readonly clock: Clock; readonly log: Log }) {
    this.#message = message
    this.#dependencies = dependencies
  }

  /** `unsaid`: how many happened since the last line and are in no line of their own. */
  warn(fields: LogFields): void {
    const nowMs = this.#dependencies.clock.monotonic()
    if (nowMs - this.#saidAtMs < quietMs) {
      this.#unsaid += 1
      return
    }
    this.#dependencies.log.warn({ ...fields, unsaid: this.#unsaid }, this.#message)
    this.#saidAtMs = nowMs
    this.#unsaid = 0
  }
}
