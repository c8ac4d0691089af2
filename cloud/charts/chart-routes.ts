// `GET /api/v1/series/{id}/marks`: what a chart marks beside the curve of a series, its limits and its flawed readings.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { RuleBook } from '../alarms/rules/rule-book.ts'
import { placeOf } from '../alarms/rules/place-parameters.ts'
import { Problem, SeriesParams } from '../http/schemas.ts'
import { parseSpan } from '../http/time-span.ts'
import type { ViewSources } from '../http/views.ts'
import { qualityNames, type Store } from '../store/store.ts'
import { MarksQuery, SeriesMarks } from './chart-schemas.ts'
import { limitsOf } from './rule-limits.ts'

export interface ChartRoutesDependencies {
  readonly sources: Pick<ViewSources, 'catalogue' | 'directory' | 'registry'>
  readonly store: Pick<Store, 'flaws'>
  readonly rules: Pick<RuleBook, 'inForce'>
  readonly clock: Clock
}

const defaultBuckets = 300

export function addChartRoutes(
  server: FastifyInstance,
  { sources, store, rules, clock }: ChartRoutesDependencies,
): void {
  server.get<{ Params: SeriesParams; Querystring: MarksQuery }>(
    '/api/v1/series/:id/marks',
    {
      config: { right: 'see' },
      schema: {
        tags: ['readings'],
        summary: 'Limits of alarm rules on a series, and when its readings were uncertain or bad',
        description: 'Without `from` the last 24 hours. Flaws of readings that have expired are not known any more.',
        params: SeriesParams,
        querystring: MarksQuery,
        response: { 200: SeriesMarks, '4xx': Problem, '5xx': Problem },
      },
    },
    async ({ params, query, scope }): Promise<SeriesMarks> => {
      const id = scope.allowsKey(params.id) ? sources.catalogue.id(params.id) : undefined
      if (id === undefined) throw new AppError('not-found', `there is no series ${params.id}`)
      const span = parseSpan(query, clock.now())
      const facts = sources.directory.facts(id)
      const place = placeOf(facts, { gateway: (gateway) => sources.registry.get(gateway) })
      const flaws = await store.flaws({ series: id, ...span, buckets: query.buckets ?? defaultBuckets })
      return {
        series: params.id,
        from: span.fromMs,
        to: span.toMs,
        limits: [...limitsOf(rules.inForce(), facts, place, span)],
        flaws: flaws.map(({ firstMs, lastMs, quality, count, text }) => ({
          from: firstMs,
          to: lastMs,
          quality: qualityNames[quality] === 'uncertain' ? 'uncertain' : 'bad',
          count,
          reason: text,
        })),
      }
    },
  )
}
