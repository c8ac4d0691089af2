// The routes for bulletins: what people of a tenant see and send, how the polled sources are, and what everybody may read.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { AppError } from '../../broker/contract/app-error.ts'
import { allowOtherSites, publicConfig } from '../http/public-manners.ts'
import { listOf, Problem } from '../http/schemas.ts'
import { seenOr404, type TenantScope } from '../people/principal.ts'
import type { BulletinReference } from './bulletin.ts'
import type { Origin } from './bulletin-book.ts'
import type { IntakeReport } from './bulletin-intake.ts'
import { apiSource } from './bulletin-rows.ts'
import {
  BulletinBody,
  BulletinItem,
  BulletinPage,
  BulletinParams,
  BulletinsQuery,
  IntakeAnswer,
  IntakeQuery,
  PublicBulletin,
  PublicQuery,
  BulletinSource,
  SourceParams,
} from './bulletin-schemas.ts'
import { bulletinItem, draftOf, publicItem, sourceItem } from './bulletin-views.ts'
import type { Bulletins } from './bulletins.ts'
import { maxXmlBytes } from './formats/xml.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['bulletins']
const xmlTypes = ['application/cap+xml', 'application/rss+xml', 'application/atom+xml', 'application/xml', 'text/xml']
/** How long a bulletin of the API holds that does not say so itself. */
const holdsMs = 24 * 3_600_000
const cacheS = 15
const publicLimit = 200

export function addBulletinRoutes(server: FastifyInstance, bulletins: Bulletins): void {
  addReadRoutes(server, bulletins)
  addIntakeRoute(server, bulletins)
  addSourceRoutes(server, bulletins)
  addPublicRoutes(server, bulletins)
}

function addReadRoutes(server: FastifyInstance, { book, clock }: Bulletins): void {
  server.get<{ Querystring: BulletinsQuery }>(
    '/api/v1/bulletins',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'Messages of the disaster broadcast, newest first',
        querystring: BulletinsQuery,
        response: { 200: BulletinPage, ...problems },
      },
    },
    async ({ query, scope }) => {
      const { state = 'current', tenant, limit = 100, cursor } = query
      const nowMs = clock.now()
      const found = await book.list({
        tenants: tenantsOf(scope, tenant),
        currentMs: state === 'current' ? nowMs : undefined,
        after: cursor === undefined ? undefined : parseCursor(cursor),
        limit: limit + 1,
      })
      const shown = found.slice(0, limit)
      const last = found.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((one) => bulletinItem(one, nowMs)),
        next: last === undefined ? null : `${last.sentMs}_${last.id}`,
      }
    },
  )
  server.get<{ Params: BulletinParams }>(
    '/api/v1/bulletins/:tenant/:id',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'One message of the disaster broadcast',
        params: BulletinParams,
        response: { 200: BulletinItem, ...problems },
      },
    },
    async ({ params: { tenant, id }, scope }) => {
      const found = await book.find(tenant, id)
      const seen = seenOr404(found, (one) => `${one.tenant}/${one.id}`, scope, `bulletin ${tenant}/${id}`)
      return bulletinItem(seen, clock.now())
    },
  )
}

function addIntakeRoute(server: FastifyInstance, bulletins: Bulletins): void {
  // A scope of its own: only here is XML taken, as bytes, since its encoding stands in it.
  void server.register((scope, _options, done) => {
    scope.addContentTypeParser(xmlTypes, { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body))
    const asXml = Object.fromEntries(xmlTypes.map((type) => [type, { schema: Type.Unknown() }]))
    scope.post<{ Querystring: IntakeQuery; Body: Uint8Array | BulletinBody }>(
      '/api/v1/bulletins',
      {
        config: { right: 'issue-bulletins' },
        bodyLimit: maxXmlBytes,
        schema: {
          tags,
          summary: 'Sends a message of the disaster broadcast: who asked for them is told, and everybody may read it',
          description:
            'JSON as people write it, or XML with `?tenant=`: a message of the Common Alerting Protocol 1.2, or a feed ' +
            '(RSS 2.0, Atom). What came before is known by its identifier and tells nobody anything again.',
          querystring: IntakeQuery,
          body: { content: { 'application/json': { schema: BulletinBody }, ...asXml } },
          response: { 200: IntakeAnswer, ...problems },
        },
      },
      async (asked) => {
        const { body, query, scope } = asked
        const isXml = body instanceof Uint8Array
        const tenant = isXml ? query.tenant : body.tenant
        if (tenant === undefined) throw new AppError('payload.schema', 'XML needs ?tenant=')
        if (!scope.allows(tenant)) throw new AppError('not-found', `there is no tenant ${tenant}`)
        const { public: isPublic = true, push = true } = isXml ? query : body
        const origin: Origin = { tenant, source: apiSource, isPublic, isTold: push, holdsMs }
        asked.audited = { subject: `bulletin of ${tenant}`, tenant }
        const report = isXml ? await takeXml(bulletins, body, origin) : await takeJson(bulletins, body, origin)
        const ids = report.items.map(({ id }) => id).filter((id) => id !== undefined)
        asked.audited = { subject: `bulletin ${ids.slice(0, 5).join(', ') || tenant}`, tenant }
        return answerOf(report)
      },
    )
    done()
  })
}

