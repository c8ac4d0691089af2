// Events in InfluxDB: its order knows only the time, so that events of one millisecond are put in order here.
import { AppError } from '../../../broker/contract/app-error.ts'
import { compareEvents } from '../event-order.ts'
import type { EventKey, EventsQuery, StoredEvent } from '../store.ts'
import type { InfluxConnection } from './influx-connection.ts'
import { tagValue, textOfTag } from './line-protocol.ts'

type Filter = Pick<EventsQuery, 'kind' | 'source' | 'gateway' | 'tenants'>

/** Newest first. A page ends within a millisecond where more events than it has room for lie in it. */
export async function queryEvents(connection: InfluxConnection, query: EventsQuery): Promise<readonly StoredEvent[]> {
  const { fromMs, toMs, after, limit } = query
  if (limit <= 0 || query.tenants?.length === 0) return []
  const endMs = after === undefined ? toMs : Math.min(toMs, after.timeMs)
  const sameMs = after === undefined || after.timeMs >= toMs ? [] : await ofMillisecond(connection, query, after.timeMs)
  const found = await select(connection, query, { fromMs, toMs: endMs, limit })
  const lastMs = found.length < limit ? undefined : found.at(-1)?.timeMs
  const last = lastMs === undefined ? [] : await ofMillisecond(connection, query, lastMs)
  return [...sameMs, ...found.filter(({ timeMs }) => timeMs !== lastMs), ...last]
    .filter((event) => event.timeMs >= fromMs && (after === undefined || compareEvents(event, after) > 0))
    .sort(compareEvents)
    .slice(0, limit)
}

export async function queryEvent(connection: InfluxConnection, key: EventKey): Promise<StoredEvent | undefined> {
  const found = await ofMillisecond(connection, { gateway: key.gateway }, key.timeMs)
  return found.find((event) => compareEvents(event, key) === 0)
}

/** How many there were is not known. */
export async function deleteInfluxEvents(connection: InfluxConnection, beforeMs: number): Promise<number> {
  await connection.query(`DELETE FROM events WHERE time < ${milliseconds(beforeMs)}`)
  return 0
}

function ofMillisecond(connection: InfluxConnection, filter: Filter, timeMs: number): Promise<readonly StoredEvent[]> {
  return select(connection, filter, { fromMs: timeMs, toMs: timeMs + 1 })
}

async function select(
  connection: InfluxConnection,
  { kind, source, gateway, tenants }: Filter,
  span: { readonly fromMs: number; readonly toMs: number; readonly limit?: number },
): Promise<readonly StoredEvent[]> {
  const tags = [
    ['k', kind],
    ['s', source],
    ['g', gateway],
  ] as const
  const conditions = tags.flatMap(([tag, text]) => (text === undefined ? [] : [`${tag} = ${literal(tagValue(text))}`]))
  if (tenants !== undefined) conditions.push(`g =~ ${ofTenants(tenants)}`)
  conditions.push(`time >= ${milliseconds(span.fromMs)}`, `time < ${milliseconds(span.toMs)}`)
  const limit = span.limit === undefined ? '' : ` LIMIT ${String(Math.floor(span.limit))}`
  const [found] = await connection.query(
    `SELECT t, r, e, q, body, g, k, s FROM events WHERE ${conditions.join(' AND ')} ORDER BY time DESC${limit}`,
  )
  return (found?.values ?? []).map(([, timeMs, receivedMs, epoch, seq, body, g, k, s]) => ({
    timeMs: Number(timeMs),
    receivedMs: Number(receivedMs),
    gateway: textOfTag(String(g)),
    epoch: String(epoch),
    seq: Number(seq),
    kind: textOfTag(String(k)),
    source: textOfTag(String(s)),
    body: String(body),
  }))
}

/** A pattern of gateways: their ids begin with their tenant. */
function ofTenants(tenants: readonly string[]): string {
  const strange = tenants.find((tenant) => !/^[a-z0-9-]+$/.test(tenant))
  if (strange !== undefined) throw new AppError('store.query', `"${strange}" is no tenant`)
  return `/^(?:${tenants.map((tenant) => tagValue(`${tenant}/`)).join('|')})/`
}

/** InfluxDB's time ends in 1677 and 2262. */
function milliseconds(timeMs: number): string {
  if (!Number.isFinite(timeMs)) throw new AppError('store.query', `a time must be a number, not ${String(timeMs)}`)
  return `${String(Math.floor(Math.min(Math.max(timeMs, -9_223_372_036_000), 9_223_372_036_000)))}ms`
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
