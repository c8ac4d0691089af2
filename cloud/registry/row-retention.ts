// Deletes rows whose time is over, a few at a time, so that neither the database grows for ever nor a deletion stops the hub.
import { Counter, Registry } from 'prom-client'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'

export interface RowRetention {
  /** Ends the waiting, and resolves when a step under way has ended. Call it before the database is closed. */
  stop(): Promise<void>
  readonly metrics: Registry
}

const dayMs = 86_400_000
const firstAfterMs = 60_000
const everyMs = 3_600_000
const pauseMs = 20

/** Once an hour, in steps, what is older than `days` goes. */
export function startRowRetention(given: {
  /** At most `stepRows` of what ended before; returns how many it deleted. */
  readonly deleteBefore: (beforeMs: number, stepRows: number) => Promise<number>
  /** SQLite deletes so many in some milliseconds, during which nothing else runs. */
  readonly stepRows: number
  readonly days: number
  /** For the log and the metric. */
  readonly what: string
  readonly metric: string
  readonly clock: Clock
  readonly log: Log
}): RowRetention {
  const { deleteBefore, stepRows, days, what, clock, log } = given
  const metrics = new Registry()
  const help = `Deleted because their retention was over: ${what}`
  const counter = new Counter({ name: given.metric, help, registers: [metrics] })
  let deletedThisTime = 0
  let stopped = false
  let timer: Timer
  let running = Promise.resolve()
  const schedule = (delayMs: number) => {
    timer = clock.setTimer(() => {
      running = step()
    }, delayMs)
  }
  const step = async () => {
    try {
      const count = await deleteBefore(clock.now() - days * dayMs, stepRows)
      counter.inc(count)
      deletedThisTime += count
      if (stopped) return
      if (count >= stepRows) return schedule(pauseMs)
      if (deletedThisTime > 0) log.info({ rows: deletedThisTime, days }, `the retention of ${what} is over: deleted`)
    } catch (thrown) {
      log.warn({ err: thrown }, `${what} could not be deleted; it is tried again in an hour`)
    }
    deletedThisTime = 0
    if (!stopped) schedule(everyMs)
  }
  schedule(firstAfterMs)
  return {
    metrics,
    async stop() {
      stopped = true
      timer.cancel()
      await running
    },
  }
}
