// A network camera as many are: whoever asks for `/snapshot.jpg` gets the picture of now.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SnapshotCamera {
  /** On the loopback. */
  readonly port: number
  close(): Promise<void>
}

/** `photograph`: a JPEG of now; only drawn when it is asked for. `port` 0: any. */
export async function serveSnapshots(photograph: () => Promise<Buffer>, port: number): Promise<SnapshotCamera> {
  const server = createServer((request, response) => {
    if (request.url === '/snapshot.jpg') {
      photograph().then(
        (bytes) => answer(response, bytes),
        () => response.writeHead(500).end(),
      )
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(response: ServerResponse, bytes: Buffer): void {
  response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': bytes.length, 'cache-control': 'no-store' })
  response.end(bytes)
}
