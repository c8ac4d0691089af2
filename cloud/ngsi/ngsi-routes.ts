// The read API of NGSI-LD (ETSI GS CIM 009) under /ngsi-ld/v1: what is published for everybody, and one's own for who signs in.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AppError } from '../../broker/contract/app-error.ts'
import type { Log } from '../../broker/contract/ports.ts'
import { problemOf, sendProblem } from '../http/problem.ts'
import { allowOtherSites, publicConfig } from '../http/public-manners.ts'
import { baseOf } from '../open-data/public-routes.ts'
import { type Entity, entityFeature, represented, type Representation, withOnly } from './entity.ts'
import type { EntityPlan } from './entity-plans.ts'
import { choiceOf, type ListChoice, listChoiceOf } from './entity-query.ts'
import { entityOf } from './entity-values.ts'
import { addTypeRoutes } from './ngsi-type-routes.ts'
import { addLink, type AnswerType, contextDocument, contextName, withContext } from './ngsi-context.ts'
import { NgsiError, sendNgsiError } from './ngsi-problem.ts'
import {
  EntitiesQuery,
  EntityParams,
  EntityQuery,
  NameParams,
  TemporalListQuery,
  TemporalQuery,
} from './ngsi-schemas.ts'
import { begin, type NgsiDependencies, ngsiProblems, ngsiTags, plansFor } from './ngsi-answers.ts'
import { temporalChoiceOf, temporalEntity } from './temporal.ts'

const temporalOptions = ['temporalValues', 'aggregatedValues']
/** The past of so many entities at once. */
const mostTemporal = 20

export function addNgsiRoutes(server: FastifyInstance, dependencies: NgsiDependencies): void {
  void server.register((scope, _options, done) => {
    allowOtherSites(scope, '/ngsi-ld/*')
    scope.setErrorHandler((error, request, reply) => sendFault(error as Error, request, reply, dependencies.log))
    addEntityRoutes(scope, dependencies)
    addTemporalRoutes(scope, dependencies)
    addTypeRoutes(scope, dependencies)
    addContextRoute(scope)
    done()
  })
}

function addEntityRoutes(scope: FastifyInstance, dependencies: NgsiDependencies): void {
  scope.get<{ Querystring: EntitiesQuery }>(
    '/ngsi-ld/v1/entities',
    {
      config: publicConfig,
      schema: { tags: ngsiTags, summary: 'Entities', querystring: EntitiesQuery, response: { ...ngsiProblems } },
    },
    async (request, reply) => {
      const type = begin(request, reply)
      const choice = listChoiceOf(request.query)
      const found = await matching(plansFor(request, dependencies, choice), choice)
      const entities = found.slice(choice.offset, choice.offset + choice.limit)
      addPaging(request, reply, choice, found.length)
      const base = baseOf(request, dependencies.openData)
      return await reply.send(withContext(listBody(entities, type, choice.representation), type, base, reply))
    },
  )
  scope.get<{ Params: EntityParams; Querystring: EntityQuery }>(
    '/ngsi-ld/v1/entities/:entityId',
    {
      config: publicConfig,
      schema: {
        tags: ngsiTags,
        summary: 'One entity',
        params: EntityParams,
        querystring: EntityQuery,
        response: { ...ngsiProblems },
      },
    },
    async (request, reply) => {
      const type = begin(request, reply)
      const choice = choiceOf(request.query)
      const plan = planOr404(request, dependencies)
      const entity = withOnly(await entityOf(plan), choice.attrs)
      const isOfType = choice.types?.includes(plan.type) ?? true
      if (entity === undefined || !isOfType) throw notFound(plan.id)
      const base = baseOf(request, dependencies.openData)
      const body = type === 'application/geo+json' ? entityFeature(entity) : represented(entity, choice.representation)
      return await reply.send(withContext(body, type, base, reply))
    },
  )
}

