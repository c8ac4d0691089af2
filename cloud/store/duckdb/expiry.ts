// Retention: which readings and roll-ups of which series are too old, and their removal day by day.
import type { DuckDBConnection } from '@duckdb/node-api'
import type { RetentionClass } from '../store.ts'
import { selectColumns } from './column-chunks.ts'
import { dayMs } from './schema.ts'
import type { StoreMemory } from './store-memory.ts'
import { transact } from './transaction.ts'

interface Expiry {
  readonly connection: DuckDBConnection
  readonly memory: StoreMemory
  readonly nowMs: number
  readonly retention: readonly RetentionClass[]
  readonly stopped: () => boolean
}

interface SeriesExpiry {
  readonly series: number
  readonly rawBeforeMs: number
  readonly hourlyBeforeMs: number
}

/**
 * Deletes raw readings and roll-ups that are older than their class allows, by whole UTC days. Series of no class are kept.
 * From the moment in which the floors are stored, queries answer with roll-ups below them; only then raw readings go.
 * Gives the number of raw readings deleted.
 */
export async function expire(expiry: Expiry): Promise<number> {
  const { connection, memory, stopped } = expiry
  const ages = seriesAges(expiry)
  if (ages.length === 0) return 0
  await storeFloors(ages, { connection, memory })
  await connection.run('CREATE OR REPLACE TEMP TABLE expiry(series INTEGER, raw_ms BIGINT, hourly_ms BIGINT)')
  const values = ages.map(
    (age) => `(${String(age.series)}, ${String(floorOf(memory, age))}, ${String(age.hourlyBeforeMs)})`,
  )
  await connection.run(`INSERT INTO expiry VALUES ${values.join(',')}`)
  const expired = await deleteByDay(connection, stopped)
  await transact(connection, [
    `DELETE FROM hourly USING expiry WHERE hourly.hour_ms < (SELECT max(hourly_ms) FROM expiry)
     AND hourly.series = expiry.series AND hourly.hour_ms < expiry.hourly_ms`,
  ])
  return expired
}

function seriesAges({ memory, nowMs, retention }: Expiry): readonly SeriesExpiry[] {
  const before = (days: number) => Math.floor((nowMs - days * dayMs) / dayMs) * dayMs
  return [...memory.series.values()].flatMap(({ id, key }) => {
    const found = retention.find(({ pattern }) => pattern.test(key))
    if (found === undefined) return []
    return [{ series: id, rawBeforeMs: before(found.rawDays), hourlyBeforeMs: before(found.hourlyDays) }]
  })
}

/** A floor never falls: what is deleted does not come back when the retention becomes longer. */
function floorOf(memory: StoreMemory, { series, rawBeforeMs }: SeriesExpiry): number {
  return Math.max(rawBeforeMs, memory.rawFloorMs.get(series) ?? Number.NEGATIVE_INFINITY)
}

async function storeFloors(
  ages: readonly SeriesExpiry[],
  { connection, memory }: Pick<Expiry, 'connection' | 'memory'>,
): Promise<void> {
  const risen = ages.filter((age) => age.rawBeforeMs > (memory.rawFloorMs.get(age.series) ?? Number.NEGATIVE_INFINITY))
  if (risen.length === 0) return
  const series = risen.map((age) => String(age.series)).join(',')
  const values = risen.map((age) => `(${String(age.series)}, ${String(age.rawBeforeMs)})`).join(',')
  await transact(connection, [
    `DELETE FROM raw_floor WHERE series IN (${series})`,
    `INSERT INTO raw_floor VALUES ${values}`,
  ])
  for (const age of risen) memory.rawFloorMs.set(age.series, age.rawBeforeMs)
}

async function deleteByDay(connection: DuckDBConnection, stopped: () => boolean): Promise<number> {
  const span = await selectColumns(
    connection,
    `SELECT coalesce(floor(min(time_ms) / ${String(dayMs)}), 0)::DOUBLE, (SELECT floor(max(raw_ms) / ${String(dayMs)}) FROM expiry)::DOUBLE
     FROM archive WHERE time_ms < (SELECT max(raw_ms) FROM expiry)`,
  )
  const [first, end] = [span.numbers[0]?.[0] ?? 0, span.numbers[1]?.[0] ?? 0]
  let expired = 0
  for (let day = first; day < end && !stopped(); day++) {
    expired += await transact(connection, [
      `DELETE FROM archive USING expiry WHERE archive.time_ms >= ${String(day * dayMs)} AND archive.time_ms < ${String((day + 1) * dayMs)}
       AND archive.series = expiry.series AND archive.time_ms < expiry.raw_ms`,
    ])
  }
  return expired
}
