// The routes of `/api/v1` by which people decide what is published.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { Problem } from '../http/schemas.ts'
import { tenantOfKey } from '../people/principal.ts'
import { actorOf } from '../people/request-principal.ts'
import { listOfKind } from '../places/place-routes.ts'
import type { OpenData } from './open-data.ts'
import {
  ListParams,
  ListPublicationItem,
  Publications,
  SeriesIdParams,
  SeriesPublicationItem,
} from './open-data-schemas.ts'
import { ListPublication, SeriesPublication } from './publication.ts'
import type { Decision } from './publication-book.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['open data']

export function addPublicationRoutes(server: FastifyInstance, { book, series, settings, hasSeries }: OpenData): void {
  server.get(
    '/api/v1/publications',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'What somebody has decided about publishing series and lists; all else is not published',
        response: { 200: Publications, ...problems },
      },
    },
    ({ scope }) => ({
      series: [...book.seriesDecisions()]
        .filter(([key]) => scope.allowsKey(key))
        .map(([key, one]) => seriesItem(key, one)),
      lists: [...book.listDecisions()].filter(([key]) => scope.allowsKey(key)).map(([key, one]) => listItem(key, one)),
    }),
  )
  server.put<{ Params: SeriesIdParams; Body: SeriesPublication }>(
    '/api/v1/publications/series/:id',
    {
      config: { right: 'publish' },
      schema: {
        tags,
        summary: 'Publishes the readings of a series, or no longer; how late and how exactly',
        description: 'Withdrawn files may stay in caches for an hour.',
        params: SeriesIdParams,
        body: SeriesPublication,
        response: { 200: SeriesPublicationItem, ...problems },
      },
    },
    async (asked) => {
      const { id } = asked.params
      if (!asked.scope.allowsKey(id) || !hasSeries(id)) throw new AppError('not-found', `there is no series ${id}`)
      asked.audited = { subject: `publication of ${id}`, tenant: tenantOfKey(id), detail: asked.body }
      const decision = await book.setSeries(id, asked.body, actorOf(asked, undefined) || undefined)
      series.forget(id)
      return seriesItem(id, decision)
    },
  )
  server.put<{ Params: ListParams; Body: ListPublication }>(
    '/api/v1/publications/lists/:tenant/:kind',
    {
      config: { right: 'publish' },
      schema: {
        tags,
        summary: 'Publishes a list of places, or no longer',
        params: ListParams,
        body: ListPublication,
        response: { 200: ListPublicationItem, ...problems },
      },
    },
    async (asked) => {
      const { tenant, kind } = asked.params
      if (!asked.scope.allows(tenant)) throw new AppError('not-found', `there is no tenant ${tenant}`)
      listOfKind(settings, kind)
      const wanted = asked.body.public ? 'on' : 'off'
      asked.audited = { subject: `publication of the list ${tenant}/${kind}: ${wanted}`, tenant }
      const decision = await book.setList(tenant, kind, asked.body, actorOf(asked, undefined) || undefined)
      return listItem(`${tenant}/${kind}`, decision)
    },
  )
}

function seriesItem(
  series: string,
  { settings, changedMs, changedBy }: Decision<SeriesPublication>,
): SeriesPublicationItem {
  return { series, settings, changedAt: changedMs, changedBy }
}

function listItem(key: string, { settings, changedMs, changedBy }: Decision<ListPublication>): ListPublicationItem {
  const [tenant = '', kind = ''] = key.split('/')
  return { tenant, kind, settings, changedAt: changedMs, changedBy }
}