function addTemporalRoutes(scope: FastifyInstance, dependencies: NgsiDependencies): void {
  const { clock } = dependencies
  scope.get<{ Querystring: TemporalListQuery }>(
    '/ngsi-ld/v1/temporal/entities',
    {
      config: publicConfig,
      schema: {
        tags: ngsiTags,
        summary: 'The past of entities; at most 20 of them, 31 days and 10,000 values of an attribute',
        querystring: TemporalListQuery,
        response: { ...ngsiProblems },
      },
    },
    async (request, reply) => {
      const type = jsonTypeOf(request, reply)
      const choice = listChoiceOf(request.query, temporalOptions)
      if (request.query.timerel === undefined) throw new NgsiError('BadRequestData', 'timerel is asked for (5.7.4)')
      const times = temporalChoiceOf(request.query, choice.options, clock.now())
      const found = await matching(plansFor(request, dependencies, choice), { ...choice, attrs: undefined })
      const past = []
      for (const { plan } of found.slice(choice.offset, choice.offset + Math.min(choice.limit, mostTemporal))) {
        past.push(await temporalEntity(plan, choice.attrs, times))
      }
      addPaging(request, reply, { ...choice, limit: Math.min(choice.limit, mostTemporal) }, found.length)
      const body = past.filter((one) => one !== undefined)
      return await reply.send(withContext(body, type, baseOf(request, dependencies.openData), reply))
    },
  )
  scope.get<{ Params: EntityParams; Querystring: TemporalQuery }>(
    '/ngsi-ld/v1/temporal/entities/:entityId',
    {
      config: publicConfig,
      schema: {
        tags: ngsiTags,
        summary: 'The past of one entity; without timerel the last 24 hours',
        params: EntityParams,
        querystring: TemporalQuery,
        response: { ...ngsiProblems },
      },
    },
    async (request, reply) => {
      const type = jsonTypeOf(request, reply)
      const choice = choiceOf(request.query, temporalOptions)
      const times = temporalChoiceOf(request.query, choice.options, clock.now())
      const plan = planOr404(request, dependencies)
      const past = (await temporalEntity(plan, choice.attrs, times)) ?? { id: plan.id, type: plan.type }
      return await reply.send(withContext(past, type, baseOf(request, dependencies.openData), reply))
    },
  )
}

function addContextRoute(scope: FastifyInstance): void {
  scope.get<{ Params: NameParams }>(
    '/ngsi-ld/v1/jsonldContexts/:name',
    {
      config: publicConfig,
      schema: {
        tags: ngsiTags,
        summary: 'The JSON-LD context of the entities',
        params: NameParams,
        response: { ...ngsiProblems },
      },
    },
    async ({ params: { name } }, reply) => {
      if (name !== contextName) throw new NgsiError('ResourceNotFound', `there is no context ${name}`)
      void reply.header('cache-control', 'public, max-age=3600').type('application/ld+json; charset=utf-8')
      return await reply.send(JSON.stringify(contextDocument()))
    },
  )
}

function jsonTypeOf(request: FastifyRequest, reply: FastifyReply): AnswerType {
  const type = begin(request, reply)
  if (type === 'application/geo+json') throw new NgsiError('BadRequestData', 'the past is answered as JSON or JSON-LD')
  return type
}

function planOr404(request: FastifyRequest<{ Params: EntityParams }>, dependencies: NgsiDependencies): EntityPlan {
  const { entityId } = request.params
  const [, , type = '', tenant = '', gateway = ''] = entityId.split(':')
  const filter = { types: [type], ...(gateway === 'place' ? {} : { gateway: `${tenant}/${gateway}` }) }
  const plan = plansFor(request as FastifyRequest, dependencies, filter).find(({ id }) => id === entityId)
  if (plan === undefined) throw notFound(entityId)
  return plan
}

function notFound(id: string): NgsiError {
  return new NgsiError('ResourceNotFound', `there is no entity ${id}`)
}

interface Found extends Entity {
  readonly plan: EntityPlan
}

async function matching(plans: readonly EntityPlan[], choice: ListChoice): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const plan of plans) {
    if (!choice.isPlanned(plan)) continue
    const entity = await entityOf(plan)
    const shown = withOnly(entity, choice.attrs)
    if (shown === undefined || !choice.tests.every((test) => test(entity))) continue
    found.push({ ...shown, plan })
  }
  return found
}

function listBody(entities: readonly Entity[], type: AnswerType, how: Representation): object {
  if (type !== 'application/geo+json') return entities.map((entity) => represented(entity, how))
  return { type: 'FeatureCollection', features: entities.map(entityFeature) }
}

/** Links to the pages before and after (6.3.10), and the number of all where it is asked for. */
function addPaging(
  request: FastifyRequest,
  reply: FastifyReply,
  { limit, offset, isCounted }: ListChoice,
  total: number,
): void {
  if (isCounted) void reply.header('ngsild-results-count', String(total))
  if (limit === 0) return
  const page = (to: number, rel: string) => {
    const url = new URL(request.url, 'http://hub')
    url.searchParams.set('offset', String(to))
    url.searchParams.set('limit', String(limit))
    addLink(reply, `<${url.pathname}${url.search}>; rel="${rel}"`)
  }
  if (offset > 0) page(Math.max(0, offset - limit), 'prev')
  if (offset + limit < total) page(offset + limit, 'next')
}

/** What the caller did wrong in the words of NGSI-LD; what else went wrong as everywhere. */
function sendFault(error: Error, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  if (error instanceof NgsiError) {
    sendNgsiError(reply, error.errorName, error.message)
    return
  }
  const problem = problemOf(error as AppError, request.url)
  if (problem.status === 400) sendNgsiError(reply, 'BadRequestData', problem.detail)
  else sendProblem(error as AppError, request, reply, log)
}