async function takeXml({ intake }: Bulletins, bytes: Uint8Array, origin: Origin): Promise<IntakeReport> {
  return await intake.takeBytes(bytes, origin, { language: 'ja', contains: [], isFirst: false })
}

/** Throws `not-found` for a reference to what is not there, or in another tenant. */
async function takeJson({ intake, book }: Bulletins, body: BulletinBody, origin: Origin): Promise<IntakeReport> {
  const references: BulletinReference[] = []
  for (const reference of body.references ?? []) {
    const [tenant = '', id = ''] = reference.split('/')
    const found = tenant === origin.tenant ? await book.find(tenant, id) : undefined
    if (found === undefined) throw new AppError('not-found', `there is no bulletin ${reference}`)
    references.push({ sender: found.sender, identifier: found.identifier, id })
  }
  return await intake.takeDrafts([draftOf(body, references)], origin)
}

/** Throws what was wrong where nothing else came of it. */
function answerOf({ items, faults, leftOut }: IntakeReport): IntakeAnswer {
  const [fault] = faults
  if (fault !== undefined && items.length === 0) {
    throw new AppError(fault.code as 'bulletin.invalid' | 'bulletin.conflict', fault.detail)
  }
  return { items: items.map((item) => ({ ...item, id: item.id ?? null })), faults: [...faults], leftOut }
}

function addSourceRoutes(server: FastifyInstance, { settings, states, poller }: Bulletins): void {
  const items = (scope: TenantScope) => settings.sources.filter(({ tenant }) => scope.allows(tenant))
  server.get(
    '/api/v1/bulletin-sources',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'The sources that are polled: when they were read, and what was wrong',
        response: { 200: listOf(BulletinSource), ...problems },
      },
    },
    ({ scope }) => ({ items: items(scope).map((source) => sourceItem(source, states.state(source.id))) }),
  )
  server.post<{ Params: SourceParams }>(
    '/api/v1/bulletin-sources/:id/poll',
    {
      // Each is a request to somebody else.
      config: { right: 'issue-bulletins', rateLimit: { max: 10, timeWindow: 60_000 } },
      schema: {
        tags,
        summary: 'Asks a source now',
        params: SourceParams,
        response: { 200: BulletinSource, ...problems },
      },
    },
    async (asked) => {
      const { id } = asked.params
      const source = items(asked.scope).find((one) => one.id === id)
      if (source === undefined) throw new AppError('not-found', `there is no source ${id}`)
      asked.audited = { subject: `source of bulletins ${id}`, tenant: source.tenant }
      await poller.poll(source)
      return sourceItem(source, states.state(id))
    },
  )
}

function addPublicRoutes(server: FastifyInstance, { book, clock }: Bulletins): void {
  void server.register((scope, _options, done) => {
    allowOtherSites(scope, '/open-data/bulletins')
    allowOtherSites(scope, '/open-data/bulletins/*')
    scope.get<{ Querystring: PublicQuery }>(
      '/open-data/bulletins',
      {
        config: publicConfig,
        schema: {
          tags,
          summary: 'Messages of the disaster broadcast that are in force, newest first',
          querystring: PublicQuery,
          response: { 200: listOf(PublicBulletin), ...problems },
        },
      },
      async ({ query: { tenant } }, reply) => {
        cached(reply)
        const tenants = tenant === undefined ? undefined : [tenant]
        const nowMs = clock.now()
        const found = await book.list({ tenants, currentMs: nowMs, isPublic: true, limit: publicLimit })
        return { items: found.map((one) => publicItem(one, nowMs)) }
      },
    )
    scope.get<{ Params: BulletinParams }>(
      '/open-data/bulletins/:tenant/:id',
      {
        config: publicConfig,
        schema: {
          tags,
          summary: 'One message of the disaster broadcast, in force or over',
          params: BulletinParams,
          response: { 200: PublicBulletin, ...problems },
        },
      },
      async ({ params: { tenant, id } }, reply) => {
        cached(reply)
        const found = await book.find(tenant, id)
        if (found === undefined || !found.isPublic || found.content.status === 'test') {
          throw new AppError('not-found', `there is no bulletin ${tenant}/${id}`)
        }
        return publicItem(found, clock.now())
      },
    )
    done()
  })
}

function cached(reply: FastifyReply): void {
  void reply.header('cache-control', `public, max-age=${cacheS}`)
}

/** Undefined: every tenant. */
function tenantsOf(scope: TenantScope, asked: string | undefined): readonly string[] | undefined {
  if (asked !== undefined) return scope.allows(asked) ? [asked] : []
  return scope.tenants === 'all' ? undefined : scope.tenants
}

/** Throws `payload.schema`. */
function parseCursor(cursor: string): { readonly sentMs: number; readonly id: string } {
  const [text = '', id = ''] = cursor.split('_')
  const sentMs = Number(text)
  if (text !== '' && Number.isFinite(sentMs) && id !== '') return { sentMs, id }
  throw new AppError('payload.schema', 'this cursor is none of this list')
}
