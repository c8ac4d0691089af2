// A camera of 1 MP and the part of gateway.yaml that has a model watch it, for bench/footprint.ts.
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'

export async function openVisionCamera(model: string) {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  const noise = { type: 'gaussian', mean: 128, sigma: 12 } as const
  const picture = await sharp({ create: { width: 1024, height: 1024, channels: 3, background: 'grey', noise } })
    .jpeg({ quality: 85 })
    .toBuffer()
  const picturePath = join(folder, 'frame.jpg')
  await writeFile(picturePath, picture)
  const server = createServer((_request, response) => void response.end(picture))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/now.jpg`
  return {
    picturePath,
    cameras: [{ id: 'camera-1', source: { type: 'http-jpeg', url, intervalS: 1 } }],
    sections: {
      modelTrust: { allowUnsigned: true },
      vision: [{ id: 'watch-1', camera: 'camera-1', model, everyS: 1, pictures: 'all' }],
    },
    ready: 'the vision process is ready',
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}
