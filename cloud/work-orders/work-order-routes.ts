// The routes of `/api/v1` for work orders.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../http/schemas.ts'
import { seenOr404 } from '../people/principal.ts'
import { actorOf } from '../people/request-principal.ts'
import { byOf } from '../alarms/seen-alarm.ts'
import type { PhotoBook } from '../images/photo-book.ts'
import { addPhotoRoutes, type PhotoSubject } from '../images/photo-routes.ts'
import { repairMs, type WorkOrder } from './work-order.ts'
import {
  NewWorkOrder,
  WorkOrderChangeBody,
  WorkOrderDetail,
  WorkOrderItem,
  WorkOrderParams,
  WorkOrdersPage,
  WorkOrdersQuery,
} from './work-order-schemas.ts'
import type { WorkOrders } from './work-orders.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['work orders']

export function addWorkOrderRoutes(server: FastifyInstance, workOrders: WorkOrders, photos: PhotoBook): void {
  addReadRoutes(server, workOrders)
  addChangeRoutes(server, workOrders)
  addPhotosOfOrders(server, workOrders, photos)
}

function addReadRoutes(server: FastifyInstance, workOrders: WorkOrders): void {
  server.get<{ Querystring: WorkOrdersQuery }>(
    '/api/v1/work-orders',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'Work orders, newest first',
        querystring: WorkOrdersQuery,
        response: { 200: WorkOrdersPage, ...problems },
      },
    },
    async ({ query, scope }) => {
      const limit = query.limit ?? 100
      const state = query.state ?? 'under-way'
      const beforeNumber = query.cursor === undefined ? undefined : Number(query.cursor)
      const found = await workOrders.list({ state, limit: limit + 1, beforeNumber, scope })
      const shown = found.slice(0, limit)
      const last = found.length > limit ? shown.at(-1) : undefined
      return { items: shown.map(itemOf), next: last === undefined ? null : String(last.number) }
    },
  )
  server.get<{ Params: WorkOrderParams }>(
    '/api/v1/work-orders/:id',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'One work order, with what happened to it',
        params: WorkOrderParams,
        response: { 200: WorkOrderDetail, ...problems },
      },
    },
    async (asked) => {
      const order = await seenOrder(workOrders, asked)
      const log = await workOrders.log(order.id)
      const lines = log.map(({ timeMs, action, by, detail }) => ({
        time: timeMs,
        action,
        by: by ?? null,
        detail: detail ?? null,
      }))
      return { ...itemOf(order), log: lines }
    },
  )
}

function addChangeRoutes(server: FastifyInstance, workOrders: WorkOrders): void {
  server.post<{ Body: NewWorkOrder }>(
    '/api/v1/work-orders',
    {
      config: { right: 'handle-alarms' },
      schema: {
        tags,
        summary: 'Opens a work order for alarms',
        description: '409: an alarm is part of another order that is under way.',
        body: NewWorkOrder,
        response: { 201: WorkOrderItem, ...problems },
      },
    },
    async (request, reply) => {
      const { alarms, title, assignee, by } = request.body
      const actor = actorOf(request, by) || undefined
      const order = await workOrders.open({ alarms, title, assignee, by: actor, scope: request.scope })
      request.audited = { subject: `work order ${order.number}`, tenant: order.tenant }
      void reply.code(201)
      return itemOf(order)
    },
  )
  server.patch<{ Params: WorkOrderParams; Body: WorkOrderChangeBody }>(
    '/api/v1/work-orders/:id',
    {
      config: { right: 'handle-alarms' },
      schema: {
        tags,
        summary: 'Moves a work order on, gives it to somebody, or says something about it',
        description: '409: the state cannot follow, or an alarm lasts that is to be verified as mended.',
        params: WorkOrderParams,
        body: WorkOrderChangeBody,
        response: { 200: WorkOrderItem, ...problems },
      },
    },
    async (asked) => {
      const { id } = await seenOrder(workOrders, asked)
      const { state, assignee, comment, by } = asked.body
      const actor = actorOf(asked, by) || undefined
      return itemOf(await workOrders.change(id, { state, assignee, comment, by: actor }))
    },
  )
}

function addPhotosOfOrders(server: FastifyInstance, workOrders: WorkOrders, photos: PhotoBook): void {
  const subject: PhotoSubject = {
    path: '/api/v1/work-orders/:id',
    what: 'a work order',
    tags,
    owner: async (asked) => {
      const { id } = await seenOrder(workOrders, asked)
      return { kind: 'work-order', id, by: byOf(asked) }
    },
    note: ({ id }, action, said) => workOrders.noteOnPhoto(id, action, said),
  }
  addPhotoRoutes(server, subject, photos)
}

/** The order of the path. Throws `not-found` for one of another tenant too. */
async function seenOrder(
  workOrders: WorkOrders,
  request: FastifyRequest<{ Params: WorkOrderParams; Body: unknown }>,
): Promise<WorkOrder> {
  const { id } = request.params
  const order = seenOr404(await workOrders.find(id), ({ tenant }) => tenant, request.scope, `work order ${id}`)
  request.audited = { subject: `work order ${order.number}`, tenant: order.tenant }
  return order
}

function itemOf(order: WorkOrder): WorkOrderItem {
  const repaired = repairMs(order)
  return {
    id: order.id,
    number: order.number,
    tenant: order.tenant,
    state: order.state,
    title: order.title,
    severity: order.severity,
    gateway: order.gateway ?? '',
    site: order.site ?? null,
    alarms: [...order.alarms],
    assignee: order.assignee ?? null,
    begunAt: order.begunMs,
    openedAt: order.openedMs,
    dispatchedAt: order.dispatchedMs ?? null,
    fixedAt: order.fixedMs ?? null,
    closedAt: order.closedMs ?? null,
    repairS: repaired === undefined ? null : Math.round(repaired / 1000),
  }
}
