// A gateway's side of EST (RFC 7030): trusts the CA whose hash it was given, then asks for a certificate or a new one.
import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { request as httpsRequest } from 'node:https'
import { AppError } from '../../broker/contract/app-error.ts'
import type { GatewayIdentity } from '../../broker/contract/topics.ts'
import { certificatesOf, createRequest } from '../certificate-request.ts'
import { generateKeyPair, keyAlgorithm, type KeyPair, privateKeyPem } from '../certificates.ts'
import { type CredentialPems, matchGatewayCredentials } from '../identity/gateway-credentials.ts'
import type { ClaimText } from './claim-text.ts'

export type Renewal =
  | { readonly kind: 'renewed'; readonly credentials: CredentialPems }
  /** A person must approve it: ask again with the same key after so many seconds. */
  | { readonly kind: 'pending'; readonly retryAfterS: number; readonly keyPem: string }

const timeoutMs = 20_000
const mostAnswerBytes = 256 * 1024
const base = '/.well-known/est'

interface Call {
  /** `host:port`. */
  readonly hub: string
  readonly path: string
  /** Undefined: whoever answers, whose answer is then checked against a hash. */
  readonly caPem: string | undefined
  readonly client?: { readonly certificatePem: string; readonly keyPem: string }
  readonly basic?: { readonly claim: string; readonly secret: string }
  readonly csr?: Uint8Array
}

interface Answer {
  readonly status: number
  readonly retryAfterS: number
  readonly text: string
}

/**
 * Enrols with a claim: a certificate for this key, which never leaves this machine. Where the answer is lost, the same key
 * may try again. Throws `identity.invalid` where the hub is not the one of the label or refuses the claim, `uplink.refused`
 * where it does not answer.
 */
export async function enrol(text: ClaimText, keyPem: string): Promise<CredentialPems> {
  const { hub, caHash, claim, secret, identity } = text
  const caPem = await trustedCa(hub, caHash)
  const csr = await createRequest(keyPairOf(keyPem), identity)
  const answer = await ask({ hub, path: '/simpleenroll', caPem, basic: { claim, secret }, csr })
  if (answer.status !== 200) throw refusal(hub, answer)
  return await complete({ hub, caPem, keyPem, identity, answer })
}

/**
 * A new key and certificate by the one in use, which may have expired. `pendingKey`: the private key that an earlier,
 * still pending request was made for. Throws like `enrol`.
 */
export async function renew(
  hub: string,
  current: CredentialPems & { readonly identity: GatewayIdentity },
  pendingKeyPem?: string,
): Promise<Renewal> {
  const keys = pendingKeyPem === undefined ? await generateKeyPair() : keyPairOf(pendingKeyPem)
  const csr = await createRequest(keys, current.identity)
  const { caPem, identity } = current
  const keyPem = privateKeyPem(keys.privateKey)
  const answer = await ask({ hub, path: '/simplereenroll', caPem, client: current, csr })
  if (answer.status === 202) return { kind: 'pending', retryAfterS: Math.max(1, answer.retryAfterS), keyPem }
  if (answer.status !== 200) throw refusal(hub, answer)
  return { kind: 'renewed', credentials: await complete({ hub, caPem, keyPem, identity, answer }) }
}

/** The CA certificate with this hash, out of what the hub says its CAs are (RFC 7030 §4.1.1, by fingerprint). */
async function trustedCa(hub: string, caHash: string): Promise<string> {
  const answer = await ask({ hub, path: '/cacerts', caPem: undefined })
  if (answer.status !== 200) throw refusal(hub, answer)
  const found = certificatesOf(Buffer.from(answer.text, 'base64')).find((pem) => hashOfCertificate(pem) === caHash)
  if (found !== undefined) return found
  throw new AppError(
    'identity.invalid',
    `${hub} is not the hub of this label: it does not have the CA that the label names`,
  )
}

/** SHA-256 of the DER, base64url: what a label carries. */
export function hashOfCertificate(pem: string): string {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url')
}

/** Adds the CAs between, and keeps nothing that does not fit: the certificate is for this key and identity, under this CA. */
async function complete(given: {
  readonly hub: string
  readonly caPem: string
  readonly keyPem: string
  readonly identity: GatewayIdentity
  readonly answer: Answer
}): Promise<CredentialPems> {
  const { hub, caPem, keyPem, identity, answer } = given
  const [own = ''] = certificatesOf(Buffer.from(answer.text, 'base64'))
  const cas = await ask({ hub, path: '/cacerts', caPem })
  if (cas.status !== 200) throw refusal(hub, cas)
  const between = certificatesOf(Buffer.from(cas.text, 'base64')).filter((pem) => {
    const certificate = new X509Certificate(pem)
    return !certificate.checkIssued(certificate)
  })
  const certificatePem = [own, ...between].map((pem) => `${pem.trimEnd()}\n`).join('')
  const credentials = { certificatePem, keyPem, caPem }
  const proven = matchGatewayCredentials(credentials, Date.now()).identity
  if (proven.tenant === identity.tenant && proven.gateway === identity.gateway) return credentials
  throw new AppError('identity.invalid', `${hub} issued a certificate for ${proven.tenant}/${proven.gateway}`)
}

function keyPairOf(keyPem: string): KeyPair {
  return {
    privateKey: createPrivateKey(keyPem).toCryptoKey(keyAlgorithm, true, ['sign']),
    publicKey: createPublicKey(keyPem).toCryptoKey(keyAlgorithm, true, ['verify']),
  }
}

function refusal(hub: string, { status, text }: Answer): AppError {
  const said = text.trim().slice(0, 200)
  const code = status >= 500 || status === 429 ? 'uplink.refused' : 'identity.invalid'
  return new AppError(code, `${hub} answered ${status}: ${said}`)
}

function ask(call: Call): Promise<Answer> {
  const { hub, path, caPem, client, basic, csr } = call
  const { hostname, port } = new URL(`https://${hub}`)
  const body = csr === undefined ? undefined : Buffer.from(csr).toString('base64')
  return new Promise((resolve, reject) => {
    const request = httpsRequest({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? 443 : Number(port),
      path: `${base}${path}`,
      method: body === undefined ? 'GET' : 'POST',
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      minVersion: 'TLSv1.2',
      ...(caPem === undefined ? { rejectUnauthorized: false } : { ca: caPem }),
      ...(client === undefined ? {} : { cert: client.certificatePem, key: client.keyPem }),
      ...(basic === undefined ? {} : { auth: `${basic.claim}:${basic.secret}` }),
      headers: body === undefined ? {} : { 'content-type': 'application/pkcs10', 'content-length': body.length },
    })
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('latin1')
      response.on('data', (part: string) => {
        text += part
        if (text.length > mostAnswerBytes) request.destroy(new Error('the answer is too large'))
      })
      response.on('end', () => {
        const retryAfterS = Number(response.headers['retry-after'] ?? 0)
        resolve({ status: response.statusCode ?? 0, retryAfterS, text })
      })
    })
    request.on('error', (cause) => {
      reject(new AppError('uplink.refused', `${hub} cannot be asked: ${cause.message}`, { cause }))
    })
    request.end(body)
  })
}
