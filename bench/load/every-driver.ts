// The drivers that the demo's field does not need, opened beside it: boards, consoles, SDI-12, MQTT on the LAN, a recording, a camera.
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { sampleJpeg } from '../../firmware-bridge/cameras/sample-images.ts'
import { hashPassword } from '../../firmware-bridge/mqtt/password-hash.ts'

/** Parts of gateway.yaml. */
interface EveryDriver {
  readonly connections: readonly unknown[]
  readonly devices: readonly unknown[]
  readonly cameras: readonly unknown[]
  close(): Promise<void>
}

/** Serial peers take the connection and stay silent; the camera gives a picture of 640 pixels' width a second. */
export async function openEveryDriver(folder: string): Promise<EveryDriver> {
  const silent = createServer()
  const sockets = new Set<Socket>()
  silent.on('connection', (socket) => void sockets.add(socket.on('error', () => socket.destroy())))
  const picture = await sampleJpeg(640)
  const camera = createHttpServer((_request, response) => void response.end(picture))
  const at = { host: '127.0.0.1', port: await listening(silent) }
  const cameraPort = await listening(camera)
  await writeFile(join(folder, 'recording.csv'), `value\n${Array.from({ length: 1000 }, (_, row) => row).join('\n')}\n`)
  const device = (id: string, connection: string, profile: string, address: unknown) => {
    return { id, connection, profile, address, intervalS: 60 }
  }
  return {
    connections: [
      { id: 'boards', type: 'mcu', ...at },
      { id: 'console', type: 'davis', ...at },
      { id: 'sdi', type: 'sdi-12', ...at },
      { id: 'tape', type: 'replay', file: join(folder, 'recording.csv'), stepS: 1 },
      {
        id: 'lan',
        type: 'mqtt-listener',
        bind: '127.0.0.1',
        port: 0,
        users: [{ name: 'barn', password: await hashPassword('bench') }],
      },
      { id: 'plant', type: 'mqtt-client', url: `mqtt://127.0.0.1:${at.port}` },
    ],
    devices: [
      device('board-1', 'boards', 'mcu-soil-node', { board: 1 }),
      device('vantage', 'console', 'davis-vantage', {}),
      device('sdi-1', 'sdi', 'sdi12-values', { char: '0' }),
      device('tape-1', 'tape', 'replay-value', {}),
      device('climate-1', 'lan', 'mqtt-climate', { topic: 'barn/climate' }),
      device('pump-1', 'plant', 'sparkplug-pump', { group: 'waterworks', node: 'station-3', device: 'pump-1' }),
    ],
    cameras: [
      { id: 'camera-1', source: { type: 'http-jpeg', url: `http://127.0.0.1:${cameraPort}/now.jpg`, intervalS: 1 } },
    ],
    async close() {
      for (const socket of sockets) socket.destroy()
      camera.closeAllConnections()
      await Promise.all([silent, camera].map((server) => new Promise((resolve) => void server.close(resolve))))
    },
  }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
