// The routes of `/api/v1` that answer with lists and documents.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { TenantScope } from '../people/principal.ts'
import { qualityNames, type Store, type StoredReading } from '../store/store.ts'
import {
  BucketedReadings,
  DeadLetterItem,
  DeadLettersQuery,
  GatewayItem,
  LatestItem,
  LatestQuery,
  listOf,
  Problem,
  RawReadings,
  ReadingsQuery,
  SeriesItem,
  SeriesParams,
  SiteItem,
  UiSettings,
} from './schemas.ts'
import { parseSpan } from './time-span.ts'
import { gatewayItem, latestItem, seenGateways, seenSeries, seriesItem, siteItems, type ViewSources } from './views.ts'

export interface ApiDependencies {
  readonly sources: ViewSources
  readonly store: Pick<Store, 'readings' | 'buckets' | 'flaws' | 'deadLetters'>
  readonly tiles: UiSettings['tiles']
  readonly access: () => UiSettings['access']
  readonly identityProvider: UiSettings['identityProvider']
  readonly clock: Clock
}

const problems = { '4xx': Problem, '5xx': Problem }
/** Among so many of the newest letters of all tenants are those shown to one. */
const maxSearchedLetters = 1_000

export function addApiRoutes(server: FastifyInstance, dependencies: ApiDependencies): void {
  addListRoutes(server, dependencies)
  addReadingsRoute(server, dependencies)
}

function addListRoutes(
  server: FastifyInstance,
  { sources, store, tiles, access, identityProvider }: ApiDependencies,
): void {
  server.get<{ Querystring: LatestQuery }>(
    '/api/v1/latest',
    {
      config: { right: 'see' },
      schema: {
        tags: ['readings'],
        summary: 'The newest reading of each series',
        querystring: LatestQuery,
        response: { 200: listOf(LatestItem), ...problems },
      },
    },
    ({ query, scope }) => ({
      items: seenSeries(sources, scope)
        .map((id) => latestItem(sources, id))
        .filter((item) => query.gateway === undefined || item.gateway === query.gateway)
        .filter((item) => query.site === undefined || item.site === query.site)
        .filter((item) => query.kind === undefined || item.siteKind === query.kind),
    }),
  )
  server.get(
    '/api/v1/sites',
    {
      config: { right: 'see' },
      schema: { tags: ['sites'], summary: 'Sites with state', response: { 200: listOf(SiteItem), ...problems } },
    },
    ({ scope }) => ({ items: siteItems(sources, scope) }),
  )
  server.get(
    '/api/v1/series',
    {
      config: { right: 'see' },
      schema: { tags: ['readings'], summary: 'All series', response: { 200: listOf(SeriesItem), ...problems } },
    },
    ({ scope }) => ({ items: seenSeries(sources, scope).map((id) => seriesItem(sources, id)) }),
  )
  server.get(
    '/api/v1/gateways',
    {
      config: { right: 'see' },
      schema: { tags: ['gateways'], summary: 'Gateways', response: { 200: listOf(GatewayItem), ...problems } },
    },
    ({ scope }) => ({ items: seenGateways(sources, scope).map((gateway) => gatewayItem(sources, gateway)) }),
  )
  server.get(
    '/api/v1/ui',
    {
      config: { right: 'public' },
      schema: { tags: ['sites'], summary: 'What the dashboard must know', response: { 200: UiSettings, ...problems } },
    },
    () => ({ access: access(), tiles, identityProvider }),
  )
  server.get<{ Querystring: DeadLettersQuery }>(
    '/api/v1/dead-letters',
    {
      config: { right: 'operate' },
      schema: {
        tags: ['gateways'],
        summary: 'Messages that could not be understood, newest first',
        querystring: DeadLettersQuery,
        response: { 200: listOf(DeadLetterItem), ...problems },
      },
    },
    async ({ query, scope }) => ({
      items: (await seenLetters(store, scope, query.limit ?? 100)).map((letter) => ({
        time: letter.timeMs,
        topic: letter.topic,
        code: letter.code,
        reason: letter.reason,
        payload: Buffer.from(letter.payload).toString('base64'),
      })),
    }),
  )
}

/** Of a tenant: those on its topics. What came on a topic that is none is for the city alone. */
async function seenLetters(store: ApiDependencies['store'], scope: TenantScope, limit: number) {
  if (scope.tenants === 'all') return await store.deadLetters({ limit })
  const newest = await store.deadLetters({ limit: maxSearchedLetters })
  const own = newest.filter(({ topic }) => {
    const [root, version, tenant = ''] = topic.split('/')
    return root === 'musubi' && version === 'v1' && scope.allows(tenant)
  })
  return own.slice(0, limit)
}

function addReadingsRoute(server: FastifyInstance, { sources, store, clock }: ApiDependencies): void {
  server.get<{ Params: SeriesParams; Querystring: ReadingsQuery }>(
    '/api/v1/series/:id/readings',
    {
      config: { right: 'see' },
      schema: {
        tags: ['readings'],
        summary: 'Readings of one series, raw or in equal spans',
        params: SeriesParams,
        querystring: ReadingsQuery,
        // Two shapes: with `buckets` aggregates, without raw readings.
        response: { 200: { anyOf: [RawReadings, BucketedReadings] }, ...problems },
      },
    },
    async ({ params, query, scope }): Promise<RawReadings | BucketedReadings> => {
      const id = scope.allowsKey(params.id) ? sources.catalogue.id(params.id) : undefined
      if (id === undefined) throw new AppError('not-found', `there is no series ${params.id}`)
      const span = { series: id, ...parseSpan(query, clock.now()) }
      const head = {
        series: params.id,
        unit: sources.directory.facts(id).unit ?? null,
        from: span.fromMs,
        to: span.toMs,
      }
      if (query.buckets === undefined) {
        const limit = query.limit ?? 10_000
        return { ...head, ...rawColumns(await store.readings({ ...span, limit: limit + 1 }), limit) }
      }
      const { timeMs, min, mean, max, count } = await store.buckets({ ...span, buckets: query.buckets })
      return { ...head, time: [...timeMs], min: [...min], mean: [...mean], max: [...max], count: [...count] }
    },
  )
}

function rawColumns(
  readings: readonly StoredReading[],
  limit: number,
): Pick<RawReadings, 'time' | 'value' | 'quality' | 'text' | 'truncated'> {
  const shown = readings.slice(0, limit)
  return {
    time: shown.map((reading) => reading.timeMs),
    value: shown.map((reading) => reading.value),
    quality: shown.map((reading) => qualityNames[reading.quality] ?? 'bad'),
    text: shown.map((reading) => reading.text),
    truncated: readings.length > limit,
  }
}
