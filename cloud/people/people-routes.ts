// The routes by which admins look after tenants and persons.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { listOf, Problem } from '../http/schemas.ts'
import { addAuditRoutes } from './audit-routes.ts'
import { withoutTwice } from './people.ts'
import type { PeopleParts } from './people-door.ts'
import {
  NewPerson,
  OneTimeLink,
  PersonBody,
  PersonChange,
  PersonItem,
  PersonParams,
  TenantBody,
  TenantChange,
  TenantItem,
} from './people-schemas.ts'
import type { Person, Tenant } from './person.ts'
import { everyTenant, type Membership, type TenantScope } from './principal.ts'
import { addTokenRoutes } from './token-routes.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const nothing = { 204: {}, ...problems }
const tags = ['people']

export function addPeopleRoutes(server: FastifyInstance, parts: PeopleParts): void {
  addTenantRoutes(server, parts)
  addPersonRoutes(server, parts)
  addPersonChangeRoutes(server, parts)
  addTokenRoutes(server, parts)
  addAuditRoutes(server, parts)
}

function addTenantRoutes(server: FastifyInstance, { people, clock }: PeopleParts): void {
  server.get(
    '/api/v1/tenants',
    {
      config: { right: 'see' },
      schema: { tags, summary: 'Tenants that one may see', response: { 200: listOf(TenantItem), ...problems } },
    },
    ({ scope }) => ({
      items: people
        .tenants()
        .filter(({ id }) => scope.allows(id))
        .map(tenantItem),
    }),
  )
  server.post<{ Body: TenantBody }>(
    '/api/v1/tenants',
    {
      config: { right: { city: 'manage-people' } },
      schema: { tags, summary: 'A new tenant', body: TenantBody, response: { 201: TenantItem, ...problems } },
    },
    async (request, reply) => {
      const tenant = { ...request.body, createdMs: clock.now() }
      await people.addTenant(tenant)
      request.audited = { subject: `tenant ${tenant.id}`, tenant: tenant.id }
      return reply.code(201).send(tenantItem(tenant))
    },
  )
  server.put<{ Params: PersonParams; Body: TenantChange }>(
    '/api/v1/tenants/:id',
    {
      config: { right: { city: 'manage-people' } },
      schema: {
        tags,
        summary: 'Another name or kind of a tenant',
        params: PersonParams,
        body: TenantChange,
        response: { 200: TenantItem, ...problems },
      },
    },
    async (asked) => {
      asked.audited = { subject: `tenant ${asked.params.id}`, tenant: asked.params.id }
      return tenantItem(await people.changeTenant({ id: asked.params.id, ...asked.body }))
    },
  )
}

function addPersonRoutes(server: FastifyInstance, parts: PeopleParts): void {
  const { people, clock } = parts
  server.get(
    '/api/v1/people',
    {
      config: { right: 'see-people' },
      schema: {
        tags,
        summary: 'Persons of the tenants that one may see',
        response: { 200: listOf(PersonItem), ...problems },
      },
    },
    ({ scope }) => ({
      items: people
        .persons()
        .filter((person) => isSeen(person, scope))
        .map((person) => personItem(parts, person, scope)),
    }),
  )
  server.post<{ Body: PersonBody }>(
    '/api/v1/people',
    {
      config: { right: 'manage-people', secretAnswer: true },
      schema: {
        tags,
        summary: 'A new person; the link lets them set a password, once and within a day',
        body: PersonBody,
        response: { 201: NewPerson, ...problems },
      },
    },
    async (request, reply) => {
      const { body, scope } = request
      requireTenants(body.memberships, parts, scope)
      const person: Person = {
        ...blank,
        ...body,
        language: body.language ?? 'ja',
        email: body.email?.toLowerCase(),
        memberships: withoutTwice(body.memberships),
        createdMs: clock.now(),
      }
      await people.add(person)
      about(request, person, request.body)
      return reply.code(201).send({ person: personItem(parts, person, scope), ...(await linkOf(parts, person.id)) })
    },
  )
  server.get<{ Params: PersonParams }>(
    '/api/v1/people/:id',
    {
      config: { right: 'see-people' },
      schema: { tags, params: PersonParams, summary: 'One person', response: { 200: PersonItem, ...problems } },
    },
    ({ params, scope }) => personItem(parts, seen(parts, params.id, scope), scope),
  )
}

