// Deletes the delivery log, and the notices that it was about, when their time is over.
import { Counter, Registry } from 'prom-client'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { HubDatabase } from '../registry/hub-database.ts'

export const defaultLogDays = 90

const dayMs = 86_400_000
const firstAfterMs = 60_000
const everyMs = 3_600_000
const stepRows = 500
const pauseMs = 20

export interface DeliveryRetention {
  stop(): Promise<void>
  readonly metrics: Registry
}

/** Once an hour, in steps; what is not told yet stays however old it is. */
export function startDeliveryRetention(dependencies: {
  readonly database: HubDatabase
  readonly days: number
  readonly clock: Clock
  readonly log: Log
}): DeliveryRetention {
  const { database, days, clock, log } = dependencies
  const metrics = new Registry()
  const counter = new Counter({
    name: 'musubi_deliveries_expired_total',
    help: 'Rows of the delivery log deleted because their retention was over',
    registers: [metrics],
  })
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
      const count = await deleteOld(database, clock.now() - days * dayMs)
      counter.inc(count)
      if (!stopped) schedule(count >= stepRows ? pauseMs : everyMs)
    } catch (thrown) {
      log.warn({ err: thrown }, 'the old delivery log could not be deleted; it is tried again in an hour')
      if (!stopped) schedule(everyMs)
    }
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

/** At most `stepRows` of each; returns how many deliveries. */
export async function deleteOld(database: HubDatabase, beforeMs: number): Promise<number> {
  const settled = database
    .selectFrom('deliveries')
    .select('id')
    .where('created_ms', '<', beforeMs)
    .where('settled_ms', '<', beforeMs)
    .limit(stepRows)
  const { numDeletedRows } = await database.deleteFrom('deliveries').where('id', 'in', settled).executeTakeFirst()
  await database
    .deleteFrom('escalations')
    .where('due_ms', '<', beforeMs)
    .where('state', '!=', 'waiting')
    .executeTakeFirst()
  const untold = database
    .selectFrom('notices')
    .select('key')
    .where('planned', '=', 1)
    .where('time_ms', '<', beforeMs)
    .where((where) =>
      where.not(
        where.exists(where.selectFrom('deliveries').select('id').whereRef('deliveries.notice', '=', 'notices.key')),
      ),
    )
    .where((where) =>
      where.not(
        where.exists(
          where.selectFrom('escalations').select('policy').whereRef('escalations.notice', '=', 'notices.key'),
        ),
      ),
    )
    .limit(stepRows)
  await database.deleteFrom('notices').where('key', 'in', untold).executeTakeFirst()
  return Number(numDeletedRows)
}
