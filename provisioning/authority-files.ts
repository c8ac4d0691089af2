// The files of an authority, and the acts that change its CA: being made, being placed under a root, being replaced.
import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { AppError } from '../broker/contract/app-error.ts'
import type { Clock, Log } from '../broker/contract/ports.ts'
import { createCaCertificate, createIssuingCertificate } from './ca-certificates.ts'
import { generateKeyPair, importSigningKey, type Issuer, privateKeyPem, serialNumberOf } from './certificates.ts'
import { finishPair, isPair, type PairFiles, publicMode, readIfPresent, writePair, writeWhole } from './whole-file.ts'

export interface AuthorityFiles {
  readonly ca: PairFiles
  readonly server: PairFiles
  /** The root's certificate; absent where the CA stands by itself. */
  readonly rootFile: string
  /** Certificates of CAs before this one, PEM one after the other: what they issued is accepted until it expires. */
  readonly earlierFile: string
  readonly issuedFile: string
}

export interface Issuing {
  readonly issuer: Issuer
  readonly rootPem: string | undefined
  /** Empty, or certificates one after the other. */
  readonly earlierPem: string
}

export function authorityFiles(folder: string): AuthorityFiles {
  const pair = (name: string): PairFiles => ({
    keyFile: join(folder, `${name}.key.pem`),
    certificateFile: join(folder, `${name}.cert.pem`),
  })
  return {
    ca: pair('ca'),
    server: pair('server'),
    rootFile: join(folder, 'root.cert.pem'),
    earlierFile: join(folder, 'earlier-ca.cert.pem'),
    issuedFile: join(folder, 'issued.jsonl'),
  }
}

/** The CA of the folder, made by itself where there is none. Throws `identity.invalid`. */
export async function loadIssuing(
  files: AuthorityFiles,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<Issuing> {
  await finishPair(files.ca)
  const keyPem = await readIfPresent(files.ca.keyFile)
  const certificatePem = await readIfPresent(files.ca.certificateFile)
  const rootPem = await readIfPresent(files.rootFile)
  const earlierPem = (await readIfPresent(files.earlierFile)) ?? ''
  if (keyPem !== undefined && certificatePem !== undefined) {
    const privateKey = importSigningKey(keyPem, files.ca.keyFile)
    requirePair(keyPem, certificatePem, files.ca.certificateFile)
    return { issuer: { certificatePem, privateKey }, rootPem, earlierPem }
  }
  // A key without its certificate is what a crash between the two writes leaves; nothing was signed with it yet.
  if (certificatePem !== undefined) {
    const { keyFile, certificateFile } = files.ca
    throw new AppError('identity.invalid', `${keyFile} is missing beside ${certificateFile}: restore it from a backup`)
  }
  const keys = await generateKeyPair()
  const created = await createCaCertificate(keys, clock.now())
  await writePair(files.ca, privateKeyPem(keys.privateKey), created)
  const about = { certificateFile: files.ca.certificateFile, serialNumber: serialNumberOf(created) }
  log.info(about, 'made a certificate authority')
  return { issuer: { certificatePem: created, privateKey: keys.privateKey }, rootPem, earlierPem }
}

/**
 * Places the authority of `folder` under a root. A CA that is there keeps its key and name, so that gateways which trust
 * it as it was go on without a new certificate; else one is made. Throws `identity.invalid` where another root stands above it.
 */
export async function placeUnderRoot(folder: string, root: Issuer, nowMs: number): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const files = authorityFiles(folder)
  const rootPem = await readIfPresent(files.rootFile)
  if (rootPem !== undefined && rootPem !== root.certificatePem) {
    throw new AppError('identity.invalid', `${files.rootFile} is another root: an authority does not change its root`)
  }
  await finishPair(files.ca)
  const keyPem = await readIfPresent(files.ca.keyFile)
  const before = await readIfPresent(files.ca.certificateFile)
  if (keyPem === undefined || before === undefined) return await replaceIssuing(files, root, nowMs)
  requirePair(keyPem, before, files.ca.certificateFile)
  const { publicKey, subject: name } = new x509.X509Certificate(before)
  const certificatePem = await createIssuingCertificate(root, { publicKey, name, nowMs })
  await keepEarlier(files, before)
  await writeWhole(files.rootFile, root.certificatePem, publicMode)
  await writeWhole(files.ca.certificateFile, certificatePem, publicMode)
  return certificatePem
}

/** A new key and certificate for the issuing CA; what the one before has issued stays valid. Throws `identity.invalid`. */
export async function rotateIssuing(folder: string, root: Issuer, nowMs: number): Promise<string> {
  const files = authorityFiles(folder)
  if ((await readIfPresent(files.rootFile)) !== root.certificatePem) {
    throw new AppError('identity.invalid', `${folder} is not under this root: see musubi ca init`)
  }
  return await replaceIssuing(files, root, nowMs)
}

async function replaceIssuing(files: AuthorityFiles, root: Issuer, nowMs: number): Promise<string> {
  const keys = await generateKeyPair()
  const { publicKey } = keys
  const certificatePem = await createIssuingCertificate(root, { publicKey, name: undefined, nowMs })
  const before = await readIfPresent(files.ca.certificateFile)
  if (before !== undefined) await keepEarlier(files, before)
  await writeWhole(files.rootFile, root.certificatePem, publicMode)
  await writePair(files.ca, privateKeyPem(keys.privateKey), certificatePem)
  return certificatePem
}

async function keepEarlier(files: AuthorityFiles, certificatePem: string): Promise<void> {
  const kept = (await readIfPresent(files.earlierFile)) ?? ''
  if (kept.includes(certificatePem.trim())) return
  await writeWhole(files.earlierFile, `${kept}${certificatePem.trimEnd()}\n`, publicMode)
}

function requirePair(keyPem: string, certificatePem: string, certificateFile: string): void {
  try {
    void new X509Certificate(certificatePem)
  } catch (thrown) {
    throw new AppError('identity.invalid', `${certificateFile} is not a PEM certificate`, { cause: thrown })
  }
  if (!isPair(keyPem, certificatePem)) {
    throw new AppError('identity.invalid', `${certificateFile} does not belong to the key beside it`)
  }
}
