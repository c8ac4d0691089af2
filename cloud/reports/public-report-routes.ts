// The routes of citizens' reports for everybody: send one, see by its secret what became of it, take it back.
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify'
import { isIPv6 } from 'node:net'
import { AppError } from '../../broker/contract/app-error.ts'
import { publicConfig } from '../http/public-manners.ts'
import { Problem } from '../http/schemas.ts'
import { type CitizenReport, reportKinds } from './report.ts'
import {
  maxReplacementBodyBytes,
  maxReportBodyBytes,
  mostPhotos,
  mostTextLength,
  NewReport,
  PublicReport,
  ReplacementBody,
  ReportForm,
  SecretBody,
} from './report-schemas.ts'
import type { Reports } from './reports.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ["citizens' reports"]

export function addPublicReportRoutes(server: FastifyInstance, reports: Reports): void {
  addFormRoute(server, reports)
  addSendRoute(server, reports)
  addLinkRoutes(server, reports)
  addReplacementRoute(server, reports)
}

function addFormRoute(server: FastifyInstance, { settings }: Reports): void {
  server.get(
    '/api/v1/citizen-reports/form',
    {
      config: publicConfig,
      schema: { tags, summary: 'What a report may be', response: { 200: ReportForm, ...problems } },
    },
    () => ({ bounds: settings.bounds, kinds: [...reportKinds], mostTextLength, mostPhotos }),
  )
}

function addSendRoute(server: FastifyInstance, reports: Reports): void {
  server.post<{ Body: NewReport }>(
    '/api/v1/citizen-reports',
    {
      config: sendingConfig(reports, 'citizen-reports'),
      bodyLimit: maxReportBodyBytes,
      schema: {
        tags,
        summary: 'Reports something that is broken; nobody has to sign in',
        description:
          '201: taken; 200: it was taken before with the same secret, and nothing changed. 422: the place is not in the city. A photo whose people or number plates cannot be covered is left out (`photosLeftOut`); the report is taken. ' +
          '429: more than an address, or all, may send in an hour. 503, 507: send the same again later. What a camera wrote into a photo is left out, faces and vehicles are covered; photos are shown to staff alone.',
        body: NewReport,
        response: { 200: PublicReport, 201: PublicReport, ...problems },
      },
    },
    async ({ body }, reply) => {
      const { photos = [], ...given } = body
      const { report, isNew } = await reports.take({
        ...given,
        photos: photos.map((photo) => Buffer.from(photo, 'base64')),
      })
      void reply.code(isNew ? 201 : 200).header('cache-control', 'no-store')
      return await publicReport(reports, report)
    },
  )
}

/** So much of one address in an hour, counted by itself for each kind of sending. */
function sendingConfig(reports: Reports, groupId: string): FastifyContextConfig {
  const max = reports.settings.mostPerHourAndAddress
  return {
    right: 'public',
    rateLimit: {
      max,
      timeWindow: 3_600_000,
      groupId,
      keyGenerator: networkOf,
      errorResponseBuilder: (_request, { ttl }) => {
        reports.book.refused.rate += 1
        return new AppError('request.rate', `more than ${max} an hour; ask again in ${Math.ceil(ttl / 1000)} s`)
      },
    },
  }
}

function addReplacementRoute(server: FastifyInstance, reports: Reports): void {
  server.post<{ Body: ReplacementBody }>(
    '/api/v1/citizen-reports/photo',
    {
      config: sendingConfig(reports, 'citizen-report-photos'),
      bodyLimit: maxReplacementBodyBytes,
      schema: {
        tags,
        summary: 'Another photo in place of one that was left out of a report, for whoever has its secret',
        description:
          '409: none was left out, or the report is closed. 422: this one is not kept either; the report stays as it is.',
        body: ReplacementBody,
        response: { 200: PublicReport, ...problems },
      },
    },
    async ({ body }, reply) => {
      const { id } = await bySecret(reports, body.secret)
      void reply.header('cache-control', 'no-store')
      return await publicReport(reports, await reports.book.replacePhoto(id, Buffer.from(body.photo, 'base64')))
    },
  )
}

function addLinkRoutes(server: FastifyInstance, reports: Reports): void {
  const about = { tags, body: SecretBody, response: { 200: PublicReport, ...problems } }
  server.post<{ Body: SecretBody }>(
    '/api/v1/citizen-reports/status',
    { config: publicConfig, schema: { ...about, summary: 'What became of a report, for whoever has its secret' } },
    async ({ body }, reply) => {
      void reply.header('cache-control', 'no-store')
      return await publicReport(reports, await bySecret(reports, body.secret))
    },
  )
  server.post<{ Body: SecretBody }>(
    '/api/v1/citizen-reports/withdraw',
    {
      config: publicConfig,
      schema: {
        ...about,
        summary: 'Takes a report back: its text, its photos and how to reach the person are deleted at once',
      },
    },
    async ({ body }, reply) => {
      const { id } = await bySecret(reports, body.secret)
      void reply.header('cache-control', 'no-store')
      return await publicReport(reports, await reports.book.withdraw(id))
    },
  )
}

async function bySecret({ book }: Reports, secret: string): Promise<CitizenReport> {
  const report = await book.ofSecret(secret)
  if (report === undefined) throw new AppError('not-found', 'no report has this secret, or not any more')
  return report
}

async function publicReport({ book }: Reports, report: CitizenReport): Promise<PublicReport> {
  const main = report.mergedInto === undefined ? report : await book.find(report.mergedInto).catch(() => report)
  const { number, kind, text, position, photos, leftOut, receivedMs } = report
  return {
    number,
    kind,
    text,
    position,
    photos,
    photosLeftOut: [...leftOut],
    state: main.state,
    answer: main.answer ?? null,
    known: main !== report,
    receivedAt: receivedMs,
    changedAt: Math.max(main.changedMs, report.changedMs),
  }
}

/** An address; of IPv6 the half that a household or a telephone has. */
function networkOf({ ip }: FastifyRequest): string {
  if (!isIPv6(ip) || ip.startsWith('::ffff:')) return ip
  const [head = '', tail] = ip.split('::')
  const groups = head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length
  return [...groups, ...Array.from({ length: missing }, () => '0')].slice(0, 4).join(':')
}
