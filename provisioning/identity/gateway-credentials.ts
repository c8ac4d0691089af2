// What a gateway needs to prove who it is: its certificate, key and the hub's CA, read from files and checked.
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { AppError } from '../../broker/contract/app-error.ts'
import type { GatewayIdentity } from '../../broker/contract/topics.ts'
import { identityOfSubjectAltName } from '../subject-alt-name.ts'
import { finishPair } from '../whole-file.ts'
import { isUnder, parseCertificates } from './certificate-chain.ts'

export interface CredentialFiles {
  readonly certificateFile: string
  readonly keyFile: string
  readonly caFile: string
}

export interface CredentialPems {
  readonly certificatePem: string
  readonly keyPem: string
  readonly caPem: string
}

export interface GatewayCredentials extends CredentialPems {
  readonly identity: GatewayIdentity
  /** Unix milliseconds from which and until which the certificate is valid. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** Credentials that fit each other, whatever the time: `expiry` says why the certificate is not valid now, if it is not. */
interface MatchingCredentials extends GatewayCredentials {
  readonly expiry: string | undefined
}

/** Reads and checks the three PEM files. Throws `identity.invalid` with the file's name when one is missing or wrong. */
export async function readGatewayCredentials(files: CredentialFiles, nowMs: number): Promise<GatewayCredentials> {
  return checkGatewayCredentials(await readPems(files), nowMs)
}

/** Reads them and checks all but the time, after ending a renewal that a power cut stopped. Throws `identity.invalid`. */
export async function readMatchingCredentials(files: CredentialFiles, nowMs: number): Promise<MatchingCredentials> {
  await finishPair(files)
  return matchGatewayCredentials(await readPems(files), nowMs)
}

async function readPems(files: CredentialFiles): Promise<CredentialPems> {
  const [certificatePem, keyPem, caPem] = await Promise.all([
    readPem(files.certificateFile, 'certificate'),
    readPem(files.keyFile, 'key'),
    readPem(files.caFile, 'CA certificate'),
  ])
  return { certificatePem, keyPem, caPem }
}

/**
 * Checks that the certificate is a Musubi identity, valid now, issued by the CA and made for this key.
 * Throws `identity.invalid` saying which of these fails.
 */
export function checkGatewayCredentials(pems: CredentialPems, nowMs: number): GatewayCredentials {
  const { expiry, ...credentials } = matchGatewayCredentials(pems, nowMs)
  if (expiry !== undefined) refuse(expiry)
  return credentials
}

/**
 * The same checks but for the time: a gateway whose certificate has expired, or whose clock is not set yet, must go on
 * sampling and keeping what it samples. Throws `identity.invalid`.
 */
export function matchGatewayCredentials(pems: CredentialPems, nowMs: number): MatchingCredentials {
  const [certificate, ...between] = parseCertificates(pems.certificatePem, 'certificate')
  const anchors = parseCertificates(pems.caPem, 'CA certificate')
  const identity = identityOfSubjectAltName(certificate.subjectAltName)
  const notAfterMs = Date.parse(certificate.validTo)
  if (!certificate.checkPrivateKey(parseKey(pems.keyPem))) refuse('The key does not belong to the certificate')
  if (!isUnder(certificate, anchors, between)) {
    refuse('The certificate was not issued by the CA certificate given')
  }
  const notBeforeMs = Date.parse(certificate.validFrom)
  return { ...pems, identity, notBeforeMs, notAfterMs, expiry: expiryOf(certificate, nowMs) }
}

function expiryOf({ validFrom, validTo }: X509Certificate, nowMs: number): string | undefined {
  if (nowMs >= Date.parse(validTo)) return `The certificate expired on ${validTo}: enrol the gateway again`
  if (nowMs < Date.parse(validFrom)) return `The certificate is valid only from ${validFrom}: check the gateway's clock`
  return undefined
}

async function readPem(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    throw new AppError('identity.invalid', `The ${what} ${file} cannot be read`, { cause: thrown })
  }
}

function parseKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    // The cause is left out: OpenSSL's message may quote a part of the key.
    throw new AppError('identity.invalid', 'The key is not an unencrypted PEM private key')
  }
}

function refuse(message: string): never {
  throw new AppError('identity.invalid', message)
}
