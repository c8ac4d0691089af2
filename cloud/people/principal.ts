// Who asks, and what of the city they may see or do: the question that every route asks before it answers.
import { AppError } from '../../broker/contract/app-error.ts'
import { type Right, type Role, roleHas, rights } from './rights.ts'

/** The tenant of a membership that counts in every tenant: the city's own people. */
export const everyTenant = '*'

export interface Membership {
  /** As in topics, or `*`. */
  readonly tenant: string
  readonly role: Role
}

/**
 * `open`: a hub without any person on loopback, where whoever reaches it may do everything. `nobody`: not signed in, at a
 * route that asks for nothing.
 */
export interface Principal {
  readonly kind: 'person' | 'token' | 'open' | 'nobody'
  /** Of the person, also for a token: the one who made it. Empty for `open` and `nobody`. */
  readonly person: string
  /** For people to read; a token is named with its person. Empty for `open` and `nobody`. */
  readonly name: string
  readonly language: 'ja' | 'en'
  readonly memberships: readonly Membership[]
  /** Of a token: it may do nothing else, whatever its person may. */
  readonly only?: readonly Right[]
  /** Of a sign-in: the public id of the session. */
  readonly session?: string
  /** A second factor is missing: nothing is allowed but to set one up, or to leave. */
  readonly limited?: true
}

/** Tenants in which somebody has a right. */
export interface TenantScope {
  readonly tenants: readonly string[] | 'all'
  allows(tenant: string): boolean
  /** `{tenant}/{gateway}` and what begins with it: sites and series. */
  allowsKey(key: string): boolean
}

export const openPrincipal: Principal = {
  kind: 'open',
  person: '',
  name: '',
  language: 'ja',
  memberships: [{ tenant: everyTenant, role: 'admin' }],
}

export const nobody: Principal = { kind: 'nobody', person: '', name: '', language: 'ja', memberships: [] }

/** With `tenant` `*`: in every tenant, those to come included. */
export function may({ memberships, only }: Principal, right: Right, tenant: string): boolean {
  if (only !== undefined && !only.includes(right)) return false
  return memberships.some((own) => (own.tenant === tenant || own.tenant === everyTenant) && roleHas(own.role, right))
}

export function scopeOf(principal: Principal, right: Right): TenantScope {
  if (may(principal, right, everyTenant)) return wholeCity
  const tenants = [...new Set(principal.memberships.map(({ tenant }) => tenant))].filter((tenant) =>
    may(principal, right, tenant),
  )
  return scopeFor(tenants)
}

export function scopeFor(tenants: readonly string[]): TenantScope {
  const allows = (tenant: string): boolean => tenants.includes(tenant)
  return { tenants, allows, allowsKey: (key) => allows(tenantOfKey(key)) }
}

export const wholeCity: TenantScope = { tenants: 'all', allows: () => true, allowsKey: () => true }

/** All that a principal may do in a tenant. */
export function rightsIn(principal: Principal, tenant: string): readonly Right[] {
  return rights.filter((right) => may(principal, right, tenant))
}

/** `kimitsu` of `kimitsu/paddy-koito/level-1:level`. */
export function tenantOfKey(key: string): string {
  const slash = key.indexOf('/')
  return slash < 0 ? key : key.slice(0, slash)
}

/** The thing, where the scope holds its key; throws the same `not-found` for one of another tenant as for none. */
export function seenOr404<T>(found: T | undefined, keyOf: (thing: T) => string, scope: TenantScope, what: string): T {
  if (found !== undefined && scope.allowsKey(keyOf(found))) return found
  throw new AppError('not-found', `there is no ${what}`)
}
