// How long repairs took: from the work orders of a place, and from its lamp alarms that nobody wrote an order for.
import type { HubDatabase } from '../../registry/hub-database.ts'
import type { Month } from './month.ts'

export interface Repairs {
  readonly repaired: number
  /** From the beginning of the trouble to its repair; null: nothing was repaired. */
  readonly meanRepairS: number | null
}

/** Rules of alarms that end when a lamp is mended. */
const lampRules = ['lamp-out', 'lamp-fed-while-off', 'lamp-fault']

/** Of a site in a month, by the time of the repair. Work orders cancelled count not; an alarm that is part of one counts with it. */
export async function repairsOf(database: HubDatabase, site: string, { fromMs, toMs }: Month): Promise<Repairs> {
  const orders = await database
    .selectFrom('work_orders')
    .select(['alarms', 'begun_ms', 'fixed_ms', 'state'])
    .where('site', '=', site)
    .where('state', '!=', 'cancelled')
    .execute()
  const covered = new Set(orders.flatMap(({ alarms }) => JSON.parse(alarms) as string[]))
  const alarms = await database
    .selectFrom('alarms')
    .select(['id', 'raised_ms', 'cleared_ms'])
    .where('site', '=', site)
    .where('rule', 'in', lampRules)
    .where('cleared_ms', '>=', fromMs)
    .where('cleared_ms', '<', toMs)
    .execute()
  const times = [
    ...orders.flatMap(({ begun_ms: begun, fixed_ms: fixed }) =>
      fixed !== null && fixed >= fromMs && fixed < toMs ? [fixed - begun] : [],
    ),
    ...alarms.flatMap(({ id, raised_ms: raised, cleared_ms: cleared }) =>
      cleared === null || covered.has(id) ? [] : [cleared - raised],
    ),
  ]
  const sum = times.reduce((total, ms) => total + ms, 0)
  return { repaired: times.length, meanRepairS: times.length === 0 ? null : sum / times.length / 1000 }
}
