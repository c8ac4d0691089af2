// The routes by which a person signs in and out and looks after what they sign in with.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { cookieNames } from '../http/guard.ts'
import { listOf, Problem } from '../http/schemas.ts'
import type { PeopleParts } from './people-door.ts'
import {
  CodeBody,
  ConfirmBody,
  LinkBody,
  Me,
  PasswordBody,
  PersonParams,
  RecoveryCodes,
  SessionItem,
  SignInBody,
  TotpOffer,
} from './people-schemas.ts'
import type { Person } from './person.ts'
import { type Principal, rightsIn } from './principal.ts'
import type { Origin, Started } from './sign-in.ts'
import { sealTotp } from './totp-secrets.ts'
import { checkTotp, newTotpSecret, totpUri } from './totp.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['sign-in']
/** The browser keeps it at most so long; the hub ends it when it is time. */
const cookieS = 180 * 86_400

export function addSignInRoutes(server: FastifyInstance, parts: PeopleParts): void {
  addSessionRoutes(server, parts)
  addSessionListRoutes(server, parts)
  addCredentialRoutes(server, parts)
}

function addSessionRoutes(server: FastifyInstance, parts: PeopleParts): void {
  const { signIn, sessions, people } = parts
  server.post<{ Body: SignInBody }>(
    '/api/v1/session',
    {
      config: { right: 'public' },
      schema: {
        tags,
        summary: 'Signs in with a password; 401 sign-in.second-factor asks for `code` too',
        body: SignInBody,
        response: { 200: Me, ...problems },
      },
    },
    async (request, reply) => begun(await signIn.withPassword(request.body, originOf(request)), request, reply),
  )
  server.post<{ Body: LinkBody }>(
    '/api/v1/session/link',
    {
      config: { right: 'public' },
      schema: {
        tags,
        summary: 'Sets a password by a one-time link, and signs in',
        body: LinkBody,
        response: { 200: Me, ...problems },
      },
    },
    async (request, reply) => begun(await signIn.withLink(request.body, originOf(request)), request, reply),
  )
  server.get(
    '/api/v1/session',
    {
      config: { right: 'signed-in' },
      schema: { tags, summary: 'Who is signed in, and what they may do', response: { 200: Me, ...problems } },
    },
    ({ principal }) => meOf(principal, people.person(principal.person)),
  )
  server.delete(
    '/api/v1/session',
    { config: { right: 'signed-in' }, schema: { tags, summary: 'Signs out', response: { 204: {}, ...problems } } },
    async ({ principal }, reply) => {
      if (principal.session !== undefined) await sessions.end(principal.session)
      for (const name of Object.values(cookieNames)) setCookie(reply, name, '', 0)
      return reply.code(204).send()
    },
  )
}

function addSessionListRoutes(server: FastifyInstance, { sessions }: PeopleParts): void {
  server.get(
    '/api/v1/sessions',
    {
      config: { right: 'signed-in' },
      schema: { tags, summary: 'Where one is signed in', response: { 200: listOf(SessionItem), ...problems } },
    },
    ({ principal }) => ({
      items: sessions.of(principal.person).map((row): SessionItem => ({
        id: row.id,
        method: row.method,
        remote: row.remote,
        agent: row.agent,
        createdAt: row.created_ms,
        seenAt: row.seen_ms,
        isThis: row.id === principal.session,
      })),
    }),
  )
  server.delete<{ Params: PersonParams }>(
    '/api/v1/sessions/:id',
    {
      config: { right: 'signed-in' },
      schema: {
        tags,
        summary: 'Ends one sign-in; `others`: all but this one',
        params: PersonParams,
        response: { 204: {}, ...problems },
      },
    },
    async ({ principal, params: { id } }, reply) => {
      if (id === 'others') await sessions.endAll(principal.person, principal.session)
      else if (sessions.of(principal.person).some((row) => row.id === id)) await sessions.end(id)
      else throw new AppError('not-found', `there is no session ${id}`)
      return reply.code(204).send()
    },
  )
}

