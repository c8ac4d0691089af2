// The SELECTs behind the store's events. Texts from outside are parameters, never part of the SQL.
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { AppError } from '../../../broker/contract/app-error.ts'
import type { EventKey, EventsQuery, StoredEvent } from '../store.ts'

const columns = 'time_ms::DOUBLE, received_ms::DOUBLE, gateway, epoch, seq::DOUBLE, kind, source, body'

/** Newest first. The bounds on time prune row groups, which lie in about the order of arrival. */
export async function selectEvents(connection: DuckDBConnection, query: EventsQuery): Promise<readonly StoredEvent[]> {
  const { kind, source, gateway, tenants, after } = query
  if (tenants?.length === 0) return []
  const conditions = ['time_ms >= ?', 'time_ms < ?']
  const values: DuckDBValue[] = [big(query.fromMs, 'fromMs'), big(query.toMs, 'toMs')]
  for (const [column, wanted] of [
    ['kind', kind],
    ['source', source],
    ['gateway', gateway],
  ] as const) {
    if (wanted === undefined) continue
    conditions.push(`${column} = ?`)
    values.push(wanted)
  }
  if (tenants !== undefined) {
    conditions.push(`(${tenants.map(() => 'starts_with(gateway, ?)').join(' OR ')})`)
    values.push(...tenants.map((tenant) => `${tenant}/`))
  }
  if (after !== undefined) {
    conditions.push('time_ms <= ?', '(time_ms, gateway, epoch, seq) < (?, ?, ?, ?)')
    values.push(big(after.timeMs, 'after'), ...keyValues(after))
  }
  const order = 'time_ms DESC, gateway DESC, epoch DESC, seq DESC'
  const sql = `SELECT ${columns} FROM events WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ?`
  const result = await connection.runAndReadAll(sql, [...values, big(Math.max(0, query.limit), 'limit')])
  return result.getRows().map(eventOf)
}

export async function selectEvent(connection: DuckDBConnection, key: EventKey): Promise<StoredEvent | undefined> {
  const sql = `SELECT ${columns} FROM events WHERE time_ms = ? AND gateway = ? AND epoch = ? AND seq = ? LIMIT 1`
  const result = await connection.runAndReadAll(sql, keyValues(key))
  const [row] = result.getRows()
  return row === undefined ? undefined : eventOf(row)
}

export async function deleteEvents(connection: DuckDBConnection, beforeMs: number): Promise<number> {
  const result = await connection.run('DELETE FROM events WHERE time_ms < ?', [big(beforeMs, 'beforeMs')])
  return result.rowsChanged
}

function keyValues({ timeMs, gateway, epoch, seq }: EventKey): DuckDBValue[] {
  return [big(timeMs, 'timeMs'), gateway, epoch, big(seq, 'seq')]
}

function big(value: number, name: string): bigint {
  if (!Number.isSafeInteger(value))
    throw new AppError('store.query', `${name} must be an integer, not ${String(value)}`)
  return BigInt(value)
}

function eventOf([timeMs, receivedMs, gateway, epoch, seq, kind, source, body]: readonly unknown[]): StoredEvent {
  return {
    timeMs: Number(timeMs),
    receivedMs: Number(receivedMs),
    gateway: String(gateway),
    epoch: String(epoch),
    seq: Number(seq),
    kind: String(kind),
    source: String(source),
    body: String(body),
  }
}
