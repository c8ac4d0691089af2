// The routes of citizens' reports for staff: the list, each report with what is near it, and what is done about it.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { byOf } from '../alarms/seen-alarm.ts'
import { Problem } from '../http/schemas.ts'
import { addPhotoRoutes } from '../images/photo-routes.ts'
import { seenOr404 } from '../people/principal.ts'
import type { CitizenReport } from './report.ts'
import {
  ReportChangeBody,
  ReportDetail,
  type ReportItem,
  ReportOrderBody,
  ReportParams,
  ReportsPage,
  ReportsQuery,
} from './report-schemas.ts'
import type { Reports } from './reports.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ["citizens' reports"]

export function addReportRoutes(server: FastifyInstance, reports: Reports): void {
  addReadRoutes(server, reports)
  addChangeRoutes(server, reports)
  const note = (
    { id }: { readonly id: string },
    action: string,
    { by, hash }: { by: string | undefined; hash: string },
  ) => reports.book.note(id, action, { by, detail: hash })
  addPhotoRoutes(
    server,
    {
      path: '/api/v1/citizen-reports/:id',
      what: "a citizen's report",
      tags,
      owner: async (asked) => ({ kind: 'report', id: (await seenReport(reports, asked)).id, by: byOf(asked) }),
      note,
    },
    reports.photos,
  )
}

function addReadRoutes(server: FastifyInstance, reports: Reports): void {
  server.get<{ Querystring: ReportsQuery }>(
    '/api/v1/citizen-reports',
    {
      config: { right: 'handle-alarms', positions: ({ position }: ReportItem) => [position] },
      schema: {
        tags,
        summary: "Citizens' reports, newest first",
        querystring: ReportsQuery,
        response: { 200: ReportsPage, ...problems },
      },
    },
    async ({ query, scope }) => {
      const { limit = 100, state = 'open', kind, cursor } = query
      const beforeNumber = cursor === undefined ? undefined : Number(cursor)
      const found = await reports.book.list({ state, kind, limit: limit + 1, beforeNumber, scope })
      const shown = found.slice(0, limit)
      const last = found.length > limit ? shown.at(-1) : undefined
      const items = []
      for (const report of shown) items.push(await itemOf(reports, report))
      return { items, next: last === undefined ? null : String(last.number) }
    },
  )
  server.get<{ Params: ReportParams }>(
    '/api/v1/citizen-reports/:id',
    {
      config: { right: 'handle-alarms' },
      schema: {
        tags,
        summary: "A citizen's report, with what happened to it and what was reported near it",
        params: ReportParams,
        response: { 200: ReportDetail, ...problems },
      },
    },
    async (asked) => await detailOf(reports, await seenReport(reports, asked)),
  )
}

function addChangeRoutes(server: FastifyInstance, reports: Reports): void {
  server.patch<{ Params: ReportParams; Body: ReportChangeBody }>(
    '/api/v1/citizen-reports/:id',
    {
      config: { right: 'handle-alarms' },
      schema: {
        tags,
        summary: 'Says what is done about a report: looked at, mended, declined, or the same as another',
        description: '409: the state cannot follow; one with a work order moves with its order.',
        params: ReportParams,
        body: ReportChangeBody,
        response: { 200: ReportDetail, ...problems },
      },
    },
    async (asked) => {
      const { id } = await seenReport(reports, asked)
      const { state, answer, into } = asked.body
      if (into !== undefined)
        seenOr404(await reports.book.find(into), ({ tenant }) => tenant, asked.scope, `report ${into}`)
      const changed = await reports.book.change(id, { state, answer, mergedInto: into, by: byOf(asked) })
      return await detailOf(reports, changed)
    },
  )
  server.post<{ Params: ReportParams; Body: ReportOrderBody }>(
    '/api/v1/citizen-reports/:id/work-order',
    {
      config: { right: 'handle-alarms' },
      schema: {
        tags,
        summary: 'Opens a work order for a report, which is mended when the order is',
        description: '409: it has one, or is closed.',
        params: ReportParams,
        body: ReportOrderBody,
        response: { 201: ReportDetail, ...problems },
      },
    },
    async (asked, reply) => {
      const report = await seenReport(reports, asked)
      const { title, severity, assignee } = asked.body
      const ordered = await reports.order(report, { title, severity, assignee, by: byOf(asked) })
      void reply.code(201)
      return await detailOf(reports, ordered)
    },
  )
  server.delete<{ Params: ReportParams }>(
    '/api/v1/citizen-reports/:id',
    {
      config: { right: 'handle-alarms' },
      schema: {
        tags,
        summary: 'Deletes a report for good, with its photos; who did is on record',
        params: ReportParams,
        response: { 204: { type: 'null' }, ...problems },
      },
    },
    async (asked, reply) => {
      const { id } = await seenReport(reports, asked)
      await reports.book.remove(id)
      return await reply.code(204).send()
    },
  )
}

/** The report of the path. Throws `not-found` for one of another tenant too. */
async function seenReport(
  { book }: Reports,
  request: FastifyRequest<{ Params: ReportParams; Body: unknown }>,
): Promise<CitizenReport> {
  const { id } = request.params
  const report = seenOr404(await book.find(id), ({ tenant }) => tenant, request.scope, `report ${id}`)
  request.audited = { subject: `citizen's report ${report.number}`, tenant: report.tenant }
  return report
}

async function itemOf(reports: Reports, report: CitizenReport): Promise<ReportItem> {
  const { id, number, tenant, kind, text, position, lamp, photos, leftOut, state, receivedMs, changedMs } = report
  const order = await reports.orderOf(report)
  const { mergedInto } = report
  const main = mergedInto === undefined ? undefined : await reports.book.find(mergedInto).catch(() => undefined)
  const isNew = state === 'received' || state === 'looked-at'
  return {
    id,
    number,
    tenant,
    kind,
    text,
    position,
    lamp: lamp === undefined ? null : { id: lamp, name: reports.nameOfLamp(report) ?? lamp },
    photos,
    photosLeftOut: [...leftOut],
    state,
    answer: report.answer ?? null,
    workOrder: order === undefined ? null : { id: order.id, number: order.number, state: order.state },
    mergedInto: main === undefined ? null : { id: main.id, number: main.number },
    near: isNew ? (await reports.book.near(report)).length : 0,
    receivedAt: receivedMs,
    changedAt: changedMs,
    closedAt: report.closedMs ?? null,
  }
}

async function detailOf(reports: Reports, report: CitizenReport): Promise<ReportDetail> {
  const near = await reports.book.near(report)
  const log = await reports.book.log(report.id)
  return {
    ...(await itemOf(reports, report)),
    near: near.length,
    contact: report.contact ?? null,
    nearReports: near.map(({ report: { id, number, state, text, receivedMs }, distanceM }) => ({
      id,
      number,
      state,
      text,
      distanceM: Math.round(distanceM),
      receivedAt: receivedMs,
    })),
    log: log.map(({ timeMs, action, by, detail }) => ({
      time: timeMs,
      action,
      by: by ?? null,
      detail: detail ?? null,
    })),
  }
}
