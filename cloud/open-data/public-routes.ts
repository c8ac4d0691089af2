// The routes that everybody may read: the catalogue, the files of published series by day, and the published lists.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { feature, geoJsonType } from '../http/geojson.ts'
import { allowOtherSites, publicConfig } from '../http/public-manners.ts'
import { listOf, Problem } from '../http/schemas.ts'
import { placeItem } from '../places/place-routes.ts'
import { placesCsv, placesFileName } from '../places/places-csv.ts'
import { catalogueOf, type Resource } from './catalogue.ts'
import { dayFile, type DayFormat, dayFormats, dayInJapan, publicDays } from './day-files.ts'
import type { OpenData } from './open-data.ts'
import { licenceAddresses } from './open-data-file.ts'
import { DayFileParams, ListFileParams, PublicSeriesItem, SeriesIdParams } from './open-data-schemas.ts'
import type { PublicSeries } from './public-series.ts'
import { jsonLdOf, turtleOf } from './rdf-texts.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['open data']
/** Late readings may still come, and what is withdrawn must be gone soon. */
const cacheS = { day: 3_600, present: 60, list: 300 } as const

export function addPublicRoutes(server: FastifyInstance, openData: OpenData): void {
  void server.register((scope, _options, done) => {
    allowOtherSites(scope, '/open-data/*')
    addCatalogueRoutes(scope, openData)
    addSeriesRoutes(scope, openData)
    addListRoute(scope, openData)
    done()
  })
}

function addCatalogueRoutes(scope: FastifyInstance, openData: OpenData): void {
  const turtle = 'text/turtle'
  const jsonLd = 'application/ld+json'
  const catalogue =
    (type: (request: FastifyRequest) => string) => async (request: FastifyRequest, reply: FastifyReply) => {
      const resources = resourcesOf(openData, baseOf(request, openData))
      cached(reply, cacheS.list)
      void reply.header('vary', 'accept')
      const isTurtle = type(request) === turtle
      void reply.type(`${isTurtle ? turtle : jsonLd}; charset=utf-8`)
      return await reply.send(isTurtle ? turtleOf(resources) : JSON.stringify(jsonLdOf(resources)))
    }
  const about = { tags, produces: [jsonLd, turtle], response: { ...problems } }
  const wanted = ({ headers }: FastifyRequest) => ((headers.accept ?? '').includes(turtle) ? turtle : jsonLd)
  scope.get(
    '/open-data/catalog',
    { config: publicConfig, schema: { ...about, summary: 'The catalogue of what is published (DCAT), by Accept' } },
    catalogue(wanted),
  )
  scope.get(
    '/open-data/catalog.ttl',
    { config: publicConfig, schema: { ...about, summary: 'The catalogue as Turtle' } },
    catalogue(() => turtle),
  )
  scope.get(
    '/open-data/catalog.jsonld',
    { config: publicConfig, schema: { ...about, summary: 'The catalogue as JSON-LD' } },
    catalogue(() => jsonLd),
  )
}

