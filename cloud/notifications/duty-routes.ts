// The routes of `/api/v1` for rotas, their calendar and escalation policies.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { listOf, Problem } from '../http/schemas.ts'
import { settingsChangeOf, SettingsHeaders, taggedSettings } from '../insights/settings-change.ts'
import { everyTenant, type TenantScope } from '../people/principal.ts'
import type { Rota } from './duty-settings.ts'
import { EscalationBody, type EscalationPolicy } from './escalation-policy.ts'
import { isOfTenant } from './notice.ts'
import {
  CalendarDayItem,
  CalendarQuery,
  DutyParams,
  PolicyItem,
  RecipientItem,
  RotaItem,
} from './notification-schemas.ts'
import type { Notifications } from './notifications.ts'
import { dutyCalendar, onDuty, RotaBody } from './rota.ts'

interface DutyRouteDependencies {
  readonly notifications: Notifications
  readonly clock: Clock
}

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['notifications']

export function addDutyRoutes(server: FastifyInstance, dependencies: DutyRouteDependencies): void {
  addRotaRoutes(server, dependencies)
  addPolicyRoutes(server, dependencies)
  addRecipientRoute(server, dependencies)
}

function addRotaRoutes(server: FastifyInstance, { notifications, clock }: DutyRouteDependencies): void {
  const { duty } = notifications
  const item = ({ id, tenant, body, revision }: Rota): RotaItem => ({
    revision,
    id,
    tenant,
    rota: body,
    onDuty: [...onDuty(body, clock.now()).people],
    names: namesOf(peopleOf(body), notifications),
  })
  server.get(
    '/api/v1/rotas',
    {
      config: { right: 'see' },
      schema: { tags, summary: 'Rotas, and who is on call now', response: { 200: listOf(RotaItem), ...problems } },
    },
    async ({ scope }) => ({ items: (await duty.rotas(scope.tenants)).map(item) }),
  )
  server.get<{ Params: DutyParams; Querystring: CalendarQuery }>(
    '/api/v1/rotas/:tenant/:id/calendar',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'Who is on call when, day by day, with the holidays',
        params: DutyParams,
        querystring: CalendarQuery,
        response: { 200: listOf(CalendarDayItem), ...problems },
      },
    },
    async ({ params, query, scope }) => {
      const { tenant, id } = within(scope, params)
      const rota = await duty.rota(tenant, id)
      if (rota === undefined) throw notFound(params)
      const days = dutyCalendar(rota.body, query.from ?? clock.now(), query.days ?? 14)
      return { items: days.map(dayItem) }
    },
  )
  server.put<{ Params: DutyParams; Headers: SettingsHeaders; Body: RotaBody }>(
    '/api/v1/rotas/:tenant/:id',
    {
      config: { right: 'edit-notification' },
      schema: {
        tags,
        summary: 'Make or change a rota',
        description: '412 `settings.stale`: somebody else has changed it since the ETag that If-Match names.',
        params: DutyParams,
        headers: SettingsHeaders,
        body: RotaBody,
        response: { 200: RotaItem, ...problems },
      },
    },
    async (request, reply) => {
      const { params, body, scope } = request
      const { tenant, id } = within(scope, params)
      requireKnown(notifications, tenant, peopleOf(body))
      const revision = await duty.saveRota(tenant, id, body, settingsChangeOf(request).seen)
      return taggedSettings(reply, item({ id, tenant, body, revision }))
    },
  )
  server.delete<{ Params: DutyParams }>(
    '/api/v1/rotas/:tenant/:id',
    {
      config: { right: 'edit-notification' },
      schema: {
        tags,
        summary: 'Delete a rota',
        params: DutyParams,
        response: { 204: { type: 'null' }, ...problems },
      },
    },
    async ({ params, scope }, reply) => {
      const { tenant, id } = within(scope, params)
      if (!(await duty.delete('on_call_rotas', tenant, id))) throw notFound(params)
      return reply.code(204).send()
    },
  )
}

