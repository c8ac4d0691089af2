// Whose signature stands below some bytes: a gateway signs with the key of its certificate, and the authority says whose that is.
import { verify, X509Certificate } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import type { GatewayIdentity } from '../../broker/contract/topics.ts'
import { isUnder, parseCertificates } from '../identity/certificate-chain.ts'
import { identityOfPeer } from './peer-identity.ts'
import type { Revocations } from './revocations.ts'

export interface GatewaySignature {
  readonly bytes: Uint8Array
  /** DER. */
  readonly certificate: Uint8Array
  /** ECDSA with SHA-256, IEEE P1363. */
  readonly signature: Uint8Array
}

/** The gateway that signed at `atMs`, and the serial number of its certificate. Throws `identity.invalid`. */
export function gatewayOfSignature(
  { bytes, certificate: der, signature }: GatewaySignature,
  { caPem, revocations, atMs }: { readonly caPem: string; readonly revocations: Revocations; readonly atMs: number },
): { readonly identity: GatewayIdentity; readonly serialNumber: string } {
  const certificate = certificateOf(der)
  if (!isUnder(certificate, parseCertificates(caPem, 'CA certificate'))) {
    throw new AppError('identity.invalid', 'The certificate was not issued by this authority')
  }
  const { subjectAltName: subjectaltname, serialNumber, validTo, validFrom } = certificate
  const identity = identityOfPeer({ subjectaltname, serialNumber, valid_to: validTo }, { nowMs: atMs, revocations })
  if (atMs < Date.parse(validFrom)) {
    throw new AppError('identity.invalid', `The certificate was valid only from ${validFrom}`)
  }
  if (!verify('sha256', bytes, { key: certificate.publicKey, dsaEncoding: 'ieee-p1363' }, signature)) {
    throw new AppError('identity.invalid', 'The signature is not that of the gateway')
  }
  return { identity, serialNumber: serialNumber.toLowerCase() }
}

function certificateOf(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der)
  } catch (cause) {
    throw new AppError('identity.invalid', 'The certificate cannot be read', { cause })
  }
}
