// The routes of `/api/v1` for alarms, their storms and maintenance windows.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { listOf, Problem } from '../http/schemas.ts'
import type { PhotoBook } from '../images/photo-book.ts'
import { addPhotoRoutes, type PhotoSubject } from '../images/photo-routes.ts'
import type { Audit } from '../people/audit.ts'
import { seenOr404, tenantOfKey } from '../people/principal.ts'
import type { AlarmBook } from './alarm-book.ts'
import { parseCursor } from './alarm-page.ts'
import {
  AcknowledgeBody,
  AlarmItem,
  AlarmLogItem,
  AlarmParams,
  AlarmsPage,
  AlarmsQuery,
  AssignBody,
  ByBody,
  CommentBody,
  MaintenanceBody,
  MaintenanceItem,
  MaintenanceQuery,
  ShelveBody,
  StormActAnswer,
  StormActBody,
  StormItem,
} from './alarm-schemas.ts'
import { alarmItem, alarmLogItem, alarmsPage, type AlarmViewSources, maintenanceItem, stormItem } from './alarm-view.ts'
import type { MaintenanceWindows } from './maintenance-windows.ts'
import { byOf, seenAlarm } from './seen-alarm.ts'
import { actOnStorm } from './storm-acts.ts'

export interface AlarmRoutesDependencies {
  readonly book: AlarmBook
  readonly windows: MaintenanceWindows
  readonly workOrders: AlarmViewSources['workOrders']
  readonly photos: PhotoBook
  readonly audit: Audit
  readonly clock: Clock
}

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['alarms']
const orNothing = <T extends object>(body: T) => ({ anyOf: [body, { type: 'null' }] })

export function addAlarmRoutes(server: FastifyInstance, dependencies: AlarmRoutesDependencies): void {
  addReadRoutes(server, dependencies)
  addStormRoutes(server, dependencies)
  addActionRoutes(server, dependencies)
  addPhotosOfAlarms(server, dependencies)
  addMaintenanceRoutes(server, dependencies)
}

function addReadRoutes(server: FastifyInstance, views: AlarmRoutesDependencies): void {
  const { book } = views
  server.get<{ Querystring: AlarmsQuery }>(
    '/api/v1/alarms',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'Alarms, newest first',
        querystring: AlarmsQuery,
        response: { 200: AlarmsPage, ...problems },
      },
    },
    async ({ query, scope }) => {
      const { state, limit = 200, cursor, from, to, gateway, site, rule, severity, assignee } = query
      const after = cursor === undefined ? undefined : parseCursor(cursor)
      const asked = { scope, gateway, site, rule, severity, assignee, fromMs: from, toMs: to, after, limit: limit + 1 }
      const found = state === 'all' ? await book.newest(asked) : book.openPage(asked)
      return alarmsPage(found, limit, views)
    },
  )
  server.get<{ Params: AlarmParams }>(
    '/api/v1/alarms/:id',
    {
      config: { right: 'see' },
      schema: { tags, summary: 'One alarm', params: AlarmParams, response: { 200: AlarmItem, ...problems } },
    },
    async (asked) => alarmItem(await seenAlarm(book, asked), views),
  )
  server.get<{ Params: AlarmParams }>(
    '/api/v1/alarms/:id/log',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'What happened to an alarm, oldest first',
        params: AlarmParams,
        response: { 200: listOf(AlarmLogItem), ...problems },
      },
    },
    async (asked) => {
      const alarm = await seenAlarm(book, asked)
      return { items: (await book.log(alarm.id)).map(alarmLogItem) }
    },
  )
}

function addStormRoutes(server: FastifyInstance, sources: AlarmRoutesDependencies): void {
  const { book } = sources
  server.get(
    '/api/v1/storms',
    {
      config: { right: 'see' },
      schema: { tags, summary: 'Storms that last', response: { 200: listOf(StormItem), ...problems } },
    },
    ({ scope }) => ({
      items: book
        .storms()
        .filter(({ tenant }) => scope.allows(tenant))
        .map(stormItem),
    }),
  )
  server.post<{ Params: AlarmParams; Body: StormActBody }>(
    '/api/v1/storms/:id/acts',
    {
      config: { right: 'handle-alarms' },
      schema: {
        tags,
        summary: 'Acknowledges, shelves or assigns all open alarms of a storm at once',
        description: 'Said of each alarm whether it was done; with an Idempotency-Key it can be sent again.',
        params: AlarmParams,
        body: StormActBody,
        response: { 200: StormActAnswer, ...problems },
      },
    },
    async (asked) => {
      const { id } = asked.params
      const members = book.membersOf(id)
      const { gateway } = seenOr404(members[0], (lead) => lead.gateway, asked.scope, `storm ${id}`)
      asked.audited = { subject: `storm ${id}`, tenant: tenantOfKey(gateway) }
      const by = byOf(asked)
      const who = asked.principal.kind === 'open' ? `(nobody signed in) ${by ?? ''}`.trim() : asked.principal.name
      return await actOnStorm(members, asked.body, { who, by, remote: asked.ip }, sources)
    },
  )
}

