// Background work of the embedded store: roll up what arrived, compact closed days, drop what has expired. In slices, so
// that commits beside it wait milliseconds; each slice is one transaction, so that it may be cut off anywhere.
import { statSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { MaintenanceReport, RetentionClass } from '../store.ts'
import { selectColumns } from './column-chunks.ts'
import type { Engine } from './engine.ts'
import { expire } from './expiry.ts'
import { countsInAggregates, dayMs, dayOfTime, hourMs, hourOfTime, newestInHot, slotOfTime } from './schema.ts'
import { settledBatch } from './settled-batch.ts'
import { selectNumber, transact } from './transaction.ts'

/** Readings that one transaction moves or rolls up: a commit beside it waits for the end of one such transaction at most. */
const sliceRows = 250_000
/** Dead letters kept; the oldest beyond go, with a line in the log. */
const maxDeadLetters = 10_000
/** A day is compacted this long after its end (UTC), when ordinary late data have come. */
const closeDelayMs = hourMs
/** A write-ahead log larger than this is written into the file at the end of a maintenance run that moved something. */
const checkpointBytes = 16 * 1024 * 1024

export interface MaintenanceInput {
  readonly engine: Engine
  readonly nowMs: number
  readonly retention: readonly RetentionClass[]
  readonly stopped: () => boolean
}

export interface MaintenanceOutcome extends MaintenanceReport {
  readonly droppedDeadLetters: number
}

export async function maintain({ engine, nowMs, retention, stopped }: MaintenanceInput): Promise<MaintenanceOutcome> {
  const connection = engine.maintainer
  const rolledUpHours = await settle({ connection, through: engine.memory.batch, stopped })
  const closedBeforeMs = Math.floor((nowMs - closeDelayMs) / dayMs) * dayMs
  const compacted = await compact({ connection, closedBeforeMs, stopped })
  const expired = await expire({ connection, memory: engine.memory, nowMs, retention, stopped })
  const droppedDeadLetters = await dropDeadLetters(connection)
  const expiredReadings = compacted.expired + expired
  const compactedDays = compacted.days
  if (compactedDays + expiredReadings > 0 && walBytes(engine.file) > checkpointBytes) await connection.run('CHECKPOINT')
  return { rolledUpHours, compactedDays, expiredReadings, droppedDeadLetters }
}

interface SliceWork {
  readonly connection: DuckDBConnection
  readonly stopped: () => boolean
}

/** Counts all batches up to `through` in `hourly` and `latest`. Gives how many hours of series it touched. */
async function settle(work: SliceWork & { readonly through: number }): Promise<number> {
  const { connection, through, stopped } = work
  let settled = await settledBatch(connection)
  let hours = 0
  while (settled < through && !stopped()) {
    const next = await sliceEnd({ connection, settled, through })
    hours += await settleSlice({ connection, settled, next })
    settled = next
  }
  return hours
}

async function sliceEnd(slice: {
  readonly connection: DuckDBConnection
  readonly settled: number
  readonly through: number
}): Promise<number> {
  const { connection, settled, through } = slice
  const batches = await selectColumns(
    connection,
    `SELECT batch::DOUBLE, count(*)::DOUBLE FROM hot WHERE batch > ${String(settled)} AND batch <= ${String(through)}
     GROUP BY batch ORDER BY batch`,
  )
  const [numbers, counts] = batches.numbers
  let rows = 0
  for (let place = 0; place < batches.rows; place++) {
    rows += counts?.[place] ?? 0
    if (rows >= sliceRows) return numbers?.[place] ?? through
  }
  return through
}

async function settleSlice(slice: {
  readonly connection: DuckDBConnection
  readonly settled: number
  readonly next: number
}): Promise<number> {
  const { connection, settled, next } = slice
  const fresh = `batch > ${String(settled)} AND batch <= ${String(next)}`
  await connection.run(`CREATE OR REPLACE TEMP TABLE fresh_hours AS
    SELECT series, ${hourOfTime} AS hour_ms, min(value) AS min, max(value) AS max, sum(value) AS sum, count(*) AS count
    FROM hot WHERE ${fresh} AND ${countsInAggregates} GROUP BY ALL`)
  await connection.run(`CREATE OR REPLACE TEMP TABLE fresh_latest AS ${newestInHot(fresh)}`)
  await connection.run(
    'DELETE FROM fresh_latest USING latest WHERE latest.series = fresh_latest.series AND latest.time_ms > fresh_latest.time_ms',
  )
  const hours = await selectNumber(connection, 'SELECT count(*)::DOUBLE FROM fresh_hours')
  const touched = `hourly.hour_ms BETWEEN (SELECT min(hour_ms) FROM fresh_hours) AND (SELECT max(hour_ms) FROM fresh_hours)`
  await connection.run(
    `INSERT INTO fresh_hours SELECT hourly.* FROM hourly SEMI JOIN fresh_hours USING (series, hour_ms) WHERE ${touched}`,
  )
  await transact(connection, [
    `DELETE FROM hourly USING (SELECT DISTINCT series, hour_ms FROM fresh_hours) AS f
     WHERE hourly.series = f.series AND hourly.hour_ms = f.hour_ms AND ${touched}`,
    `INSERT INTO hourly SELECT series, hour_ms, min(min), max(max), sum(sum), sum(count)
     FROM fresh_hours GROUP BY series, hour_ms ORDER BY hour_ms, series`,
    'DELETE FROM latest USING fresh_latest AS f WHERE latest.series = f.series',
    'INSERT INTO latest SELECT * FROM fresh_latest',
    `DELETE FROM meta WHERE name = 'settled'`,
    `INSERT INTO meta VALUES ('settled', ${String(next)})`,
  ])
  return hours
}

/** Moves settled readings of days before `closedBeforeMs` from `hot` to `closed_days`, sorted. Gives the days touched, and the late readings that had expired before they came. */
async function compact(
  work: SliceWork & { readonly closedBeforeMs: number },
): Promise<{ readonly days: number; readonly expired: number }> {
  const { connection, closedBeforeMs, stopped } = work
  const settled = await settledBatch(connection)
  const closed = `time_ms < ${String(closedBeforeMs)} AND batch <= ${String(settled)}`
  const days = await selectColumns(
    connection,
    `SELECT DISTINCT floor(time_ms / ${String(dayMs)}) AS day FROM hot WHERE ${closed} ORDER BY day`,
  )
  let [done, expired] = [0, 0]
  for (const day of days.numbers[0] ?? []) {
    const span = `time_ms >= ${String(day * dayMs)} AND time_ms < ${String((day + 1) * dayMs)} AND batch <= ${String(settled)}`
    for (const series of await seriesRanges(connection, span)) {
      if (stopped()) return { days: done, expired }
      const [inserted = 0, deleted = 0] = await transact(connection, [
        // Late readings below the floor have expired; they are counted in the roll-ups already.
        `INSERT INTO closed_days SELECT ${dayOfTime}, ${slotOfTime} AS slot, value, quality, text FROM hot LEFT JOIN raw_floor USING (series)
         WHERE ${span} AND ${series} AND (floor_ms IS NULL OR time_ms >= floor_ms) ORDER BY slot`,
        `DELETE FROM hot WHERE ${span} AND ${series}`,
      ])
      expired += deleted - inserted
    }
    done++
  }
  return { days: done, expired }
}

/** Conditions that cut a day into slices of neighbouring series. */
async function seriesRanges(connection: DuckDBConnection, span: string): Promise<readonly string[]> {
  const counted = await selectColumns(
    connection,
    `SELECT series::DOUBLE, count(*)::DOUBLE FROM hot WHERE ${span} GROUP BY series ORDER BY series`,
  )
  const [series, counts] = counted.numbers
  const ranges: string[] = []
  let first = series?.[0] ?? 0
  let rows = 0
  for (let place = 0; place < counted.rows; place++) {
    rows += counts?.[place] ?? 0
    if (rows < sliceRows && place < counted.rows - 1) continue
    ranges.push(`series BETWEEN ${String(first)} AND ${String(series?.[place] ?? first)}`)
    first = series?.[place + 1] ?? first
    rows = 0
  }
  return ranges
}

async function dropDeadLetters(connection: DuckDBConnection): Promise<number> {
  const count = await selectNumber(connection, 'SELECT count(*)::DOUBLE FROM dead_letters')
  if (count <= maxDeadLetters) return 0
  const [dropped = 0] = await transact(connection, [
    `DELETE FROM dead_letters WHERE rowid IN (SELECT rowid FROM dead_letters ORDER BY time_ms LIMIT ${String(count - maxDeadLetters)})`,
  ])
  return dropped
}

function walBytes(file: string): number {
  return statSync(`${file}.wal`, { throwIfNoEntry: false })?.size ?? 0
}
