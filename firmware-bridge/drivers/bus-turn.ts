// Gives the bus to one read at a time, in the order of asking.
import { AppError } from '../../broker/contract/app-error.ts'
import { settledOrAborted } from './read-deadline.ts'

/**
 * Owner: the driver of the bus. Bound: the waiting reads; the gateway has at most one per device. Overflow: the newest is
 * refused with `limit.exceeded`, which the caller counts as a failed read.
 */
const maxWaiting = 256

export interface BusTurn {
  /** Runs `work` alone. Rejects with `driver.connection` when the signal aborts before its turn comes. */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

export function createBusTurn(): BusTurn {
  let waiting = 0
  let last: Promise<void> = Promise.resolve()
  return {
    async take(signal, work) {
      if (waiting >= maxWaiting) throw new AppError('limit.exceeded', `more than ${maxWaiting} reads wait for one bus`)
      const before = last
      const { promise: done, resolve: release } = Promise.withResolvers<void>()
      last = before.then(() => done)
      waiting += 1
      try {
        await settledOrAborted(before, signal)
      } catch (error) {
        release()
        throw error
      } finally {
        waiting -= 1
      }
      try {
        return await work()
      } finally {
        release()
      }
    },
  }
}
