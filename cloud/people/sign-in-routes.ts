// The routes by which a person signs in with a password or a link, sees where they are signed in, and signs out.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { listOf, Problem } from '../http/schemas.ts'
import { dropSession } from './cookies.ts'
import { addOwnAccountRoutes } from './own-account-routes.ts'
import { addPasskeyRoutes } from './passkey-routes.ts'
import type { PeopleParts } from './people-door.ts'
import { addProviderRoutes } from './provider-routes.ts'
import { LinkBody, Me, PersonParams, SessionItem, SignInBody } from './people-schemas.ts'
import { begun, meOf, originOf, refuseTokens } from './sign-in-answer.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['sign-in']
const signedIn = { right: 'signed-in', beforeSecondFactor: true } as const

export function addSignInRoutes(server: FastifyInstance, parts: PeopleParts): void {
  addSessionRoutes(server, parts)
  addSessionListRoutes(server, parts)
  addOwnAccountRoutes(server, parts)
  addPasskeyRoutes(server, parts)
  addProviderRoutes(server, parts)
}

function addSessionRoutes(server: FastifyInstance, parts: PeopleParts): void {
  const { signIn, sessions } = parts
  server.post<{ Body: SignInBody }>(
    '/api/v1/session',
    {
      config: { right: 'public', secretAnswer: true },
      schema: {
        tags,
        summary: 'Signs in with a password; 401 sign-in.second-factor asks for `code` too',
        body: SignInBody,
        response: { 200: Me, ...problems },
      },
    },
    async (request, reply) =>
      await begun(parts, request, reply, await signIn.withPassword(request.body, originOf(request))),
  )
  server.post<{ Body: LinkBody }>(
    '/api/v1/session/link',
    {
      config: { right: 'public', secretAnswer: true },
      schema: {
        tags,
        summary: 'Sets a password by a one-time link, and signs in',
        body: LinkBody,
        response: { 200: Me, ...problems },
      },
    },
    async (request, reply) =>
      await begun(parts, request, reply, await signIn.withLink(request.body, originOf(request))),
  )
  server.get(
    '/api/v1/session',
    {
      config: signedIn,
      schema: { tags, summary: 'Who is signed in, and what they may do', response: { 200: Me, ...problems } },
    },
    async (asked) => await meOf(parts, asked.principal, asked),
  )
  server.delete(
    '/api/v1/session',
    { config: signedIn, schema: { tags, summary: 'Signs out', response: { 204: {}, ...problems } } },
    async ({ principal }, reply) => {
      if (principal.session !== undefined) await sessions.end(principal.session)
      dropSession(reply)
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
    ({ principal }) => {
      refuseTokens(principal)
      return {
        items: sessions.of(principal.person).map((row): SessionItem => ({
          id: row.id,
          method: row.method,
          remote: row.remote,
          agent: row.agent,
          createdAt: row.created_ms,
          seenAt: row.seen_ms,
          isThis: row.id === principal.session,
        })),
      }
    },
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
      refuseTokens(principal)
      if (id === 'others') await sessions.endAll(principal.person, principal.session)
      else if (sessions.of(principal.person).some((row) => row.id === id)) await sessions.end(id)
      else throw new AppError('not-found', `there is no session ${id}`)
      return reply.code(204).send()
    },
  )
}
