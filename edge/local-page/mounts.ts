// Passes a part of the local page's paths on to another program on this machine, behind the same sign-in.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Log } from '../../broker/contract/ports.ts'
import { otherCookies } from './sessions.ts'

const { request: httpRequest } = process.getBuiltinModule('node:http')

export interface LocalPageMount {
  /** Begins and ends with a slash, e.g. `/flows/`. The path is passed on whole. */
  readonly path: string
  /** A unix socket, or a port on 127.0.0.1. */
  readonly target: { readonly socketPath: string } | { readonly port: number }
}

const idleMs = 120_000
/** Bound: open websockets. Overflow: a further one is refused with 503. Owner: the page server. */
const mostUpgraded = 16
const hopByHop = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'te', 'trailer', 'transfer-encoding'])

export class MountProxy {
  readonly #mounts: readonly LocalPageMount[]
  readonly #log: Log
  readonly #upgraded = new Set<Duplex>()

  constructor(mounts: readonly LocalPageMount[], log: Log) {
    this.#mounts = mounts
    this.#log = log
  }

  /** The mount of a path; `/flows` belongs to `/flows/`. */
  find(path: string): LocalPageMount | undefined {
    return this.#mounts.find((mount) => path.startsWith(mount.path) || `${path}/` === mount.path)
  }

  /** Passes a request and its answer on. A target that is not there is answered 502. */
  pass({ target, path }: LocalPageMount, request: IncomingMessage, response: ServerResponse): void {
    const passed = httpRequest({
      ...where(target),
      method: request.method,
      path: request.url,
      headers: passedHeaders(request),
      timeout: idleMs,
    })
    const fail = (error: Error): void => {
      this.#log.warn({ mount: path, reason: error.message }, 'a part of the local page does not answer')
      if (response.headersSent) response.destroy()
      else response.writeHead(502, { 'content-type': 'text/plain' }).end('not running\n')
    }
    passed.on('response', (answer) => {
      const kept = Object.entries(answer.headers).filter(([name]) => !hopByHop.has(name))
      response.writeHead(answer.statusCode ?? 502, { ...Object.fromEntries(kept), 'x-frame-options': 'SAMEORIGIN' })
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    passed.on('timeout', () => passed.destroy(new Error('it took too long')))
    passed.on('error', fail)
    response.on('close', () => passed.destroy())
    request.pipe(passed)
  }

  /** Passes a websocket on, from its handshake until `mayGoOn` says no to a message of the program behind it. */
  upgrade(
    { target, path }: LocalPageMount,
    { request, socket, head }: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
    mayGoOn: () => boolean,
  ): void {
    if (this.#upgraded.size >= mostUpgraded) {
      socket.on('error', () => undefined)
      socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n')
      return
    }
    const inner: Socket = connect(
      'port' in target ? { port: target.port, host: '127.0.0.1' } : { path: target.socketPath },
    )
    this.#upgraded.add(socket)
    const end = (): void => {
      this.#upgraded.delete(socket)
      socket.destroy()
      inner.destroy()
    }
    inner.setTimeout(idleMs, end)
    inner.on('data', () => {
      if (!mayGoOn()) end()
    })
    inner.once('connect', () => {
      inner.write(handshake(request))
      if (head.length > 0) inner.write(head)
      inner.pipe(socket).pipe(inner)
    })
    inner.on('error', (error) => {
      this.#log.warn({ mount: path, reason: error.message }, 'a part of the local page does not answer')
      end()
    })
    socket.on('error', end)
    for (const side of [socket, inner]) side.on('close', end)
  }

  close(): void {
    for (const socket of this.#upgraded) socket.destroy()
  }
}

function where(target: LocalPageMount['target']) {
  return 'port' in target ? { port: target.port, host: '127.0.0.1' } : { socketPath: target.socketPath }
}

/** The session of the local page is not the business of whom it is passed to. */
function passedHeaders({ headers, method }: IncomingMessage): OutgoingHttpHeaders {
  const { cookie, ...others } = headers
  const kept = otherCookies(cookie)
  const entries = Object.entries(others).filter(([name, value]) => value !== undefined && !hopByHop.has(name))
  const chunked = headers['transfer-encoding'] !== undefined && method !== 'GET' && method !== 'HEAD'
  return {
    ...Object.fromEntries(entries),
    ...(kept === undefined ? {} : { cookie: kept }),
    ...(chunked ? { 'transfer-encoding': 'chunked' } : {}),
  }
}

function handshake(request: IncomingMessage): string {
  const { cookie, ...headers } = request.headers
  const kept = otherCookies(cookie)
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one) => (one === undefined ? [] : [`${name}: ${one}`])),
  )
  return [`GET ${request.url} HTTP/1.1`, ...lines, ...(kept === undefined ? [] : [`cookie: ${kept}`]), '', ''].join(
    '\r\n',
  )
}