function addPersonChangeRoutes(server: FastifyInstance, parts: PeopleParts): void {
  const { people, signIn, passkeys, subjects, sessions, tokens, clock } = parts
  server.patch<{ Params: PersonParams; Body: PersonChange }>(
    '/api/v1/people/:id',
    {
      config: { right: 'manage-people' },
      schema: {
        tags,
        params: PersonParams,
        summary: 'Changes a person; memberships in tenants that the asker may not manage stay as they are',
        body: PersonChange,
        response: { 200: PersonItem, ...problems },
      },
    },
    async (asked) => {
      const { params, body, scope } = asked
      about(asked, seen(parts, params.id, scope), body)
      if (body.memberships !== undefined) requireTenants(body.memberships, parts, scope)
      const changesPerson = Object.keys(body).some((key) => key !== 'memberships')
      const changed = await people.change(params.id, (person) => {
        if (changesPerson) requireWhole(person, scope)
        return changedPerson(person, body, scope, clock.now())
      })
      if (changed.suspendedMs !== undefined) await sessions.endAll(changed.id)
      return personItem(parts, changed, scope)
    },
  )
  server.delete<{ Params: PersonParams }>(
    '/api/v1/people/:id',
    {
      config: { right: 'manage-people' },
      schema: {
        tags,
        params: PersonParams,
        summary: 'Removes a person, with all they sign in with',
        response: nothing,
      },
    },
    async (request, reply) => {
      const person = seen(parts, request.params.id, request.scope)
      requireWhole(person, request.scope)
      about(request, person)
      await people.remove(person.id)
      await passkeys.removeAll(person.id)
      await subjects.removeAll(person.id)
      await sessions.endAll(person.id)
      for (const { id } of tokens.of(person.id)) await tokens.revoke(id)
      return reply.code(204).send()
    },
  )
  server.post<{ Params: PersonParams }>(
    '/api/v1/people/:id/reset',
    {
      config: { right: 'manage-people', secretAnswer: true },
      schema: {
        tags,
        params: PersonParams,
        summary: 'Voids password, second factors and sign-ins; the link lets the person begin anew',
        response: { 200: OneTimeLink, ...problems },
      },
    },
    async (asked) => {
      const person = seen(parts, asked.params.id, asked.scope)
      requireWhole(person, asked.scope)
      about(asked, person)
      await people.change(person.id, (now) => ({ ...now, password: undefined, totp: undefined }))
      await passkeys.removeAll(person.id)
      await subjects.removeAll(person.id)
      await signIn.dropRecoveryCodes(person.id)
      await sessions.endAll(person.id)
      return await linkOf(parts, person.id)
    },
  )
}

const blank = { suspendedMs: undefined, password: undefined, totp: undefined } as const

/** One of a tenant in the scope. Whoever manages the whole city also sees those of no tenant. */
function isSeen({ memberships }: Person, scope: TenantScope): boolean {
  return scope.tenants === 'all' || memberships.some(({ tenant }) => scope.allows(tenant))
}

function seen({ people }: PeopleParts, id: string, scope: TenantScope): Person {
  const person = people.person(id)
  if (person !== undefined && isSeen(person, scope)) return person
  throw new AppError('not-found', `there is no person ${id}`)
}

/** What concerns the person as a whole takes the right in each of their tenants. */
function requireWhole({ memberships }: Person, scope: TenantScope): void {
  if (scope.tenants === 'all' || memberships.every(({ tenant }) => scope.allows(tenant))) return
  throw new AppError('people.forbidden', 'this person is also of a tenant whose people you do not manage')
}

function requireTenants(memberships: readonly Membership[], { people }: PeopleParts, scope: TenantScope): void {
  for (const { tenant } of memberships) {
    const isKnown =
      tenant === everyTenant ? scope.tenants === 'all' : scope.allows(tenant) && people.tenant(tenant) !== undefined
    if (!isKnown) throw new AppError('not-found', `there is no tenant ${tenant}`)
  }
}

function changedPerson(person: Person, body: PersonChange, scope: TenantScope, nowMs: number): Person {
  const { name, language, email, suspended, memberships } = body
  const kept = person.memberships.filter(({ tenant }) => scope.tenants !== 'all' && !scope.allows(tenant))
  return {
    ...person,
    name: name ?? person.name,
    language: language ?? person.language,
    email: email === undefined ? person.email : email?.toLowerCase(),
    suspendedMs: suspended === undefined ? person.suspendedMs : suspended ? (person.suspendedMs ?? nowMs) : undefined,
    memberships: memberships === undefined ? person.memberships : withoutTwice([...kept, ...memberships]),
  }
}

/** `body`: what was asked to be otherwise. A row that a tenant reads names no role in another one. */
function about(request: FastifyRequest, { id, memberships }: Person, body: PersonChange = {}): void {
  const tenants = new Set(memberships.map(({ tenant }) => tenant))
  const [only] = tenants
  const tenant = tenants.size === 1 && only !== everyTenant ? only : undefined
  const roles = body.memberships?.filter((own) => tenant === undefined || own.tenant === tenant)
  const detail = {
    ...(roles === undefined ? {} : { roles: roles.map((own) => `${own.tenant}:${own.role}`) }),
    ...(body.suspended === undefined ? {} : { suspended: body.suspended }),
    ...(body.name === undefined ? {} : { name: body.name }),
  }
  request.audited = { subject: `person ${id}`, tenant, detail }
}

async function linkOf({ signIn }: PeopleParts, person: string) {
  const { link, expiresMs } = await signIn.newLink(person)
  return { link, expiresAt: expiresMs }
}

function tenantItem({ id, name, kind, createdMs }: Tenant): TenantItem {
  return { id, name, kind, createdAt: createdMs }
}

function personItem({ signIn }: PeopleParts, person: Person, scope: TenantScope): PersonItem {
  const { id, name, language, email, memberships, createdMs, suspendedMs, password } = person
  return {
    id,
    name,
    language,
    email: email ?? null,
    memberships: memberships.filter(({ tenant }) => scope.tenants === 'all' || scope.allows(tenant)),
    createdAt: createdMs,
    suspendedAt: suspendedMs ?? null,
    hasPassword: password !== undefined,
    secondFactor: signIn.hasSecondFactor(person),
  }
}
