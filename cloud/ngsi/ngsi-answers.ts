// What every route of the NGSI-LD API does alike: the headers of an answer, and which entities there are for whoever asks.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { type EntityPlan, entityPlans, type PlanFilter } from './entity-plans.ts'
import { type AnswerType, answerTypeOf } from './ngsi-context.ts'
import { NgsiError } from './ngsi-problem.ts'
import { NgsiProblem } from './ngsi-schemas.ts'
import { ngsiScope, type SeenSources } from './seen-series.ts'

export interface NgsiDependencies extends SeenSources {
  readonly clock: Clock
  readonly log: Log
}

export const ngsiProblems = { '4xx': NgsiProblem, '5xx': NgsiProblem }
export const ngsiTags = ['NGSI-LD']

/** The type of the answer, with the headers that all have. Throws BadRequestData for a type that is not there. */
export function begin(request: FastifyRequest, reply: FastifyReply): AnswerType {
  const isPublic = request.principal.kind === 'nobody'
  void reply.header('cache-control', isPublic ? 'public, max-age=10' : 'private, no-cache')
  void reply.header('vary', 'accept, authorization, cookie, ngsild-tenant')
  const type = answerTypeOf(request)
  if (type === undefined) throw new NgsiError('BadRequestData', 'JSON, JSON-LD and GeoJSON are answered')
  return type
}

/** Of the tenant of the header NGSILD-Tenant alone, where it is there. */
export function plansFor(
  request: FastifyRequest,
  dependencies: NgsiDependencies,
  filter: PlanFilter = {},
): readonly EntityPlan[] {
  const scope = ngsiScope(request.principal)
  const tenant = request.headers['ngsild-tenant']
  if (tenant === undefined) return entityPlans(dependencies, scope, filter)
  // All of them: whether there is such a tenant does not hang on what is asked for.
  const own = entityPlans(dependencies, scope).filter((plan) => plan.tenant === tenant)
  if (own.length === 0) throw new NgsiError('NonexistentTenant', `there is no tenant ${String(tenant)}`)
  return own
}
