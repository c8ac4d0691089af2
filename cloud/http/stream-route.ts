// `GET /api/v1/stream`: Server-Sent Events over a hijacked reply.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TenantScope } from '../people/principal.ts'
import type { LiveStream, PlainEvent, StreamFilter } from './live-stream.ts'
import type { EventItem } from '../events/event-schemas.ts'
import type { AlarmItem } from '../alarms/alarm-schemas.ts'
import { StreamQuery } from './schemas.ts'
import type { ViewSources } from './views.ts'

/** Readers at the same time; one more is answered 503 and counted by its status. Owner: this route. */
const maxClients = 1_000

export function addStreamRoute(server: FastifyInstance, stream: LiveStream, sources: ViewSources): void {
  server.get<{ Querystring: StreamQuery }>(
    '/api/v1/stream',
    {
      config: { right: 'see' },
      schema: {
        tags: ['live'],
        summary: 'Readings, alarms, events and gateways as they happen (Server-Sent Events)',
        description:
          'Events: reading (array), alarm, event (an EventItem), gateway, reset, and beat (at first and every 4 s). Resumes by Last-Event-ID.',
        querystring: StreamQuery,
      },
    },
    (request, reply) => {
      if (stream.clients >= maxClients) {
        void reply.code(503).header('retry-after', '5').send()
        return
      }
      openStream(request, reply, stream, sources)
    },
  )
}

function openStream(
  request: FastifyRequest<{ Querystring: StreamQuery }>,
  reply: FastifyReply,
  stream: LiveStream,
  sources: ViewSources,
): void {
  const { raw } = reply
  reply.hijack()
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
    connection: 'keep-alive',
  })
  raw.socket?.setNoDelay(true)
  const client = {
    write(chunk: string) {
      if (!raw.writableEnded && !raw.destroyed) raw.write(chunk)
      return raw.writableLength
    },
    end: () => raw.destroy(),
  }
  const release = request.whileAllowed(() => client.end())
  const leave = () => {
    release()
    stream.detach(client)
  }
  raw.on('close', leave)
  raw.on('error', leave)
  const header = request.headers['last-event-id']
  const lastEventId = (typeof header === 'string' ? header : undefined) ?? request.query.lastEventId
  stream.attach(client, filterOf(request.query, sources, request.scope), lastEventId)
}

/** What the query asks for, of what the reader may see. */
function filterOf(query: StreamQuery, sources: ViewSources, scope: TenantScope): StreamFilter {
  const asked = askedOf(query, sources)
  if (scope.tenants === 'all') return asked
  return {
    series: (id) => scope.allowsKey(sources.directory.facts(id).key) && (asked.series?.(id) ?? true),
    event: (event) => scope.allowsKey(gatewayOf(event)) && (asked.event?.(event) ?? true),
  }
}

/** An event that names no gateway is nobody's but the city's. */
function gatewayOf({ type, payload }: PlainEvent): string {
  const about = payload as Partial<Record<'id' | 'gateway', unknown>>
  const gateway = type === 'gateway' ? about.id : about.gateway
  return typeof gateway === 'string' ? gateway : ''
}

function askedOf(query: StreamQuery, sources: ViewSources): StreamFilter {
  if (query.series === undefined && query.site === undefined) return {}
  const keys = new Set(query.series?.split(','))
  const { site } = query
  return {
    series: (id) => {
      const facts = sources.directory.facts(id)
      return keys.has(facts.key) || (site !== undefined && facts.site === site)
    },
    event: (event: PlainEvent) => {
      if (event.type === 'gateway') return true
      const about = event.payload as AlarmItem | EventItem
      return (about.series !== null && keys.has(about.series)) || (site !== undefined && about.site === site)
    },
  }
}
