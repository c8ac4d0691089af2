// The routes of `/api/v1` by which a person looks after a gateway from afar.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { listOf, Problem } from '../http/schemas.ts'
import {
  careKinds,
  CommandBody,
  CommandItem,
  commandItem,
  CommandsQuery,
  IdParams,
  LogQuery,
} from './command-schemas.ts'
import { seenOr404, tenantOfKey, type TenantScope } from '../people/principal.ts'
import { actorOf } from '../people/request-principal.ts'
import type { GatewayCare } from './gateway-care.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['commands']
const defaultSeconds = 300

export function addCommandRoutes(server: FastifyInstance, care: GatewayCare): void {
  server.post<{ Params: IdParams; Body: CommandBody }>(
    '/api/v1/gateways/:id/commands',
    {
      config: { right: 'command' },
      schema: {
        tags,
        summary: 'Asks a gateway to do something now; what becomes of it is at /api/v1/commands/{id}',
        description: '409: the gateway is not connected. There is no command that runs a program of the asker.',
        params: IdParams,
        body: CommandBody,
        response: { 202: CommandItem, ...problems },
      },
    },
    async (request, reply) => {
      const { params, body, ip } = request
      requireGateway(request, params.id)
      request.audited = { subject: `${body.kind} ${params.id}`, tenant: tenantOfKey(params.id) }
      const { kind, arguments: given = {} } = body
      const by = actorOf(request, body.by)
      const command = { gateway: params.id, kind, arguments: given, by, remote: ip, lifeMs: careKinds[kind] }
      const id = await care.commands.begin(command)
      return reply.code(202).send(commandItem(await recordOf(care, id, request.scope)))
    },
  )
  server.get<{ Querystring: CommandsQuery }>(
    '/api/v1/commands',
    {
      config: { right: 'see-commands' },
      schema: {
        tags,
        summary: 'Who asked which gateway for what, newest first',
        querystring: CommandsQuery,
        response: { 200: listOf(CommandItem), ...problems },
      },
    },
    async ({ query, scope }) => {
      const found = await care.journal.newest(query.limit ?? 50, scope, query.gateway)
      return { items: found.map(commandItem) }
    },
  )
  server.get<{ Params: IdParams }>(
    '/api/v1/commands/:id',
    {
      config: { right: 'see-commands' },
      schema: { tags, summary: 'One command', params: IdParams, response: { 200: CommandItem, ...problems } },
    },
    async ({ params, scope }) => commandItem(await recordOf(care, params.id, scope)),
  )
  server.get<{ Params: IdParams }>(
    '/api/v1/commands/:id/file',
    {
      config: { right: 'command' },
      schema: { tags, summary: 'What the gateway sent for a command, kept for 30 days', params: IdParams },
    },
    async ({ params, scope }, reply) => {
      const file = (await recordOf(care, params.id, scope)).outcome?.file
      if (file === undefined) throw new AppError('not-found', `the command ${params.id} has no file`)
      void reply.header('content-type', file.type)
      void reply.header('content-disposition', `inline; filename="${file.name.replaceAll(/[^\w.-]/g, '_')}"`)
      void reply.header('content-security-policy', "sandbox; default-src 'none'")
      return reply.send(await care.files.read(params.id))
    },
  )
  addLogRoute(server, care)
}

function addLogRoute(server: FastifyInstance, care: GatewayCare): void {
  server.get<{ Params: IdParams; Querystring: LogQuery }>(
    '/api/v1/gateways/:id/log',
    {
      config: { right: 'command' },
      schema: {
        tags,
        summary: 'The log of a gateway as it is written (Server-Sent Events), for a limited time',
        description: 'Events: log {lines, dropped}, end. The gateway stops sending when nobody reads.',
        params: IdParams,
        querystring: LogQuery,
      },
    },
    (request, reply) => {
      requireGateway(request, request.params.id)
      return followLog(request, reply, care)
    },
  )
}

/** Whether or not a gateway of another tenant exists: there is none. */
function requireGateway({ scope }: FastifyRequest, id: string): void {
  if (!scope.allowsKey(id)) throw new AppError('not-found', `there is no gateway ${id}`)
}

async function recordOf({ journal }: GatewayCare, id: string, scope: TenantScope) {
  return seenOr404(await journal.get(id), ({ gateway }) => gateway, scope, `command ${id}`)
}

/** A reader behind which more waits is cut off. */
const maxWaitingBytes = 1_048_576

async function followLog(
  request: FastifyRequest<{ Params: IdParams; Querystring: LogQuery }>,
  reply: FastifyReply,
  { logs }: GatewayCare,
): Promise<FastifyReply> {
  const { params, query, ip } = request
  const { raw } = reply
  // The first lines may come before the gateway's answer.
  let early: string[] | undefined = []
  let isOver = false
  const write = (chunk: string): void => {
    if (early !== undefined) return void early.push(chunk)
    if (raw.writableLength > maxWaitingBytes) raw.destroy()
    else if (!raw.destroyed) raw.write(chunk)
  }
  const reader = {
    lines: ({ lines, dropped }: { readonly lines: readonly string[]; readonly dropped: number }) =>
      write(`event: log\ndata: ${JSON.stringify({ lines, dropped })}\n\n`),
    end() {
      write('event: end\ndata: {}\n\n')
      isOver = true
      if (early === undefined) raw.end()
    },
  }
  const { seconds = defaultSeconds } = query
  const by = actorOf(request, query.by)
  const unfollow = await logs.follow({ gateway: params.id, seconds, by, remote: ip, reader })
  const release = request.whileAllowed(() => raw.destroy())
  const leave = () => {
    release()
    unfollow()
  }
  reply.hijack()
  raw.on('close', leave)
  raw.on('error', leave)
  // Whoever has gone while the gateway was asked closes no more.
  if (raw.destroyed) leave()
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  const before = early
  early = undefined
  raw.write(`: the log of ${params.id}\n\n${before.join('')}`)
  // All of it came before the gateway's answer.
  if (isOver) raw.end()
  return reply
}
