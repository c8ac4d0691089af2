// Publishers that wait until ingest has room again, in the order of their arrival.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Timer } from '../../broker/contract/ports.ts'

interface Waiter {
  readonly timer: Timer
  enter(): void
  reject(reason: unknown): void
}

/**
 * Bound: one waiter per connection, because a broker hands over a connection's next publish only when the last settled.
 * Overflow: a waiter is refused with `ingest.overloaded` after `maxWaitMs`. Owner: ingest.
 */
export class RoomQueue {
  readonly #waiting = new Set<Waiter>()
  readonly #dependencies: { readonly clock: Clock; readonly maxWaitMs: number }

  constructor(dependencies: { readonly clock: Clock; readonly maxWaitMs: number }) {
    this.#dependencies = dependencies
  }

  /** Runs `task` once there is room and settles with it. */
  enter(task: () => Promise<void> | undefined): Promise<void> {
    const { clock, maxWaitMs } = this.#dependencies
    return new Promise((resolve, reject) => {
      const refuse = () => {
        this.#waiting.delete(waiter)
        reject(new AppError('ingest.overloaded', `ingest stayed at its bound for ${maxWaitMs} ms`))
      }
      const enter = () => {
        try {
          resolve(task())
        } catch (thrown) {
          reject(thrown)
        }
      }
      const waiter: Waiter = { timer: clock.setTimer(refuse, maxWaitMs), enter, reject }
      this.#waiting.add(waiter)
    })
  }

  /** Lets waiters in, oldest first, as long as there is room. */
  release(hasRoom: () => boolean): void {
    for (const waiter of this.#waiting) {
      if (!hasRoom()) return
      this.#waiting.delete(waiter)
      waiter.timer.cancel()
      waiter.enter()
    }
  }

  refuseAll(reason: AppError): void {
    for (const waiter of this.#waiting) {
      waiter.timer.cancel()
      waiter.reject(reason)
    }
    this.#waiting.clear()
  }
}
