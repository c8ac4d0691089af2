// What a certificate authority signs about itself: its root, its issuing CAs, and the list of what it took back.
import 'reflect-metadata'
import { randomBytes } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { type Issuer, type KeyPair, randomSerial, signed, signingAlgorithm, validity } from './certificates.ts'

const rootDays = 20 * 365
const issuingDays = 10 * 365
/** Whoever reads the list must not go on with one that is older. */
const crlDays = 7

/** A self-signed CA that may sign end certificates only (path length 0): an authority without an offline root. Returns PEM. */
export async function createCaCertificate(keys: KeyPair, nowMs: number): Promise<string> {
  return await selfSigned(keys, { name: 'Musubi CA', pathLength: 0, nowMs })
}

/** A self-signed root that signs issuing CAs (path length 1) and whose key is kept offline. Returns PEM. */
export async function createRootCertificate(keys: KeyPair, nowMs: number): Promise<string> {
  return await selfSigned(keys, { name: 'Musubi Root', pathLength: 1, nowMs })
}

/** An issuing CA (path length 0) under a root. `name`: that of the CA whose key this is, where it had a certificate before. Returns PEM. */
export async function createIssuingCertificate(
  root: Issuer,
  request: { readonly publicKey: x509.PublicKeyType; readonly name: string | undefined; readonly nowMs: number },
): Promise<string> {
  const { notAfter } = new x509.X509Certificate(root.certificatePem)
  const wanted = validity(request.nowMs, issuingDays)
  return await signed(root, {
    publicKey: request.publicKey,
    subject: request.name ?? caName('Musubi Issuing CA'),
    notBefore: wanted.notBefore,
    notAfter: wanted.notAfter < notAfter ? wanted.notAfter : notAfter,
    extensions: caExtensions(0),
  })
}

async function selfSigned(
  keys: KeyPair,
  { name, pathLength, nowMs }: { readonly name: string; readonly pathLength: number; readonly nowMs: number },
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: caName(name),
    ...validity(nowMs, rootDays),
    serialNumber: randomSerial(),
    signingAlgorithm,
    keys,
    extensions: [...caExtensions(pathLength), await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)],
  })
  return certificate.toString('pem')
}

/** Two authorities never have the same name. */
function caName(name: string): string {
  return `CN=${name} ${randomBytes(4).toString('hex')}`
}

function caExtensions(pathLength: number): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ]
}

export interface RevokedCertificate {
  readonly serialNumber: string
  readonly timeMs: number
}

/** The revocation list of an issuer (RFC 5280 §5), valid for 7 days. Returns DER. */
export async function createRevocationList(
  issuer: Issuer,
  revoked: readonly RevokedCertificate[],
  nowMs: number,
): Promise<Uint8Array> {
  const ca = new x509.X509Certificate(issuer.certificatePem)
  const { notBefore: thisUpdate, notAfter: nextUpdate } = validity(nowMs, crlDays)
  const list = await x509.X509CrlGenerator.create({
    issuer: ca.subjectName.toJSON(),
    thisUpdate,
    nextUpdate,
    signingAlgorithm,
    signingKey: issuer.privateKey,
    entries: revoked.map(({ serialNumber, timeMs }) => ({ serialNumber, revocationDate: new Date(timeMs) })),
    extensions: [await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey)],
  })
  return new Uint8Array(list.rawData)
}
