// Retention: which readings and roll-ups of which series are too old, and their removal day by day.
import type { DuckDBConnection } from '@duckdb/node-api'
import type { RetentionClass } from '../store.ts'
import { selectColumns } from './column-chunks.ts'
import { dayMs, seriesOfSlot } from './schema.ts'
import type { StoreMemory } from './store-memory.ts'
import { transact } from './transaction.ts'

interface Expiry {
  readonly connection: DuckDBConnection
  readonly memory: StoreMemory
  readonly nowMs: number
  readonly retention: readonly RetentionClass[]
  readonly stopped: () => boolean
}

interface SeriesFloor {
  readonly series: number
  readonly oldMs: number
  readonly newMs: number
  readonly hourlyBeforeMs: number
}

/**
 * Deletes raw readings and roll-ups that are older than their class allows, by whole UTC days. Series of no class are kept.
 * From the moment in which the floors are stored, queries answer with roll-ups below them; only then raw readings go.
 * Does its work once a day, and when series or classes change. Gives the number of raw readings deleted.
 */
export async function expire(expiry: Expiry): Promise<number> {
  const { connection, memory, nowMs, retention, stopped } = expiry
  const classes = retention.map(({ pattern, rawDays, hourlyDays }) => [String(pattern), rawDays, hourlyDays])
  const done = JSON.stringify([Math.floor(nowMs / dayMs), memory.series.size, classes])
  if (memory.expiryDone === done) return 0
  const floors = seriesFloors(expiry)
  await storeFloors(floors, { connection, memory })
  let expired = 0
  for (const group of groupsOf(floors, memory.expiryDone === undefined)) {
    expired += await expireGroup(group, { connection, stopped })
  }
  if (!stopped()) memory.expiryDone = done
  return expired
}

/** A floor never falls: what is deleted does not come back when the retention becomes longer. */
function seriesFloors({ memory, nowMs, retention }: Expiry): readonly SeriesFloor[] {
  const before = (days: number) => Math.floor((nowMs - days * dayMs) / dayMs) * dayMs
  return [...memory.series.values()].flatMap(({ id, key }) => {
    const found = retention.find(({ pattern }) => pattern.test(key))
    if (found === undefined) return []
    const oldMs = memory.rawFloorMs.get(id) ?? Number.MIN_SAFE_INTEGER
    const newMs = Math.max(oldMs, before(found.rawDays))
    return [{ series: id, oldMs, newMs, hourlyBeforeMs: before(found.hourlyDays) }]
  })
}

async function storeFloors(
  floors: readonly SeriesFloor[],
  { connection, memory }: Pick<Expiry, 'connection' | 'memory'>,
): Promise<void> {
  const risen = floors.filter(({ oldMs, newMs }) => newMs > oldMs)
  if (risen.length === 0) return
  const values = risen.map(({ series, newMs }) => `(${String(series)}, ${String(newMs)})`).join(',')
  await transact(connection, [
    `DELETE FROM raw_floor WHERE series IN (${risen.map(({ series }) => String(series)).join(',')})`,
    `INSERT INTO raw_floor VALUES ${values}`,
  ])
  for (const { series, newMs } of risen) memory.rawFloorMs.set(series, newMs)
}

/** Series whose readings expire over the same span. At first after opening the span is open: a deletion may have been cut off. */
function groupsOf(floors: readonly SeriesFloor[], first: boolean): readonly (readonly SeriesFloor[])[] {
  const groups = new Map<string, SeriesFloor[]>()
  for (const floor of floors) {
    const one = first ? { ...floor, oldMs: Number.MIN_SAFE_INTEGER } : floor
    const name = `${String(one.oldMs)} ${String(one.newMs)} ${String(one.hourlyBeforeMs)}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [one])
    else group.push(one)
  }
  return [...groups.values()]
}

async function expireGroup(
  group: readonly SeriesFloor[],
  { connection, stopped }: Pick<Expiry, 'connection' | 'stopped'>,
): Promise<number> {
  const [one] = group
  if (one === undefined) return 0
  const ids = group.map(({ series }) => series)
  const [least, greatest] = [ids.reduce((a, b) => Math.min(a, b)), ids.reduce((a, b) => Math.max(a, b))]
  const ofGroup = `series BETWEEN ${String(least)} AND ${String(greatest)} AND series IN (SELECT series FROM expiring)`
  const slots = `slot >= ${String(least * dayMs)} AND slot < ${String((greatest + 1) * dayMs)} AND ${seriesOfSlot} IN (SELECT series FROM expiring)`
  await connection.run('CREATE OR REPLACE TEMP TABLE expiring(series INTEGER)')
  await connection.run(`INSERT INTO expiring VALUES ${ids.map((id) => `(${String(id)})`).join(',')}`)
  let expired = 0
  for (const day of await expiredDays(connection, { slots, fromMs: one.oldMs, toMs: one.newMs })) {
    if (stopped()) return expired
    const [deleted = 0] = await transact(connection, [
      `DELETE FROM closed_days WHERE day = ${String(day)} AND ${slots}`,
    ])
    expired += deleted
  }
  await transact(connection, [`DELETE FROM hourly WHERE hour_ms < ${String(one.hourlyBeforeMs)} AND ${ofGroup}`])
  return expired
}

async function expiredDays(
  connection: DuckDBConnection,
  span: { readonly slots: string; readonly fromMs: number; readonly toMs: number },
): Promise<Iterable<number>> {
  const days = await selectColumns(
    connection,
    `SELECT DISTINCT day::DOUBLE AS day FROM closed_days WHERE day >= ${String(Math.floor(span.fromMs / dayMs))}
     AND day < ${String(Math.floor(span.toMs / dayMs))} AND ${span.slots} ORDER BY day`,
  )
  return days.numbers[0] ?? []
}
