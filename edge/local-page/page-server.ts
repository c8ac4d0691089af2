// The HTTP side of the gateway's local page: who may ask what, and from where. It knows nothing of gateways.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Log } from '../../broker/contract/ports.ts'
import { type LocalPageMount, MountProxy } from './mounts.ts'
import { isOwnHost, isSameOrigin } from './own-host.ts'
import { pageFile } from './page-files.ts'
import type { Sessions } from './sessions.ts'

// Importing node:http touches its WebSocket, and with it Node loads its fetch client: 14 MB that nobody here uses.
const { createServer } = process.getBuiltinModule('node:http')

export interface PageRequest {
  /** The JSON body of a POST, checked by nobody yet. */
  readonly body: unknown
  readonly address: string
  readonly cookies: string | undefined
  readonly response: ServerResponse
}

/** What is answered: JSON with 200, or what the fields say. Undefined: the route writes its answer itself. */
type PageAnswer =
  | { readonly json: unknown; readonly status?: number; readonly headers?: Readonly<Record<string, string>> }
  | undefined

export interface PageRoute {
  /** `GET /api/state` */
  readonly at: string
  /** Whether anybody may ask; else only a session. */
  readonly open?: boolean
  readonly answer: (request: PageRequest) => PageAnswer | Promise<PageAnswer>
}

export interface PageServerOptions {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly routes: readonly PageRoute[]
  readonly sessions: Sessions
  readonly mounts: readonly LocalPageMount[]
  readonly log: Log
}

export interface PageServer {
  readonly port: number
  stop(): Promise<void>
}

const mostBodyBytes = 256 * 1024
const requestLimitMs = 30_000
/** Bound: open connections; those beyond are refused by the server. */
const mostConnections = 64
const policy = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self'`,
  `img-src 'self' data:`,
  `connect-src 'self'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ')
const headers = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const

/** Throws `port.busy`. */
export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  const { log } = options
  const proxy = new MountProxy(options.mounts, log)
  const routes = new Map(options.routes.map((route) => [route.at, route]))
  const server = createServer((request, response) => {
    const parts = { ...options, routes, proxy }
    serve(parts, request, response).catch((thrown: unknown) => sendError(response, thrown, log))
  })
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    upgrade({ ...options, routes, proxy }, request, socket, head)
  })
  server.requestTimeout = requestLimitMs
  server.maxConnections = mostConnections
  await listening(server, options)
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        proxy.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Parts extends Omit<PageServerOptions, 'routes'> {
  readonly routes: ReadonlyMap<string, PageRoute>
  readonly proxy: MountProxy
}

async function serve(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { sessions, routes, proxy } = parts
  const path = pathOf(request)
  if (!isOwnHost(request.headers.host, hostname())) return refuse(response, 421, 'this name is not of this gateway')
  const changes = request.method !== 'GET' && request.method !== 'HEAD'
  if (changes && !isSameOrigin(request.headers.origin, request.headers.host)) {
    return refuse(response, 403, 'asked from another page')
  }
  const cookies = request.headers.cookie
  const mount = proxy.find(path)
  if (mount !== undefined) {
    if (!sessions.isOpen(cookies)) return redirect(response, '/')
    if (path !== mount.path && `${path}/` === mount.path) return redirect(response, mount.path)
    return proxy.pass(mount, request, response)
  }
  const route = routes.get(`${request.method} ${path}`)
  if (route === undefined) return await sendFile(path, request, response)
  if (route.open !== true && !sessions.isOpen(cookies)) return refuse(response, 401, 'sign in first')
  const body = changes ? await jsonBody(request) : undefined
  const answer = await route.answer({ body, cookies, response, address: request.socket.remoteAddress ?? '' })
  if (answer !== undefined) sendJson(response, answer.status ?? 200, answer.json, answer.headers)
}

function upgrade({ sessions, proxy }: Parts, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { host, origin, cookie } = request.headers
  const mount = proxy.find(pathOf(request))
  const right = isOwnHost(host, hostname()) && isSameOrigin(origin, host) && sessions.isOpen(cookie)
  if (mount !== undefined && right) {
    return proxy.upgrade(mount, { request, socket, head }, () => sessions.lasts(cookie))
  }
  socket.on('error', () => undefined)
  socket.end(`HTTP/1.1 ${mount === undefined ? '404 Not Found' : '401 Unauthorized'}\r\nconnection: close\r\n\r\n`)
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const cut = url.indexOf('?')
  return cut < 0 ? url : url.slice(0, cut)
}

async function sendFile(path: string, { method }: IncomingMessage, response: ServerResponse): Promise<void> {
  const file = method === 'GET' || method === 'HEAD' ? await pageFile(path) : undefined
  if (file === undefined) return refuse(response, 404, 'nothing is here')
  response.writeHead(200, { ...headers, 'content-type': file.type, 'content-length': file.bytes.length })
  response.end(method === 'HEAD' ? undefined : file.bytes)
}

/** A page of another origin cannot send this type without asking first, and is never allowed to. */
async function jsonBody(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new AppError('payload.malformed', 'the body must be application/json')
  }
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > mostBodyBytes) throw new AppError('limit.exceeded', `a body has at most ${mostBodyBytes} bytes`)
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch {
    throw new AppError('payload.malformed', 'the body is not JSON')
  }
}

const statusOf: Readonly<Record<string, number>> = {
  'payload.malformed': 400,
  'payload.schema': 400,
  'config.invalid': 400,
  'limit.exceeded': 413,
  'identity.invalid': 403,
  'uplink.refused': 502,
  'data.locked': 409,
  'setup.begun': 409,
  'not-found': 404,
}

function sendError(response: ServerResponse, thrown: unknown, log: Log): void {
  const error = toAppError(thrown, 'internal')
  const status = statusOf[error.code] ?? 500
  if (status === 500) log.error({ err: thrown }, 'the local page could not answer')
  if (response.headersSent) response.destroy()
  else sendJson(response, status, { code: error.code, message: status === 500 ? 'see the log' : error.message })
}

function refuse(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { message })
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { ...headers, location }).end()
}

function sendJson(
  response: ServerResponse,
  status: number,
  json: unknown,
  more: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json', ...more })
  response.end(JSON.stringify(json))
}

/** Begins an event stream; its route writes the events. */
export function beginEvents(response: ServerResponse): void {
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' })
}

function listening(server: Server, { host, port }: PageServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new AppError('port.busy', `port ${port} of the local page is in use or not allowed`, { cause })),
    )
    server.listen(port, host, resolve)
  })
}
