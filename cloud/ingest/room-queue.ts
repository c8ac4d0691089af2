// Publishers that wait until ingest has room again, in the order of their arrival.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Timer } from '../../broker/contract/ports.ts'

interface Waiter {
  /** Monotonic ms at which it is refused. */
  readonly untilMs: number
  enter(): void
  reject(reason: unknown): void
}

/**
 * Bound: what one socket read of each connection holds, because a broker reads on only when all of that has settled.
 * Overflow: a waiter is refused with `ingest.overloaded` after `maxWaitMs`. Owner: ingest.
 */
export class RoomQueue {
  readonly #waiting = new Set<Waiter>()
  readonly #dependencies: { readonly clock: Clock; readonly maxWaitMs: number }
  /** One for all, set for the oldest: a timer each would cost as much as the message. */
  #timer: Timer | undefined

  constructor(dependencies: { readonly clock: Clock; readonly maxWaitMs: number }) {
    this.#dependencies = dependencies
  }

  /** Runs `task` once there is room and settles with it. */
  enter(task: () => Promise<void> | undefined): Promise<void> {
    const { clock, maxWaitMs } = this.#dependencies
    return new Promise((resolve, reject) => {
      const enter = () => {
        try {
          resolve(task())
        } catch (thrown) {
          reject(thrown)
        }
      }
      this.#waiting.add({ untilMs: clock.monotonic() + maxWaitMs, enter, reject })
      this.#timer ??= clock.setTimer(() => this.#refuseLate(), maxWaitMs)
    })
  }

  /** Lets waiters in, oldest first, as long as there is room. */
  release(hasRoom: () => boolean): void {
    for (const waiter of this.#waiting) {
      if (!hasRoom()) return
      this.#waiting.delete(waiter)
      waiter.enter()
    }
    this.#stopTimer()
  }

  refuseAll(reason: AppError): void {
    for (const waiter of this.#waiting) waiter.reject(reason)
    this.#waiting.clear()
    this.#stopTimer()
  }

  #refuseLate(): void {
    const { clock, maxWaitMs } = this.#dependencies
    this.#timer = undefined
    const nowMs = clock.monotonic()
    for (const waiter of this.#waiting) {
      if (waiter.untilMs > nowMs) {
        this.#timer = clock.setTimer(() => this.#refuseLate(), waiter.untilMs - nowMs)
        return
      }
      this.#waiting.delete(waiter)
      waiter.reject(new AppError('ingest.overloaded', `ingest stayed at its bound for ${maxWaitMs} ms`))
    }
  }

  #stopTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
