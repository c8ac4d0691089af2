// Counts what is read from connections and why they end.
import type { EventEmitter } from 'node:events'
import type { Aedes, Client } from 'aedes'
import type { Audit } from './audit.ts'
import type { Connection } from './connection.ts'
import type { Log } from './contract/ports.ts'
import type { BrokerLimits } from './limits.ts'
import { countClose, type BrokerCounts, type DisconnectReason } from './metrics.ts'
import { PacketGuard } from './packet-guard.ts'

/** Counts what is read and ends a connection that announces a packet over the limit, before it is buffered. */
export function guardReads(
  connection: Connection,
  given: { readonly counts: BrokerCounts; readonly limits: BrokerLimits; readonly audit: Audit },
): void {
  const { socket } = connection
  const guard = new PacketGuard(given.limits.packetBytes)
  const read = socket.read.bind(socket)
  Object.defineProperty(socket, 'read', {
    writable: true,
    value(size?: number): Buffer | null {
      const chunk = read(size) as Buffer | null
      if (chunk === null) return null
      given.counts.bytesIn += chunk.length
      if (guard.accepts(chunk)) return chunk
      countClose(given.counts, connection, 'packet-size')
      const error = given.audit.denied('limit.exceeded', 'a packet is over the limit', { remote: connection.remote })
      socket.destroy(error)
      return null
    },
  })
}

export function watchClients(
  aedes: Aedes,
  given: {
    readonly counts: BrokerCounts
    readonly connectionOf: (client: Client) => Connection | undefined
    readonly log: Log
  },
): void {
  const failed = (client: Client, error: Error) => {
    const connection = given.connectionOf(client)
    if (connection !== undefined) countClose(given.counts, connection, reasonOf(error))
    given.log.debug({ client: client.id, remote: connection?.remote, error: error.message }, 'a connection failed')
  }
  aedes.on('client', () => {
    given.counts.connects += 1
  })
  aedes.on('clientError', failed)
  aedes.on('connectionError', failed)
  // aedes emits it although its types do not say so; unheard, it would end the process.
  const emitter: EventEmitter = aedes
  emitter.on('error', (error: unknown) => {
    given.counts.persistenceErrors += 1
    given.log.error({ error }, 'the broker failed to pass a message on')
  })
}

/** aedes tells its reasons by message only. */
function reasonOf(error: Error & { readonly code?: unknown; readonly returnCode?: unknown }): DisconnectReason {
  if (error.message === 'keep alive timeout') return 'keep-alive'
  if (error.message === 'drain timeout') return 'slow-subscriber'
  if (error.message === 'connect did not arrive in time') return 'connect-timeout'
  if (error.returnCode !== undefined) return 'forbidden'
  return typeof error.code === 'string' ? 'socket' : 'protocol'
}
