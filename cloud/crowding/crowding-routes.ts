// The routes for crowding: places that are watched, staff's counter, open and full shelters, and what everybody may see.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { allowOtherSites, publicConfig } from '../http/public-manners.ts'
import { listOf, Problem } from '../http/schemas.ts'
import { actorOf } from '../people/request-principal.ts'
import type { Crowding } from './crowding.ts'
import { CountBody, CrowdingDetail, CrowdingItem, SpotParams, SpotSettings, StateBody } from './crowding-schemas.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['crowding']
const positions = ({ position }: CrowdingItem) => (position === null ? [] : [position])

export function addCrowdingRoutes(server: FastifyInstance, crowding: Crowding): void {
  addSpotRoutes(server, crowding)
  addStaffRoutes(server, crowding)
  addPublicRoute(server, crowding)
}

function addSpotRoutes(server: FastifyInstance, crowding: Crowding): void {
  server.get(
    '/api/v1/crowding',
    {
      config: { right: 'see', positions },
      schema: {
        tags,
        summary: 'How full places are, and by what',
        response: { 200: listOf(CrowdingDetail), ...problems },
      },
    },
    ({ scope }) => ({ items: crowding.items((tenant) => scope.allows(tenant)) }),
  )
  server.put<{ Params: SpotParams; Body: SpotSettings }>(
    '/api/v1/crowding/:tenant/:id',
    {
      config: { right: 'publish' },
      schema: {
        tags,
        summary: 'Watches a place: by which access points and cameras, its capacity, and whether everybody may see it',
        params: SpotParams,
        body: SpotSettings,
        response: { 200: CrowdingDetail, ...problems },
      },
    },
    async (asked) => {
      const { tenant, id } = asked.params
      if (!asked.scope.allows(tenant)) throw new AppError('not-found', `there is no place ${tenant}/${id}`)
      const wanted = asked.body.public ? 'public' : 'not public'
      asked.audited = { subject: `crowding of ${tenant}/${id}: ${wanted}`, tenant }
      return await crowding.set(tenant, id, asked.body)
    },
  )
  server.delete<{ Params: SpotParams }>(
    '/api/v1/crowding/:tenant/:id',
    {
      config: { right: 'publish' },
      schema: {
        tags,
        summary: 'Watches a place no longer, and forgets its counts',
        params: SpotParams,
        response: { ...problems },
      },
    },
    async (request, reply) => {
      const { tenant, id } = seenSpot(crowding, request)
      await crowding.remove(tenant, id)
      return await reply.code(204).send()
    },
  )
}

function addStaffRoutes(server: FastifyInstance, crowding: Crowding): void {
  server.post<{ Params: SpotParams; Body: CountBody }>(
    '/api/v1/crowding/:tenant/:id/counts',
    {
      config: { right: 'handle-alarms' },
      schema: {
        tags,
        summary: "Staff's counter: how many people are there, or how many came and left",
        description:
          'A count holds for 20 minutes; five and more calibrate the estimates from access points and from cameras.',
        params: SpotParams,
        body: CountBody,
        response: { 200: CrowdingDetail, ...problems },
      },
    },
    async (asked) => {
      const { tenant, id } = seenSpot(crowding, asked)
      return await crowding.count(tenant, id, asked.body, actorOf(asked, undefined) || undefined)
    },
  )
  server.put<{ Params: SpotParams; Body: StateBody }>(
    '/api/v1/crowding/:tenant/:id/state',
    {
      config: { right: 'handle-alarms' },
      schema: {
        tags,
        summary: 'Says that a shelter is open, closed or full',
        params: SpotParams,
        body: StateBody,
        response: { 200: CrowdingDetail, ...problems },
      },
    },
    async (asked) => {
      const { tenant, id } = seenSpot(crowding, asked)
      return await crowding.setState(tenant, id, asked.body.state, actorOf(asked, undefined) || undefined)
    },
  )
}

function addPublicRoute(server: FastifyInstance, crowding: Crowding): void {
  void server.register((scope, _options, done) => {
    allowOtherSites(scope, '/open-data/crowding')
    scope.get(
      '/open-data/crowding',
      {
        config: { ...publicConfig, positions },
        schema: {
          tags,
          summary: 'How full the places are that everybody may see, and how old that is',
          response: { 200: listOf(CrowdingItem), ...problems },
        },
      },
      (_request, reply) => {
        void reply.header('cache-control', 'public, max-age=30')
        return { items: crowding.publicItems() }
      },
    )
    done()
  })
}

function seenSpot(crowding: Crowding, request: FastifyRequest<{ Params: SpotParams; Body: unknown }>): SpotParams {
  const { tenant, id } = request.params
  if (!request.scope.allows(tenant) || crowding.item(tenant, id) === undefined) {
    throw new AppError('not-found', `there is no place ${tenant}/${id}`)
  }
  request.audited = { subject: `crowding of ${tenant}/${id}`, tenant }
  return { tenant, id }
}
