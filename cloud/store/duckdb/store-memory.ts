// What the worker knows of the store without asking the database: rebuilt at each opening.
import type { DuckDBConnection } from '@duckdb/node-api'
import { createCursorLedger, type CursorLedger } from '../cursor-ledger.ts'
import type { SeriesRecord } from '../store.ts'
import { selectColumns } from './column-chunks.ts'

/** What is known without asking the database. Changed only after the transaction that made it true. */
export interface StoreMemory {
  /** Number of the newest commit. */
  batch: number
  /** Rows in the table `cursors`, which is a log. */
  cursorRows: number
  readonly series: Map<number, SeriesRecord>
  readonly cursors: CursorLedger
  /** series → from when on raw readings are kept; absent: from the beginning. */
  readonly rawFloorMs: Map<number, number>
  /** What the last complete expiry was done for; undefined: none since opening. */
  expiryDone: string | undefined
}

/** Reads it from an open database. */
export async function recall(connection: DuckDBConnection): Promise<StoreMemory> {
  const batches = await selectColumns(
    connection,
    `SELECT greatest(coalesce((SELECT max(batch) FROM hot), 0), coalesce((SELECT max(value) FROM meta WHERE name = 'settled'), 0))::DOUBLE`,
  )
  const series = new Map<number, SeriesRecord>()
  for (const [id, key, unit] of await rows(connection, 'SELECT id, key, unit FROM series')) {
    series.set(Number(id), { id: Number(id), key: String(key), unit: typeof unit === 'string' ? unit : undefined })
  }
  const cursors = createCursorLedger()
  let cursorRows = 0
  const log = `SELECT gateway, epoch, max(through)::DOUBLE, count(*)::DOUBLE FROM cursors
    GROUP BY gateway, epoch ORDER BY max(rowid)`
  for (const [gateway, epoch, through, count] of await rows(connection, log)) {
    cursors.record([{ gateway: String(gateway), epoch: String(epoch), through: Number(through) }])
    cursorRows += Number(count)
  }
  const rawFloorMs = new Map<number, number>()
  for (const [id, floor] of await rows(connection, 'SELECT series, floor_ms::DOUBLE FROM raw_floor')) {
    rawFloorMs.set(Number(id), Number(floor))
  }
  return { batch: batches.numbers[0]?.[0] ?? 0, cursorRows, series, cursors, rawFloorMs, expiryDone: undefined }
}

async function rows(connection: DuckDBConnection, sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await connection.runAndReadAll(sql)).getRows()
}
