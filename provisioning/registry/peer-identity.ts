// Who stands at the other end of a TLS connection: the identity of a peer certificate that TLS has already verified.
import { AppError } from '../../broker/contract/app-error.ts'
import type { GatewayIdentity } from '../../broker/contract/topics.ts'
import { identityOfSubjectAltName } from '../subject-alt-name.ts'
import type { Revocations } from './revocations.ts'

/** The part of Node's `tls.PeerCertificate` that is read here. */
export interface PeerCertificate {
  readonly subjectaltname?: string | undefined
  readonly serialNumber?: string | undefined
  readonly valid_to?: string | undefined
}

/**
 * The identity of a verified peer. Expiry and revocation are judged again here because a resumed TLS session repeats the
 * verdict of its first handshake. Throws `identity.invalid`.
 */
export function identityOfPeer(
  peer: PeerCertificate | undefined,
  judge: { readonly nowMs: number; readonly revocations?: Revocations | undefined },
): GatewayIdentity {
  if (peer?.serialNumber === undefined) throw new AppError('identity.invalid', 'The client sent no certificate')
  const notAfterMs = Date.parse(peer.valid_to ?? '')
  if (!(notAfterMs > judge.nowMs)) throw new AppError('identity.invalid', `The certificate expired on ${peer.valid_to}`)
  if (judge.revocations?.isRevoked(peer.serialNumber) === true) {
    throw new AppError('identity.invalid', `The certificate ${peer.serialNumber} is revoked`)
  }
  return identityOfSubjectAltName(peer.subjectaltname)
}
