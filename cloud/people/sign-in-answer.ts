// What every way of signing in asks of a request and answers to it.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { sessionCookie, setCookie } from './cookies.ts'
import type { Site } from './passkeys.ts'
import type { PeopleParts } from './people-door.ts'
import type { Me } from './people-schemas.ts'
import type { Person } from './person.ts'
import { type Principal, rightsIn } from './principal.ts'
import { isLocal } from './second-factor.ts'
import type { Origin, Started } from './sign-in.ts'

/** The browser keeps it at most so long; the hub ends it when it is time. */
const cookieS = 180 * 86_400

/** Throws `people.forbidden` for a token, and on a hub that knows nobody. */
export function self({ people }: PeopleParts, principal: Principal): Person {
  const person = principal.kind === 'person' ? people.person(principal.person) : undefined
  if (person === undefined) throw new AppError('people.forbidden', 'only a person who is signed in has an account')
  return person
}

/** What a program has no business with. Throws `people.forbidden` for a token. */
export function refuseTokens({ kind }: Principal): void {
  if (kind === 'token') throw new AppError('people.forbidden', 'a token does not look after the account of its person')
}

export function originOf(request: Pick<FastifyRequest, 'ip' | 'headers'>): Origin {
  return { remote: request.ip, agent: request.headers['user-agent'] ?? '', isLocal: isLocal(request) }
}

/** As the browser reached the hub, or the proxy on its machine says so. */
export function siteOf({ protocol, host }: FastifyRequest): Site {
  const url = URL.parse(`${protocol}://${host}`)
  if (url === null) throw new AppError('payload.schema', 'the name of this hub in the request cannot be read')
  return { origin: url.origin, name: url.hostname }
}

export function setSession(request: FastifyRequest, reply: FastifyReply, { secret }: Started): void {
  setCookie(reply, request, sessionCookie, secret, cookieS)
}

/** The session is the asker's from here on. */
export async function begun(
  parts: PeopleParts,
  request: FastifyRequest,
  reply: FastifyReply,
  started: Started,
): Promise<Me> {
  setSession(request, reply, started)
  const principal = parts.principals.ofSession(started.secret, isLocal(request), true)
  if (principal === undefined) throw new AppError('sign-in.failed', 'the sign-in was ended')
  return await meOf(parts, principal, request)
}

export async function meOf(parts: PeopleParts, principal: Principal, request: FastifyRequest): Promise<Me> {
  const { people, signIn } = parts
  const { kind, name, language, memberships, limited } = principal
  const tenants = [...new Set(memberships.map(({ tenant }) => tenant))]
  const person = people.person(principal.person)
  return {
    kind: kind === 'nobody' ? 'open' : kind,
    person: principal.person,
    name,
    language,
    memberships: [...memberships],
    rights: tenants.map((tenant) => ({ tenant, rights: [...rightsIn(principal, tenant)] })),
    hasPassword: person?.password !== undefined,
    secondFactor: person !== undefined && signIn.hasSecondFactor(person),
    authenticator: person?.totp !== undefined,
    signOutAt: await signOutAt(parts, principal, request),
    needsSecondFactor: limited === true,
  }
}

/** Of a session that the provider began; null: it has no such address. */
async function signOutAt({ sessions, provider }: PeopleParts, { person, session }: Principal, request: FastifyRequest) {
  const own = sessions.of(person).find(({ id }) => id === session)
  if (own?.method !== 'oidc' || provider === undefined) return null
  return (await provider.endUrl(siteOf(request).origin)) ?? null
}

/** Somebody with a password alone sets up the first second factor with it, and no further one. */
export function requireStrongSession({ signIn }: PeopleParts, person: Person, { limited }: Principal): void {
  if (limited !== true || !signIn.hasSecondFactor(person)) return
  throw new AppError('sign-in.again', 'you have a second factor: sign out, and in again with it')
}
