// The certificate authority of a hub: an issuing CA in one folder, under the city's offline root or, without one, by itself.
import { X509Certificate } from 'node:crypto'
import { appendFile, mkdir } from 'node:fs/promises'
import { AppError } from '../broker/contract/app-error.ts'
import { commandTopic, identityUrn, parseTopic, type GatewayIdentity } from '../broker/contract/topics.ts'
import type { Clock, Log } from '../broker/contract/ports.ts'
import { type AuthorityFiles, authorityFiles, type Issuing, loadIssuing } from './authority-files.ts'
import { createRevocationList, type RevokedCertificate } from './ca-certificates.ts'
import type { CertificateRequest } from './certificate-request.ts'
import {
  createGatewayCertificate,
  createOperatorCertificate,
  createServerCertificate,
  generateKeyPair,
  privateKeyPem,
  serialNumberOf,
} from './certificates.ts'
import { finishPair, isPair, readIfPresent, writePair } from './whole-file.ts'

/** Names by which a hub is always reachable on its own machine. */
const localNames = ['localhost', '127.0.0.1', '::1'] as const
const serverRenewBeforeMs = 30 * 86_400_000
const operatorPattern = /^[a-z0-9][a-z0-9._-]{0,63}$/

interface Issued {
  /** The certificate, followed by that of the issuing CA where a root stands above it. */
  readonly certificatePem: string
  /** What its holder trusts: the root, or the CA itself where there is none. */
  readonly caPem: string
}

interface IssuedWithKey extends Issued {
  readonly keyPem: string
}

export interface Authority {
  /** What a gateway trusts: the root, or the CA itself where there is none. */
  readonly caPem: string
  /** Every CA whose certificates may still be in use, for listeners that ask for a client certificate. */
  readonly clientCaPem: string
  /** The CAs that a gateway needs to check a chain, anchor first (RFC 7030 §4.1.3). */
  readonly chain: readonly string[]
  /**
   * The hub's TLS server certificate for localhost and `names` (host names or IP addresses). Kept on disk; renewed when
   * less than 30 days are left, the names differ or the CA is another one. `caPem` is `clientCaPem`.
   */
  serverCredentials(request: { readonly names: readonly string[] }): Promise<IssuedWithKey>
  /** A new key and a 90-day client certificate. The key is returned and kept nowhere. Throws `identity.invalid`. */
  issueGateway(identity: GatewayIdentity): Promise<IssuedWithKey>
  /** A 90-day client certificate for the key of a request; nothing else in it is believed. Throws `identity.invalid`. */
  signGatewayRequest(request: CertificateRequest, identity: GatewayIdentity): Promise<Issued>
  /** Serial numbers of the certificates of a gateway that have not expired, revoked ones too; of those issued since `sinceMs`. */
  validSerials(identity: GatewayIdentity, sinceMs?: number): Promise<readonly string[]>
  /** Every certificate that has not expired, revoked ones too: the name in it, as `urn:musubi:{tenant}:{gateway}`. */
  issued(): Promise<readonly { readonly urn: string; readonly serialNumber: string }[]>
  /** A new key and a client certificate for one year. `name`: a-z, 0-9, `.`, `_` and -. Throws `identity.invalid`. */
  issueOperator(name: string): Promise<IssuedWithKey>
  /** The revocation list, DER, valid for 7 days. */
  revocationList(revoked: readonly RevokedCertificate[]): Promise<Uint8Array>
}

export interface AuthorityOptions {
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
}

