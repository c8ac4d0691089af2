// Writes what changed to the hub's database soon after it changed, newest state only, so that no caller waits for a disk.
import { toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'

export interface WriteBehindDependencies<Row> {
  /** Writes all rows in one transaction. */
  readonly write: (rows: readonly Row[]) => Promise<void>
  /** How long a row waits for others that go into the same transaction, at most; default 0. A crash loses what waits. */
  readonly gatherMs?: number
  readonly clock: Clock
  readonly log: Log
}

const firstRetryMs = 100
const maxRetryMs = 10_000

/**
 * Bound: one row per key (a later state of a key replaces the one that waits), so it is as large as the thing it mirrors.
 * Nothing is dropped: a failed write is tried again with back-off. Owner: whoever created it; `close` writes the rest.
 */
export class WriteBehind<Row> {
  readonly #dependencies: WriteBehindDependencies<Row>
  readonly #waiting = new Map<string, Row>()
  #writing: Promise<void> | undefined
  #retry: Timer | undefined
  #gathering: Timer | undefined
  #retryMs = firstRetryMs
  #closed = false

  constructor(dependencies: WriteBehindDependencies<Row>) {
    this.#dependencies = dependencies
  }

  put(key: string, row: Row): void {
    this.#waiting.set(key, row)
    this.#startSoon()
  }

  /** Settles when everything put so far has been written once, or one attempt failed. */
  async flush(): Promise<void> {
    await this.#writing
    this.#gathering?.cancel()
    this.#gathering = undefined
    this.#start()
    await this.#writing
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#retry?.cancel()
    this.#retry = undefined
    await this.flush()
  }

  #startSoon(): void {
    const { clock, gatherMs = 0 } = this.#dependencies
    if (gatherMs === 0 || this.#closed) return this.#start()
    this.#gathering ??= clock.setTimer(() => {
      this.#gathering = undefined
      this.#start()
    }, gatherMs)
  }

  #start(): void {
    if (this.#writing !== undefined || this.#retry !== undefined || this.#waiting.size === 0) return
    this.#writing = this.#writeAll().then((written) => {
      this.#writing = undefined
      if (written && this.#waiting.size > 0) this.#startSoon()
    })
  }

  async #writeAll(): Promise<boolean> {
    await Promise.resolve()
    const batch = [...this.#waiting]
    this.#waiting.clear()
    try {
      await this.#dependencies.write(batch.map(([, row]) => row))
      this.#retryMs = firstRetryMs
      return true
    } catch (thrown) {
      for (const [key, row] of batch) if (!this.#waiting.has(key)) this.#waiting.set(key, row)
      const error = toAppError(thrown, 'store.unavailable')
      this.#dependencies.log.error({ err: error, rows: batch.length }, 'the hub database took no write; trying again')
      this.#scheduleRetry()
      return false
    }
  }

  #scheduleRetry(): void {
    if (this.#closed) return
    this.#retry = this.#dependencies.clock.setTimer(
      () => {
        this.#retry = undefined
        this.#start()
      },
      this.#retryMs * (0.5 + Math.random() / 2),
    )
    this.#retryMs = Math.min(this.#retryMs * 2, maxRetryMs)
  }
}
