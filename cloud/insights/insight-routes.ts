// The routes of `/api/v1` for insights: what is advised now and was before, from what it was computed, and the settings of fields.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { listOf, Problem } from '../http/schemas.ts'
import { tenantOfKey, type TenantScope } from '../people/principal.ts'
import { FieldSettings } from './field-settings.ts'
import {
  AdviceItem,
  AdviceLogItem,
  AdviceQuery,
  FieldParams,
  FieldSettingsItem,
  InsightItem,
  InsightRunItem,
  SiteQuery,
} from './insight-schemas.ts'
import type { Insights } from './insights.ts'
import { settingsChangeOf, SettingsHeaders, taggedSettings } from './settings-change.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['insights']

export function addInsightRoutes(server: FastifyInstance, insights: Insights): void {
  addAdviceRoutes(server, insights)
  addProvenanceRoutes(server, insights)
  addSettingsRoutes(server, insights)
}

function addAdviceRoutes(server: FastifyInstance, insights: Insights): void {
  server.get<{ Querystring: AdviceQuery }>(
    '/api/v1/advice',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: "What is advised now for each place, most urgent first, and what can't be told",
        querystring: AdviceQuery,
        response: { 200: listOf(AdviceItem), ...problems },
      },
    },
    ({ query, scope }) => ({
      items: insights
        .advice(scope)
        .filter(({ site }) => query.site === undefined || query.site === site)
        .filter(({ level }) => query.level === undefined || query.level === level),
    }),
  )
  server.get<{ Querystring: SiteQuery }>(
    '/api/v1/advice/log',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'What was advised for a place, newest first; an entry holds until the next one of its insight',
        querystring: SiteQuery,
        response: { 200: listOf(AdviceLogItem), ...problems },
      },
    },
    async ({ query, scope }) => {
      requirePlace(insights, query.site, scope)
      return { items: await insights.log(query.site, query.limit ?? 200) }
    },
  )
}

function addProvenanceRoutes(server: FastifyInstance, insights: Insights): void {
  server.get(
    '/api/v1/insights',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'The insights that this hub runs: their inputs, outputs, version and source',
        response: { 200: listOf(InsightItem), ...problems },
      },
    },
    () => ({ items: insights.list() }),
  )
  server.get<{ Querystring: SiteQuery }>(
    '/api/v1/insights/runs',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary:
          'From what the results of a place were computed, newest first; of two that overlap the newer one holds',
        querystring: SiteQuery,
        response: { 200: listOf(InsightRunItem), ...problems },
      },
    },
    async ({ query, scope }) => {
      requirePlace(insights, query.site, scope)
      return { items: await insights.runs(query.site, query.limit ?? 200) }
    },
  )
}

function addSettingsRoutes(server: FastifyInstance, insights: Insights): void {
  server.get(
    '/api/v1/field-settings',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'What is set of every field, also of those of which nothing is',
        response: { 200: listOf(FieldSettingsItem), ...problems },
      },
    },
    // A farmer's screen shows depths of all fields at once, for which it needs the zero of each: one request, not one a field.
    ({ scope }) => ({ items: insights.fields(scope) }),
  )
  server.get<{ Params: FieldParams }>(
    '/api/v1/field-settings/:site',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'What is set of a field: cultivar, dates, soil, zero of the depth',
        params: FieldParams,
        response: { 200: FieldSettingsItem, ...problems },
      },
    },
    ({ params, scope }, reply) => {
      requirePlace(insights, params.site, scope)
      return taggedSettings(reply, insights.settings(params.site))
    },
  )
  server.put<{ Params: FieldParams; Body: FieldSettings; Headers: SettingsHeaders }>(
    '/api/v1/field-settings/:site',
    {
      config: { right: 'handle-alarms' },
      schema: {
        tags,
        summary: 'Sets a field anew; what is left out is not set any more. What it advises follows in seconds',
        description: '412 `settings.stale`: somebody else has changed them since the ETag that If-Match names.',
        params: FieldParams,
        headers: SettingsHeaders,
        body: FieldSettings,
        response: { 200: FieldSettingsItem, ...problems },
      },
    },
    async (asked, reply) => {
      const { site } = asked.params
      requirePlace(insights, site, asked.scope)
      asked.audited = { subject: `field ${site}`, tenant: tenantOfKey(site) }
      return taggedSettings(reply, await insights.set(site, asked.body, settingsChangeOf(asked)))
    },
  )
}

/** Throws the same `not-found` for a place of another tenant as for none. */
function requirePlace(insights: Insights, site: string, scope: TenantScope): void {
  if (scope.allowsKey(site) && insights.hasPlace(site)) return
  throw new AppError('not-found', `there is no place ${site} with insights`)
}
