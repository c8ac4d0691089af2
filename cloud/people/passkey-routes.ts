// The routes by which a person signs in with a passkey, and adds, names and removes their own.
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { FastifyInstance } from 'fastify'
import { listOf, Problem } from '../http/schemas.ts'
import { doorOf, keepDoor } from './cookies.ts'
import { publicIdOf } from './passkeys.ts'
import {
  ConfirmBody,
  Me,
  NewPasskey,
  PasskeyAnswer,
  PasskeyBody,
  PasskeyChange,
  PasskeyItem,
  PasskeyOffer,
  PersonParams,
} from './people-schemas.ts'
import type { PeopleParts } from './people-door.ts'
import type { PasskeyRow } from './people-tables.ts'
import { begun, originOf, refuseTokens, requireStrongSession, self, siteOf } from './sign-in-answer.ts'
import { requireOtherWay } from './ways-in.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['sign-in']
const config = { right: 'signed-in' } as const
const setUp = { ...config, beforeSecondFactor: true, secretAnswer: true } as const

export function addPasskeyRoutes(server: FastifyInstance, parts: PeopleParts): void {
  addEntryRoutes(server, parts)
  addRegistrationRoutes(server, parts)
  addOwnPasskeyRoutes(server, parts)
}

function addEntryRoutes(server: FastifyInstance, parts: PeopleParts): void {
  const { passkeys } = parts
  server.post(
    '/api/v1/session/passkey/options',
    {
      config: { right: 'public', secretAnswer: true },
      schema: {
        tags,
        summary: 'What a browser asks its passkeys for (navigator.credentials.get); good once, for five minutes',
        response: { 200: PasskeyOffer, ...problems },
      },
    },
    async (request, reply) => await passkeys.invite(keepDoor(request, reply), siteOf(request)),
  )
  server.post<{ Body: PasskeyAnswer }>(
    '/api/v1/session/passkey',
    {
      config: { right: 'public', secretAnswer: true },
      schema: {
        tags,
        summary: 'Signs in with the answer of a passkey',
        body: PasskeyAnswer,
        response: { 200: Me, ...problems },
      },
    },
    async (request, reply) => {
      const { ticket } = request.body
      const response = request.body.response as unknown as AuthenticationResponseJSON
      const started = await passkeys.enter({ ticket, response }, doorOf(request), siteOf(request), originOf(request))
      return await begun(parts, request, reply, started)
    },
  )
}

function addRegistrationRoutes(server: FastifyInstance, parts: PeopleParts): void {
  const { passkeys, signIn, sessions } = parts
  server.post<{ Body: ConfirmBody }>(
    '/api/v1/me/passkeys/options',
    {
      config: setUp,
      schema: {
        tags,
        summary: 'What a browser makes a passkey from (navigator.credentials.create); good once, for five minutes',
        body: ConfirmBody,
        response: { 200: PasskeyOffer, ...problems },
      },
    },
    async (asked) => {
      const { principal } = asked
      const person = self(parts, principal)
      requireStrongSession(parts, person, principal)
      await signIn.confirm(person, { ...asked.body, session: principal.session }, originOf(asked))
      return await passkeys.offer(person, principal.session ?? '', siteOf(asked))
    },
  )
  server.post<{ Body: PasskeyBody }>(
    '/api/v1/me/passkeys',
    {
      config: setUp,
      schema: {
        tags,
        summary: 'Keeps a new passkey. With the first second factor come recovery codes, shown this once',
        body: PasskeyBody,
        response: { 201: NewPasskey, ...problems },
      },
    },
    async (asked, reply) => {
      const { principal, body } = asked
      const { session = '' } = principal
      const person = self(parts, principal)
      requireStrongSession(parts, person, principal)
      const response = body.response as unknown as RegistrationResponseJSON
      const row = await passkeys.register(person, session, siteOf(asked), { ...body, response })
      asked.audited = { subject: `passkey ${publicIdOf(row.id)} of ${person.id}` }
      const codes = await signIn.firstRecoveryCodes(person.id)
      await sessions.strengthen(session)
      return reply.code(201).send({ item: passkeyItem(row), recoveryCodes: codes === undefined ? null : [...codes] })
    },
  )
}

function addOwnPasskeyRoutes(server: FastifyInstance, parts: PeopleParts): void {
  const { passkeys, signIn, people } = parts
  server.get(
    '/api/v1/me/passkeys',
    { config, schema: { tags, summary: "One's own passkeys", response: { 200: listOf(PasskeyItem), ...problems } } },
    ({ principal }) => {
      refuseTokens(principal)
      return { items: passkeys.of(principal.person).map(passkeyItem) }
    },
  )
  server.patch<{ Params: PersonParams; Body: PasskeyChange }>(
    '/api/v1/me/passkeys/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Another name for a passkey',
        params: PersonParams,
        body: PasskeyChange,
        response: { 200: PasskeyItem, ...problems },
      },
    },
    async ({ principal, params, body }) =>
      passkeyItem(await passkeys.rename(self(parts, principal).id, params.id, body.name)),
  )
  server.delete<{ Params: PersonParams; Body: ConfirmBody }>(
    '/api/v1/me/passkeys/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Removes a passkey; the last way to sign in stays',
        params: PersonParams,
        body: ConfirmBody,
        response: { 204: {}, ...problems },
      },
    },
    async (request, reply) => {
      const { principal, params, body } = request
      const person = self(parts, principal)
      const { id } = passkeys.find(person.id, params.id)
      requireOtherWay(parts, person, { passkey: id })
      await signIn.confirm(person, { ...body, session: principal.session }, originOf(request))
      await passkeys.remove(person.id, params.id)
      if (!signIn.hasSecondFactor(people.person(person.id) ?? person)) await signIn.dropRecoveryCodes(person.id)
      request.audited = { subject: `passkey ${params.id} of ${person.id}` }
      return reply.code(204).send()
    },
  )
}

function passkeyItem({ id, name, rp_id: site, created_ms: createdAt, used_ms: usedAt }: PasskeyRow): PasskeyItem {
  return { id: publicIdOf(id), name, site, createdAt, usedAt }
}
