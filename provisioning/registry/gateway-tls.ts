// How a hub's listeners know a gateway: mutual TLS under the hub's own authority, and the identity of who came in.
import type { Socket } from 'node:net'
import type { Server, TLSSocket } from 'node:tls'
import { AppError } from '../../broker/contract/app-error.ts'
import type { GatewayIdentity } from '../../broker/contract/topics.ts'
import { identityOfPeer } from './peer-identity.ts'
import type { Revocations } from './revocations.ts'

export interface TlsCredentials {
  readonly certificatePem: string
  readonly keyPem: string
  /** The CA whose client certificates are accepted. */
  readonly caPem: string
}

/** A gateway that has proved its identity by its certificate. */
export interface GatewayPrincipal {
  readonly kind: 'gateway'
  readonly identity: GatewayIdentity
  readonly serialNumber: string
  readonly notAfterMs: number
}

/** Mutual TLS 1.2 or later: without a certificate of the authority the handshake fails. */
export const mutualTls = { requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' } as const

/** Key and certificates in the form of Node's secure context. */
export function certificateOptions({ certificatePem, keyPem, caPem }: TlsCredentials) {
  return { cert: certificatePem, key: keyPem, ca: caPem } as const
}

/** Who is at the other end of a socket whose handshake is done. Throws `identity.invalid`. */
export function gatewayPrincipalOf(
  socket: TLSSocket,
  judge: { readonly nowMs: number; readonly revocations: Revocations | undefined },
): GatewayPrincipal {
  // Not getPeerCertificate, which makes texts of every field, a tenth of the work for a connection that resumes its session.
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) throw new AppError('identity.invalid', 'The client sent no certificate')
  const { serialNumber, validTo, subjectAltName } = certificate
  const identity = identityOfPeer({ serialNumber, valid_to: validTo, subjectaltname: subjectAltName }, judge)
  return { kind: 'gateway', identity, serialNumber, notAfterMs: Date.parse(validTo) }
}

/** Has a server look at the address of each peer while it is there: a socket asks the system only once. */
export function rememberAddresses(server: Pick<Server, 'on'>): void {
  server.on('connection', (socket: Socket) => void socket.remoteAddress)
}

/** Who it was whose handshake failed: its socket has gone by then, but the one below remembers. */
export function addressOfFailed(socket: TLSSocket): string | undefined {
  const { _parent: below } = socket as unknown as { readonly _parent?: Socket }
  return socket.remoteAddress ?? below?.remoteAddress
}
