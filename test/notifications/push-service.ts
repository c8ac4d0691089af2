// A push service and the browsers behind it: checks the hub's VAPID token and opens what only the browser can open.
import { createECDH, createPublicKey, randomBytes, verify, type ECDH } from 'node:crypto'
import { decrypt } from 'http_ece'
import { type HttpReceiver, startHttpReceiver } from './http-receiver.ts'
import type { TestCertificate } from './test-certificate.ts'

export interface Browser {
  readonly endpoint: string
  readonly p256dh: string
  readonly auth: string
}

export interface Push {
  readonly browser: string
  readonly payload: {
    readonly title: string
    readonly body: string
    readonly tag: string
    readonly link: string | null
  }
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Claims of the token, its signature being right. */
  readonly claims: { readonly aud: string; readonly exp: number; readonly sub: string }
}

export interface PushService extends HttpReceiver {
  readonly pushes: readonly Push[]
  /** Why requests were refused. */
  readonly refusals: readonly string[]
  /** A browser subscribes with the hub's public key. */
  subscribe(name: string, hubKey: string): Browser
  /** The browser is gone. */
  forget(name: string): void
}

export async function startPushService(certificate: TestCertificate): Promise<PushService> {
  const browsers = new Map<string, { ecdh: ECDH; auth: string; hubKey: string }>()
  const pushes: Push[] = []
  const refusals: string[] = []
  const receiver = await startHttpReceiver((received, response) => {
    const name = received.path.replace('/push/', '')
    const browser = browsers.get(name)
    if (browser === undefined) {
      response?.writeHead(410).end()
      return
    }
    try {
      const claims = verifiedClaims(received.headers.authorization ?? '', browser.hubKey)
      const options = { version: 'aes128gcm', privateKey: browser.ecdh, authSecret: browser.auth } as const
      const payload = JSON.parse(decrypt(received.body, options).toString('utf8')) as Push['payload']
      pushes.push({ browser: name, payload, headers: received.headers, claims })
      response?.writeHead(201, { location: `/message/${pushes.length}` }).end()
    } catch (thrown) {
      refusals.push(String(thrown))
      response?.writeHead(403).end()
    }
  }, certificate)
  return {
    ...receiver,
    pushes,
    refusals,
    subscribe(name, hubKey) {
      const ecdh = createECDH('prime256v1')
      ecdh.generateKeys()
      const auth = randomBytes(16).toString('base64url')
      browsers.set(name, { ecdh, auth, hubKey })
      return { endpoint: `${receiver.url}/push/${name}`, p256dh: ecdh.getPublicKey('base64url'), auth }
    },
    forget: (name) => void browsers.delete(name),
  }
}

/** RFC 8292: `vapid t=JWT, k=KEY`, ES256, for this origin, by the key that the browser subscribed with. */
function verifiedClaims(authorization: string, hubKey: string): Push['claims'] {
  const token = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization)
  if (token?.[1] === undefined || token[2] !== hubKey) throw new Error('another key than the subscription has')
  const [head = '', body = '', signature = ''] = token[1].split('.')
  const point = Buffer.from(hubKey, 'base64url')
  const [x, y] = [point.toString('base64url', 1, 33), point.toString('base64url', 33, 65)]
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  const signed = Buffer.from(`${head}.${body}`)
  const isRight = verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
  if (!isRight) throw new Error('the signature of the token is wrong')
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Push['claims']
}
