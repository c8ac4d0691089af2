// Deletes alarms that were closed long ago, a few at a time, so that neither the database grows for ever nor a deletion stops the hub.
import { Counter, Registry } from 'prom-client'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { AlarmStorage } from './alarm-storage.ts'

export const defaultAlarmDays = 400

const dayMs = 86_400_000
const firstAfterMs = 60_000
const everyMs = 3_600_000
/** SQLite deletes them in some milliseconds, during which nothing else runs. */
const stepAlarms = 200
const pauseMs = 20

export interface AlarmRetention {
  /** Ends the waiting; a step under way ends by itself. Call it before the storage is closed. */
  stop(): Promise<void>
  readonly metrics: Registry
}

/** Once an hour, what was cleared and acknowledged more than `days` ago goes, in steps; open alarms stay however old they are. */
export function startAlarmRetention(dependencies: {
  readonly storage: Pick<AlarmStorage, 'deleteClosed'>
  readonly days: number
  readonly clock: Clock
  readonly log: Log
}): AlarmRetention {
  const { storage, days, clock, log } = dependencies
  let deleted = 0
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
      const count = await storage.deleteClosed(clock.now() - days * dayMs, stepAlarms)
      deleted += count
      deletedThisTime += count
      if (stopped) return
      if (count === stepAlarms) return schedule(pauseMs)
      if (deletedThisTime > 0) log.info({ alarms: deletedThisTime, days }, 'old closed alarms are deleted')
    } catch (thrown) {
      log.warn({ err: thrown }, 'old alarms could not be deleted; it is tried again in an hour')
    }
    deletedThisTime = 0
    if (!stopped) schedule(everyMs)
  }
  schedule(firstAfterMs)
  return {
    metrics: registryOf(() => deleted),
    async stop() {
      stopped = true
      timer.cancel()
      await running
    },
  }
}

function registryOf(deleted: () => number): Registry {
  const registry = new Registry()
  const counter = new Counter({
    name: 'musubi_alarms_expired_total',
    help: 'Closed alarms deleted because their retention was over',
    registers: [registry],
    collect() {
      counter.reset()
      counter.inc(deleted())
    },
  })
  return registry
}
