// Builds the three kinds of X.509 certificate that a hub needs: its CA, its server certificate, a gateway's certificate.
import 'reflect-metadata'
import { createPrivateKey, KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import { AppError } from '../broker/contract/app-error.ts'
import { gatewayKey, identityUrn, type GatewayIdentity } from '../broker/contract/topics.ts'

// Ours throughout: P-256 is the curve that JC-STAR and IEC 62443 profiles, mbedTLS gateways and old phones all know.
const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const

/** Gateways and hubs have clocks that disagree by minutes; a certificate is valid a little before its birth. */
const skewMs = 3_600_000
const dayMs = 86_400_000
const caDays = 20 * 365
const serverDays = 397
const gatewayDays = 90

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

/** A self-signed CA that may sign end certificates only (path length 0). Returns PEM. */
export async function createCaCertificate(keys: KeyPair, nowMs: number): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [`Musubi CA ${randomBytes(4).toString('hex')}`] }],
    ...validity(nowMs, caDays),
    serialNumber: randomSerial(),
    signingAlgorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return certificate.toString('pem')
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
    // RFC 5280 ub-common-name is 64 characters; the identity stands in the SAN, this one is for people.
    commonName: gatewayKey(request.identity).slice(0, 64),
    names: [{ type: 'url', value: identityUrn(request.identity) }],
    usage: x509.ExtendedKeyUsage.clientAuth,
    ...validity(request.nowMs, gatewayDays),
  })
}

/**
 * The public key of a PKCS #10 request (PEM or DER) whose own signature proves that the sender holds the private key.
 * Nothing else in the request is believed. Throws `identity.invalid`.
 */
export async function publicKeyOfRequest(csr: string | Uint8Array): Promise<x509.PublicKeyType> {
  let genuine: boolean
  let request: x509.Pkcs10CertificateRequest
  try {
    request = new x509.Pkcs10CertificateRequest(typeof csr === 'string' ? csr : new Uint8Array(csr))
    genuine = await request.verify()
  } catch (thrown) {
    throw new AppError('identity.invalid', 'The request is not a PKCS #10 certificate request', { cause: thrown })
  }
  if (!genuine) throw new AppError('identity.invalid', 'The signature of the certificate request is wrong')
  return request.publicKey
}

/** Serial number of a PEM certificate as lower-case hexadecimal. */
export function serialNumberOf(pem: string): string {
  return new X509Certificate(pem).serialNumber.toLowerCase()
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
  const ca = new x509.X509Certificate(issuer.certificatePem)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: [{ CN: [end.commonName] }],
    issuer: ca.subjectName,
    notBefore: end.notBefore,
    notAfter: end.notAfter,
    signingAlgorithm,
    signingKey: issuer.privateKey,
    publicKey: end.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([end.usage]),
      new x509.SubjectAlternativeNameExtension(end.names),
      await x509.SubjectKeyIdentifierExtension.create(end.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
    ],
  })
  return certificate.toString('pem')
}

function validity(nowMs: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - skewMs), notAfter: new Date(nowMs + days * dayMs) }
}

/** 128 random bits, positive and without a leading zero byte (RFC 5280 §4.1.2.2). */
function randomSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}
