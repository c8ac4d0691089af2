// The routes of `/api/v1` for roll-outs and their artefacts.
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { deploymentLimits } from '../../broker/contract/deployment-limits.ts'
import type { ReportedState } from '../../broker/contract/desired-state.ts'
import { Type } from 'typebox'
import { listOf, Problem } from '../http/schemas.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { ArtefactStore } from './artefact-store.ts'
import {
  ActorBody,
  AuditItem,
  GatewaySets,
  GatewaySetsQuery,
  HashParams,
  IdParams,
  NewRolloutBody,
  NextRevisionQuery,
  RolloutItem,
} from './deployment-schemas.ts'
import type { RolloutGatewayRow, RolloutRow } from './deployment-tables.ts'
import { tenantOfKey, type TenantScope } from '../people/principal.ts'
import { actorOf } from '../people/request-principal.ts'
import { keyWithin } from '../people/tenant-filter.ts'
import { desiredOf } from './rollout-rows.ts'
import type { Rollouts } from './rollouts.ts'

interface DeploymentSources {
  readonly rollouts: Rollouts
  readonly artefacts: ArtefactStore
  readonly database: HubDatabase
}

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['deployments']
const maxRolloutBytes = 64 * 2 ** 20
const defaultPatienceS = 86_400
const shownAudit = 500
const shownRollouts = 100

export function addDeploymentRoutes(server: FastifyInstance, sources: DeploymentSources): void {
  addRolloutRoutes(server, sources)
  addDecisionRoutes(server, sources)
  addArtefactRoutes(server, sources)
  addStateRoutes(server, sources)
}

function addRolloutRoutes(server: FastifyInstance, { rollouts, database }: DeploymentSources): void {
  server.get(
    '/api/v1/deployments',
    {
      config: { right: 'see-deployments' },
      schema: { tags, summary: 'Roll-outs, newest first', response: { 200: listOf(RolloutItem), ...problems } },
    },
    async ({ scope }) => {
      const rows = await database
        .selectFrom('rollouts')
        .selectAll()
        .where('id', 'not in', strangeRollouts(database, scope))
        .orderBy('created_ms', 'desc')
        .limit(shownRollouts)
        .execute()
      return { items: await Promise.all(rows.map((row) => itemOf(database, row))) }
    },
  )
  server.get<{ Params: IdParams }>(
    '/api/v1/deployments/:id',
    {
      config: { right: 'see-deployments' },
      schema: { tags, summary: 'One roll-out', params: IdParams, response: { 200: RolloutItem, ...problems } },
    },
    async ({ params, scope }) => rolloutItem(database, params.id, scope),
  )
  server.post<{ Body: NewRolloutBody }>(
    '/api/v1/deployments',
    {
      config: { right: 'deploy' },
      bodyLimit: maxRolloutBytes,
      schema: {
        tags,
        summary: 'Begins a roll-out: signed desired states, in waves, halted by itself when too many fail',
        body: NewRolloutBody,
        response: { 201: RolloutItem, ...problems },
      },
    },
    async (request, reply) => {
      const { body, ip, scope } = request
      const { by, waves = [], maxFailures = 0, patienceS = defaultPatienceS, ...given } = body
      const gateways = given.documents.map((signed) => desiredOf(signed).gateway)
      requireGateways(gateways, scope)
      const actor = { by: actorOf(request, by), remote: ip }
      const id = await rollouts.create({ ...given, waves, maxFailures, patienceS }, actor, scope)
      request.audited = { subject: `roll-out ${id}`, tenant: commonTenant(gateways) }
      return reply.code(201).send(await rolloutItem(database, id, scope))
    },
  )
}

function addDecisionRoutes(server: FastifyInstance, { rollouts, database }: DeploymentSources): void {
  const decisions = [
    ['halt', 'Nobody further gets it, until it is resumed'],
    ['resume', 'Goes on; the failures so far are accepted'],
    ['abort', 'Ends it for good; gateways that have the set keep it'],
  ] as const
  for (const [decision, summary] of decisions) {
    server.post<{ Params: IdParams; Body: ActorBody }>(
      `/api/v1/deployments/:id/${decision}`,
      {
        config: { right: 'deploy' },
        schema: { tags, summary, params: IdParams, body: ActorBody, response: { 200: RolloutItem, ...problems } },
      },
      async (asked) => {
        const { params, body, ip, scope } = asked
        const { gateways } = await rolloutItem(database, params.id, scope)
        asked.audited = {
          subject: `roll-out ${params.id}`,
          tenant: commonTenant(gateways.map(({ gateway }) => gateway)),
        }
        await rollouts[decision](params.id, { by: actorOf(asked, body.by), remote: ip })
        return rolloutItem(database, params.id, scope)
      },
    )
  }
}

