// The routes of `/api/v1` for alarm rules: what holds, who changed it when, and what a rule would have raised.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../../broker/contract/app-error.ts'
import type { Clock } from '../../../broker/contract/ports.ts'
import { entityTag, taggedRevision } from '../../http/entity-tag.ts'
import { problemOf } from '../../http/problem.ts'
import { listOf, Problem } from '../../http/schemas.ts'
import { parseSpan } from '../../http/time-span.ts'
import type { Audit } from '../../people/audit.ts'
import { actorOf } from '../../people/request-principal.ts'
import {
  GivenRule,
  PreviewAnswer,
  PreviewBody,
  RuleChangeQuery,
  RuleHeaders,
  RuleItem,
  RuleParams,
  RuleRevisionItem,
  RulesQuery,
} from './rule-api-schemas.ts'
import { faultPlace } from './rule-fault.ts'
import { type RuleBook, RuleFaults, type RuleRevision, type WrittenRule } from './rule-book.ts'
import type { Preview, Previews } from './rule-preview.ts'
import type { AlarmRule } from './rule.ts'

export interface RuleRoutesDependencies {
  readonly rules: RuleBook
  readonly previews: Previews
  readonly audit: Audit
  readonly clock: Clock
}

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['rules']
/** A rule may hold what a thousand places set otherwise. */
const maxRuleBytes = 512 * 1024
const shownRevisions = 200
const shownIntervals = 1_000
const previewDays = 30
const longestPreviewDays = 400
const dayMs = 86_400_000

export function addRuleRoutes(server: FastifyInstance, dependencies: RuleRoutesDependencies): void {
  addReadRoutes(server, dependencies)
  addChangeRoutes(server, dependencies)
  addPreviewRoute(server, dependencies)
}

function addReadRoutes(server: FastifyInstance, { rules }: RuleRoutesDependencies): void {
  server.get<{ Querystring: RulesQuery }>(
    '/api/v1/rules',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'Alarm rules: what tenants have written, and the rules of the file of the hub',
        querystring: RulesQuery,
        response: { 200: listOf(RuleItem), ...problems },
      },
    },
    ({ query, scope }) => {
      const isAsked = (tenant: string) => (query.tenant ?? tenant) === tenant && scope.allows(tenant)
      return { items: rules.list(isAsked).map(ruleItem) }
    },
  )
  server.get<{ Params: RuleParams }>(
    '/api/v1/rules/:tenant/:id',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'The rule that holds for a tenant under this id, with its ETag',
        params: RuleParams,
        response: { 200: RuleItem, ...problems },
      },
    },
    ({ params, scope }, reply) => {
      requireTenant(scope, params)
      return answerRule(reply, rules.get(params.tenant, params.id))
    },
  )
  server.get<{ Params: RuleParams }>(
    '/api/v1/rules/:tenant/:id/history',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'Every revision of a rule that a tenant wrote, newest first: who, when, what',
        params: RuleParams,
        response: { 200: listOf(RuleRevisionItem), ...problems },
      },
    },
    async ({ params, scope }) => {
      requireTenant(scope, params)
      return { items: (await rules.history(params.tenant, params.id, shownRevisions)).map(revisionItem) }
    },
  )
}

interface Change {
  readonly Params: RuleParams
  readonly Querystring: RuleChangeQuery
  readonly Headers: RuleHeaders
}

function addChangeRoutes(server: FastifyInstance, { rules, audit }: RuleRoutesDependencies): void {
  const schema = { tags, params: RuleParams, querystring: RuleChangeQuery, headers: RuleHeaders }
  const tell = (request: FastifyRequest<Change>, action: string) =>
    audit.append({
      who: actorOf(request, request.query.by),
      action,
      subject: `${request.params.tenant}/${request.params.id}`,
      detail: request.query.comment === undefined ? {} : { comment: request.query.comment },
      tenant: request.params.tenant,
      remote: request.ip,
    })
  server.put<Change & { Body: GivenRule }>(
    '/api/v1/rules/:tenant/:id',
    {
      config: { right: 'edit-rules' },
      bodyLimit: maxRuleBytes,
      schema: {
        ...schema,
        summary: 'Saves a rule, which is in force at once; over one of the file: for this tenant in its place',
        description: '412: somebody else has changed it meanwhile, or it is there already and If-Match names nothing.',
        body: GivenRule,
        response: { 200: RuleItem, ...problems },
      },
    },
    async (request, reply) => {
      requireTenant(request.scope, request.params)
      try {
        const written = await rules.put(changeOf(request, rules), request.body)
        await tell(request, 'rule.saved')
        return await answerRule(reply, written)
      } catch (thrown) {
        return answerFaults(thrown, request, reply)
      }
    },
  )
  server.delete<Change>(
    '/api/v1/rules/:tenant/:id',
    {
      config: { right: 'edit-rules' },
      schema: {
        ...schema,
        summary: 'Takes back what a tenant wrote; a rule of the file under the same id holds again',
        response: { 204: { type: 'null' }, ...problems },
      },
    },
    async (request, reply) => {
      requireTenant(request.scope, request.params)
      try {
        await rules.delete(changeOf(request, rules))
        await tell(request, 'rule.deleted')
        return await reply.code(204).send()
      } catch (thrown) {
        return answerFaults(thrown, request, reply)
      }
    },
  )
}

