// The hub's own certificate authority: made at first start, kept in one folder, signs the hub and its gateways.
import { createPublicKey, X509Certificate } from 'node:crypto'
import { appendFile, mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../broker/contract/app-error.ts'
import { commandTopic, identityUrn, parseTopic, type GatewayIdentity } from '../broker/contract/topics.ts'
import type { Clock, Log } from '../broker/contract/ports.ts'
import {
  createCaCertificate,
  createGatewayCertificate,
  createServerCertificate,
  generateKeyPair,
  importSigningKey,
  privateKeyPem,
  publicKeyOfRequest,
  serialNumberOf,
  type Issuer,
} from './certificates.ts'

/** Names by which a hub is always reachable on its own machine. */
const localNames = ['localhost', '127.0.0.1', '::1'] as const
const serverRenewBeforeMs = 30 * 86_400_000

interface ServerCredentials {
  readonly certificatePem: string
  readonly keyPem: string
  readonly caPem: string
}

interface IssuedGateway {
  readonly certificatePem: string
  readonly keyPem: string
  readonly caPem: string
}

export interface Authority {
  readonly caPem: string
  /**
   * The hub's TLS server certificate for localhost and `names` (host names or IP addresses). Kept on disk; renewed when
   * less than 30 days are left, the names differ or the CA is another one.
   */
  serverCredentials(request: { readonly names: readonly string[] }): Promise<ServerCredentials>
  /** A new key and a 90-day client certificate. The key is returned and kept nowhere. Throws `identity.invalid`. */
  issueGateway(identity: GatewayIdentity): Promise<IssuedGateway>
  /** A 90-day client certificate for the key in a PKCS #10 request (PEM or DER). Throws `identity.invalid`. */
  signGatewayRequest(
    csr: string | Uint8Array,
    identity: GatewayIdentity,
  ): Promise<{ readonly certificatePem: string; readonly caPem: string }>
}

export interface AuthorityOptions {
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
}

/** Opens the authority in `folder`, making key and certificate when there is none. Throws `identity.invalid`. */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const issuer = await loadIssuer(options)
  const caPem = issuer.certificatePem

  async function signGateway(
    publicKey: Parameters<typeof createGatewayCertificate>[1]['publicKey'],
    identity: GatewayIdentity,
  ) {
    requireValid(identity)
    const certificatePem = await createGatewayCertificate(issuer, { publicKey, identity, nowMs: options.clock.now() })
    await record(options, identity, certificatePem)
    return certificatePem
  }

  return {
    caPem,
    serverCredentials: (request) => serverCredentials(options, issuer, request.names),
    async issueGateway(identity) {
      const keys = await generateKeyPair()
      const certificatePem = await signGateway(keys.publicKey, identity)
      return { certificatePem, keyPem: privateKeyPem(keys.privateKey), caPem }
    },
    async signGatewayRequest(csr, identity) {
      return { certificatePem: await signGateway(await publicKeyOfRequest(csr), identity), caPem }
    },
  }
}

async function loadIssuer(options: AuthorityOptions): Promise<Issuer> {
  const keyFile = join(options.folder, 'ca.key.pem')
  const certificateFile = join(options.folder, 'ca.cert.pem')
  const keyPem = await readIfPresent(keyFile)
  const certificatePem = await readIfPresent(certificateFile)
  if (keyPem !== undefined && certificatePem !== undefined) {
    const privateKey = importSigningKey(keyPem, keyFile)
    requirePair(certificatePem, keyPem, certificateFile)
    return { certificatePem, privateKey }
  }
  // A key without its certificate is what a crash between the two writes leaves; nothing was signed with it yet.
  if (certificatePem !== undefined) {
    throw new AppError('identity.invalid', `${keyFile} is missing beside ${certificateFile}: restore it from a backup`)
  }
  const keys = await generateKeyPair()
  const created = await createCaCertificate(keys, options.clock.now())
  await writeWhole(keyFile, privateKeyPem(keys.privateKey), 0o600)
  await writeWhole(certificateFile, created, 0o644)
  options.log.info({ certificateFile, serialNumber: serialNumberOf(created) }, 'made a certificate authority')
  return { certificatePem: created, privateKey: keys.privateKey }
}

