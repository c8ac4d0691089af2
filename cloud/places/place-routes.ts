// The routes of `/api/v1` for the registry of public places: lists, import, export.
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { AppError } from '../../broker/contract/app-error.ts'
import type { OpenDataSettings } from '../open-data/open-data-file.ts'
import { Problem } from '../http/schemas.ts'
import { may, type TenantScope } from '../people/principal.ts'
import { actorOf } from '../people/request-principal.ts'
import { importCodes } from './import/finding.ts'
import { importPlaces, type ImportResult } from './import/import-places.ts'
import type { ListDefinition, PlaceKind } from './list-definition.ts'
import type { PlaceBook, PlaceChanges } from './place-book.ts'
import {
  ImportBody,
  ImportQuery,
  ImportReport,
  ListQuery,
  PlaceItem,
  PlaceParams,
  PlacesPage,
  PlacesQuery,
} from './place-schemas.ts'
import { type Place, placeKey } from './place.ts'
import { placesCsv, placesFileName } from './places-csv.ts'

export interface PlaceRoutesDependencies {
  readonly places: PlaceBook
  readonly settings: OpenDataSettings
}

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['places']
const maxFileBytes = 32 * 1024 * 1024

export function addPlaceRoutes(server: FastifyInstance, dependencies: PlaceRoutesDependencies): void {
  addReadRoutes(server, dependencies)
  addExportRoute(server, dependencies)
  addImportRoute(server, dependencies)
}

/** Throws `not-found` for a list that the configuration does not have. */
export function listOfKind({ lists }: OpenDataSettings, kind: PlaceKind): ListDefinition {
  const list = lists.find((one) => one.kind === kind)
  if (list === undefined) throw new AppError('not-found', `there is no list of ${kind}`)
  return list
}

function addReadRoutes(server: FastifyInstance, { places, settings }: PlaceRoutesDependencies): void {
  server.get<{ Querystring: PlacesQuery }>(
    '/api/v1/places',
    {
      config: { right: 'see', positions: ({ position }: PlaceItem) => (position === null ? [] : [position]) },
      schema: {
        tags,
        summary: 'Public places, by their ids',
        querystring: PlacesQuery,
        response: { 200: PlacesPage, ...problems },
      },
    },
    ({ query, scope }) => {
      const allows = (tenant: string) => scope.allows(tenant) && (query.tenant ?? tenant) === tenant
      const { limit = 1_000, cursor } = query
      const all = places.places(allows, query.kind)
      const begin = cursor === undefined ? 0 : all.findIndex((place) => placeKey(place) > cursor)
      const page = begin < 0 ? [] : all.slice(begin, begin + limit)
      const last = page.at(-1)
      const hasMore = last !== undefined && begin + limit < all.length
      return { items: page.map((place) => placeItem(place, settings)), next: hasMore ? placeKey(last) : null }
    },
  )
  server.get<{ Params: PlaceParams }>(
    '/api/v1/places/:tenant/:kind/:id',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'One public place; columns that are never published only with the right to publish',
        params: PlaceParams,
        response: { 200: PlaceItem, ...problems },
      },
    },
    ({ params, scope, principal }) => {
      const place = seenPlace(places, params, scope)
      const isWhole = may(principal, 'publish', place.tenant)
      return isWhole ? { ...placeItem(place, settings), columns: place.columns } : placeItem(place, settings)
    },
  )
  server.delete<{ Params: PlaceParams }>(
    '/api/v1/places/:tenant/:kind/:id',
    {
      config: { right: 'publish' },
      schema: { tags, summary: 'Takes a place out of the registry', params: PlaceParams, response: { ...problems } },
    },
    async (request, reply) => {
      const place = seenPlace(places, request.params, request.scope)
      request.audited = { subject: `place ${placeKey(place)}`, tenant: place.tenant }
      await places.remove(place)
      return await reply.code(204).send()
    },
  )
}

