// Counts why connections end, and ends those that have gone silent.
import type { EventEmitter } from 'node:events'
import type { Aedes, Client } from 'aedes'
import type { Connection } from './connection.ts'
import type { Clock, Log, Timer } from './contract/ports.ts'
import { countClose, type BrokerCounts, type DisconnectReason } from './metrics.ts'

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

/**
 * [MQTT-3.1.2-24]: ends a connection that has sent nothing for one and a half times its keep-alive. aedes would not see the
 * messages that pass it by.
 */
export function watchKeepAlive(
  connection: Connection,
  given: { readonly clock: Clock; readonly counts: BrokerCounts },
): void {
  const { socket } = connection
  const limitMs = connection.keepAliveS * 1_500
  if (limitMs === 0 || socket.destroyed) return
  let timer: Timer
  const wait = (delayMs: number) => {
    timer = given.clock.setTimer(look, delayMs)
  }
  const look = () => {
    const nowMs = given.clock.monotonic()
    // It has sent something that the broker, which has no room for it, has not read yet.
    if (socket.readableLength > 0) connection.heardAtMs = nowMs
    const leftMs = connection.heardAtMs + limitMs - nowMs
    if (leftMs > 0) wait(leftMs)
    else {
      countClose(given.counts, connection, 'keep-alive')
      socket.destroy(new Error('keep alive timeout'))
    }
  }
  wait(limitMs)
  socket.once('close', () => timer.cancel())
}

/** aedes tells its reasons by message only. */
function reasonOf(error: Error & { readonly code?: unknown; readonly returnCode?: unknown }): DisconnectReason {
  if (error.message === 'keep alive timeout') return 'keep-alive'
  if (error.message === 'drain timeout') return 'slow-subscriber'
  if (error.message === 'connect did not arrive in time') return 'connect-timeout'
  if (error.returnCode !== undefined) return 'forbidden'
  return typeof error.code === 'string' ? 'socket' : 'protocol'
}
