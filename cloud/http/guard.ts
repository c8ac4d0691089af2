// The door of the API: who asks, whether the page that asks is ours, and whether they have the right that the route names.
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { Counter, Registry } from 'prom-client'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Audit } from '../people/audit.ts'
import { cookieOf, sessionCookie } from '../people/cookies.ts'
import {
  everyTenant,
  may,
  nobody,
  openPrincipal,
  type Principal,
  scopeOf,
  type TenantScope,
} from '../people/principal.ts'
import type { RouteRight } from '../people/request-principal.ts'
import { isLocal } from '../people/second-factor.ts'

/** Who is behind a request. */
export interface Principals {
  /** Nobody is known to this hub: everybody is everything, but only by a name of this machine. */
  readonly isOpen: boolean
  /** `isLocal`: straight from the hub's own machine. `peek`: it does not count as a use, which would keep the session alive. */
  ofSession(cookie: string, isLocal: boolean, peek?: boolean): Principal | undefined
  ofToken(token: string): Principal | undefined
  /** Sessions, tokens, roles: anything of it has changed. Undo with the result. */
  onChange(listener: () => void): () => void
}

export interface Guard {
  readonly metrics: Registry
}

export interface GuardDependencies {
  readonly principals: Principals
  readonly audit: Audit
  readonly clock: Clock
  readonly log: Log
}

/** What plug-ins serve and nobody needs a right for: the dashboard's files and the page of the API. */
const openPages = /^\/(?:docs(?:\/.*)?|\*|)$/
const reading = ['GET', 'HEAD', 'OPTIONS']
/** One record per person, route and minute, so that nobody fills the log by asking again. */
const auditEveryMs = 60_000
/** Bound: pairs of person and route; all are forgotten when it is reached, which costs one record each. Owner: the guard. */
const maxRefusals = 10_000

/** Expiry is looked for this often while an answer lasts; every other end of a right ends it at once. */
const recheckEveryMs = 60_000

/** Call it before any route is added. A route that declares no right cannot be added at all. */
export function addGuard(server: FastifyInstance, dependencies: GuardDependencies): Guard {
  const refusals = new Refusals(dependencies)
  server.decorateRequest('principal', null as unknown as Principal)
  server.decorateRequest('scope', null as unknown as TenantScope)
  // Read as text it would pass by the check of its origin that a browser makes for JSON.
  server.removeContentTypeParser('text/plain')
  server.decorateRequest('audited', undefined)
  server.decorateRequest('whileAllowed', function whileAllowed(this: FastifyRequest, end: () => void) {
    return follow(this, end, dependencies)
  })
  server.addHook('onRoute', requireRight)
  server.addHook('onRequest', async (request) => {
    if (request.is404) return
    const right = request.routeOptions.config.right ?? 'public'
    const principal = principalOf(request, dependencies.principals)
    if (principal?.kind === 'open') requireOwnName(request)
    if (principal?.kind !== 'token') requireOwnSite(request, principal)
    request.principal = principal ?? nobody
    if (right === 'public') return
    if (principal === undefined) throw refusals.nobody()
    if (principal.limited === true && request.routeOptions.config.beforeSecondFactor !== true) throw refusals.limited()
    if (right === 'signed-in') return
    if (!allows(request, principal, right)) throw await refusals.forbidden(request, principal, right)
    requireOwnKeys(request)
  })
  server.addHook('onSend', async (request, reply, payload) => {
    if (isChange(request) && reply.statusCode < 400) await auditChange(request, reply, dependencies)
    return payload
  })
  return { metrics: refusals.metrics }
}

/** Sign-ins write their own records. */
function isChange(request: FastifyRequest): boolean {
  return !reading.includes(request.method) && !request.is404 && request.routeOptions.config.right !== 'public'
}

/** It is on record before the answer leaves. */
async function auditChange(request: FastifyRequest, { statusCode }: FastifyReply, { audit }: GuardDependencies) {
  const { principal, method, url, audited, ip, body } = request
  const said = typeof body === 'object' && body !== null && 'by' in body && typeof body.by === 'string' ? body.by : ''
  await audit.append({
    who: principal.kind === 'open' ? `(nobody signed in) ${said}`.trim() : principal.name,
    action: `${method} ${request.routeOptions.url ?? ''}`,
    subject: audited?.subject ?? url.replace(/\?.*$/s, ''),
    tenant: audited?.tenant,
    remote: ip,
    detail: {
      status: statusCode,
      ...(principal.person === '' ? {} : { person: principal.person }),
      ...audited?.detail,
    },
  })
}

function follow(request: FastifyRequest, end: () => void, { principals, clock }: GuardDependencies): () => void {
  const began = grantOf(request, principals)
  const check = () => {
    if (grantOf(request, principals) === began) return
    stop()
    end()
  }
  const recheck = () => {
    timer = clock.setTimer(recheck, recheckEveryMs)
    check()
  }
  let timer = clock.setTimer(recheck, recheckEveryMs)
  const forget = principals.onChange(check)
  const stop = () => {
    timer.cancel()
    forget()
  }
  return stop
}

