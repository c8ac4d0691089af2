// A proxy as virus scanners and virtual browsers are: it answers for the hub at once, and holds back a stream until it ends.
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HoldingProxy {
  readonly url: string
  /** From now on the event stream passes too; one that is held is cut. */
  letThrough(): void
  close(): Promise<void>
}

/** Listens on loopback; everything but the event stream passes. */
export async function startHoldingProxy(hubPort: number): Promise<HoldingProxy> {
  let isHolding = true
  const held = new Set<() => void>()
  const server = createServer((asked, answer) => {
    const { url = '/', method = 'GET', headers } = asked
    const onward = request({ host: '127.0.0.1', port: hubPort, path: url, method, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers)
      if (!isHolding || !url.startsWith('/api/v1/stream')) {
        found.pipe(answer)
        return
      }
      answer.flushHeaders()
      found.resume()
      const cut = (): void => void answer.destroy()
      held.add(cut)
      answer.on('close', () => held.delete(cut))
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    asked.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    letThrough() {
      isHolding = false
      for (const cut of held) cut()
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
