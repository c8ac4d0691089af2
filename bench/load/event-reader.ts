// A browser's view of the hub: one connection to /api/v1/stream, its events parsed and stamped with their arrival.
import { get } from 'node:http'

export interface StreamEvent {
  /** `reading`, `alarm`, `gateway` or `reset`. */
  readonly type: string
  readonly payload: unknown
  /** performance.now() when its last byte was here. */
  readonly atMs: number
}

/** Opens the stream with `query` (`?series=…` or empty); resolves when the hub has answered. */
export async function readEvents(
  httpPort: number,
  query: string,
  take: (event: StreamEvent) => void,
): Promise<{ close(): void }> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let rest = ''
  const request = get({ host: '127.0.0.1', port: httpPort, path: `/api/v1/stream${query}` }, (response) => {
    if (response.statusCode !== 200) reject(new Error(`the stream answers ${response.statusCode}`))
    resolve()
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      const atMs = performance.now()
      const blocks = (rest + chunk).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const type = /^event: (.*)$/m.exec(block)?.[1]
        const payload = /^data: (.*)$/m.exec(block)?.[1]
        if (type !== undefined && payload !== undefined) take({ type, payload: JSON.parse(payload), atMs })
      }
    })
  })
  request.on('error', reject)
  await promise
  return { close: () => request.destroy() }
}