/** What the request is allowed, as a text that differs when anything of it does. */
function grantOf(request: FastifyRequest, principals: Principals): string | undefined {
  const principal = principalOf(request, principals, true)
  return principal && JSON.stringify([principal.kind, principal.person, principal.memberships, principal.only])
}

function requireRight({ url, method, config }: RouteOptions): void {
  if (config?.right !== undefined || openPages.test(url)) return
  throw new Error(`the route ${String(method)} ${url} declares no right: config: { right: … } (docs/people.md)`)
}

function allows(request: FastifyRequest, principal: Principal, right: Exclude<RouteRight, string> | string): boolean {
  if (typeof right !== 'string') {
    request.scope = scopeOf(principal, right.city)
    return may(principal, right.city, everyTenant)
  }
  request.scope = scopeOf(principal, right as never)
  return request.scope.tenants === 'all' || request.scope.tenants.length > 0
}

/**
 * Keys in the path, `{tenant}/…` and tenants themselves, before anything of the body is read: what is of another tenant is
 * like what is not there, whatever else is asked. Ids that name no tenant are for the route (`seenOr404`).
 */
function requireOwnKeys({ params, scope, url }: FastifyRequest): void {
  for (const [name, value] of Object.entries(params as Readonly<Record<string, string | undefined>>)) {
    if (value === undefined) continue
    const isKey = name === 'tenant' || value.includes('/')
    if (isKey && !scope.allowsKey(value)) throw new AppError('not-found', `nothing is at ${url}`)
  }
}

function principalOf(request: FastifyRequest, principals: Principals, peek = false): Principal | undefined {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const token = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1]
    return token === undefined ? undefined : principals.ofToken(token)
  }
  if (principals.isOpen) return openPrincipal
  const cookie = cookieOf(request, sessionCookie)
  return cookie === undefined ? undefined : principals.ofSession(cookie, isLocal(request), peek)
}

/** A page of another site can give its own name the address of this machine (DNS rebinding): it is then not a name of ours. */
function requireOwnName({ hostname }: FastifyRequest): void {
  if (isLoopback(hostname)) return
  const what = `this hub knows nobody and answers only on this machine, not as ${hostname}`
  throw new AppError('sign-in.cross-site', `${what}; make a person (musubi user add) to use it by another name`)
}

export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?|.+\.localhost)$/i.test(host)
}

/** What changes something comes from a page of this hub, or from no page at all. */
function requireOwnSite(request: FastifyRequest, principal: Principal | undefined): void {
  if (reading.includes(request.method)) return
  const { 'sec-fetch-site': site, origin } = request.headers
  if (site === 'same-origin' || site === 'none') return
  const isOwn = site === undefined && origin !== undefined && hostOf(origin) === request.host
  // A program has neither header; with the cookie of a person it is none of ours.
  const isProgram = site === undefined && origin === undefined && principal?.kind !== 'person'
  if (isOwn || isProgram) return
  throw new AppError('sign-in.cross-site', 'this request does not come from a page of this hub')
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

class Refusals {
  readonly metrics = new Registry()
  readonly #dependencies: GuardDependencies
  readonly #told = new Map<string, number>()
  readonly #counter: Counter

  constructor(dependencies: GuardDependencies) {
    this.#dependencies = dependencies
    this.#counter = new Counter({
      name: 'musubi_http_refused_total',
      help: 'Requests refused for want of a sign-in or of a right',
      labelNames: ['reason'],
      registers: [this.metrics],
    })
  }

  nobody(): AppError {
    this.#counter.inc({ reason: 'sign-in' })
    return new AppError('sign-in.required', 'sign in first')
  }

  limited(): AppError {
    this.#counter.inc({ reason: 'second-factor' })
    return new AppError('sign-in.factor-missing', 'set up a second factor first: a passkey, or an authenticator')
  }

  async forbidden(request: FastifyRequest, { name, person }: Principal, right: RouteRight): Promise<AppError> {
    this.#counter.inc({ reason: 'right' })
    const { audit, clock } = this.#dependencies
    const route = `${request.method} ${request.routeOptions.url ?? ''}`
    const key = `${person} ${route}`
    const nowMs = clock.monotonic()
    if (nowMs - (this.#told.get(key) ?? Number.NEGATIVE_INFINITY) >= auditEveryMs) {
      if (this.#told.size >= maxRefusals) this.#told.clear()
      this.#told.set(key, nowMs)
      const asked = typeof right === 'string' ? right : right.city
      await audit.append({
        who: name,
        action: 'right.refused',
        subject: route,
        detail: { right: asked },
        remote: request.ip,
      })
    }
    return new AppError('people.forbidden', 'your role does not allow this')
  }
}
