// What the broker counts: plain numbers on the hot path, read by prom-client only when somebody asks.
import { Counter, Gauge, type Registry } from 'prom-client'

/** Why a connection or request was denied. */
export type DenialReason =
  | 'certificate'
  | 'tls'
  | 'client-id'
  | 'keep-alive'
  | 'will'
  | 'publish'
  | 'subscribe'
  | 'connections'
  | 'connections-per-address'

/** Why something that had been accepted was not kept or not passed on. */
type DropReason = 'slow-subscriber' | 'offline-full' | 'retained-full' | 'retain-flag' | 'broker-full'

/** Why the broker closed a connection that had been admitted. */
export type DisconnectReason =
  | 'packet-size'
  | 'rate'
  | 'slow-subscriber'
  | 'keep-alive'
  | 'tap'
  | 'protocol'
  | 'certificate'
  | 'forbidden'
  | 'connect-timeout'
  | 'socket'

export interface BrokerCounts {
  connects: number
  sessionsResumed: number
  messagesIn: number
  messagesOut: number
  bytesIn: number
  throttled: number
  persistenceErrors: number
  readonly denials: Map<DenialReason, number>
  readonly drops: Map<DropReason, number>
  readonly disconnects: Map<DisconnectReason, number>
}

export interface BrokerLevels {
  readonly clients: () => number
  readonly retained: () => number
  readonly queued: () => number
}

export function newBrokerCounts(): BrokerCounts {
  return {
    connects: 0,
    sessionsResumed: 0,
    messagesIn: 0,
    messagesOut: 0,
    bytesIn: 0,
    throttled: 0,
    persistenceErrors: 0,
    denials: new Map(),
    drops: new Map(),
    disconnects: new Map(),
  }
}

export function countReason<Reason>(counts: Map<Reason, number>, reason: Reason): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1)
}

/** Counts why a connection was closed, once: whoever closes it first knows the reason. */
export function countClose(
  counts: BrokerCounts,
  connection: { closedFor: DisconnectReason | undefined },
  reason: DisconnectReason,
): void {
  if (connection.closedFor !== undefined) return
  connection.closedFor = reason
  countReason(counts.disconnects, reason)
}

/** Registers everything under `musubi_broker_…`. Throws when the registry already has a broker's metrics. */
export function registerBrokerMetrics(registry: Registry, counts: BrokerCounts, levels: BrokerLevels): void {
  const total = (name: string, help: string, read: () => number) =>
    new Counter({
      name: `musubi_broker_${name}`,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  total('connects_total', 'Clients admitted', () => counts.connects)
  total('tls_sessions_resumed_total', 'TLS handshakes that resumed a session', () => counts.sessionsResumed)
  total('messages_received_total', 'PUBLISH packets accepted from clients', () => counts.messagesIn)
  total('messages_sent_total', 'PUBLISH packets passed to subscribers', () => counts.messagesOut)
  total('received_bytes_total', 'MQTT bytes read from clients', () => counts.bytesIn)
  total('throttled_total', 'Messages delayed because their client was over its rate', () => counts.throttled)
  total('persistence_errors_total', 'Writes to disk that failed', () => counts.persistenceErrors)
  const byReason = (name: string, help: string, read: ReadonlyMap<string, number>) =>
    new Counter({
      name: `musubi_broker_${name}`,
      help,
      labelNames: ['reason'],
      registers: [registry],
      collect() {
        this.reset()
        for (const [reason, count] of read) this.inc({ reason }, count)
      },
    })
  byReason('denials_total', 'Connections and requests refused', counts.denials)
  byReason('dropped_total', 'Messages or flags not kept or not passed on', counts.drops)
  byReason('disconnects_total', 'Connections closed by the broker', counts.disconnects)
  const level = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `musubi_broker_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  level('clients', 'Clients connected now', levels.clients)
  level('retained_topics', 'Topics with a retained message', levels.retained)
  level('queued_messages', 'Messages on disk for absent sessions', levels.queued)
}
