// Retention in InfluxDB: rolls up the hours of a day that expires, then deletes its readings, so that a stop anywhere counts none twice.
import type { MaintenanceReport, RetentionClass, SeriesRecord } from '../store.ts'
import type { InfluxConnection } from './influx-connection.ts'
import { aggregateRaw } from './influx-queries.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Before this there are no readings to look for. */
const firstMs = -9_223_372_036_000
/** Series named in one DELETE. */
const seriesPerStatement = 200

interface Retention {
  /** Runs one step with no commit beside it. Throws store.unavailable when the store is closed meanwhile. */
  readonly step: <T>(work: (connection: InfluxConnection) => Promise<T>) => Promise<T>
  readonly nowMs: number
  readonly series: readonly SeriesRecord[]
  readonly retention: readonly RetentionClass[]
}

/**
 * A run has a number, which is a tag of the roll-ups that it writes. Order: roll-ups of the day, the marker `rolled`,
 * deletion of the day's readings, the marker `deleted`. Repeated before `rolled`, a run overwrites its own roll-ups;
 * after it, `finishExpiry` completes the deletion before anything else is written. Each day is one step: commits get their
 * turn between days.
 */
export async function expireInflux({ step, nowMs, series, retention }: Retention): Promise<MaintenanceReport> {
  let [rolledUpHours, expiredReadings] = [0, 0]
  for (const one of retention) {
    const ids = series
      .filter(({ key }) => retention.find(({ pattern }) => pattern.test(key)) === one)
      .map(({ id }) => id)
    const before = (days: number) => Math.floor((nowMs - days * dayMs) / dayMs) * dayMs
    for (const dayStartMs of await step((connection) => daysWithReadings(connection, ids, before(one.rawDays)))) {
      const done = await step((connection) => expireDay(connection, { ids, dayStartMs }))
      rolledUpHours += done.hours
      expiredReadings += done.readings
    }
    const old = { measurement: 'hourly', ids, fromMs: firstMs, toMs: before(one.hourlyDays) } as const
    await step((connection) => deleteSpan(connection, old))
  }
  return { rolledUpHours, compactedDays: 0, expiredReadings }
}

/** Completes what a stop cut off between roll-up and deletion. Call it before the first commit. */
export async function finishExpiry(connection: InfluxConnection): Promise<void> {
  const { rolled, deleted, dayStartMs, ids } = await readMarker(connection)
  if (rolled === deleted) return
  await deleteSpan(connection, { measurement: 'readings', ids, fromMs: dayStartMs, toMs: dayStartMs + dayMs })
  await connection.write([`expiry deleted=${String(rolled)}i 0`], 'ms')
}

async function expireDay(
  connection: InfluxConnection,
  { ids, dayStartMs }: { readonly ids: readonly number[]; readonly dayStartMs: number },
): Promise<{ readonly hours: number; readonly readings: number }> {
  const run = (await readMarker(connection)).deleted + 1
  const toMs = dayStartMs + dayMs
  const wanted = new Set(ids)
  const hours = await aggregateRaw(connection, { fromMs: dayStartMs, toMs, widthMs: hourMs })
  const lines: string[] = []
  let readings = 0
  for (const [id, spans] of hours) {
    if (!wanted.has(id)) continue
    for (const [hour, { min, max, sum, count }] of spans) {
      if (count === 0) continue
      const fields = `min=${String(min)},max=${String(max)},sum=${String(sum)},count=${String(count)}i`
      lines.push(`hourly,s=${String(id)},run=${String(run)} ${fields} ${String(hour)}`)
      readings += count
    }
  }
  await connection.write(lines, 'ms')
  await connection.write([`expiry rolled=${String(run)}i,day=${String(dayStartMs)}i,ids="${ids.join(' ')}" 0`], 'ms')
  await deleteSpan(connection, { measurement: 'readings', ids, fromMs: dayStartMs, toMs })
  await connection.write([`expiry deleted=${String(run)}i 0`], 'ms')
  return { hours: lines.length, readings }
}

interface Marker {
  readonly rolled: number
  readonly deleted: number
  readonly dayStartMs: number
  readonly ids: readonly number[]
}

async function readMarker(connection: InfluxConnection): Promise<Marker> {
  const [found] = await connection.query('SELECT rolled, deleted, day, ids FROM expiry')
  const [, rolled, deleted, day, ids] = found?.values[0] ?? []
  return {
    rolled: Number(rolled ?? 0),
    deleted: Number(deleted ?? 0),
    dayStartMs: Number(day ?? 0),
    ids: typeof ids === 'string' && ids !== '' ? ids.split(' ').map(Number) : [],
  }
}

async function daysWithReadings(
  connection: InfluxConnection,
  ids: readonly number[],
  beforeMs: number,
): Promise<readonly number[]> {
  const days = new Set<number>()
  for (const fields of ['v', 'b', 'q']) {
    for (const where of seriesConditions(ids)) {
      const [found] = await connection.query(
        `SELECT count(${fields}) FROM readings WHERE ${where} AND time >= ${String(await firstReadingMs(connection))}ms
         AND time < ${String(beforeMs)}ms GROUP BY time(1d) fill(none)`,
      )
      for (const [time] of found?.values ?? []) days.add(Number(time))
    }
  }
  return [...days].sort((a, b) => a - b)
}

/** GROUP BY time without a lower bound would count from 1970 or refuse. */
async function firstReadingMs(connection: InfluxConnection): Promise<number> {
  const [found] = await connection.query('SELECT * FROM readings ORDER BY time LIMIT 1')
  return Number(found?.values[0]?.[0] ?? 0)
}

function seriesConditions(ids: readonly number[]): readonly string[] {
  const conditions: string[] = []
  for (let start = 0; start < ids.length; start += seriesPerStatement) {
    const part = ids.slice(start, start + seriesPerStatement)
    conditions.push(`(${part.map((id) => `s = '${String(id)}'`).join(' OR ')})`)
  }
  return conditions
}

async function deleteSpan(
  connection: InfluxConnection,
  span: {
    readonly measurement: 'readings' | 'hourly'
    readonly ids: readonly number[]
    readonly fromMs: number
    readonly toMs: number
  },
): Promise<void> {
  for (const where of seriesConditions(span.ids)) {
    await connection.query(
      `DELETE FROM ${span.measurement} WHERE ${where} AND time >= ${String(span.fromMs)}ms AND time < ${String(span.toMs)}ms`,
    )
  }
}
