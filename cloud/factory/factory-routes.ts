// The routes of `/api/v1` for factories: lines, yield, parts with their corrections, and what is set of a site.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Commands } from '../commands/commands.ts'
import { listOf, Problem } from '../http/schemas.ts'
import { tenantOfKey } from '../people/principal.ts'
import { actorOf } from '../people/request-principal.ts'
import type { Factories } from './factories.ts'
import {
  FactoryItem,
  FactoryParams,
  FactorySettingsItem,
  LineParams,
  PartPage,
  PartsQuery,
  PicturesBody,
  YieldQuery,
  YieldReport,
} from './factory-schemas.ts'
import { FactorySettings } from './factory-settings.ts'
import { addTeachingRoutes } from './teaching-routes.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['factories']

export function addFactoryRoutes(
  server: FastifyInstance,
  factories: Factories,
  commands: Pick<Commands, 'send' | 'ask'>,
): void {
  addListRoutes(server, factories)
  addSettingsRoutes(server, factories)
  addPicturesRoute(server, factories, commands)
  addTeachingRoutes(server, factories, commands)
}

function addListRoutes(server: FastifyInstance, factories: Factories): void {
  server.get(
    '/api/v1/factories',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'Sites with inspection lines: what judges them, how well it was taught, what leaves the factory',
        response: { 200: listOf(FactoryItem), ...problems },
      },
    },
    async ({ scope }) => ({ items: await factories.list(scope) }),
  )
  server.get<{ Params: FactoryParams; Querystring: YieldQuery }>(
    '/api/v1/factories/:site/yield',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'How much was good: as the model judged and as people corrected it, by hour, shift or lot',
        description: 'Without `from` the last 24 hours. Kinds of defect are counted as people named them.',
        params: FactoryParams,
        querystring: YieldQuery,
        response: { 200: YieldReport, ...problems },
      },
    },
    async ({ params, query, scope }) => await factories.yield(params.site, query, scope),
  )
  server.get<{ Params: FactoryParams; Querystring: PartsQuery }>(
    '/api/v1/factories/:site/parts',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'Parts that were judged, newest first, each with what somebody said of it',
        params: FactoryParams,
        querystring: PartsQuery,
        response: { 200: PartPage, ...problems },
      },
    },
    async ({ params, query, scope }) => await factories.parts(params.site, query, scope),
  )
}

function addSettingsRoutes(server: FastifyInstance, factories: Factories): void {
  const item = (site: string): FactorySettingsItem => {
    const { settings, changedMs, changedBy } = factories.settings.get(site)
    return { site, settings, changed: changedMs, changedBy }
  }
  server.get<{ Params: FactoryParams }>(
    '/api/v1/factories/:site/settings',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'Shifts and kinds of defect of a site',
        params: FactoryParams,
        response: { 200: FactorySettingsItem, ...problems },
      },
    },
    ({ params, scope }) => {
      factories.place(params.site, scope)
      return item(params.site)
    },
  )
  server.put<{ Params: FactoryParams; Body: FactorySettings }>(
    '/api/v1/factories/:site/settings',
    {
      config: { right: 'edit-rules' },
      schema: {
        tags,
        summary: 'Sets shifts and kinds of defect of a site anew',
        params: FactoryParams,
        body: FactorySettings,
        response: { 200: FactorySettingsItem, ...problems },
      },
    },
    async (asked) => {
      const { site } = asked.params
      factories.place(site, asked.scope)
      asked.audited = { subject: `factory ${site}`, tenant: tenantOfKey(site) }
      await factories.settings.set(site, asked.body, actorOf(asked, undefined) || undefined)
      return item(site)
    },
  )
}

function addPicturesRoute(server: FastifyInstance, factories: Factories, commands: Pick<Commands, 'send'>): void {
  server.put<{ Params: LineParams; Body: PicturesBody }>(
    '/api/v1/lines/:line/pictures',
    {
      config: { right: 'command' },
      schema: {
        tags,
        summary:
          'Which pictures of verdicts leave the factory from now on; never more than its gateway is configured for',
        description: '409: the configuration of the gateway allows less, or it is not connected.',
        params: LineParams,
        body: PicturesBody,
        response: { 200: PicturesBody, ...problems },
      },
    },
    async (asked) => {
      const { line } = asked.params
      const { gateway, device } = factories.line(line, asked.scope)
      const { pictures } = asked.body
      asked.audited = { subject: `pictures ${line} ${pictures}`, tenant: tenantOfKey(line) }
      const allowed = gateway.birth?.inspections?.find(({ id }) => id === device.id)
      if (allowed === undefined) throw new AppError('command.unavailable', `${gateway.id} cannot be asked for that`)
      const by = actorOf(asked, undefined)
      const given = { inspection: device.id, pictures }
      await commands.send({ gateway: gateway.id, kind: 'pictures', arguments: given, by, remote: asked.ip })
      return { pictures }
    },
  )
}
