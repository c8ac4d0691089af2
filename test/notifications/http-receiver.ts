// A real HTTP or HTTPS server that keeps what it is sent and fails as it is told to; push service, LINE and webhooks build on it.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TestCertificate } from './test-certificate.ts'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** `reset`: nothing is taken; `taken-then-reset`: taken, and the answer lost; `silence`: taken, and never answered. */
export type HttpFault =
  | 'reset'
  | 'taken-then-reset'
  | 'silence'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }

export interface HttpReceiver {
  readonly url: string
  readonly faults: HttpFault[]
  readonly stop: () => Promise<void>
}

/** `take` answers what was received without a fault, and sees also what is taken before a fault. */
export async function startHttpReceiver(
  take: (received: Received, response: ServerResponse | undefined) => void,
  certificate?: TestCertificate,
): Promise<HttpReceiver> {
  const faults: HttpFault[] = []
  const sockets = new Set<Socket>()
  const server = certificate === undefined ? createServer() : createSecureServer(certificate)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('request', (request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const received = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts) }
      const fault = faults.shift()
      if (fault === undefined) return take(received, response)
      if (fault === 'reset') return void request.socket.destroy()
      if (fault === 'silence') return take(received, undefined)
      if (fault === 'taken-then-reset') {
        take(received, undefined)
        return void request.socket.destroy()
      }
      response.writeHead(fault.status, fault.headers)
      return void response.end(fault.body ?? '')
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    faults,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
