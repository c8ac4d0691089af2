// `/metrics` and `/healthz` for a person or a collector on the gateway itself; loopback only, and only where configured.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError } from '../broker/contract/app-error.ts'

// Importing node:http touches its WebSocket, and with it Node loads its fetch client: 14 MB that nobody here uses.
const { createServer } = process.getBuiltinModule('node:http')

export interface HealthServer {
  readonly port: number
  stop(): Promise<void>
}

export interface HealthPages {
  readonly metrics: () => string
  /** Faults by name; none: healthy. */
  readonly faults: () => readonly string[]
}

/** Port 0 takes a free one. Throws `port.busy`. */
export async function startHealthServer(port: number, pages: HealthPages): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const page = pageOf(request.url, pages)
    response.writeHead(page.status, { 'content-type': page.type }).end(page.body)
  })
  server.requestTimeout = 5000
  server.maxConnections = 16
  await listening(server, port)
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function pageOf(url: string | undefined, pages: HealthPages): { status: number; type: string; body: string } {
  if (url === '/metrics') return { status: 200, type: 'text/plain; version=0.0.4', body: pages.metrics() }
  if (url !== '/healthz') return { status: 404, type: 'text/plain', body: 'not found\n' }
  const faults = pages.faults()
  const body = JSON.stringify({ status: faults.length === 0 ? 'ok' : 'degraded', faults })
  return { status: faults.length === 0 ? 200 : 503, type: 'application/json', body }
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new AppError('port.busy', `port ${port} of health.port is in use or not allowed`, { cause })),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
}
