// The hub's door for gateways that have no certificate yet, or one that has expired: HTTPS on its own port, so that a city may close it.
import fastify, { type FastifyInstance } from 'fastify'
import { Counter, type Registry } from 'prom-client'
import { certificateOptions, mutualTls, type TlsCredentials } from '../../provisioning/registry/gateway-tls.ts'
import { listen } from './http-server.ts'

export interface EnrolmentServerOptions {
  /** Undefined: every address. */
  readonly host: string | undefined
  /** 0: a free one. */
  readonly port: number
  readonly credentials: TlsCredentials
  /** Adds the routes; `onAttempt` counts what came of each. */
  readonly routes: (server: FastifyInstance, onAttempt: (action: string, outcome: string) => void) => void
  readonly metrics: Registry
}

export interface EnrolmentServer {
  readonly port: number
  renewCredentials(credentials: TlsCredentials): void
  close(): Promise<void>
}

const maxBodyBytes = 64 * 1024
/** A gateway needs three requests in its life of 90 days; a thousand new ones may come at once. */
const maxConnections = 1000
const handshakeTimeoutMs = 20_000
const idleTimeoutMs = 30_000

/** Throws `port.busy`. */
export async function startEnrolmentServer(options: EnrolmentServerOptions): Promise<EnrolmentServer> {
  const attempts = new Counter({
    name: 'musubi_enrolments_total',
    help: 'Attempts of gateways to get a certificate, by what they asked for and what came of it',
    labelNames: ['action', 'outcome'],
    registers: [options.metrics],
  })
  const server = fastify({
    https: {
      ...certificateOptions(options.credentials),
      minVersion: mutualTls.minVersion,
      requestCert: true,
      // Whoever has none yet comes in; the routes judge the others, expired ones too.
      rejectUnauthorized: false,
      handshakeTimeout: handshakeTimeoutMs,
    },
    bodyLimit: maxBodyBytes,
    connectionTimeout: idleTimeoutMs,
    keepAliveTimeout: idleTimeoutMs,
    forceCloseConnections: true,
  })
  server.server.maxConnections = maxConnections
  options.routes(server, (action, outcome) => attempts.inc({ action, outcome }))
  const port = await listen(server, options.host, options.port, {
    name: 'EST',
    flag: '--est-port',
    variable: 'MUSUBI_EST_PORT',
  })
  return {
    port,
    renewCredentials: (credentials) =>
      server.server.setSecureContext({ ...certificateOptions(credentials), minVersion: mutualTls.minVersion }),
    close: () => server.close(),
  }
}