function addActionRoutes(server: FastifyInstance, views: AlarmRoutesDependencies): void {
  const { book } = views
  const schema = { tags, params: AlarmParams, response: { 200: AlarmItem, ...problems } }
  server.post<{ Params: AlarmParams; Body: AcknowledgeBody | undefined }>(
    '/api/v1/alarms/:id/ack',
    {
      config: { right: 'handle-alarms' },
      schema: { ...schema, summary: 'Somebody has seen this alarm', body: orNothing(AcknowledgeBody) },
    },
    async (asked) => {
      const { id } = await seenAlarm(book, asked)
      return alarmItem(await book.acknowledge(id, byOf(asked), asked.body?.comment), views)
    },
  )
  server.post<{ Params: AlarmParams; Body: ShelveBody }>(
    '/api/v1/alarms/:id/shelve',
    {
      config: { right: 'handle-alarms' },
      schema: {
        ...schema,
        summary: 'Puts an alarm aside for a time: it is judged on, and nobody is told',
        body: ShelveBody,
      },
    },
    async (asked) => {
      const { id } = await seenAlarm(book, asked)
      const { until, reason } = asked.body
      return alarmItem(await book.shelve(id, { untilMs: until, reason, by: byOf(asked) }), views)
    },
  )
  server.post<{ Params: AlarmParams; Body: ByBody | undefined }>(
    '/api/v1/alarms/:id/unshelve',
    {
      config: { right: 'handle-alarms' },
      schema: { ...schema, summary: 'Takes an alarm off the shelf', body: orNothing(ByBody) },
    },
    async (asked) => {
      const { id } = await seenAlarm(book, asked)
      return alarmItem(await book.unshelve(id, byOf(asked)), views)
    },
  )
  server.post<{ Params: AlarmParams; Body: AssignBody }>(
    '/api/v1/alarms/:id/assign',
    {
      config: { right: 'handle-alarms' },
      schema: { ...schema, summary: 'Gives an alarm to somebody; null: to nobody', body: AssignBody },
    },
    async (asked) => {
      const { id } = await seenAlarm(book, asked)
      return alarmItem(await book.assign(id, asked.body.assignee ?? undefined, byOf(asked)), views)
    },
  )
  server.post<{ Params: AlarmParams; Body: CommentBody }>(
    '/api/v1/alarms/:id/comment',
    {
      config: { right: 'handle-alarms' },
      schema: { ...schema, summary: 'Says something about an alarm', body: CommentBody },
    },
    async (asked) => {
      const { id } = await seenAlarm(book, asked)
      return alarmItem(await book.note(id, 'commented', { by: byOf(asked), detail: asked.body.text }), views)
    },
  )
}

function addPhotosOfAlarms(server: FastifyInstance, { book, photos }: AlarmRoutesDependencies): void {
  const subject: PhotoSubject = {
    path: '/api/v1/alarms/:id',
    what: 'an alarm',
    tags,
    owner: async (asked) => {
      const { id } = await seenAlarm(book, asked)
      return { kind: 'alarm', id, by: byOf(asked) }
    },
    note: async ({ id }, action, { by, hash }) => void (await book.note(id, action, { by, detail: hash })),
  }
  addPhotoRoutes(server, subject, photos)
}

function addMaintenanceRoutes(server: FastifyInstance, { windows, clock }: AlarmRoutesDependencies): void {
  const maintenanceTags = ['maintenance']
  server.get<{ Querystring: MaintenanceQuery }>(
    '/api/v1/maintenance-windows',
    {
      config: { right: 'see' },
      schema: {
        tags: maintenanceTags,
        summary: 'Maintenance windows that run or are planned; with `past`, those that are over too',
        querystring: MaintenanceQuery,
        response: { 200: listOf(MaintenanceItem), ...problems },
      },
    },
    async ({ query, scope }) => {
      const found = await windows.list({ past: query.past ?? false, scope })
      return { items: found.map(maintenanceItem) }
    },
  )
  server.post<{ Body: MaintenanceBody }>(
    '/api/v1/maintenance-windows',
    {
      config: { right: 'handle-alarms' },
      schema: {
        tags: maintenanceTags,
        summary: 'Plans or begins a maintenance window: alarms of the place are judged on, and nobody is told',
        body: MaintenanceBody,
        response: { 201: MaintenanceItem, ...problems },
      },
    },
    async (request, reply) => {
      const { scope, place, from, to, reason } = request.body
      if (!request.scope.allowsKey(place)) throw new AppError('not-found', `there is no ${scope} ${place}`)
      request.audited = { subject: place, tenant: tenantOfKey(place) }
      const window = await windows.add({
        scope,
        place,
        fromMs: from ?? clock.now(),
        toMs: to,
        reason,
        by: byOf(request),
      })
      void reply.code(201)
      return maintenanceItem(window)
    },
  )
  server.delete<{ Params: AlarmParams }>(
    '/api/v1/maintenance-windows/:id',
    {
      config: { right: 'handle-alarms' },
      schema: {
        tags: maintenanceTags,
        summary: 'Ends a maintenance window now, or takes a planned one back',
        params: AlarmParams,
        response: { 200: MaintenanceItem, ...problems },
      },
    },
    async (asked) => {
      const { id } = asked.params
      const found = windows.find(id)
      const { place, tenant } = seenOr404(found, (window) => window.tenant, asked.scope, `maintenance window ${id}`)
      asked.audited = { subject: place, tenant }
      return maintenanceItem(await windows.end(id))
    },
  )
}