/** Opens the authority in `folder`, making key and certificate when there is none. Throws `identity.invalid`. */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const files = authorityFiles(options.folder)
  const issuing = await loadIssuing(files, options)
  const { issuer, rootPem, earlierPem } = issuing
  const caPem = rootPem ?? issuer.certificatePem
  const chain = rootPem === undefined ? [issuer.certificatePem] : [rootPem, issuer.certificatePem]
  const clientCaPem = joined([...chain, earlierPem])
  const nowMs = () => options.clock.now()
  const issued = (certificatePem: string): Issued => ({ certificatePem: withChain(issuing, certificatePem), caPem })

  async function signGateway(
    publicKey: Parameters<typeof createGatewayCertificate>[1]['publicKey'],
    identity: GatewayIdentity,
  ): Promise<Issued> {
    requireValid(identity)
    const certificatePem = await createGatewayCertificate(issuer, { publicKey, identity, nowMs: nowMs() })
    await record(options, files, identityUrn(identity), certificatePem)
    return issued(certificatePem)
  }

  return {
    caPem,
    clientCaPem,
    chain,
    async serverCredentials({ names }) {
      const { certificatePem, keyPem } = await serverCredentials(options, files, issuing, names)
      return { certificatePem: withChain(issuing, certificatePem), keyPem, caPem: clientCaPem }
    },
    async issueGateway(identity) {
      const keys = await generateKeyPair()
      return { ...(await signGateway(keys.publicKey, identity)), keyPem: privateKeyPem(keys.privateKey) }
    },
    signGatewayRequest: ({ publicKey }, identity) => signGateway(publicKey, identity),
    validSerials: async (identity, sinceMs = 0) =>
      (await issuedUntil(files, nowMs(), identityUrn(identity)))
        .filter(({ issuedMs }) => issuedMs >= sinceMs)
        .map(({ serialNumber }) => serialNumber),
    issued: async () =>
      (await issuedUntil(files, nowMs(), '')).map(({ identity, serialNumber }) => ({ urn: identity, serialNumber })),
    async issueOperator(name) {
      if (!operatorPattern.test(name)) {
        throw new AppError(
          'identity.invalid',
          `an operator's name is 1 to 64 of a-z, 0-9, ".", "_" and -, not "${name}"`,
        )
      }
      const keys = await generateKeyPair()
      const { publicKey } = keys
      const certificatePem = await createOperatorCertificate(issuer, { publicKey, name, nowMs: nowMs() })
      await record(options, files, `urn:musubi-operator:${name}`, certificatePem)
      return { ...issued(certificatePem), keyPem: privateKeyPem(keys.privateKey) }
    },
    revocationList: (revoked) => createRevocationList(issuer, revoked, nowMs()),
  }
}

/** Whoever checks it under the root needs the certificate between; a self-signed CA is never sent. */
function withChain({ issuer, rootPem }: Issuing, certificatePem: string): string {
  return rootPem === undefined ? certificatePem : joined([certificatePem, issuer.certificatePem])
}

/** PEM texts one after the other, whether or not they end with a line break. */
function joined(pems: readonly string[]): string {
  return pems.map((pem) => `${pem.trimEnd()}\n`).join('')
}

async function serverCredentials(
  { clock, log }: AuthorityOptions,
  files: AuthorityFiles,
  { issuer }: Issuing,
  moreNames: readonly string[],
): Promise<{ readonly certificatePem: string; readonly keyPem: string }> {
  const names = [...new Set([...localNames, ...moreNames])]
  await finishPair(files.server)
  const keyPem = await readIfPresent(files.server.keyFile)
  const certificatePem = await readIfPresent(files.server.certificateFile)
  if (keyPem !== undefined && certificatePem !== undefined) {
    const kept = { certificatePem, keyPem, names, caPem: issuer.certificatePem, nowMs: clock.now() }
    if (stillServes(kept)) return { certificatePem, keyPem }
  }
  const keys = await generateKeyPair()
  const { publicKey } = keys
  const renewed = await createServerCertificate(issuer, { publicKey, names, nowMs: clock.now() })
  const renewedKey = privateKeyPem(keys.privateKey)
  await writePair(files.server, renewedKey, renewed)
  log.info({ names, serialNumber: serialNumberOf(renewed) }, 'issued the server certificate')
  return { certificatePem: renewed, keyPem: renewedKey }
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
      isPair(kept.keyPem, kept.certificatePem) &&
      Date.parse(certificate.validTo) - kept.nowMs > serverRenewBeforeMs
    )
  } catch {
    // A damaged file is replaced like an expired one: the hub can always issue itself another.
    return false
  }
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

interface IssuedEntry {
  readonly identity: string
  readonly serialNumber: string
  readonly issuedMs: number
  readonly notAfterMs: number
}

/** What is valid at this time, of one identity or, where it is empty, of all. */
async function issuedUntil(files: AuthorityFiles, nowMs: number, urn: string): Promise<readonly IssuedEntry[]> {
  const lines = ((await readIfPresent(files.issuedFile)) ?? '').split('\n').filter((line) => line.includes(urn || '{'))
  return lines
    .map((line) => JSON.parse(line) as IssuedEntry)
    .filter(({ identity, notAfterMs }) => (urn === '' || identity === urn) && notAfterMs > nowMs)
}

/** One line per certificate, so that a serial number can be found for revocation and audit. */
async function record(
  { clock, log }: AuthorityOptions,
  files: AuthorityFiles,
  identity: string,
  certificatePem: string,
): Promise<void> {
  const entry: IssuedEntry = {
    identity,
    serialNumber: serialNumberOf(certificatePem),
    issuedMs: clock.now(),
    notAfterMs: Date.parse(new X509Certificate(certificatePem).validTo),
  }
  await appendFile(files.issuedFile, `${JSON.stringify(entry)}\n`, { mode: 0o600 })
  log.info({ ...entry }, 'issued a certificate')
}