function addExportRoute(server: FastifyInstance, { places, settings }: PlaceRoutesDependencies): void {
  server.get<{ Querystring: ListQuery }>(
    '/api/v1/places/export',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'A list of places as CSV in the national form, published or not',
        querystring: ListQuery,
        produces: ['text/csv'],
        response: { ...problems },
      },
    },
    async ({ query, scope }, reply) => {
      requireTenant(query.tenant, scope)
      const list = listOfKind(settings, query.kind)
      const name = placesFileName(list, settings.publisher)
      void reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="${name}"`)
      return await reply.send(
        placesCsv(
          places.places((tenant) => tenant === query.tenant, query.kind),
          list,
        ),
      )
    },
  )
}

function addImportRoute(server: FastifyInstance, { places, settings }: PlaceRoutesDependencies): void {
  // A scope of its own: only here are bodies taken as bytes, since their encoding is to be found out.
  void server.register((scope, _options, done) => {
    scope.addContentTypeParser('text/csv', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body))
    scope.post<{ Querystring: ImportQuery; Body: Uint8Array | ImportBody }>(
      '/api/v1/places/import',
      {
        config: { right: 'publish' },
        bodyLimit: maxFileBytes,
        schema: {
          tags,
          summary: 'Takes places from a CSV file of the old or current edition, and tells what it repaired',
          description:
            'As text/csv in UTF-8 or CP932, or as JSON {"csv": …}. A row whose ID is known takes the place of what was known.',
          body: { content: { 'application/json': { schema: ImportBody }, 'text/csv': { schema: Type.Unknown() } } },
          querystring: ImportQuery,
          response: { 200: ImportReport, ...problems },
        },
      },
      async (asked) => {
        const { tenant, kind, replace = false, check = false } = asked.query
        requireTenant(tenant, asked.scope)
        asked.audited = { subject: `places ${tenant}/${kind}${check ? ' (check)' : ''}`, tenant }
        const { body } = asked
        const bytes = body instanceof Uint8Array ? body : new TextEncoder().encode(body.csv)
        const list = listOfKind(settings, kind)
        const found = await importPlaces(bytes, { tenant, list, publisher: settings.publisher })
        const by = actorOf(asked, undefined) || undefined
        const changes = await places.take(found.places, { tenant, kind, replace, isTrial: check, by })
        return reportOf(found, changes)
      },
    )
    done()
  })
}

function seenPlace(places: PlaceBook, { tenant, kind, id }: PlaceParams, scope: TenantScope): Place {
  const place = scope.allows(tenant) ? places.place(tenant, kind, id) : undefined
  if (place === undefined) throw new AppError('not-found', `there is no place ${tenant}/${kind}/${id}`)
  return place
}

/** Throws the same `not-found` for a tenant that the caller may not see as for none. */
function requireTenant(tenant: string, scope: TenantScope): void {
  if (!scope.allows(tenant)) throw new AppError('not-found', `there is no tenant ${tenant}`)
}

export function placeItem(place: Place, { lists }: OpenDataSettings): PlaceItem {
  const { tenant, kind, name, position, columns } = place
  const list = lists.find((one) => one.kind === kind)
  const shown = list?.columns.filter((column) => column.private !== true).map((column) => column.name) ?? []
  const told = shown.flatMap((heading) =>
    columns[heading] === undefined ? [] : [[heading, columns[heading]] as const],
  )
  return { id: placeKey(place), tenant, kind, name, position: position ?? null, columns: Object.fromEntries(told) }
}

function reportOf({ places, rows, findings }: ImportResult, changes: PlaceChanges): ImportReport {
  return {
    rows,
    places: places.length,
    ...changes,
    counts: Array.from(findings.counts, ([code, count]) => ({
      code,
      title: importCodes[code as keyof typeof importCodes],
      repaired: count.repaired,
      kept: count.kept,
      leftOut: count['left-out'],
    })),
    findings: findings.items,
    isComplete: findings.items.length === findings.total,
  }
}
