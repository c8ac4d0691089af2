// The hub's HTTPS side for gateways, mutual TLS: uploads today; whoever needs the identity of a gateway mounts its routes here.
import type { Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { Counter, type Registry } from 'prom-client'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { GatewayIdentity } from '../../broker/contract/topics.ts'
import {
  addressOfFailed,
  certificateOptions,
  gatewayPrincipalOf,
  mutualTls,
  rememberAddresses,
  type TlsCredentials,
} from '../../provisioning/registry/gateway-tls.ts'
import type { Revocations } from '../../provisioning/registry/revocations.ts'
import { listen } from './http-server.ts'
import { sendProblem } from './problem.ts'

/** Adds routes; `identityOf` throws `identity.invalid` where the certificate has expired or was revoked meanwhile. */
export type GatewayRoutes = (server: FastifyInstance, identityOf: (request: FastifyRequest) => GatewayIdentity) => void

export interface GatewayServerOptions {
  /** Undefined: every address. */
  readonly host: string | undefined
  /** 0: a free one. */
  readonly port: number
  readonly credentials: TlsCredentials
  /** Kept up to date by whoever owns the list. */
  readonly revocations: Revocations
  readonly routes: readonly GatewayRoutes[]
  readonly metrics: Registry
  readonly clock: Clock
  readonly log: Log
}

export interface GatewayServer {
  readonly port: number
  /** Open connections keep the certificate they began with. */
  renewCredentials(credentials: TlsCredentials): void
  close(): Promise<void>
}

const maxBodyBytes = 64 * 1024
/** More connections than this are closed at once; a gateway keeps one or two. */
const maxConnections = 4000
const handshakeTimeoutMs = 20_000
/** A connection on which nothing moves for this long is dead; gateways wait as long for an answer. */
const idleTimeoutMs = 60_000

/** Throws `port.busy`. */
export async function startGatewayServer(options: GatewayServerOptions): Promise<GatewayServer> {
  const { log } = options
  const server = fastify({
    https: { ...mutualTls, ...certificateOptions(options.credentials), handshakeTimeout: handshakeTimeoutMs },
    bodyLimit: maxBodyBytes,
    routerOptions: { maxParamLength: 512 },
    connectionTimeout: idleTimeoutMs,
    keepAliveTimeout: idleTimeoutMs,
    forceCloseConnections: true,
  })
  server.setErrorHandler((error, request, reply) => sendProblem(toAppError(error, 'internal'), request, reply, log))
  server.setNotFoundHandler((request) => {
    throw new AppError('not-found', `nothing is at ${request.method} ${request.url}`)
  })
  server.server.maxConnections = maxConnections
  refuseStrangers(server, options)
  const identityOf = (request: FastifyRequest): GatewayIdentity =>
    principalOf(options, request.raw.socket as TLSSocket).identity
  for (const mount of options.routes) mount(server, identityOf)
  const port = await listen(server, options.host, options.port, {
    name: 'HTTPS',
    flag: '--https-port',
    variable: 'MUSUBI_HTTPS_PORT',
  })
  return {
    port,
    renewCredentials: (credentials) =>
      server.server.setSecureContext({ ...certificateOptions(credentials), minVersion: mutualTls.minVersion }),
    close: () => server.close(),
  }
}

/** As on MQTT: a peer without a certificate of the authority fails its handshake, a revoked one is cut off, both counted. */
function refuseStrangers({ server }: { readonly server: Server }, options: GatewayServerOptions): void {
  const denials = new Counter({
    name: 'musubi_https_denials_total',
    help: 'Connections of gateways that were refused, by reason',
    labelNames: ['reason'],
    registers: [options.metrics],
  })
  const deny = (reason: string, message: string, remote: string | undefined): void => {
    denials.inc({ reason })
    options.log.warn({ remote, reason, code: 'identity.invalid' }, `a gateway was refused: ${message}`)
  }
  server.on('secureConnection', (socket) => {
    try {
      principalOf(options, socket)
    } catch (thrown) {
      deny('certificate', toAppError(thrown, 'identity.invalid').message, socket.remoteAddress)
      socket.destroy()
    }
  })
  rememberAddresses(server)
  server.on('tlsClientError', (error, socket) => {
    deny('tls', error.message, addressOfFailed(socket))
    socket.destroy()
  })
}

function principalOf({ clock, revocations }: GatewayServerOptions, socket: TLSSocket) {
  return gatewayPrincipalOf(socket, { nowMs: clock.now(), revocations })
}
