// The two doors: mutual TLS for gateways, plain TCP on loopback for programs on the hub's own machine.
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import {
  addressOfFailed,
  certificateOptions,
  gatewayPrincipalOf,
  mutualTls,
  type TlsCredentials,
} from '../provisioning/registry/gateway-tls.ts'
import type { Revocations } from '../provisioning/registry/revocations.ts'
import type { Audit } from './audit.ts'
import type { Principal } from './connection.ts'
import { AppError, toAppError } from './contract/app-error.ts'
import type { Clock } from './contract/ports.ts'
import type { BrokerLimits } from './limits.ts'
import { HandshakeTurns } from './handshake-turns.ts'
import { countReason, type BrokerCounts } from './metrics.ts'
import { sessionLifeS, type SessionTickets } from './session-tickets.ts'

/**
 * Connections that the kernel holds for us (bounded again by net.core.somaxconn, 4096). Beyond: it drops the SYN, whose sender tries
 * again after 1, 3, 7 and 15 seconds; with Node's 511 a storm of thousands waited for that.
 */
const acceptBacklog = 4096

export interface ListenerOptions {
  readonly clock: Clock
  readonly limits: BrokerLimits
  readonly counts: BrokerCounts
  readonly audit: Audit
  readonly admit: (socket: Socket, principal: Principal, remote: string) => void
}

export interface Listener<Server extends TcpServer = TcpServer> {
  readonly server: Server
  readonly port: number
  /** Stops accepting; connections that are open stay open. */
  close(): Promise<void>
}

/** Mutual TLS 1.2 or later. Port 0 takes a free one. Throws `port.busy`. */
export async function listenTls(
  given: ListenerOptions,
  tls: {
    readonly host: string | undefined
    readonly port: number
    readonly credentials: TlsCredentials
    readonly tickets: SessionTickets
    readonly revocations: Revocations | undefined
  },
): Promise<Listener<TlsServer>> {
  const server = createTlsServer({
    ...secureContextOf(tls.credentials, tls.tickets),
    ...mutualTls,
    handshakeTimeout: given.limits.connectTimeoutMs,
  })
  server.on('secureConnection', (socket) => {
    const remote = socket.remoteAddress ?? ''
    if (socket.isSessionReused()) given.counts.sessionsResumed += 1
    try {
      const judge = { nowMs: given.clock.now(), revocations: tls.revocations }
      given.admit(socket, gatewayPrincipalOf(socket, judge), remote)
    } catch (thrown) {
      const error = toAppError(thrown, 'identity.invalid')
      countReason(given.counts.denials, 'certificate')
      given.audit.denied(error.code, error.message, { remote })
      socket.on('error', () => undefined)
      socket.destroy()
    }
  })
  server.on('tlsClientError', (error: Error & { readonly code?: string }, socket) => {
    countReason(given.counts.denials, 'tls')
    given.audit.denied('identity.invalid', `TLS handshake failed: ${error.code ?? error.message}`, {
      remote: addressOfFailed(socket),
    })
    socket.destroy()
  })
  // Paused, so that what a waiting peer sends stays in its socket until its handshake begins.
  const door = createTcpServer({ noDelay: true, keepAlive: true, pauseOnConnect: true })
  const turns = new HandshakeTurns((socket) => server.emit('connection', socket))
  door.on('connection', (socket) => {
    if (socket.destroyed) return
    // Nobody else listens before its turn.
    socket.on('error', () => undefined)
    turns.enter(socket)
  })
  return { ...(await listen(given, door, tls)), server }
}

/** Whole, because a server that takes a new context keeps nothing of the one before. */
export function secureContextOf(credentials: TlsCredentials, tickets: SessionTickets) {
  return {
    ...certificateOptions(credentials),
    minVersion: mutualTls.minVersion,
    ticketKeys: tickets.keys,
    sessionTimeout: sessionLifeS,
    // Sessions are ours alone: one made under another CA or program must not resume here.
    sessionIdContext: 'musubi-broker',
  } as const
}

/** Plain MQTT on 127.0.0.1. Whoever can open a loopback socket is an operator. Throws `port.busy`. */
export async function listenLoopback(given: ListenerOptions, port: number): Promise<Listener> {
  const server = createTcpServer({ noDelay: true, keepAlive: true })
  server.on('connection', (socket) => {
    if (!socket.destroyed) given.admit(socket, { kind: 'operator' }, socket.remoteAddress ?? '')
  })
  return listen(given, server, { host: '127.0.0.1', port })
}

async function listen<Server extends TcpServer>(
  given: ListenerOptions,
  server: Server,
  at: { readonly host: string | undefined; readonly port: number },
): Promise<Listener<Server>> {
  boundConnections(given, server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (thrown: Error & { readonly code?: string }) => {
      const busy = thrown.code === 'EADDRINUSE' || thrown.code === 'EACCES'
      const message = busy ? `Port ${at.port} is in use or not allowed: choose another` : thrown.message
      reject(new AppError(busy ? 'port.busy' : 'config.invalid', message, { cause: thrown }))
    })
    server.listen(
      { port: at.port, backlog: acceptBacklog, ...(at.host === undefined ? {} : { host: at.host }) },
      resolve,
    )
  })
  server.on('error', (error) => given.audit.denied('limit.exceeded', `accept failed: ${error.message}`, {}))
  const address = server.address()
  return {
    server,
    port: typeof address === 'object' && address !== null ? address.port : at.port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Runs before the TLS handshake, so that a refused connection costs no cryptography. */
function boundConnections(given: ListenerOptions, server: TcpServer): void {
  const byAddress = new Map<string, number>()
  let open = 0
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const ofAddress = byAddress.get(address) ?? 0
    const total = open >= given.limits.connections
    if (total || ofAddress >= given.limits.connectionsPerAddress) {
      countReason(given.counts.denials, total ? 'connections' : 'connections-per-address')
      given.audit.denied('limit.exceeded', 'too many connections', { remote: address })
      socket.destroy()
      return
    }
    open += 1
    byAddress.set(address, ofAddress + 1)
    socket.once('close', () => {
      open -= 1
      const left = (byAddress.get(address) ?? 1) - 1
      if (left > 0) byAddress.set(address, left)
      else byAddress.delete(address)
    })
  })
}
