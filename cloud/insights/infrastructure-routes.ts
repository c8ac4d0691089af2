// The routes of `/api/v1` for what infrastructure delivers: forecasts, settings of lighting and access points, and monthly reports.
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { TSchema } from 'typebox'
import { AppError } from '../../broker/contract/app-error.ts'
import { listOf, Problem } from '../http/schemas.ts'
import type { TenantScope } from '../people/principal.ts'
import { ForecastItem } from './forecasts/forecast-schemas.ts'
import { tenantOfPlace } from './infrastructure-book.ts'
import { InfrastructureSettings } from './infrastructure-settings.ts'
import { InfrastructureSettingsItem, PlaceParams, SiteOnlyQuery } from './insight-schemas.ts'
import type { Insights } from './insights.ts'
import { accessPointCsv, streetlightCsv } from './reports/report-csv.ts'
import {
  AccessPointReportItem,
  AvailabilityQuery,
  AvailabilityReport,
  ReportQuery,
  StreetlightReportItem,
} from './reports/report-schemas.ts'
import { settingsChangeOf, SettingsHeaders, taggedSettings } from './settings-change.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['insights']

export function addInfrastructureRoutes(server: FastifyInstance, insights: Insights): void {
  addForecastRoute(server, insights)
  addSettingsRoutes(server, insights)
  addReportRoutes(server, insights)
  addAvailabilityRoute(server, insights)
}

function addReportRoutes(server: FastifyInstance, insights: Insights): void {
  const report = (summary: string, item: TSchema) => ({
    config: { right: 'see' } as const,
    schema: { tags, summary, querystring: ReportQuery, response: { 200: listOf(item), ...problems } },
  })
  const csv = (summary: string) => ({
    config: { right: 'see' } as const,
    schema: { tags, summary, querystring: ReportQuery, produces: ['text/csv'], response: problems },
  })
  const streetlights = 'What the street lights of a month delivered: hours, coverage, energy, cost and repairs, by site'
  const accessPoints =
    'What the access points of a month delivered: availability, use and unmet demand, by site; counts only'
  server.get<{ Querystring: ReportQuery }>(
    '/api/v1/reports/streetlights',
    report(streetlights, StreetlightReportItem),
    async ({ query, scope }) => ({ items: await insights.reports.streetlights(query, scope) }),
  )
  server.get<{ Querystring: ReportQuery }>(
    '/api/v1/reports/streetlights.csv',
    csv(`${streetlights}, as CSV`),
    async ({ query, scope }, reply) =>
      await sendCsv(reply, 'streetlights', streetlightCsv(await insights.reports.streetlights(query, scope))),
  )
  server.get<{ Querystring: ReportQuery }>(
    '/api/v1/reports/access-points',
    report(accessPoints, AccessPointReportItem),
    async ({ query, scope }) => ({ items: await insights.reports.accessPoints(query, scope) }),
  )
  server.get<{ Querystring: ReportQuery }>(
    '/api/v1/reports/access-points.csv',
    csv(`${accessPoints}, as CSV`),
    async ({ query, scope }, reply) =>
      await sendCsv(reply, 'access-points', accessPointCsv(await insights.reports.accessPoints(query, scope))),
  )
}

function addAvailabilityRoute(server: FastifyInstance, insights: Insights): void {
  server.get<{ Querystring: AvailabilityQuery }>(
    '/api/v1/reports/availability',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'How much of each day gateways, access points, street lights and weather stations were there',
        querystring: AvailabilityQuery,
        response: { 200: AvailabilityReport, ...problems },
      },
    },
    async ({ query, scope }) => await insights.reports.availability(query, scope),
  )
}

async function sendCsv(reply: FastifyReply, name: string, text: string): Promise<FastifyReply> {
  return await reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="musubi-${name}.csv"`)
    .send(text)
}

function addForecastRoute(server: FastifyInstance, insights: Insights): void {
  server.get<{ Querystring: SiteOnlyQuery }>(
    '/api/v1/forecasts',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'The next 24 hours of the series of a place, with intervals and the skill on days held back',
        querystring: SiteOnlyQuery,
        response: { 200: listOf(ForecastItem), ...problems },
      },
    },
    async ({ query, scope }) => {
      if (!scope.allowsKey(query.site) || !insights.hasSite(query.site)) {
        throw new AppError('not-found', `there is no site ${query.site}`)
      }
      return { items: await insights.forecasts(query.site) }
    },
  )
}

function addSettingsRoutes(server: FastifyInstance, insights: Insights): void {
  server.get<{ Params: PlaceParams }>(
    '/api/v1/infrastructure-settings/:place',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'What is set of street lighting and access points: tariff, power of a lit lamp, capacity',
        params: PlaceParams,
        response: { 200: InfrastructureSettingsItem, ...problems },
      },
    },
    ({ params, scope }, reply) => {
      requirePlace(insights, params.place, scope)
      return taggedSettings(reply, insights.infrastructure(params.place))
    },
  )
  server.put<{ Params: PlaceParams; Body: InfrastructureSettings; Headers: SettingsHeaders }>(
    '/api/v1/infrastructure-settings/:place',
    {
      config: { right: 'edit-rules' },
      schema: {
        tags,
        summary: 'Sets them anew for a tenant or one of its places; what is left out is not set any more',
        description: '412 `settings.stale`: somebody else has changed them since the ETag that If-Match names.',
        params: PlaceParams,
        headers: SettingsHeaders,
        body: InfrastructureSettings,
        response: { 200: InfrastructureSettingsItem, ...problems },
      },
    },
    async (asked, reply) => {
      const { place } = asked.params
      requirePlace(insights, place, asked.scope)
      asked.audited = { subject: `infrastructure ${place}`, tenant: tenantOfPlace(place) }
      return taggedSettings(reply, await insights.setInfrastructure(place, asked.body, settingsChangeOf(asked)))
    },
  )
}

/** Throws the same `not-found` for a place of another tenant as for none. */
function requirePlace(insights: Insights, place: string, scope: TenantScope): void {
  const isThere = place.includes('/')
    ? scope.allowsKey(place) && insights.hasPlace(place)
    : scope.allows(place) && insights.hasTenant(place)
  if (!isThere) throw new AppError('not-found', `there is no tenant or place ${place} with insights`)
}