function addPolicyRoutes(server: FastifyInstance, { notifications }: DutyRouteDependencies): void {
  const { duty } = notifications
  const item = ({ id, tenant, body, revision }: EscalationPolicy): PolicyItem => ({
    revision,
    id,
    tenant,
    policy: body,
    names: namesOf(personsOf(body), notifications),
  })
  server.get(
    '/api/v1/escalations',
    {
      config: { right: 'see' },
      schema: { tags, summary: 'Escalation policies', response: { 200: listOf(PolicyItem), ...problems } },
    },
    async ({ scope }) => ({
      items: (await duty.policies(scope.tenants)).map(item),
    }),
  )
  server.put<{ Params: DutyParams; Headers: SettingsHeaders; Body: EscalationBody }>(
    '/api/v1/escalations/:tenant/:id',
    {
      config: { right: 'edit-notification' },
      schema: {
        tags,
        summary: 'Make or change an escalation policy',
        description: '412 `settings.stale`: somebody else has changed it since the ETag that If-Match names.',
        params: DutyParams,
        headers: SettingsHeaders,
        body: EscalationBody,
        response: { 200: PolicyItem, ...problems },
      },
    },
    async (request, reply) => {
      const { params, body, scope } = request
      const { tenant, id } = within(scope, params)
      const to = body.steps.flatMap((step) => step.to)
      requireKnown(notifications, tenant, personsOf(body))
      const rotas = new Set((await duty.rotas([tenant])).map((rota) => rota.id))
      const missing = to.find((one) => 'rota' in one && !rotas.has(one.rota))
      if (missing !== undefined)
        throw new AppError('payload.schema', `there is no such rota: ${JSON.stringify(missing)}`)
      const revision = await duty.savePolicy(tenant, id, body, settingsChangeOf(request).seen)
      return taggedSettings(reply, item({ id, tenant, body, revision }))
    },
  )
  server.delete<{ Params: DutyParams }>(
    '/api/v1/escalations/:tenant/:id',
    {
      config: { right: 'edit-notification' },
      schema: {
        tags,
        summary: 'Delete an escalation policy; alarms that climb it stop',
        params: DutyParams,
        response: { 204: { type: 'null' }, ...problems },
      },
    },
    async ({ params, scope }, reply) => {
      const { tenant, id } = within(scope, params)
      if (!(await duty.delete('escalation_policies', tenant, id))) throw notFound(params)
      return reply.code(204).send()
    },
  )
}

function addRecipientRoute(server: FastifyInstance, { notifications }: DutyRouteDependencies): void {
  server.get(
    '/api/v1/recipients',
    {
      config: { right: 'edit-notification' },
      schema: { tags, summary: 'Who may be put on call', response: { 200: listOf(RecipientItem), ...problems } },
    },
    ({ scope }) => ({
      items: notifications.recipients().flatMap(({ id, name, tenants }) => {
        const shown = tenants.map(({ tenant }) => tenant).filter((one) => one === everyTenant || scope.allows(one))
        return shown.length === 0 ? [] : [{ id, name, tenants: [...new Set(shown)] }]
      }),
    }),
  )
}

function peopleOf({ weekly, daysOff, officeHours, overrides }: RotaBody): readonly string[] {
  const turns = [...weekly, ...(daysOff?.people ?? []), ...(officeHours?.people ?? [])]
  return [...turns, ...overrides.map(({ person }) => person)]
}

function personsOf({ steps }: EscalationBody): readonly string[] {
  return steps.flatMap(({ to }) => to.flatMap((one) => ('person' in one ? [one.person] : [])))
}

function namesOf(people: readonly string[], { recipients }: Notifications): Record<string, string> {
  const known = recipients().filter(({ id }) => people.includes(id))
  return Object.fromEntries(known.map(({ id, name }) => [id, name]))
}

/** Of another tenant is like none. */
function within(scope: TenantScope, params: DutyParams): DutyParams {
  if (scope.allows(params.tenant)) return params
  throw notFound(params)
}

function notFound({ tenant, id }: DutyParams): AppError {
  return new AppError('not-found', `there is no ${tenant}/${id}`)
}

/** Throws `payload.schema` for somebody who could not be told; nothing is known of people where there are none yet. */
function requireKnown({ recipients }: Notifications, tenant: string, people: readonly string[]): void {
  const all = recipients()
  if (all.length === 0) return
  const unknown = people.filter((id) => !all.some((one) => one.id === id && isOfTenant(one, tenant)))
  if (unknown.length > 0) throw new AppError('payload.schema', `nobody of ${tenant} is called ${unknown.join(', ')}`)
}

function dayItem({ date, weekday, holiday, shifts }: ReturnType<typeof dutyCalendar>[number]): CalendarDayItem {
  return {
    date,
    weekday,
    holiday: holiday ?? null,
    shifts: shifts.map(({ fromMs, toMs, people, because }) => ({
      from: fromMs,
      to: toMs,
      people: [...people],
      because,
    })),
  }
}
