// The routes of tokens, by which programs act for a person and may never do more than they.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { listOf, Problem } from '../http/schemas.ts'
import type { PeopleParts } from './people-door.ts'
import { NewTokenItem, PersonParams, TokenBody, TokenItem } from './people-schemas.ts'
import type { ApiTokenRow } from './people-tables.ts'
import { everyTenant, may, type Principal } from './principal.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['people']
const maxTokenMs = 400 * 86_400_000

export function addTokenRoutes(server: FastifyInstance, parts: PeopleParts): void {
  const { tokens, clock } = parts
  server.get(
    '/api/v1/tokens',
    {
      config: { right: 'signed-in' },
      schema: {
        tags,
        summary: "One's own tokens; admins of the city see all",
        response: { 200: listOf(TokenItem), ...problems },
      },
    },
    ({ principal }) => ({
      items: (may(principal, 'manage-people', everyTenant) ? tokens.all() : tokens.of(principal.person)).map(tokenItem),
    }),
  )
  server.post<{ Body: TokenBody }>(
    '/api/v1/tokens',
    {
      config: { right: 'signed-in', secretAnswer: true },
      schema: {
        tags,
        summary: 'A token for a program; it may never do more than its person',
        body: TokenBody,
        response: { 201: NewTokenItem, ...problems },
      },
    },
    async (request, reply) => {
      const { body } = request
      const owner = ownerOf(parts, request.principal, body.person)
      const lacking = body.rights.find((right) => !may(owner, right, body.tenant))
      if (lacking !== undefined)
        throw new AppError('people.forbidden', `you have not the right ${lacking} in ${body.tenant}`)
      const lifeMs = body.expires - clock.now()
      if (!(lifeMs > 0 && lifeMs <= maxTokenMs)) throw new AppError('payload.schema', 'a token lasts at most 400 days')
      const { name, tenant, rights, expires } = body
      const { token, row } = await tokens.make(owner.person, { name, tenant, rights, expiresMs: expires })
      request.audited = {
        subject: `token ${row.name}`,
        tenant: tenant === everyTenant ? undefined : tenant,
        detail: { rights, expires },
      }
      return reply.code(201).send({ token, item: tokenItem(row) })
    },
  )
  server.delete<{ Params: PersonParams }>(
    '/api/v1/tokens/:id',
    {
      config: { right: 'signed-in' },
      schema: { tags, summary: 'Revokes a token', params: PersonParams, response: { 204: {}, ...problems } },
    },
    async (request, reply) => {
      const { principal, params } = request
      const isAdmin = may(principal, 'manage-people', everyTenant)
      const row = (isAdmin ? tokens.all() : tokens.of(principal.person)).find(({ id }) => id === params.id)
      if (row === undefined) throw new AppError('not-found', `there is no token ${params.id}`)
      request.audited = { subject: `token ${row.name} of ${row.person}` }
      await tokens.revoke(row.id)
      return reply.code(204).send()
    },
  )
}

/** Whose a new token is. The command line on the database is nobody, and names somebody. */
function ownerOf({ people }: PeopleParts, principal: Principal, named: string | undefined): Principal {
  if (principal.kind === 'person' && (named === undefined || named === principal.person)) return principal
  const person = principal.kind === 'open' && named !== undefined ? people.person(named) : undefined
  if (person === undefined) throw new AppError('people.forbidden', 'a person makes tokens, when signed in')
  const { id, name, language, memberships } = person
  return { kind: 'person', person: id, name, language, memberships }
}

function tokenItem(row: ApiTokenRow): TokenItem {
  const { id, person, name, tenant, rights, created_ms: createdAt, expires_ms: expiresAt, used_ms: usedAt } = row
  return { id, person, name, tenant, rights: rights.split(' '), createdAt, expiresAt, usedAt }
}
