// The routes of `/api/v1` for events.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import type { GatewayEvent } from '../../broker/contract/event.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { Commands } from '../commands/commands.ts'
import type { CorrectionBook } from '../factory/correction-book.ts'
import { asPicture } from '../http/picture-manners.ts'
import { Problem } from '../http/schemas.ts'
import { parseSpan } from '../http/time-span.ts'
import { seenOr404, tenantOfKey, type TenantScope } from '../people/principal.ts'
import { actorOf } from '../people/request-principal.ts'
import type { StoredEvent } from '../store/store.ts'
import { CanopyMap, canopyMap } from './canopy-map.ts'
import { correct, Correction, CorrectionBody } from './event-correction.ts'
import { eventId, parseEventId } from './event-id.ts'
import { EventItem, EventPage, EventParams, EventsQuery } from './event-schemas.ts'
import { eventItem } from './event-view.ts'
import type { Events } from './events.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['events']

interface EventPorts {
  readonly commands: Pick<Commands, 'send'>
  readonly corrections: CorrectionBook
  readonly clock: Clock
}

export function addEventRoutes(server: FastifyInstance, events: Events, ports: EventPorts): void {
  addReadRoutes(server, events, ports)
  addCorrectionRoute(server, events, ports)
}

function addReadRoutes(server: FastifyInstance, events: Events, { clock }: Pick<EventPorts, 'clock'>): void {
  server.get<{ Querystring: EventsQuery }>(
    '/api/v1/events',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'What models at the gateways decided, newest first; without `from` the last 24 hours',
        querystring: EventsQuery,
        response: { 200: EventPage, ...problems },
      },
    },
    async ({ query, scope }) => await page(events, query, { nowMs: clock.now(), scope }),
  )
  server.get<{ Params: EventParams }>(
    '/api/v1/events/:id',
    {
      config: { right: 'see' },
      schema: { tags, summary: 'One event', params: EventParams, response: { 200: EventItem, ...problems } },
    },
    async ({ params, scope }) => eventItem(events.gateways, await eventOf(events, params.id, scope)),
  )
  server.get<{ Params: EventParams }>(
    '/api/v1/events/:id/thumbnail',
    {
      config: { right: 'see-pictures' },
      schema: { tags, summary: 'The thumbnail of an event, a JPEG of at most 30 kB', params: EventParams },
    },
    async ({ params, scope }, reply) => {
      const bytes = await thumbnailOf(events, await eventOf(events, params.id, scope))
      if (bytes === undefined) throw new AppError('not-found', `the event ${params.id} has no thumbnail, or no longer`)
      return await asPicture(reply, 'image/jpeg').send(bytes)
    },
  )
  server.get<{ Params: EventParams }>(
    '/api/v1/events/:id/cover',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'The canopy of a flight as GeoJSON: one polygon for each cell of the field that was seen',
        description: 'An event of another kind, or without a map, gives an empty collection.',
        params: EventParams,
        response: { 200: CanopyMap, ...problems },
      },
    },
    async ({ params, scope }, reply) => {
      const { body } = await eventOf(events, params.id, scope)
      void reply.header('content-type', 'application/geo+json')
      return canopyMap(JSON.parse(body) as GatewayEvent) ?? { type: 'FeatureCollection' as const, features: [] }
    },
  )
}

function addCorrectionRoute(server: FastifyInstance, events: Events, { commands, corrections }: EventPorts): void {
  server.post<{ Params: EventParams; Body: CorrectionBody }>(
    '/api/v1/events/:id/correction',
    {
      config: { right: 'correct' },
      schema: {
        tags,
        summary: 'What the part of an inspection really was: its gateway learns from it',
        description:
          '409: the event is no such verdict, or its gateway is not connected. 410: the gateway has no picture of it any more. ' +
          '504: the gateway did not answer; the same correction may be sent again, it counts once.',
        params: EventParams,
        body: CorrectionBody,
        response: { 202: Correction, ...problems },
      },
    },
    async (request, reply) => {
      const { params, body, scope } = request
      const event = await eventOf(events, params.id, scope)
      request.audited = { subject: params.id, tenant: tenantOfKey(event.gateway) }
      void reply.code(202)
      const by = actorOf(request, undefined) || null
      return await correct(event, body, { commands, corrections, by })
    },
  )
}

async function page(
  { store, gateways }: Events,
  query: EventsQuery,
  { nowMs, scope }: { readonly nowMs: number; readonly scope: TenantScope },
): Promise<EventPage> {
  const { kind, source, gateway, cursor, limit = 100 } = query
  const span = parseSpan(query, nowMs)
  const after = cursor === undefined ? undefined : parseEventId(cursor)
  const wanted = { fromMs: Math.floor(span.fromMs), toMs: Math.ceil(span.toMs) }
  if (gateway !== undefined && !scope.allowsKey(gateway)) return { items: [], next: null }
  const tenants = scope.tenants === 'all' ? undefined : scope.tenants
  const found = await store.events({ kind, source, gateway, tenants, ...wanted, after, limit: limit + 1 })
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1) : undefined
  return {
    items: shown.map((event) => eventItem(gateways, event)),
    next: last === undefined ? null : eventId(last),
  }
}

async function eventOf({ store }: Events, id: string, scope: TenantScope): Promise<StoredEvent> {
  return seenOr404(await store.event(parseEventId(id)), ({ gateway }) => gateway, scope, `event ${id}`)
}

async function thumbnailOf({ pictures }: Events, stored: StoredEvent): Promise<Buffer | undefined> {
  const { thumbnail } = JSON.parse(stored.body) as GatewayEvent
  if (thumbnail === undefined) return undefined
  const tenant = stored.gateway.slice(0, stored.gateway.indexOf('/'))
  return await pictures.find({ tenant, sha256: thumbnail, receivedMs: stored.receivedMs })
}
