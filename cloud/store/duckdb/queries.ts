// The SELECTs behind the store's queries. Numbers are checked and written into the SQL; nothing else from outside enters it.
import { DuckDBBlobValue, type DuckDBConnection } from '@duckdb/node-api'
import { AppError } from '../../../broker/contract/app-error.ts'
import type { DeadLetter, SpanQuery } from '../store.ts'
import { selectColumns } from './column-chunks.ts'
import { countsInAggregates, dayMs, hourMs, hourOfTime, timeOfSlot } from './schema.ts'
import { settledBatch } from './settled-batch.ts'
import type { ResultColumns } from './worker-messages.ts'

/** The value as an integer literal. Throws store.query when it is none. */
function integer(value: number, name: string): string {
  if (!Number.isSafeInteger(value))
    throw new AppError('store.query', `${name} must be an integer, not ${String(value)}`)
  return String(value)
}

/** The raw readings of a span: time_ms, value, quality, text, in no order. */
function rawReadings({ series, fromMs, toMs }: SpanQuery): string {
  const span = `time_ms >= ${integer(fromMs, 'fromMs')} AND time_ms < ${integer(toMs, 'toMs')}`
  const days = `day BETWEEN ${String(Math.floor(fromMs / dayMs))} AND ${String(Math.floor((toMs - 1) / dayMs))}`
  const slots = `slot >= ${integer(series * dayMs, 'series')} AND slot < ${integer((series + 1) * dayMs, 'series')}`
  return `SELECT time_ms, value, quality, text FROM hot WHERE series = ${integer(series, 'series')} AND ${span}
    UNION ALL SELECT time_ms, value, quality, text FROM (
      SELECT ${timeOfSlot} AS time_ms, value, quality, text FROM closed_days WHERE ${days} AND ${slots}) WHERE ${span}`
}

export async function selectReadings(
  connection: DuckDBConnection,
  query: SpanQuery & { readonly limit: number },
): Promise<ResultColumns> {
  return selectColumns(
    connection,
    `SELECT time_ms::DOUBLE, coalesce(value, 'nan'::DOUBLE), quality::DOUBLE, text FROM (${rawReadings(query)})
     ORDER BY time_ms LIMIT ${integer(Math.max(0, query.limit), 'limit')}`,
  )
}

/** Columns: first, last, quality, count, text; in the order of time. */
export async function selectFlaws(
  connection: DuckDBConnection,
  query: SpanQuery & { readonly buckets: number },
): Promise<ResultColumns> {
  const { fromMs } = query
  return selectColumns(
    connection,
    `SELECT min(time_ms)::DOUBLE AS first, max(time_ms)::DOUBLE, quality::DOUBLE, count(*)::DOUBLE, min(text)
     FROM (${rawReadings(query)}) WHERE quality > 0
     GROUP BY (time_ms - ${integer(fromMs, 'fromMs')}) // ${String(spanWidthMs(query))}, quality ORDER BY first, quality`,
  )
}

/** Throws store.query for a span that is none. */
function spanWidthMs({ fromMs, toMs, buckets }: SpanQuery & { readonly buckets: number }): number {
  if (buckets < 1 || toMs <= fromMs)
    throw new AppError('store.query', 'a span needs toMs > fromMs and at least 1 bucket')
  return Math.ceil((toMs - fromMs) / Number(integer(buckets, 'buckets')))
}

/** `floorMs`: raw readings before it have expired, so that hourly roll-ups answer for that part of the span. */
export async function selectBuckets(
  connection: DuckDBConnection,
  query: SpanQuery & { readonly buckets: number; readonly floorMs: number },
): Promise<ResultColumns> {
  const { series, fromMs, toMs, floorMs } = query
  const widthMs = spanWidthMs(query)
  const parts = [
    `SELECT (time_ms - ${integer(fromMs, 'fromMs')}) // ${String(widthMs)} AS place,
       min(value) AS min, max(value) AS max, sum(value) AS sum, count(*) AS count
     FROM (${rawReadings({ series, fromMs: Math.max(fromMs, floorMs), toMs })}) WHERE ${countsInAggregates} GROUP BY place`,
  ]
  if (fromMs < floorMs) {
    const settled = await settledBatch(connection)
    const hours = hourlyRows({ fromMs, toMs: Math.min(toMs, floorMs), settled, series })
    parts.push(
      `SELECT (hour_ms - ${String(fromMs)}) // ${String(widthMs)} AS place, min, max, sum, count FROM (${hours})`,
    )
  }
  return selectColumns(
    connection,
    `SELECT (${String(fromMs)} + place * ${String(widthMs)})::DOUBLE, min(min), (sum(sum) / sum(count))::DOUBLE, max(max), sum(count)::DOUBLE
     FROM (${parts.join(' UNION ALL ')}) GROUP BY place ORDER BY place`,
  )
}

/** Every hour that begins in [fromMs, toMs), with fromMs taken down to the hour. */
export async function selectHourly(
  connection: DuckDBConnection,
  query: { readonly fromMs: number; readonly toMs: number },
): Promise<ResultColumns> {
  const fromMs = Math.floor(query.fromMs / hourMs) * hourMs
  const settled = await settledBatch(connection)
  return selectColumns(
    connection,
    `SELECT series::DOUBLE, hour_ms::DOUBLE, min(min), (sum(sum) / sum(count))::DOUBLE, max(max), sum(count)::DOUBLE
     FROM (${hourlyRows({ fromMs, toMs: query.toMs, settled })}) GROUP BY series, hour_ms ORDER BY series, hour_ms`,
  )
}

/**
 * The hours that begin in [fromMs, toMs): roll-ups, and readings that are not rolled up yet. Both conditions on time are
 * plain bounds of a column, by which row groups are pruned; those of the readings are taken up to the hour, which says the same.
 */
function hourlyRows(query: {
  readonly fromMs: number
  readonly toMs: number
  readonly settled: number
  readonly series?: number
}): string {
  const from = integer(query.fromMs, 'fromMs')
  const to = integer(query.toMs, 'toMs')
  const series = query.series === undefined ? '' : `AND series = ${integer(query.series, 'series')}`
  const upToHour = (timeMs: number) => String(Math.min(Math.ceil(timeMs / hourMs) * hourMs, Number.MAX_SAFE_INTEGER))
  return `SELECT series, hour_ms, min, max, sum, count FROM hourly WHERE hour_ms >= ${from} AND hour_ms < ${to} ${series}
    UNION ALL SELECT series, ${hourOfTime} AS hour_ms, min(value), max(value), sum(value), count(*) FROM hot
    WHERE batch > ${String(query.settled)} AND time_ms >= ${upToHour(query.fromMs)} AND time_ms < ${upToHour(query.toMs)}
      AND ${countsInAggregates} ${series} GROUP BY series, hour_ms`
}

/** Newest first. */
export async function selectDeadLetters(connection: DuckDBConnection, limit: number): Promise<readonly DeadLetter[]> {
  const result = await connection.runAndReadAll(
    `SELECT time_ms::DOUBLE, topic, code, reason, payload FROM dead_letters ORDER BY time_ms DESC LIMIT ${integer(Math.max(0, limit), 'limit')}`,
  )
  return result.getRows().map(([timeMs, topic, code, reason, payload]) => ({
    timeMs: Number(timeMs),
    topic: String(topic),
    code: String(code),
    reason: String(reason),
    payload: payload instanceof DuckDBBlobValue ? new Uint8Array(payload.bytes) : new Uint8Array(),
  }))
}
