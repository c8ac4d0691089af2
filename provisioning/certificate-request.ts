// What travels at an enrolment: requests for certificates (PKCS #10) and bare certificates (PKCS #7).
import 'reflect-metadata'
import { createHash } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { AppError } from '../broker/contract/app-error.ts'
import { identityUrn, type GatewayIdentity } from '../broker/contract/topics.ts'
import { commonNameOf, keyAlgorithm, type KeyPair, signingAlgorithm } from './certificates.ts'

/** Object identifier of subjectAltName (RFC 5280 §4.2.1.6). */
const alternativeNames = '2.5.29.17'

/** A PKCS #10 request for a gateway's certificate: its names stand in it, its signature proves the key. Returns DER. */
export async function createRequest(keys: KeyPair, identity: GatewayIdentity): Promise<Uint8Array> {
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonNameOf(identity)] }],
    keys,
    signingAlgorithm,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'url', value: identityUrn(identity) }])],
  })
  return new Uint8Array(request.rawData)
}

export interface CertificateRequest {
  readonly publicKey: x509.PublicKeyType
  /** SHA-256 of the public key (SubjectPublicKeyInfo), hexadecimal. */
  readonly keyHash: string
  /** Are its subject and alternative names those of this certificate (RFC 7030 §4.2.2)? */
  hasNamesOf(certificatePem: string): boolean
}

/**
 * Reads a PKCS #10 request (PEM or DER) whose own signature proves that the sender holds the private key, which must be a
 * P-256 key. Throws `identity.invalid`.
 */
export async function readRequest(csr: string | Uint8Array): Promise<CertificateRequest> {
  let genuine: boolean
  let request: x509.Pkcs10CertificateRequest
  try {
    request = new x509.Pkcs10CertificateRequest(typeof csr === 'string' ? csr : new Uint8Array(csr))
    genuine = await request.verify()
  } catch (thrown) {
    throw new AppError('identity.invalid', 'The request is not a PKCS #10 certificate request', { cause: thrown })
  }
  if (!genuine) throw new AppError('identity.invalid', 'The signature of the certificate request is wrong')
  const { publicKey } = request
  if (!('namedCurve' in publicKey.algorithm) || publicKey.algorithm.namedCurve !== keyAlgorithm.namedCurve) {
    throw new AppError('identity.invalid', 'The key of the certificate request is not on the curve P-256')
  }
  const names = ({ subject, extensions }: x509.Pkcs10CertificateRequest | x509.X509Certificate) => {
    const alternatives = extensions.find(({ type }) => type === alternativeNames)
    return JSON.stringify([subject, Buffer.from(alternatives?.value ?? new ArrayBuffer()).toString('hex')])
  }
  return {
    publicKey,
    keyHash: createHash('sha256').update(new Uint8Array(publicKey.rawData)).digest('hex'),
    hasNamesOf: (certificatePem) => names(request) === names(new x509.X509Certificate(certificatePem)),
  }
}

/** Certificates as a PKCS #7 structure without signatures (RFC 7030 §4.1.3). Returns DER. */
export function certificatesOnly(pems: readonly string[]): Uint8Array {
  return new Uint8Array(new x509.X509Certificates(pems.map((pem) => new x509.X509Certificate(pem))).export('raw'))
}

/** The certificates in a PKCS #7 structure in DER, as PEM. Throws `identity.invalid`. */
export function certificatesOf(pkcs7: Uint8Array): readonly string[] {
  try {
    return new x509.X509Certificates(new Uint8Array(pkcs7)).map((certificate) => certificate.toString('pem'))
  } catch (thrown) {
    throw new AppError('identity.invalid', 'the answer holds no certificates (PKCS #7)', { cause: thrown })
  }
}
