// HTTP authentication as cameras ask for it: Basic (RFC 7617) and Digest (RFC 7616, MD5 and SHA-256, with and without qop).
import { createHash, randomBytes } from 'node:crypto'

export interface Credentials {
  readonly username: string
  readonly password: string
}

type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'digest'; readonly fields: Readonly<Record<string, string>> }

/** The strongest challenge of `WWW-Authenticate` that can be answered; undefined where there is none. */
export function readChallenge(header: string): Challenge | undefined {
  const challenges = [
    ...header.matchAll(/(?:^|,)\s*(basic|digest)\b((?:[^",]|"(?:[^"\\]|\\.)*"|,(?!\s*(?:basic|digest)\b))*)/gi),
  ]
  const digests = challenges
    .filter(([, scheme]) => scheme?.toLowerCase() === 'digest')
    .map(([, , text]): Challenge => ({ scheme: 'digest', fields: fieldsOf(text ?? '') }))
    .filter((challenge) => challenge.scheme === 'digest' && hashOf(challenge.fields['algorithm']) !== undefined)
  const strongest = digests.find((digest) => digest.scheme === 'digest' && isSha256(digest.fields['algorithm']))
  if (strongest !== undefined) return strongest
  if (digests[0] !== undefined) return digests[0]
  return challenges.some(([, scheme]) => scheme?.toLowerCase() === 'basic') ? { scheme: 'basic' } : undefined
}

function fieldsOf(text: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [, name = '', quoted, token = ''] of text.matchAll(
    /([a-z][a-z0-9-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi,
  )) {
    fields[name.toLowerCase()] = quoted === undefined ? token : quoted.replaceAll(/\\(.)/g, '$1')
  }
  return fields
}

const isSha256 = (algorithm: string | undefined): boolean => algorithm?.toLowerCase().startsWith('sha-256') === true

function hashOf(algorithm = 'MD5'): 'md5' | 'sha256' | undefined {
  if (/^md5(-sess)?$/i.test(algorithm)) return 'md5'
  return /^sha-256(-sess)?$/i.test(algorithm) ? 'sha256' : undefined
}

export interface DigestRequest {
  readonly method: string
  /** The request target, path and query. */
  readonly uri: string
  /** How often this nonce was used, this time included. */
  readonly count: number
  /** The client's nonce; random where absent. */
  readonly clientNonce?: string
}

/** The value of `Authorization`. A quote in a user name would end its field: such names are escaped as RFC 9110 has it. */
export function authorization(
  challenge: Challenge,
  { username, password }: Credentials,
  request: DigestRequest,
): string {
  if (challenge.scheme === 'basic') return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const { realm = '', nonce = '', qop, opaque, algorithm } = challenge.fields
  const hash = (text: string): string =>
    createHash(hashOf(algorithm) ?? 'md5')
      .update(text)
      .digest('hex')
  const clientNonce = request.clientNonce ?? randomBytes(16).toString('hex')
  const count = request.count.toString(16).padStart(8, '0')
  const withQop = qop?.split(',').some((offer) => offer.trim().toLowerCase() === 'auth') === true
  const plain = hash(`${username}:${realm}:${password}`)
  const secret = algorithm?.toLowerCase().endsWith('-sess') === true ? hash(`${plain}:${nonce}:${clientNonce}`) : plain
  const what = hash(`${request.method}:${request.uri}`)
  const response = withQop
    ? hash(`${secret}:${nonce}:${count}:${clientNonce}:auth:${what}`)
    : hash(`${secret}:${nonce}:${what}`)
  const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`
  return [
    `Digest username=${quoted(username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(request.uri)}`,
    `response="${response}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ...(withQop ? ['qop=auth', `nc=${count}`, `cnonce="${clientNonce}"`] : []),
  ].join(', ')
}