async function serverCredentials(
  options: AuthorityOptions,
  issuer: Issuer,
  moreNames: readonly string[],
): Promise<ServerCredentials> {
  const names = [...new Set([...localNames, ...moreNames])]
  const keyFile = join(options.folder, 'server.key.pem')
  const certificateFile = join(options.folder, 'server.cert.pem')
  const keyPem = await readIfPresent(keyFile)
  const certificatePem = await readIfPresent(certificateFile)
  if (keyPem !== undefined && certificatePem !== undefined) {
    if (stillServes({ certificatePem, keyPem, names, caPem: issuer.certificatePem, nowMs: options.clock.now() })) {
      return { certificatePem, keyPem, caPem: issuer.certificatePem }
    }
  }
  const keys = await generateKeyPair()
  const renewed = await createServerCertificate(issuer, {
    publicKey: keys.publicKey,
    names,
    nowMs: options.clock.now(),
  })
  const renewedKey = privateKeyPem(keys.privateKey)
  await writeWhole(keyFile, renewedKey, 0o600)
  await writeWhole(certificateFile, renewed, 0o644)
  options.log.info({ names, serialNumber: serialNumberOf(renewed) }, 'issued the server certificate')
  return { certificatePem: renewed, keyPem: renewedKey, caPem: issuer.certificatePem }
}

function stillServes(kept: {
  readonly certificatePem: string
  readonly keyPem: string
  readonly names: readonly string[]
  readonly caPem: string
  readonly nowMs: number
}): boolean {
  try {
    const certificate = new X509Certificate(kept.certificatePem)
    const covered = (certificate.subjectAltName ?? '').split(', ').length === kept.names.length
    return (
      covered &&
      kept.names.every((name) => (certificate.checkHost(name) ?? certificate.checkIP(name)) !== undefined) &&
      certificate.verify(new X509Certificate(kept.caPem).publicKey) &&
      createPublicKey(kept.keyPem).equals(certificate.publicKey) &&
      Date.parse(certificate.validTo) - kept.nowMs > serverRenewBeforeMs
    )
  } catch {
    // A damaged file is replaced like an expired one: the hub can always issue itself another.
    return false
  }
}

function requirePair(certificatePem: string, keyPem: string, certificateFile: string): void {
  let matches: boolean
  try {
    matches = createPublicKey(keyPem).equals(new X509Certificate(certificatePem).publicKey)
  } catch (thrown) {
    throw new AppError('identity.invalid', `${certificateFile} is not a PEM certificate`, { cause: thrown })
  }
  if (!matches) throw new AppError('identity.invalid', `${certificateFile} does not belong to the key beside it`)
}

/** The names of an identity become topic levels, so they obey the topic contract. */
function requireValid(identity: GatewayIdentity): void {
  if (parseTopic(commandTopic(identity, 'x')) === undefined) {
    throw new AppError(
      'identity.invalid',
      `tenant "${identity.tenant}" and gateway "${identity.gateway}" must be 1 to 32 of a-z, 0-9 and -`,
    )
  }
}

/** One line per certificate, so that a serial number can be found for revocation and audit. */
async function record(options: AuthorityOptions, identity: GatewayIdentity, certificatePem: string): Promise<void> {
  const entry = {
    identity: identityUrn(identity),
    serialNumber: serialNumberOf(certificatePem),
    issuedMs: options.clock.now(),
    notAfterMs: Date.parse(new X509Certificate(certificatePem).validTo),
  }
  await appendFile(join(options.folder, 'issued.jsonl'), `${JSON.stringify(entry)}\n`, { mode: 0o600 })
  options.log.info(entry, 'issued a gateway certificate')
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw thrown
  }
}

/** Appears whole or not at all, with its mode from the first byte on, and survives a power cut. */
async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  const handle = await open(`${file}.new`, 'w', mode)
  try {
    await handle.chmod(mode)
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${file}.new`, file)
}
