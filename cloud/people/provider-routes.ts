// The routes by which a browser goes to the city's identity provider and comes back, and a person links their account there.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Log } from '../../broker/contract/ports.ts'
import { listOf, Problem } from '../http/schemas.ts'
import { doorOf, keepDoor } from './cookies.ts'
import type { PeopleParts } from './people-door.ts'
import { ConfirmBody, LinkedAccount, ProviderBody, ProviderLinkBody, ProviderPlace } from './people-schemas.ts'
import type { ProviderSignIn } from './provider-sign-in.ts'
import { originOf, refuseTokens, self, setSession, siteOf } from './sign-in-answer.ts'
import { requireOtherWay } from './ways-in.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['sign-in']
const config = { right: 'signed-in' } as const

export function addProviderRoutes(server: FastifyInstance, parts: PeopleParts): void {
  addEntryRoutes(server, parts)
  addLinkRoutes(server, parts)
}

function addEntryRoutes(server: FastifyInstance, parts: PeopleParts): void {
  server.post<{ Body: ProviderBody }>(
    '/api/v1/session/provider',
    {
      config: { right: 'public', secretAnswer: true },
      schema: {
        tags,
        summary:
          'Where a browser goes to sign in at the identity provider; with `link`, an invitation is accepted there',
        body: ProviderBody,
        response: { 200: ProviderPlace, ...problems },
      },
    },
    async (request, reply) => ({
      location: await providerOf(parts).begin(askedBy(request, reply), request.body, originOf(request)),
    }),
  )
  server.get(
    '/api/v1/session/provider/callback',
    {
      config: { right: 'public' },
      schema: {
        tags,
        summary: 'Where the identity provider sends the browser back: on to the page, or to /sign-in?fault=CODE',
        response: { 302: {}, ...problems },
      },
    },
    async (request, reply) => {
      try {
        const { url, principal } = request
        const search = /\?.*$/.exec(url)?.[0] ?? ''
        const session = principal.kind === 'person' ? principal.session : undefined
        const { next, started } = await providerOf(parts).finish(doorOf(request), search, session, originOf(request))
        if (started !== undefined) setSession(request, reply, started)
        return await reply.redirect(next)
      } catch (thrown) {
        return await reply.redirect(faultPage(thrown, parts.log))
      }
    },
  )
}

function addLinkRoutes(server: FastifyInstance, parts: PeopleParts): void {
  const { signIn, subjects } = parts
  server.get(
    '/api/v1/me/provider',
    {
      config,
      schema: {
        tags,
        summary: "One's own accounts at identity providers",
        response: { 200: listOf(LinkedAccount), ...problems },
      },
    },
    ({ principal }) => {
      refuseTokens(principal)
      return {
        items: subjects
          .of(principal.person)
          .map(({ issuer, linked_ms: linkedAt }): LinkedAccount => ({ issuer, linkedAt })),
      }
    },
  )
  server.post<{ Body: ProviderLinkBody }>(
    '/api/v1/me/provider',
    {
      config: { ...config, secretAnswer: true },
      schema: {
        tags,
        summary: 'Where a browser goes to link the account at the identity provider with the person who is signed in',
        body: ProviderLinkBody,
        response: { 200: ProviderPlace, ...problems },
      },
    },
    async (asked, reply) => {
      const { principal, body } = asked
      const person = self(parts, principal)
      await signIn.confirm(person, { password: body.password, session: principal.session }, originOf(asked))
      const place = askedBy(asked, reply)
      return { location: await providerOf(parts).beginLink(place, person, principal.session ?? '', body.next) }
    },
  )
  server.delete<{ Body: ConfirmBody }>(
    '/api/v1/me/provider',
    {
      config,
      schema: {
        tags,
        summary: 'Unlinks it; the last way to sign in stays',
        body: ConfirmBody,
        response: { 204: {}, ...problems },
      },
    },
    async (request, reply) => {
      const { principal, body } = request
      const person = self(parts, principal)
      if (subjects.of(person.id).length === 0) throw new AppError('not-found', 'no account is linked')
      requireOtherWay(parts, person, { provider: true })
      await signIn.confirm(person, { ...body, session: principal.session }, originOf(request))
      await subjects.removeAll(person.id)
      return reply.code(204).send()
    },
  )
}

function providerOf({ provider }: PeopleParts): ProviderSignIn {
  if (provider === undefined) throw new AppError('not-found', 'this hub has no identity provider')
  return provider
}

function askedBy(request: FastifyRequest, reply: FastifyReply) {
  return { door: keepDoor(request, reply), site: siteOf(request).origin }
}

/** The sign-in page, which says in words what to do; relative, for a proxy may put something before the path. */
function faultPage(thrown: unknown, log: Log): string {
  const error = toAppError(thrown, 'internal')
  // Not with its address: that holds the code.
  if (error.code === 'internal') log.error({ err: error }, 'a sign-in by identity provider failed')
  return `../../../../sign-in?fault=${encodeURIComponent(error.code)}`
}