function addCredentialRoutes(server: FastifyInstance, parts: PeopleParts): void {
  const { signIn, sessions, people, sealing, clock } = parts
  /** Offered and not yet confirmed. Bound: one per person. Lost at a restart, and then offered again. */
  const offered = new Map<string, string>()
  const config = { right: 'signed-in' } as const
  server.post<{ Body: PasswordBody }>(
    '/api/v1/me/password',
    {
      config,
      schema: {
        tags,
        summary: 'Another password; other sign-ins end',
        body: PasswordBody,
        response: { 204: {}, ...problems },
      },
    },
    async (request, reply) => {
      const person = self(parts, request.principal)
      await signIn.changePassword(person, request.body, originOf(request))
      await sessions.endAll(person.id, request.principal.session)
      return reply.code(204).send()
    },
  )
  server.post<{ Body: ConfirmBody }>(
    '/api/v1/me/totp',
    {
      config,
      schema: {
        tags,
        summary: 'Offers a secret for an authenticator',
        body: ConfirmBody,
        response: { 200: TotpOffer, ...problems },
      },
    },
    async (asked) => {
      const person = self(parts, asked.principal)
      await signIn.confirm(person, asked.body.password, originOf(asked))
      const secret = newTotpSecret()
      offered.set(person.id, secret)
      return { secret, uri: totpUri(secret, person.email ?? person.id) }
    },
  )
  server.post<{ Body: CodeBody }>(
    '/api/v1/me/totp/confirm',
    {
      config,
      schema: {
        tags,
        summary: 'Its first code: from now on a code is asked for at each sign-in. Recovery codes are shown this once',
        body: CodeBody,
        response: { 200: RecoveryCodes, ...problems },
      },
    },
    async (asked) => {
      const person = self(parts, asked.principal)
      await signIn.confirm(person, asked.body.password, originOf(asked))
      const secret = offered.get(person.id)
      const step = secret === undefined ? undefined : checkTotp(asked.body.code, { secret, step: 0 }, clock.now())
      if (secret === undefined || step === undefined) throw new AppError('sign-in.failed', 'the code is wrong')
      offered.delete(person.id)
      const codes = await signIn.newRecoveryCodes(person.id)
      const sealed = sealTotp(sealing, person.id, secret)
      await people.change(person.id, (now) => ({ ...now, totp: { secret: sealed, step } }))
      return { codes: [...codes] }
    },
  )
  server.delete<{ Body: ConfirmBody }>(
    '/api/v1/me/totp',
    {
      config,
      schema: { tags, summary: 'No second factor any more', body: ConfirmBody, response: { 204: {}, ...problems } },
    },
    async (request, reply) => {
      const person = self(parts, request.principal)
      await signIn.confirm(person, request.body.password, originOf(request))
      await signIn.dropRecoveryCodes(person.id)
      await people.change(person.id, (now) => ({ ...now, totp: undefined }))
      return reply.code(204).send()
    },
  )
}

function self({ people }: PeopleParts, principal: Principal): Person {
  const person = principal.kind === 'person' ? people.person(principal.person) : undefined
  if (person === undefined) throw new AppError('people.forbidden', 'only a person who is signed in has a password')
  return person
}

function originOf({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): Origin {
  return { remote: ip, agent: headers['user-agent'] ?? '' }
}

/** The answer to every way of signing in. */
function begun({ person, secret }: Started, { protocol }: FastifyRequest, reply: FastifyReply): Me {
  setCookie(reply, protocol === 'https' ? cookieNames.secure : cookieNames.plain, secret, cookieS)
  const { id, name, language, memberships } = person
  return meOf({ kind: 'person', person: id, name, language, memberships }, person)
}

/** Lax: a link in a mail opens the page signed in, and no other site can post. */
function setCookie(reply: FastifyReply, name: string, value: string, maxAgeS: number): void {
  const secure = name === cookieNames.secure ? '; Secure' : ''
  reply.header('set-cookie', `${name}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${secure}`)
}

function meOf(principal: Principal, person: Person | undefined): Me {
  const { kind, name, language, memberships } = principal
  const tenants = [...new Set(memberships.map(({ tenant }) => tenant))]
  return {
    kind: kind === 'nobody' ? 'open' : kind,
    person: principal.person,
    name,
    language,
    memberships: [...memberships],
    rights: tenants.map((tenant) => ({ tenant, rights: [...rightsIn(principal, tenant)] })),
    secondFactor: person?.totp !== undefined,
  }
}