function addSeriesRoutes(scope: FastifyInstance, openData: OpenData): void {
  scope.get(
    '/open-data/series',
    {
      config: { ...publicConfig, positions: ({ position }: PublicSeriesItem) => (position === null ? [] : [position]) },
      schema: { tags, summary: 'The published series', response: { 200: listOf(PublicSeriesItem), ...problems } },
    },
    (request, reply) => {
      cached(reply, cacheS.list)
      const base = baseOf(request, openData)
      return { items: openData.series.all().map((one) => itemOf(one, base, openData)) }
    },
  )
  scope.get<{ Params: SeriesIdParams }>(
    '/open-data/series/:id',
    {
      config: publicConfig,
      schema: {
        tags,
        summary: 'A published series',
        params: SeriesIdParams,
        response: { 200: PublicSeriesItem, ...problems },
      },
    },
    (request, reply) => {
      cached(reply, cacheS.list)
      return itemOf(publicOr404(openData, request.params.id), baseOf(request, openData), openData)
    },
  )
  scope.get<{ Params: DayFileParams }>(
    '/open-data/series/:id/:file',
    {
      config: publicConfig,
      schema: {
        tags,
        summary: 'The readings of a published series of one day in Japan, as CSV, JSON or Parquet',
        params: DayFileParams,
        produces: Object.values(dayFormats),
        response: { ...problems },
      },
    },
    async ({ params }, reply) => {
      const series = publicOr404(openData, params.id)
      const day = params.file.slice(0, 10)
      const format = params.file.slice(11) as DayFormat
      const nowMs = openData.clock.now()
      const days = publicDays(series, nowMs)
      if (days === undefined || day < days.first || day > days.last || Number.isNaN(Date.parse(day))) {
        throw new AppError('not-found', `there is no file ${params.file}`)
      }
      cached(reply, day === dayInJapan(nowMs) || day === days.last ? cacheS.present : cacheS.day)
      const name = `${series.key.replaceAll(/[^A-Za-z0-9._-]/g, '_')}_${params.file}`
      void reply.type(dayFormats[format]).header('content-disposition', `attachment; filename="${name}"`)
      return await reply.send(await dayFile(openData.series, series, day, format, openData.settings))
    },
  )
}

function addListRoute(scope: FastifyInstance, { settings, places, publicLists }: OpenData): void {
  scope.get<{ Params: ListFileParams }>(
    '/open-data/lists/:tenant/:file',
    {
      config: publicConfig,
      schema: {
        tags,
        summary: 'A published list of places: CSV of 自治体標準オープンデータセット, or GeoJSON',
        params: ListFileParams,
        produces: ['text/csv', geoJsonType],
        response: { ...problems },
      },
    },
    async ({ params: { tenant, file } }, reply) => {
      const found = publicLists().find(
        (one) =>
          one.tenant === tenant && file.replace('.geojson', '.csv') === placesFileName(one.list, settings.publisher),
      )
      if (found === undefined) throw new AppError('not-found', `there is no list ${tenant}/${file}`)
      const held = places.places((own) => own === tenant, found.list.kind)
      cached(reply, cacheS.list)
      void reply.header('content-disposition', `attachment; filename="${file}"`)
      if (file.endsWith('.csv')) return await reply.type('text/csv; charset=utf-8').send(placesCsv(held, found.list))
      const features = held.map((place) => {
        const { columns, name } = placeItem(place, settings)
        return feature(place.id, place.position === undefined ? [] : [place.position], { name, ...columns })
      })
      const collection = { type: 'FeatureCollection', license: licenceAddresses[settings.licence], features }
      return await reply.type(`${geoJsonType}; charset=utf-8`).send(JSON.stringify(collection))
    },
  )
}

function resourcesOf(openData: OpenData, base: string): readonly Resource[] {
  const { settings, series, clock } = openData
  return catalogueOf({ base, settings, series: series.all(), lists: openData.publicLists(), nowMs: clock.now() })
}

/** Throws the same `not-found` for a series that is not published as for none. */
function publicOr404({ series }: OpenData, id: string): PublicSeries {
  const found = series.find(id)
  if (found === undefined) throw new AppError('not-found', `there is no published series ${id}`)
  return found
}

function itemOf(one: PublicSeries, base: string, { settings, clock }: OpenData): PublicSeriesItem {
  const days = publicDays(one, clock.now())
  const files = `${base}/open-data/series/${encodeURIComponent(one.key)}/{day}.{format}`
  return {
    id: one.key,
    title: one.name,
    item: one.facts.label,
    unit: one.facts.unit ?? null,
    position: one.position ?? null,
    delayMin: one.settings.delayMs / 60_000,
    roundTo: one.settings.roundTo ?? null,
    license: licenceAddresses[settings.licence],
    days: days === undefined ? null : { ...days, files },
  }
}

/** Where whoever asks has reached the hub, unless the configuration says where it is. */
export function baseOf({ protocol, host }: FastifyRequest, { settings }: Pick<OpenData, 'settings'>): string {
  return settings.url ?? `${protocol}://${host}`
}

function cached(reply: FastifyReply, seconds: number): void {
  void reply.header('cache-control', `public, max-age=${seconds}`)
}
