// The routes by which auditors read what was done, check that nothing is missing, and take it away.
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../http/schemas.ts'
import type { PeopleParts } from './people-door.ts'
import { AuditCheck, AuditPage, AuditQuery } from './people-schemas.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['people']

export function addAuditRoutes(server: FastifyInstance, { audit }: PeopleParts): void {
  const config = { right: 'read-audit' } as const
  server.get<{ Querystring: AuditQuery }>(
    '/api/v1/audit',
    {
      config,
      schema: {
        tags,
        summary: 'What was done, newest first',
        querystring: AuditQuery,
        response: { 200: AuditPage, ...problems },
      },
    },
    async ({ query: { limit = 100, ...filter }, scope }) => {
      const rows = await audit.newest(scope, { ...filter, limit: limit + 1 })
      const items = rows.slice(0, limit).map(({ time_ms: time, detail, ...row }) => ({
        ...row,
        time,
        detail: JSON.parse(detail) as Record<string, unknown>,
      }))
      return { items, next: rows.length > limit ? (items.at(-1)?.sequence ?? null) : null }
    },
  )
  server.get(
    '/api/v1/audit/check',
    {
      config,
      schema: {
        tags,
        summary: 'Whether the log is whole: read from its first row on',
        response: { 200: AuditCheck, ...problems },
      },
    },
    async ({ scope }): Promise<AuditCheck> => {
      const { ok, checkedMs, rows, head } = await audit.check()
      // How much is done in other tenants is not told.
      const isWhole = scope.tenants === 'all'
      return { ok, checkedAt: checkedMs, rows: isWhole ? rows : 0, head: isWhole ? head : null }
    },
  )
  server.get(
    '/api/v1/audit.jsonl',
    { config, schema: { tags, summary: 'The audit log as lines of JSON, oldest first' } },
    ({ scope }, reply) => {
      void reply
        .header('content-type', 'application/jsonl')
        .header('content-disposition', 'attachment; filename="audit.jsonl"')
      return reply.send(Readable.from(audit.lines(scope)))
    },
  )
}
