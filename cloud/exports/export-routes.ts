// `GET /api/v1/readings/export`: readings of many series as one file, streamed.
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { AppError } from '../../broker/contract/app-error.ts'
import { SiteKind } from '../../broker/contract/documents.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { Problem } from '../http/schemas.ts'
import { parseSpan } from '../http/time-span.ts'
import type { TenantScope } from '../people/principal.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import type { SeriesDirectory, SeriesFacts } from '../registry/series-directory.ts'
import type { Store } from '../store/store.ts'
import { csvOf } from './csv-export.ts'
import { parquetOf } from './parquet-export.ts'
import { readingPages, type ExportedSeries } from './reading-pages.ts'

export interface ExportDependencies {
  readonly store: Pick<Store, 'readings'>
  readonly catalogue: Pick<SeriesCatalogue, 'size'>
  readonly directory: Pick<SeriesDirectory, 'facts'>
  readonly clock: Clock
}

const instant = Type.String({ description: 'ISO 8601, or Unix milliseconds', maxLength: 40 })

const ExportQuery = Type.Object({
  format: Type.Union([Type.Literal('csv'), Type.Literal('parquet')]),
  series: Type.Optional(Type.String({ maxLength: 20_000, description: 'Series ids, separated by commas' })),
  gateway: Type.Optional(Type.String({ maxLength: 128 })),
  site: Type.Optional(Type.String({ maxLength: 200 })),
  kind: Type.Optional(SiteKind),
  from: Type.Optional(instant),
  to: Type.Optional(instant),
  bom: Type.Optional(Type.Boolean({ description: 'CSV with a byte order mark, by which Excel knows UTF-8' })),
})
type ExportQuery = Static<typeof ExportQuery>

/** Exports at the same time; each holds a page in memory and asks the store again and again. Owner: this route. */
const maxExports = 4
const maxSeries = 5_000

export function addExportRoutes(server: FastifyInstance, dependencies: ExportDependencies): void {
  const { store, clock } = dependencies
  let running = 0
  server.get<{ Querystring: ExportQuery }>(
    '/api/v1/readings/export',
    {
      config: { right: 'see' },
      schema: {
        tags: ['readings'],
        summary: 'Readings of many series as one CSV or Parquet file; without `from` the last 24 hours',
        description: 'Columns: series, time (UTC), value, unit, quality, text. 429: too many exports run.',
        querystring: ExportQuery,
        produces: ['text/csv', 'application/vnd.apache.parquet'],
        response: { '4xx': Problem, '5xx': Problem },
      },
    },
    async ({ query, scope }, reply) => {
      const span = parseSpan(query, clock.now())
      const series = chosen(query, scope, dependencies)
      if (running >= maxExports) throw new AppError('request.rate', `${maxExports} exports run; ask again in a minute`)
      running += 1
      reply.raw.once('close', () => (running -= 1))
      const pages = readingPages(store, series, span)
      const isCsv = query.format === 'csv'
      void reply.type(isCsv ? 'text/csv; charset=utf-8' : 'application/vnd.apache.parquet')
      void reply.header('content-disposition', `attachment; filename="musubi-readings.${query.format}"`)
      const content = isCsv ? csvOf(pages, { bom: query.bom ?? false }) : parquetOf(pages)
      return await reply.send(Readable.from(content, { objectMode: false }))
    },
  )
}

/** Those of the caller's tenants that fit, by key. Throws `not-found` for a series that is asked for by id and is not among them. */
function chosen(
  { series, gateway, site, kind }: ExportQuery,
  scope: TenantScope,
  { catalogue, directory }: ExportDependencies,
): readonly ExportedSeries[] {
  const keys = series === undefined ? undefined : new Set(series.split(','))
  const fits = (facts: SeriesFacts) =>
    scope.allowsKey(facts.key) &&
    (keys === undefined || keys.has(facts.key)) &&
    (gateway === undefined || facts.gateway === gateway) &&
    (site === undefined || facts.site === site) &&
    (kind === undefined || facts.siteKind === kind)
  const found = Array.from({ length: catalogue.size }, (_, id) => directory.facts(id)).filter(fits)
  if (keys !== undefined) {
    for (const { key } of found) keys.delete(key)
    const [unknown] = keys
    if (unknown !== undefined) throw new AppError('not-found', `there is no series ${unknown}`)
  }
  if (found.length > maxSeries) {
    throw new AppError(
      'payload.schema',
      `${found.length} series are more than ${maxSeries}; choose a gateway, site or kind`,
    )
  }
  return found.map(({ id, key, unit }) => ({ id, key, unit })).sort((a, b) => (a.key < b.key ? -1 : 1))
}
