// The routes of `/api/v1` for the delivery log: what was told to whom, and what was given up.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { Problem } from '../http/schemas.ts'
import { everyTenant } from '../people/principal.ts'
import { meOf } from './asking-recipient.ts'
import type { LoggedDelivery } from './delivery-log.ts'
import {
  DeliveriesPage,
  DeliveriesQuery,
  type DeliveryItem,
  DeliveryParams,
  RetryResult,
} from './notification-schemas.ts'
import type { Notifications } from './notifications.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['notifications']

/** The log, one's own part of it, and a second try for what was given up. */
export function addDeliveryRoutes(
  server: FastifyInstance,
  { notifications }: { readonly notifications: Notifications },
): void {
  addLogRoutes(server, notifications)
  addRetryRoute(server, notifications)
}

function addLogRoutes(server: FastifyInstance, notifications: Notifications): void {
  const page = async (
    query: DeliveriesQuery,
    filter: { readonly tenants?: readonly string[]; readonly person?: string },
  ) => {
    const { channel, state, alarm, limit = 100, cursor } = query
    const after = cursor === undefined ? undefined : parseCursor(cursor)
    const found = await notifications.deliveries.newest({ channel, state, alarm, ...filter, after, limit: limit + 1 })
    const shown = found.slice(0, limit)
    const last = found.length > limit ? shown.at(-1) : undefined
    const names = new Map(notifications.recipients().map(({ id, name }) => [id, name]))
    return {
      items: shown.map((row) => deliveryItem(row, names)),
      next: last === undefined ? null : `${last.created_ms}_${last.id}`,
    }
  }
  server.get<{ Querystring: DeliveriesQuery }>(
    '/api/v1/deliveries',
    {
      config: { right: 'see-notification' },
      schema: {
        tags,
        summary: 'What was told to whom, newest first, with the proof',
        querystring: DeliveriesQuery,
        response: { 200: DeliveriesPage, ...problems },
      },
    },
    async ({ query, scope }) => {
      const { person } = query
      const tenants = scope.tenants === 'all' ? {} : { tenants: scope.tenants }
      return await page(query, { ...tenants, ...(person === undefined ? {} : { person }) })
    },
  )
  server.get<{ Querystring: DeliveriesQuery }>(
    '/api/v1/notifications/deliveries',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'What was told to me, newest first',
        querystring: DeliveriesQuery,
        response: { 200: DeliveriesPage, ...problems },
      },
    },
    async (asked) => {
      const { id, tenants } = meOf(asked, notifications)
      // Of tenants that one has left nothing is shown any more.
      const own = tenants.map(({ tenant }) => tenant)
      return await page(asked.query, { person: id, ...(own.includes(everyTenant) ? {} : { tenants: own }) })
    },
  )
}

function addRetryRoute(server: FastifyInstance, notifications: Notifications): void {
  server.post<{ Params: DeliveryParams }>(
    '/api/v1/deliveries/:id/retry',
    {
      config: { right: 'edit-notification' },
      schema: {
        tags,
        summary: 'Send what was given up once more, under the same idempotency key',
        params: DeliveryParams,
        response: { 202: RetryResult, ...problems },
      },
    },
    async ({ params, scope }, reply) => {
      if (await notifications.sendAgain(params.id, scope.tenants)) return reply.code(202).send({ id: params.id })
      throw new AppError('not-found', `there is no delivery ${params.id}`)
    },
  )
}

function deliveryItem(row: LoggedDelivery, names: ReadonlyMap<string, string>): DeliveryItem {
  const isOpen = row.state === 'waiting' || row.state === 'held'
  return {
    id: row.id,
    tenant: row.tenant,
    alarm: row.alarm || null,
    bulletin: row.bulletin,
    kind: row.kind,
    severity: row.severity as DeliveryItem['severity'],
    person: row.person,
    name: names.get(row.person) ?? null,
    channel: row.channel,
    target: row.target,
    state: row.state as DeliveryItem['state'],
    attempts: row.attempts,
    created: row.created_ms,
    due: isOpen ? row.due_ms : null,
    settled: row.settled_ms,
    heldFor: row.held_for,
    bundle: row.bundle,
    error: row.error,
    proof: row.proof === null ? null : (JSON.parse(row.proof) as DeliveryItem['proof']),
  }
}

/** Throws `payload.schema`. */
function parseCursor(cursor: string): { readonly createdMs: number; readonly id: string } {
  const [text = '', id = ''] = cursor.split('_')
  const createdMs = Number(text)
  if (text !== '' && Number.isFinite(createdMs) && id !== '') return { createdMs, id }
  throw new AppError('payload.schema', 'this cursor is none of this list')
}