function addPreviewRoute(server: FastifyInstance, { rules, previews, clock }: RuleRoutesDependencies): void {
  server.post<{ Body: PreviewBody }>(
    '/api/v1/rules/preview',
    {
      config: { right: 'edit-rules' },
      bodyLimit: maxRuleBytes,
      schema: {
        tags,
        summary: 'What a rule would have raised over the stored past; saves nothing',
        description: 'The rule itself is run over stored readings and events, in the order of their own times.',
        body: PreviewBody,
        response: { 200: PreviewAnswer, ...problems },
      },
    },
    async (request, reply) => {
      const { tenant, rule: given } = request.body
      requireTenant(request.scope, { tenant })
      try {
        const rule = rules.checked(tenant, typeof given['id'] === 'string' ? given['id'] : 'preview', given)
        const span = previewSpan(request.body, clock.now())
        const others = rules.partsOf(tenant, rule).map((other) => ({ ...other, scope: { tenant } }))
        const preview = await previews.run({ rule, others, ...span })
        return previewAnswer(preview, span)
      } catch (thrown) {
        return answerFaults(thrown, request, reply)
      }
    },
  )
}

function previewSpan({ from, to }: PreviewBody, nowMs: number): { readonly fromMs: number; readonly toMs: number } {
  const span = parseSpan({ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }, nowMs)
  const fromMs = from === undefined ? span.toMs - previewDays * dayMs : span.fromMs
  if (span.toMs - fromMs <= longestPreviewDays * dayMs) return { fromMs, toMs: span.toMs }
  throw new AppError('store.query', `a preview goes over at most ${longestPreviewDays} days`)
}

function requireTenant(scope: FastifyRequest['scope'], { tenant }: { readonly tenant: string }): void {
  if (!scope.allows(tenant)) throw new AppError('not-found', `there is no tenant ${tenant}`)
}

function changeOf(request: FastifyRequest<Change>, rules: RuleBook) {
  const { params, query, headers } = request
  return {
    ...params,
    seen: seenOf(headers['if-match'], params, rules),
    by: actorOf(request, query.by),
    comment: query.comment,
  }
}

/** The revision that If-Match names; none: there is none yet. */
function seenOf(tag: string | undefined, { tenant, id }: RuleParams, rules: RuleBook): number {
  if (tag === undefined) return 0
  const seen = taggedRevision(tag)
  return seen === 'any' ? rules.get(tenant, id).revision : seen
}

function answerRule(reply: FastifyReply, written: WrittenRule): FastifyReply {
  return reply.header('etag', entityTag(written.revision)).send(ruleItem(written))
}

/** Every fault in its place, as for a body that does not fit its schema. */
function answerFaults(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!(thrown instanceof RuleFaults)) throw thrown
  const errors = thrown.faults.map((fault) => {
    const { code, values, message } = fault
    return { path: faultPlace(fault), message, code, values: { ...values, ...(fault.rule && { rule: fault.rule }) } }
  })
  const problem = { ...problemOf(thrown, request.url), errors }
  return reply.code(problem.status).header('content-type', 'application/problem+json').send(problem)
}

function ruleItem({ tenant, rule, revision, changedMs, changedBy }: WrittenRule): RuleItem {
  return {
    id: rule.id,
    tenant: tenant ?? null,
    source: tenant === undefined ? 'file' : 'own',
    revision,
    changedAt: changedMs ?? null,
    changedBy: changedBy ?? null,
    rule: withoutScope(rule),
  }
}

function revisionItem({ revision, action, rule, changedMs, changedBy, comment }: RuleRevision): RuleRevisionItem {
  return {
    revision,
    action,
    changedAt: changedMs,
    changedBy,
    comment: comment ?? null,
    rule: rule === undefined ? null : withoutScope(rule),
  }
}

function withoutScope(rule: AlarmRule): AlarmRule {
  const { scope: _scope, ...written } = rule
  return written
}

function previewAnswer(
  preview: Preview,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): PreviewAnswer {
  const { throughMs, series, seriesWatched, readings, events, intervals } = preview
  return {
    from: fromMs,
    through: throughMs,
    complete: throughMs >= toMs && series === seriesWatched,
    series,
    seriesWatched,
    readings,
    events,
    raised: intervals.length,
    subjects: new Set(intervals.map(({ subject }) => subject.key)).size,
    intervals: intervals.slice(0, shownIntervals).map(({ subject, raisedMs, clearedMs, value }) => ({
      subject: subject.key,
      gateway: subject.gateway,
      device: subject.device ?? null,
      series: subject.series ?? null,
      site: subject.site ?? null,
      raisedAt: raisedMs,
      clearedAt: clearedMs ?? null,
      value: value === undefined || !Number.isFinite(value) ? null : value,
    })),
  }
}