function addArtefactRoutes(server: FastifyInstance, { artefacts }: DeploymentSources): void {
  // A scope of its own: only here are bodies passed on as they come.
  void server.register((scope, _options, done) => {
    scope.addContentTypeParser('application/octet-stream', (_request: FastifyRequest, payload, parsed) => {
      parsed(null, payload)
    })
    scope.put<{ Params: HashParams; Body: unknown }>(
      '/api/v1/artefacts/:sha256',
      {
        config: { right: 'deploy' },
        bodyLimit: deploymentLimits.artefactBytes,
        schema: { tags, summary: 'Uploads an artefact under its sha-256', params: HashParams },
      },
      async ({ params, body, scope: asker }, reply) => {
        // A request without a body has none to read.
        if (!(body instanceof Readable))
          throw new AppError('payload.malformed', 'the artefact is the body of the request')
        return reply.code(201).send(await artefacts.keep(params.sha256, body, asker))
      },
    )
    scope.get<{ Params: HashParams }>(
      '/api/v1/artefacts/:sha256',
      {
        config: { right: 'deploy' },
        schema: { tags, summary: 'Whether one has uploaded an artefact that is at the hub', params: HashParams },
      },
      async ({ params, scope: asker }) => {
        const bytes = await artefacts.checked(params.sha256, asker)
        if (bytes === undefined) throw new AppError('not-found', `there is no artefact ${params.sha256}`)
        return { sha256: params.sha256, bytes }
      },
    )
    done()
  })
}

function addStateRoutes(server: FastifyInstance, { rollouts, database }: DeploymentSources): void {
  server.get<{ Querystring: GatewaySetsQuery }>(
    '/api/v1/deployments/gateways',
    {
      config: { right: 'see-deployments' },
      schema: {
        tags,
        summary: 'What each gateway runs, and what became of what it was offered last',
        querystring: GatewaySetsQuery,
        response: { 200: listOf(GatewaySets), ...problems },
      },
    },
    async ({ query: { gateway: asked }, scope }) => {
      const seen = database.selectFrom('reported_states').selectAll().where(keyWithin('gateway', scope))
      const all = seen.orderBy('gateway')
      const rows = await (asked === undefined ? all : all.where('gateway', '=', asked)).execute()
      const items = rows.map(({ gateway, document, received_ms: received }) => ({
        gateway,
        received,
        reported: JSON.parse(document) as ReportedState,
      }))
      return { items }
    },
  )
  server.get<{ Querystring: NextRevisionQuery }>(
    '/api/v1/deployments/next-revision',
    {
      config: { right: 'deploy' },
      schema: {
        tags,
        summary: 'The revision that a new document for these gateways must have',
        querystring: NextRevisionQuery,
        response: { 200: Type.Object({ revision: Type.Integer() }), ...problems },
      },
    },
    async ({ query, scope }) => {
      const gateways = query.gateways.split(',')
      requireGateways(gateways, scope)
      return { revision: await rollouts.nextRevision(gateways) }
    },
  )
  server.get(
    '/api/v1/deployments/audit',
    {
      config: { right: 'see-deployments' },
      schema: { tags, summary: 'Who decided what, newest first', response: { 200: listOf(AuditItem), ...problems } },
    },
    async ({ scope }) => {
      const rows = await database
        .selectFrom('deployment_audit')
        .select(['time_ms', 'actor', 'remote', 'action', 'rollout', 'detail'])
        .where('rollout', 'not in', strangeRollouts(database, scope))
        .orderBy('time_ms', 'desc')
        .orderBy('turn', 'desc')
        .limit(shownAudit)
        .execute()
      return { items: rows.map(({ time_ms: time, actor: by, ...rest }) => ({ time, by, ...rest })) }
    },
  )
}

async function rolloutItem(database: HubDatabase, id: string, scope: TenantScope): Promise<RolloutItem> {
  const row = await database
    .selectFrom('rollouts')
    .selectAll()
    .where('id', '=', id)
    .where('id', 'not in', strangeRollouts(database, scope))
    .executeTakeFirst()
  if (row === undefined) throw new AppError('not-found', `there is no roll-out ${id}`)
  return itemOf(database, row)
}

/** Those with a gateway of another tenant: a roll-out is seen whole or not at all. */
function strangeRollouts(database: HubDatabase, scope: TenantScope) {
  return database
    .selectFrom('rollout_gateways')
    .select('rollout')
    .where((where) => where.not(keyWithin('gateway', scope)))
}

function requireGateways(gateways: readonly string[], scope: TenantScope): void {
  const strange = gateways.find((gateway) => !scope.allowsKey(gateway))
  if (strange !== undefined) throw new AppError('not-found', `there is no gateway ${strange}`)
}

/** Undefined: of several, and so for the city's auditors alone. */
function commonTenant(gateways: readonly string[]): string | undefined {
  const tenants = new Set(gateways.map(tenantOfKey))
  return tenants.size === 1 ? [...tenants][0] : undefined
}

async function itemOf(database: HubDatabase, row: RolloutRow): Promise<RolloutItem> {
  const members = await database
    .selectFrom('rollout_gateways')
    .selectAll()
    .where('rollout', '=', row.id)
    .orderBy('wave')
    .orderBy('gateway')
    .execute()
  return {
    id: row.id,
    name: row.name,
    state: row.state as RolloutItem['state'],
    reason: row.reason,
    createdBy: row.created_by,
    created: row.created_ms,
    wave: row.wave,
    waves: row.waves,
    maxFailures: row.max_failures,
    gateways: members.map(gatewayOf),
  }
}

function gatewayOf(member: RolloutGatewayRow): RolloutItem['gateways'][number] {
  const { gateway, wave, revision, state, code, message, updated_ms: updated } = member
  return { gateway, wave, revision, state: state as RolloutItem['gateways'][number]['state'], code, message, updated }
}
