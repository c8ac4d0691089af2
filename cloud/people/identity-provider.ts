// The city's identity provider (OpenID Connect: authorization code, PKCE, state, nonce): whom it names comes in, if the hub knows them.
import type { Configuration, IDToken } from 'openid-client'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { type IdentityProviderSettings, isOwnMachine } from './identity-provider-settings.ts'
import type { Tickets } from './tickets.ts'
import type { Subject } from './subjects.ts'

/** Whom a provider names, and with how many factors it made sure. */
export interface Named {
  readonly subject: Subject
  readonly factors: 1 | 2
  readonly claims: Readonly<Record<string, unknown>>
}

interface Ports {
  readonly settings: IdentityProviderSettings
  readonly tickets: Tickets
  readonly clock: Clock
  readonly log: Log
}

interface Begun {
  readonly verifier: string
  readonly nonce: string
  readonly redirect: string
  readonly errand: unknown
}

const purpose = 'identity provider'
const timeoutS = 10
/** What the provider says of itself is asked again after so long; where it did not answer, sooner. */
const knownMs = 3_600_000
const retryMs = 3_000
const callbackPath = '/api/v1/session/provider/callback'

export class IdentityProvider {
  readonly settings: IdentityProviderSettings
  readonly #ports: Ports
  #discovery: { readonly untilMs: number; readonly found: Promise<Configuration> } | undefined
  /** Of the last discovery that succeeded. */
  #known: Configuration | undefined

  constructor(ports: Ports) {
    this.#ports = ports
    this.settings = ports.settings
  }

  /**
   * Where the browser goes now. `door`: the browser's secret; `errand`: given back by `finish`. Throws
   * `identity-provider.unavailable`.
   */
  async begin(door: string, origin: string, errand: unknown): Promise<string> {
    const library = await load()
    const config = await this.#discovered()
    const verifier = library.randomPKCECodeVerifier()
    const nonce = library.randomNonce()
    const redirect = `${this.#publicUrl(origin)}${callbackPath}`
    const begun: Begun = { verifier, nonce, redirect, errand }
    const { scopes = ['openid', 'profile'] } = this.settings
    const url = library.buildAuthorizationUrl(config, {
      redirect_uri: redirect,
      scope: scopes.join(' '),
      code_challenge: await library.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      nonce,
      state: this.#ports.tickets.issue(purpose, door, begun),
    })
    return url.href
  }

  /** `search`: of the callback. Throws `sign-in.challenge`, `identity-provider.refused`, `identity-provider.unavailable`. */
  async finish(door: string, search: string): Promise<{ readonly named: Named; readonly errand: unknown }> {
    const state = new URLSearchParams(search).get('state') ?? ''
    const ticket = this.#ports.tickets.open(purpose, door, state)
    ticket.use()
    const { verifier, nonce, redirect, errand } = ticket.content as Begun
    const library = await load()
    const config = await this.#discovered()
    const checks = { pkceCodeVerifier: verifier, expectedNonce: nonce, expectedState: state, idTokenExpected: true }
    const answer = await library
      .authorizationCodeGrant(config, new URL(`${redirect}${search}`), checks)
      .catch((thrown: unknown) => this.#refused(thrown))
    const claims = answer.claims()
    if (claims === undefined) throw new AppError('identity-provider.refused', 'the answer names nobody')
    return { named: this.#namedBy(claims), errand }
  }

  /** Where the provider signs people out; undefined: it offers no such address, or was not asked yet. */
  async endUrl(origin: string): Promise<string | undefined> {
    const config = this.#known
    if (config?.serverMetadata().end_session_endpoint === undefined) return undefined
    const { buildEndSessionUrl } = await load()
    return buildEndSessionUrl(config, { post_logout_redirect_uri: `${this.#publicUrl(origin)}/sign-in` }).href
  }

  #namedBy(claims: IDToken): Named {
    const { iss: issuer, sub: subject, amr } = claims
    const isSure = this.settings.secondFactor === 'provider' || (Array.isArray(amr) && amr.includes('mfa'))
    return { subject: { issuer, subject }, factors: isSure ? 2 : 1, claims }
  }

  #publicUrl(origin: string): string {
    return (this.settings.publicUrl ?? origin).replace(/\/$/, '')
  }

  async #discovered(): Promise<Configuration> {
    const { clock } = this.#ports
    if (this.#discovery === undefined || clock.monotonic() >= this.#discovery.untilMs) {
      const untilMs = clock.monotonic() + knownMs
      this.#discovery = { untilMs, found: this.#discover() }
    }
    return await this.#discovery.found
  }

  async #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.settings
    const { clock } = this.#ports
    try {
      const library = await load()
      const server = new URL(issuer)
      const plain = server.protocol === 'http:' && isOwnMachine(server.hostname)
      // The token's signature is checked although it comes over TLS: a proxy between may not be the city's.
      const execute = [library.enableNonRepudiationChecks, ...(plain ? [library.allowInsecureRequests] : [])]
      const proof = clientSecret === undefined ? library.None() : library.ClientSecretBasic(clientSecret)
      const config = await library.discovery(server, clientId, {}, proof, { execute, timeout: timeoutS })
      this.#known = config
      return config
    } catch (thrown) {
      const untilMs = clock.monotonic() + retryMs
      if (this.#discovery !== undefined) this.#discovery = { ...this.#discovery, untilMs }
      throw this.#unavailable(thrown)
    }
  }

  /** What went wrong is logged by its code alone: an answer may hold a token. */
  #refused(thrown: unknown): never {
    if (isUnreached(thrown)) throw this.#unavailable(thrown)
    const reason = reasonOf(thrown)
    this.#ports.log.warn({ reason }, 'an answer of the identity provider is refused')
    throw new AppError('identity-provider.refused', `the answer of the identity provider is refused (${reason})`)
  }

  #unavailable(thrown: unknown): AppError {
    this.#ports.log.warn({ reason: reasonOf(thrown) }, 'the identity provider cannot be reached')
    return new AppError('identity-provider.unavailable', 'the identity provider cannot be reached; sign in another way')
  }
}

function isUnreached(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  const { cause } = thrown
  if (cause instanceof Response) return cause.status >= 500
  return thrown.message === 'fetch failed' || reasonOf(thrown) === 'OAUTH_TIMEOUT'
}

/** `invalid_grant` of an answer, `OAUTH_JWT_TIMESTAMP_CHECK_FAILED` of the library, or the kind of error. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown'
  if ('error' in thrown && typeof thrown.error === 'string')
    return thrown.error.replaceAll(/[^\w.-]/g, ' ').slice(0, 60)
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name
}

/** Loaded where a provider is used. */
function load() {
  return import('openid-client')
}
