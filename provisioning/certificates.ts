// Keys, and the X.509 certificates at the end of a chain: those of the hub, of gateways and of operators.
import 'reflect-metadata'
import { createPrivateKey, KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import { AppError } from '../broker/contract/app-error.ts'
import { gatewayKey, identityUrn, type GatewayIdentity } from '../broker/contract/topics.ts'

// Ours throughout: P-256 is the curve that JC-STAR and IEC 62443 profiles, mbedTLS gateways and old phones all know.
export const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const
export const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const

/** Gateways and hubs have clocks that disagree by minutes; a certificate is valid a little before its birth. */
const skewMs = 3_600_000
const dayMs = 86_400_000
const serverDays = 397
const gatewayDays = 90
const operatorDays = 365

export interface KeyPair {
  readonly privateKey: webcrypto.CryptoKey
  readonly publicKey: webcrypto.CryptoKey
}

export interface Issuer {
  readonly certificatePem: string
  readonly privateKey: webcrypto.CryptoKey
}

export async function generateKeyPair(): Promise<KeyPair> {
  return webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
}

/** PKCS #8 PEM. */
export function privateKeyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Reads an unencrypted PKCS #8 P-256 key for signing. Throws `identity.invalid`; the message never quotes the key. */
export function importSigningKey(pem: string, what: string): webcrypto.CryptoKey {
  try {
    return createPrivateKey(pem).toCryptoKey(keyAlgorithm, true, ['sign'])
  } catch {
    throw new AppError('identity.invalid', `${what} is not an unencrypted P-256 private key in PEM`)
  }
}

/** A TLS server certificate for host names and IP addresses. Returns PEM. */
export async function createServerCertificate(
  issuer: Issuer,
  request: { readonly publicKey: webcrypto.CryptoKey; readonly names: readonly string[]; readonly nowMs: number },
): Promise<string> {
  const names = request.names.map((name) => ({
    type: isIP(name) > 0 ? ('ip' as const) : ('dns' as const),
    value: name,
  }))
  return sign(issuer, {
    publicKey: request.publicKey,
    commonName: request.names[0] ?? 'localhost',
    names,
    usage: x509.ExtendedKeyUsage.serverAuth,
    ...validity(request.nowMs, serverDays),
  })
}

/** A client certificate whose one name is `urn:musubi:{tenant}:{gateway}`. Returns PEM. */
export async function createGatewayCertificate(
  issuer: Issuer,
  request: { readonly publicKey: x509.PublicKeyType; readonly identity: GatewayIdentity; readonly nowMs: number },
): Promise<string> {
  return sign(issuer, {
    publicKey: request.publicKey,
    commonName: commonNameOf(request.identity),
    names: [{ type: 'url', value: identityUrn(request.identity) }],
    usage: x509.ExtendedKeyUsage.clientAuth,
    ...validity(request.nowMs, gatewayDays),
  })
}

/** A client certificate of a person who cares for gateways: `urn:musubi-operator:{name}`, which no broker takes for a gateway. Returns PEM. */
export async function createOperatorCertificate(
  issuer: Issuer,
  request: { readonly publicKey: x509.PublicKeyType; readonly name: string; readonly nowMs: number },
): Promise<string> {
  return sign(issuer, {
    publicKey: request.publicKey,
    commonName: request.name,
    names: [{ type: 'url', value: `urn:musubi-operator:${request.name}` }],
    usage: x509.ExtendedKeyUsage.clientAuth,
    ...validity(request.nowMs, operatorDays),
  })
}

/** Serial number of a PEM certificate as lower-case hexadecimal. */
export function serialNumberOf(pem: string): string {
  return new X509Certificate(pem).serialNumber.toLowerCase()
}

/** RFC 5280 ub-common-name is 64 characters; the identity stands in the SAN, this one is for people. */
export function commonNameOf(identity: GatewayIdentity): string {
  return gatewayKey(identity).slice(0, 64)
}

interface EndCertificate {
  readonly publicKey: x509.PublicKeyType
  readonly commonName: string
  readonly names: x509.JsonGeneralNames
  readonly usage: x509.ExtendedKeyUsageType
  readonly notBefore: Date
  readonly notAfter: Date
}

async function sign(issuer: Issuer, end: EndCertificate): Promise<string> {
  const { publicKey, notBefore, notAfter } = end
  return await signed(issuer, {
    publicKey,
    notBefore,
    notAfter,
    subject: [{ CN: [end.commonName] }],
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([end.usage]),
      new x509.SubjectAlternativeNameExtension(end.names),
    ],
  })
}

export async function signed(
  issuer: Issuer,
  wanted: Pick<EndCertificate, 'publicKey' | 'notBefore' | 'notAfter'> & {
    readonly subject: x509.X509CertificateCreateParamsName
    readonly extensions: x509.Extension[]
  },
): Promise<string> {
  const ca = new x509.X509Certificate(issuer.certificatePem)
  const { publicKey, notBefore, notAfter, subject } = wanted
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject,
    issuer: ca.subjectName,
    notBefore,
    notAfter,
    signingAlgorithm,
    signingKey: issuer.privateKey,
    publicKey,
    extensions: [
      ...wanted.extensions,
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
    ],
  })
  return certificate.toString('pem')
}

export function validity(nowMs: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - skewMs), notAfter: new Date(nowMs + days * dayMs) }
}

/** 128 random bits, positive and without a leading zero byte (RFC 5280 §4.1.2.2). */
export function randomSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}
