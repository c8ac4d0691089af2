// An identity provider that is not ours (oidc-provider) on loopback, whose people sign in by being named, and which a test may spoil.
import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import type { IdentityProviderSettings } from '../../cloud/people/identity-provider-settings.ts'
import { parseIdentityProvider } from '../../cloud/people/identity-provider-settings.ts'

export interface CityAccounts {
  readonly issuer: string
  readonly settings: IdentityProviderSettings
  /** The settings as a file, and the secret that it names as `secret`. */
  readonly file: string
  readonly secret: string
  /** Who is at the keyboard there. */
  account: string
  /** What its tokens say, under the signature, is changed so. */
  forge: (claims: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
  /** Whether the changed token is signed with its own key. */
  forgesSignature: boolean
  /** Further claims of its tokens. */
  claims: Readonly<Record<string, unknown>>
  /** `callback`: of the hub. */
  open(callback: string): void
  /** Follows a browser through the provider; resolves with the address at which it comes back to the hub. */
  visit(location: string): Promise<string>
  stop(): Promise<void>
}

const clientId = 'musubi'
const secret = 'a secret of the hub at the provider'

/** It has an address at once, so that a hub can be told it, and answers from `open` on, which is told the hub's. */
export async function startCityAccounts(more = ''): Promise<CityAccounts> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const file = `issuer: ${issuer}\nclientId: ${clientId}\nclientSecret: { file: secret }\nlabel: { ja: 市の職員, en: City }\n`
  const settings = await parseIdentityProvider(file + more, 'test', () => Promise.resolve(secret))
  const accounts: CityAccounts = {
    issuer,
    settings,
    file: file + more,
    secret,
    account: 'nobody',
    forge: (claims) => claims,
    forgesSignature: false,
    claims: {},
    open(callback) {
      const provider = providerFor(accounts, callback)
      const handle = provider.callback()
      server.on('request', (request, response) => {
        const login = { accountId: accounts.account, remember: false }
        if (request.url?.startsWith('/here/') === true) {
          void provider.interactionFinished(request, response, { login })
        } else void handle(request, response)
      })
    },
    visit: (location) => follow(location, issuer),
    async stop() {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return accounts
}

function providerFor(accounts: CityAccounts, callback: string): Provider {
  const provider = new Provider(accounts.issuer, {
    clients: [{ client_id: clientId, client_secret: secret, redirect_uris: [callback] }],
    cookies: { keys: ['a key of a test'] },
    claims: { openid: ['sub', 'groups', 'amr', 'email'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    interactions: { url: (_context, { uid }) => `/here/${uid}` },
    pkce: { required: () => true },
    ttl: { IdToken: 3600, AccessToken: 60, Grant: 60, Interaction: 60, Session: 60 },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'of-the-city', alg: 'RS256', use: 'sig' }] },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...accounts.claims }) }),
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId, accountId: oidc.session?.accountId ?? '' })
      grant.addOIDCScope('openid profile')
      await grant.save()
      return grant
    },
  })
  provider.use(async (context, next) => {
    await next()
    const body: unknown = context.body
    if (typeof body === 'object' && body !== null && 'id_token' in body)
      context.body = { ...body, id_token: signedAnew(String(body.id_token), accounts) }
  })
  return provider
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

function signedAnew(token: string, { forge, forgesSignature }: CityAccounts): string {
  const [head = '', payload = '', signature = ''] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  const forged = `${head}.${Buffer.from(JSON.stringify(forge(claims))).toString('base64url')}`
  return `${forged}.${forgesSignature ? sign('sha256', Buffer.from(forged), privateKey).toString('base64url') : signature}`
}

async function follow(location: string, issuer: string): Promise<string> {
  const cookies = new Map<string, string>()
  for (let url = location; ;) {
    if (!url.startsWith(issuer)) return url
    const cookie = [...cookies.values()].join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie }, signal: AbortSignal.timeout(10_000) })
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';', 1)
      cookies.set(pair.slice(0, pair.indexOf('=')), pair)
    }
    const next = response.headers.get('location')
    if (next === null) throw new Error(`${response.status} ${await response.text()}`)
    url = new URL(next, url).href
  }
}
