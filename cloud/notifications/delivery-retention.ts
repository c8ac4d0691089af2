// How long the delivery log is kept, and the notices that it was about.
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { type RowRetention, startRowRetention } from '../registry/row-retention.ts'

export const defaultLogDays = 90

const stepRows = 500

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
