// The routes by which a person looks after their own account: name, password, authenticator, recovery codes.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { Problem } from '../http/schemas.ts'
import type { PeopleParts } from './people-door.ts'
import { CodeBody, ConfirmBody, Me, OwnChange, PasswordBody, RecoveryCodes, TotpOffer } from './people-schemas.ts'
import { meOf, originOf, requireStrongSession, self } from './sign-in-answer.ts'
import { sealTotp } from './totp-secrets.ts'
import { checkTotp, newTotpSecret, totpUri } from './totp.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['sign-in']
const config = { right: 'signed-in' } as const
const setUp = { ...config, beforeSecondFactor: true, secretAnswer: true } as const
/** An offer that is not confirmed. Bound: one per person; the oldest goes. Owner: these routes. */
const maxOffers = 1_000

export function addOwnAccountRoutes(server: FastifyInstance, parts: PeopleParts): void {
  addOwnRoutes(server, parts)
  addTotpRoutes(server, parts)
  addTotpEndRoutes(server, parts)
}

function addOwnRoutes(server: FastifyInstance, parts: PeopleParts): void {
  const { signIn, sessions, people, audit } = parts
  server.patch<{ Body: OwnChange }>(
    '/api/v1/me',
    {
      config,
      schema: {
        tags,
        summary: "One's own name and language",
        body: OwnChange,
        response: { 200: Me, ...problems },
      },
    },
    async (asked) => {
      const { id, name: before } = self(parts, asked.principal)
      requireOwnName(parts, id, asked.body.name)
      const { name, language } = await people.change(id, (now) => ({ ...now, ...asked.body }))
      if (name !== before) {
        await audit.append({ who: name, action: 'person.renamed', subject: id, detail: { before, after: name } })
      }
      asked.audited = { subject: `person ${id}` }
      return await meOf(parts, { ...asked.principal, name, language }, asked)
    },
  )
  server.post<{ Body: PasswordBody }>(
    '/api/v1/me/password',
    {
      config: { ...config, secretAnswer: true },
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
}

/** Names stand in logs: nobody takes that of somebody else. Throws `people.conflict`. */
function requireOwnName({ people }: PeopleParts, id: string, name: string | undefined): void {
  const plain = (text: string) => text.normalize('NFKC').replaceAll(/\s/g, '').toLowerCase()
  const other = people.persons().find((one) => one.id !== id && name !== undefined && plain(one.name) === plain(name))
  if (other !== undefined) throw new AppError('people.conflict', 'somebody else has this name')
}

function addTotpRoutes(server: FastifyInstance, parts: PeopleParts): void {
  const { signIn, sessions, people, sealing, clock } = parts
  /** Offered and not yet confirmed. Lost at a restart, and then offered again. */
  const offered = new Map<string, string>()
  server.post<{ Body: ConfirmBody }>(
    '/api/v1/me/totp',
    {
      config: setUp,
      schema: {
        tags,
        summary: 'Offers a secret for an authenticator',
        body: ConfirmBody,
        response: { 200: TotpOffer, ...problems },
      },
    },
    async (asked) => {
      const person = self(parts, asked.principal)
      requireStrongSession(parts, person, asked.principal)
      await signIn.confirm(person, { ...asked.body, session: asked.principal.session }, originOf(asked))
      const secret = newTotpSecret()
      offered.delete(person.id)
      offered.set(person.id, secret)
      const [oldest] = offered.keys()
      if (offered.size > maxOffers && oldest !== undefined) offered.delete(oldest)
      return { secret, uri: totpUri(secret, person.email ?? person.id) }
    },
  )
  server.post<{ Body: CodeBody }>(
    '/api/v1/me/totp/confirm',
    {
      config: setUp,
      schema: {
        tags,
        summary: 'Its first code: from now on a code is asked for at each sign-in. Recovery codes are shown this once',
        body: CodeBody,
        response: { 200: RecoveryCodes, ...problems },
      },
    },
    async (asked) => {
      const { principal, body } = asked
      const person = self(parts, principal)
      requireStrongSession(parts, person, principal)
      await signIn.confirm(person, { ...body, session: principal.session }, originOf(asked))
      const secret = offered.get(person.id)
      const step = secret === undefined ? undefined : checkTotp(body.code, { secret, step: 0 }, clock.now())
      if (secret === undefined || step === undefined) throw new AppError('sign-in.failed', 'the code is wrong')
      offered.delete(person.id)
      const codes = await signIn.newRecoveryCodes(person.id)
      const sealed = sealTotp(sealing, person.id, secret)
      await people.change(person.id, (now) => ({ ...now, totp: { secret: sealed, step } }))
      if (principal.session !== undefined) await sessions.strengthen(principal.session)
      return { codes: [...codes] }
    },
  )
}

function addTotpEndRoutes(server: FastifyInstance, parts: PeopleParts): void {
  const { signIn, people } = parts
  server.delete<{ Body: ConfirmBody }>(
    '/api/v1/me/totp',
    {
      config,
      schema: { tags, summary: 'No authenticator any more', body: ConfirmBody, response: { 204: {}, ...problems } },
    },
    async (request, reply) => {
      const { principal } = request
      const person = self(parts, principal)
      await signIn.confirm(person, { ...request.body, session: principal.session }, originOf(request))
      const changed = await people.change(person.id, (now) => ({ ...now, totp: undefined }))
      if (!signIn.hasSecondFactor(changed)) await signIn.dropRecoveryCodes(person.id)
      return reply.code(204).send()
    },
  )
  server.post<{ Body: ConfirmBody }>(
    '/api/v1/me/recovery-codes',
    {
      config: { ...config, secretAnswer: true },
      schema: {
        tags,
        summary: 'New recovery codes, shown this once; the earlier ones are void',
        body: ConfirmBody,
        response: { 200: RecoveryCodes, ...problems },
      },
    },
    async (asked) => {
      const { principal } = asked
      const person = self(parts, principal)
      if (!signIn.hasSecondFactor(person)) throw new AppError('people.conflict', 'set up a second factor first')
      await signIn.confirm(person, { ...asked.body, session: principal.session }, originOf(asked))
      return { codes: [...(await signIn.newRecoveryCodes(person.id))] }
    },
  )
}
