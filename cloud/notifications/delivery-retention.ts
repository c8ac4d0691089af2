// How long the delivery log is kept, and the notices that it was about.
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { type RowRetention, startRowRetention } from '../registry/row-retention.ts'

export const defaultLogDays = 90

const stepRows = 500
/** Bound: rows of the log. Overflow: the oldest that are settled go before their time, in the next hour. Owner: this retention. */
const maxRows = 1_000_000

/** What is not told yet stays however old it is. */
export function startDeliveryRetention({
  database,
  ...given
}: {
  readonly database: HubDatabase
  readonly days: number
  readonly clock: Clock
  readonly log: Log
}): RowRetention {
  const deleteBefore = (beforeMs: number) => deleteOld(database, beforeMs)
  const names = { what: 'the old delivery log', metric: 'musubi_deliveries_expired_total' }
  return startRowRetention({ ...given, ...names, deleteBefore, stepRows })
}

/** At most `stepRows` of deliveries and of notices; returns how many. */
export async function deleteOld(database: HubDatabase, expiredMs: number, bound = maxRows): Promise<number> {
  const beforeMs = Math.max(expiredMs, (await surplusMs(database, bound)) ?? expiredMs)
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
  const notices = await database.deleteFrom('notices').where('key', 'in', untold).executeTakeFirst()
  return Number(numDeletedRows) + Number(notices.numDeletedRows)
}

/** Before what the log is above its bound; undefined: it is not. */
async function surplusMs(database: HubDatabase, bound: number): Promise<number | undefined> {
  const row = await database
    .selectFrom('deliveries')
    .select('created_ms')
    .orderBy('created_ms', 'desc')
    .offset(bound)
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : row.created_ms + 1
}
