// The InfluxQL behind the store's queries: only checked integers are written into it.
import { AppError } from '../../../broker/contract/app-error.ts'
import type { Buckets, Cursor, DeadLetter, Flaw, SeriesRecord, SpanQuery, StoredReading } from '../store.ts'
import type { InfluxConnection, InfluxSeries } from './influx-connection.ts'
import { textOfTag } from './line-protocol.ts'

const hourMs = 3_600_000

/** Sum and not mean, so that two parts of one span add up. */
interface Aggregate {
  readonly min: number
  readonly max: number
  readonly sum: number
  readonly count: number
}

function integer(value: number, name: string): string {
  if (!Number.isSafeInteger(value))
    throw new AppError('store.query', `${name} must be an integer, not ${String(value)}`)
  return String(value)
}

/** InfluxDB's time ends in 1677 and 2262. */
function span({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): string {
  const clamp = (timeMs: number) => Math.min(Math.max(timeMs, -9_223_372_036_000), 9_223_372_036_000)
  return `time >= ${integer(clamp(fromMs), 'fromMs')}ms AND time < ${integer(clamp(toMs), 'toMs')}ms`
}

type Row = Readonly<Record<string, number | string | boolean | null | undefined>>

function rowsOf(series: InfluxSeries | undefined): readonly Row[] {
  if (series === undefined) return []
  return series.values.map((values) =>
    Object.fromEntries(series.columns.map((column, place) => [column, values[place]])),
  )
}

function readingOf(id: number, { time, v, b, q, t }: Row): StoredReading {
  const value = v ?? b
  return {
    series: id,
    timeMs: Number(time),
    value: typeof value === 'number' ? value : null,
    quality: Number(q ?? 0),
    text: typeof t === 'string' ? t : null,
  }
}

export async function queryReadings(
  connection: InfluxConnection,
  query: SpanQuery & { readonly limit: number },
): Promise<readonly StoredReading[]> {
  if (query.limit <= 0) return []
  const where = `s = '${integer(query.series, 'series')}' AND ${span(query)}`
  const limit = `LIMIT ${integer(query.limit, 'limit')}`
  const [found] = await connection.query(`SELECT * FROM readings WHERE ${where} ORDER BY time ${limit}`)
  return rowsOf(found).map((row) => readingOf(query.series, row))
}

export async function queryLatest(connection: InfluxConnection): Promise<readonly StoredReading[]> {
  const found = await connection.query('SELECT * FROM readings GROUP BY s ORDER BY time DESC LIMIT 1')
  const latest = found.flatMap((series) => rowsOf(series).map((row) => readingOf(Number(series.tags?.['s']), row)))
  return latest.sort((a, b) => a.series - b.series)
}

export async function querySeries(connection: InfluxConnection): Promise<readonly SeriesRecord[]> {
  const [found] = await connection.query('SELECT * FROM catalogue')
  const records = rowsOf(found).map(({ s, key, unit, unitless }) => ({
    id: Number(s),
    key: String(key ?? ''),
    unit: unitless === true ? undefined : String(unit ?? ''),
  }))
  return records.sort((a, b) => a.id - b.id)
}

export async function queryCursors(connection: InfluxConnection): Promise<readonly Cursor[]> {
  const [found] = await connection.query('SELECT * FROM cursors')
  return rowsOf(found).map(({ g, e, through }) => ({
    gateway: textOfTag(String(g ?? '')),
    epoch: textOfTag(String(e ?? '')),
    through: Number(through),
  }))
}

export async function queryDeadLetters(connection: InfluxConnection, limit: number): Promise<readonly DeadLetter[]> {
  if (limit <= 0) return []
  const [found] = await connection.query(
    `SELECT * FROM dead_letters ORDER BY time DESC LIMIT ${integer(limit, 'limit')}`,
  )
  return rowsOf(found).map(({ time, topic, code, reason, p0, p1 }) => ({
    timeMs: Math.floor(Number(time)),
    topic: String(topic ?? ''),
    code: String(code ?? ''),
    reason: String(reason ?? ''),
    payload: new Uint8Array(Buffer.from(`${String(p0 ?? '')}${String(p1 ?? '')}`, 'base64')),
  }))
}

/** By series, then by the begin of each span. */
export type AggregatesBySeries = ReadonlyMap<number, ReadonlyMap<number, Aggregate>>

interface AggregateQuery {
  readonly fromMs: number
  readonly toMs: number
  readonly widthMs: number
  readonly series?: number
}

/** Aggregates of raw readings over spans of `widthMs` that begin at fromMs. */
export async function aggregateRaw(connection: InfluxConnection, query: AggregateQuery): Promise<AggregatesBySeries> {
  const { fromMs, widthMs, series } = query
  const only = series === undefined ? '' : `s = '${integer(series, 'series')}' AND `
  const offsetMs = ((fromMs % widthMs) + widthMs) % widthMs
  const found = await connection.query(
    `SELECT min(v), max(v), sum(v), count(v) FROM readings WHERE ${only}${span(query)}
     GROUP BY s, time(${integer(widthMs, 'width')}ms, ${String(offsetMs)}ms) fill(none)`,
  )
  return new Map(
    found.map((one) => [
      Number(one.tags?.['s']),
      new Map(rowsOf(one).map((row) => [Number(row['time']), aggregateOf(row)])),
    ]),
  )
}

/** Roll-ups of expired readings: one point per hour and per run of maintenance that rolled it up. */
async function queryRollUps(
  connection: InfluxConnection,
  query: Omit<AggregateQuery, 'widthMs'>,
): Promise<AggregatesBySeries> {
  const only = query.series === undefined ? '' : `s = '${integer(query.series, 'series')}' AND `
  const found = await connection.query(
    `SELECT min(min), max(max), sum(sum), sum(count) AS count FROM hourly WHERE ${only}${span(query)}
     GROUP BY s, time(1h) fill(none)`,
  )
  return new Map(
    found.map((one) => [
      Number(one.tags?.['s']),
      new Map(rowsOf(one).map((row) => [Number(row['time']), aggregateOf(row)])),
    ]),
  )
}

function aggregateOf({ min, max, sum, count }: Row): Aggregate {
  return { min: Number(min), max: Number(max), sum: Number(sum), count: Number(count) }
}

/** Raw readings and roll-ups never overlap: what is rolled up is deleted. */
export async function queryBuckets(
  connection: InfluxConnection,
  query: SpanQuery & { readonly buckets: number },
): Promise<Buckets> {
  const { fromMs, toMs, series } = query
  const widthMs = spanWidthMs(query)
  const raw = await aggregateRaw(connection, { fromMs, toMs, widthMs, series })
  const hours = await queryRollUps(connection, { fromMs, toMs, series })
  const spans = new Map(raw.get(series))
  for (const [hour, aggregate] of hours.get(series) ?? []) {
    const begin = fromMs + Math.floor((Math.max(hour, fromMs) - fromMs) / widthMs) * widthMs
    spans.set(begin, merged(spans.get(begin), aggregate))
  }
  return bucketsOf(spans)
}

/** Throws store.query for a span that is none. */
function spanWidthMs({ fromMs, toMs, buckets }: SpanQuery & { readonly buckets: number }): number {
  if (buckets >= 1 && toMs > fromMs) return Math.ceil((toMs - fromMs) / buckets)
  throw new AppError('store.query', 'a span needs toMs > fromMs and at least 1 bucket')
}

/** Gathered here: InfluxQL groups by tags only, and the quality is a field. */
export async function queryFlaws(
  connection: InfluxConnection,
  query: SpanQuery & { readonly buckets: number },
): Promise<readonly Flaw[]> {
  const widthMs = spanWidthMs(query)
  const where = `s = '${integer(query.series, 'series')}' AND q > 0 AND ${span(query)}`
  const [found] = await connection.query(`SELECT * FROM readings WHERE ${where} ORDER BY time`)
  const flaws = new Map<string, Flaw>()
  for (const { timeMs, quality, text } of rowsOf(found).map((row) => readingOf(query.series, row))) {
    const key = `${Math.floor((timeMs - query.fromMs) / widthMs)} ${quality}`
    const known = flaws.get(key) ?? { firstMs: timeMs, lastMs: timeMs, quality, count: 0, text }
    flaws.set(key, { ...known, lastMs: timeMs, count: known.count + 1, text: lesserText(known.text, text) })
  }
  return [...flaws.values()].sort((a, b) => a.firstMs - b.firstMs || a.quality - b.quality)
}

function lesserText(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other
  return one < other ? one : other
}

export async function queryHourly(
  connection: InfluxConnection,
  query: { readonly fromMs: number; readonly toMs: number },
): Promise<ReadonlyMap<number, Buckets>> {
  const fromMs = Math.floor(query.fromMs / hourMs) * hourMs
  const toMs = Math.ceil(query.toMs / hourMs) * hourMs
  const all = new Map<number, Map<number, Aggregate>>()
  const raw = await aggregateRaw(connection, { fromMs, toMs, widthMs: hourMs })
  for (const part of [raw, await queryRollUps(connection, { fromMs, toMs })]) {
    for (const [series, hours] of part) {
      const known = all.get(series) ?? new Map<number, Aggregate>()
      for (const [hour, aggregate] of hours) known.set(hour, merged(known.get(hour), aggregate))
      all.set(series, known)
    }
  }
  return new Map([...all].map(([series, hours]) => [series, bucketsOf(hours)]))
}

function merged(one: Aggregate | undefined, other: Aggregate): Aggregate {
  if (one === undefined) return other
  return {
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
    sum: one.sum + other.sum,
    count: one.count + other.count,
  }
}

function bucketsOf(spans: ReadonlyMap<number, Aggregate>): Buckets {
  const sorted = [...spans].filter(([, { count }]) => count > 0).sort(([a], [b]) => a - b)
  return {
    timeMs: sorted.map(([timeMs]) => timeMs),
    min: sorted.map(([, { min }]) => min),
    mean: sorted.map(([, { sum, count }]) => sum / count),
    max: sorted.map(([, { max }]) => max),
    count: sorted.map(([, { count }]) => count),
  }
}
