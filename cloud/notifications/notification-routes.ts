// The routes of `/api/v1` by which people say how they want to be told, and see what was told.
import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { listOf, Problem } from '../http/schemas.ts'
import { everyTenant } from '../people/principal.ts'
import { meOf } from './asking-recipient.ts'
import { addDeliveryRoutes } from './delivery-routes.ts'
import { addDutyRoutes } from './duty-routes.ts'
import type { Recipient } from './notice.ts'
import {
  LineAddressBody,
  MyPreferences,
  NotificationInfo,
  PersonQuery,
  SubscriptionBody,
  SubscriptionItem,
  SubscriptionParams,
  TestBody,
  TestResult,
} from './notification-schemas.ts'
import type { Notifications } from './notifications.ts'
import { preferenceFaults, Preferences } from './preferences.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['notifications']

export interface NotificationRouteDependencies {
  readonly notifications: Notifications
  readonly clock: Clock
}

export function addNotificationRoutes(server: FastifyInstance, dependencies: NotificationRouteDependencies): void {
  addMyRoutes(server, dependencies)
  addAddressRoutes(server, dependencies)
  addTestRoute(server, dependencies)
  addDeliveryRoutes(server, dependencies)
  addDutyRoutes(server, dependencies)
}

function addMyRoutes(server: FastifyInstance, { notifications }: NotificationRouteDependencies): void {
  const { persons } = notifications
  const mine = async (me: Recipient): Promise<MyPreferences> => {
    const { preferences, isSaved } = await persons.preferences(me)
    const { email, line, push } = await persons.addresses(me)
    const addresses = { email: email[0] ?? null, line: line[0] ?? null, browsers: push.length }
    return { preferences, saved: isSaved, addresses }
  }
  server.get(
    '/api/v1/notifications',
    {
      config: { right: 'see' },
      schema: { tags, summary: 'Channels of this hub', response: { 200: NotificationInfo, ...problems } },
    },
    () => ({ channels: [...notifications.channels], pushKey: notifications.pushKey ?? null }),
  )
  server.get<{ Querystring: PersonQuery }>(
    '/api/v1/notifications/preferences',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'How I am told',
        querystring: PersonQuery,
        response: { 200: MyPreferences, ...problems },
      },
    },
    async (asked) => await mine(meOf(asked, notifications)),
  )
  server.put<{ Querystring: PersonQuery; Body: Preferences }>(
    '/api/v1/notifications/preferences',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'Change how I am told',
        querystring: PersonQuery,
        body: Preferences,
        response: { 200: MyPreferences, ...problems },
      },
    },
    async (asked) => {
      const me = meOf(asked, notifications, 'change')
      const faults = preferenceFaults(asked.body)
      if (faults.length > 0) throw new AppError('payload.schema', faults.join('; '))
      await persons.savePreferences(me.id, asked.body)
      return await mine(me)
    },
  )
}

function addAddressRoutes(server: FastifyInstance, { notifications }: NotificationRouteDependencies): void {
  const { persons } = notifications
  server.get<{ Querystring: PersonQuery }>(
    '/api/v1/notifications/browsers',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'My browsers that are told by Web Push',
        querystring: PersonQuery,
        response: { 200: listOf(SubscriptionItem), ...problems },
      },
    },
    async (asked) => {
      const known = await persons.subscriptions(meOf(asked, notifications).id)
      return { items: known.map(({ id, label, createdMs }) => ({ id, label, created: createdMs })) }
    },
  )
  server.post<{ Querystring: PersonQuery; Body: SubscriptionBody }>(
    '/api/v1/notifications/browsers',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'Tell this browser by Web Push; the body is what PushSubscription.toJSON gives',
        querystring: PersonQuery,
        body: SubscriptionBody,
        response: { 200: SubscriptionItem, ...problems },
      },
    },
    async (asked) => {
      const me = meOf(asked, notifications, 'change')
      const { endpoint, keys, label, replaces } = asked.body
      if (!URL.canParse(endpoint)) throw new AppError('payload.schema', 'the endpoint is no URL')
      const refusal = notifications.pushRefusal(new URL(endpoint))
      if (refusal !== undefined) throw new AppError('notification.address', refusal)
      const { id, label: shown, createdMs } = await persons.subscribe(me.id, { endpoint, ...keys, label, replaces })
      return { id, label: shown, created: createdMs }
    },
  )
  server.delete<{ Querystring: PersonQuery; Params: SubscriptionParams }>(
    '/api/v1/notifications/browsers/:id',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'Tell a browser of mine nothing any more',
        querystring: PersonQuery,
        params: SubscriptionParams,
        response: { 204: { type: 'null' }, ...problems },
      },
    },
    async (asked, reply) => {
      const me = meOf(asked, notifications, 'change')
      if (!(await persons.unsubscribe(asked.params.id, me.id))) throw new AppError('not-found', 'no such browser')
      return reply.code(204).send()
    },
  )
  server.put<{ Querystring: PersonQuery; Body: LineAddressBody }>(
    '/api/v1/notifications/line',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'My LINE user id',
        querystring: PersonQuery,
        body: LineAddressBody,
        response: { 200: LineAddressBody, ...problems },
      },
    },
    async (asked) => {
      const me = meOf(asked, notifications, 'change')
      await persons.saveAddress(me.id, 'line', asked.body.address ?? undefined)
      return asked.body
    },
  )
}

function addTestRoute(server: FastifyInstance, { notifications }: NotificationRouteDependencies): void {
  server.post<{ Querystring: PersonQuery; Body: TestBody }>(
    '/api/v1/notifications/test',
    {
      // Each is a message that somebody pays for.
      config: { right: 'see', rateLimit: { max: 5, timeWindow: 60_000 } },
      schema: {
        tags,
        summary: 'Send a message to myself',
        querystring: PersonQuery,
        body: TestBody,
        response: { 202: TestResult, ...problems },
      },
    },
    async (asked, reply) => {
      const me = meOf(asked, notifications, 'change')
      const tenant = me.tenants[0]?.tenant ?? everyTenant
      const deliveries = await notifications.planner.test(me, asked.body.channel, tenant, `test:${randomUUID()}`)
      notifications.wake()
      void reply.code(202)
      return { deliveries }
    },
  )
}
