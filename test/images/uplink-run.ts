// A whole run of the image uplink: a hub, a gateway that also sends telemetry, both over one narrow link, and what happens to them.
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../broker/contract/ports.ts'
import type { FlightItem, ImageItem } from '../../cloud/images/image-schemas.ts'
import {
  countingAddresses,
  createCountingDevice,
  type CountingDevice,
} from '../../firmware-bridge/simulators/devices/counting-device.ts'
import { serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { createEdge, type EdgeUnderTest } from '../faults/edge-under-test.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { until } from '../programs/until.ts'
import { droneJpeg, plainShot } from './drone-image.ts'
import { createNarrowLink, type NarrowLink } from './narrow-link.ts'

export interface UplinkRunOptions {
  readonly folder: string
  readonly images: number
  /** Of each. */
  readonly bytes: number
  readonly bitsPerSecond: number
  readonly pollIntervalMs: number
  /** Keys of the section `images.upload`. */
  readonly upload?: object
}

export interface UplinkRun {
  readonly hub: HubUnderTest
  readonly edge: EdgeUnderTest
  readonly link: NarrowLink
  readonly device: CountingDevice
  readonly series: string
  /** SHA-256 of every image on the card. */
  readonly hashes: readonly string[]
  readonly card: string
  stored(): Promise<readonly ImageItem[]>
  flights(): Promise<readonly FlightItem[]>
  /** SHA-256 of what the hub gives back for an image. */
  hashOf(image: ImageItem): Promise<string>
  /** Resolves when the hub has at least this many images. */
  reached(count: number, limitMs: number): Promise<void>
  close(): Promise<void>
}

const label = { ja: '計数器', en: 'Counter' }
const profile = {
  id: 'counter',
  driver: 'modbus',
  label,
  channels: [
    {
      id: 'count',
      label,
      unit: 'count',
      source: { table: 'input', address: countingAddresses.uint32, type: 'uint32' },
    },
  ],
}

/** The card is written, hub and link run; the gateway is not started yet. */
export async function prepareUplinkRun(options: UplinkRunOptions): Promise<UplinkRun> {
  const { folder, images, bytes, bitsPerSecond, pollIntervalMs, upload = {} } = options
  const card = join(folder, 'card/DCIM/100MEDIA')
  await mkdir(card, { recursive: true })
  const hashes = await writeCard(card, images, bytes)
  const data = join(folder, 'hub')
  const hub = await createHub(data)
  const link = createNarrowLink(bitsPerSecond / 8)
  const device = createCountingDevice()
  const slaves = new Map([[1, device.slave]])
  const server = await serveModbusTcp({ slaves, clock: systemClock, framing: 'tcp', port: 0 })
  const edge = await createEdge({
    folder: join(folder, 'gateway'),
    hub: { data, mqttsPort: await link.open(hub.mqttsPort) },
    tenant: 'test',
    gateway: 'drone',
    config: {
      sites: [fieldAround(plainShot)],
      connections: [{ id: 'bus', type: 'modbus-tcp', host: '127.0.0.1', port: server.port }],
      devices: [
        {
          id: 'counter',
          connection: 'bus',
          profile: './counter.yaml',
          address: { unitId: 1 },
          intervalS: pollIntervalMs / 1000,
          timeoutMs: 10_000,
          retries: 0,
        },
      ],
      images: {
        import: [{ folder: '../card', settleS: 0 }],
        scanIntervalS: 1,
        upload: {
          url: `https://localhost:${await link.open(hub.httpsPort)}`,
          retryBaseMs: 50,
          retryCapMs: 500,
          idleMs: 10_000,
          ...upload,
        },
      },
    },
    profiles: { 'counter.yaml': profile },
  })
  const list = async <T>(path: string): Promise<readonly T[]> =>
    ((await (await hub.get(path)).json()) as { readonly items: readonly T[] }).items
  const stored = () => list<ImageItem>('/api/v1/images?limit=1000')
  return {
    hub,
    edge,
    link,
    device,
    card,
    hashes,
    series: 'test/drone/counter:count',
    stored,
    flights: () => list<FlightItem>('/api/v1/flights'),
    hashOf: async ({ id }) => {
      const response = await hub.get(`/api/v1/images/${encodeURIComponent(id)}/file`)
      return createHash('sha256')
        .update(Buffer.from(await response.arrayBuffer()))
        .digest('hex')
    },
    reached: async (count, limitMs) => {
      await until(`${count} images at the hub`, limitMs, async () => {
        const found = await stored().catch(() => [])
        return found.length >= count ? true : undefined
      })
    },
    close: async () => {
      await edge.close()
      await hub.end('SIGKILL')
      await link.close()
      await server.close()
    },
  }
}

async function writeCard(card: string, images: number, bytes: number): Promise<readonly string[]> {
  const hashes: string[] = []
  for (let index = 0; index < images; index += 1) {
    const seconds = 5 + index * 2
    const clock = `${String(9 + Math.floor(seconds / 3600)).padStart(2, '0')}:${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
    const image = await droneJpeg({
      ...plainShot,
      bytes,
      seed: index + 1,
      taken: `2026:07:22 ${clock}`,
      lat: plainShot.lat + index * 1e-5,
    })
    hashes.push(createHash('sha256').update(image).digest('hex'))
    await writeFile(join(card, `DJI_${String(index + 1).padStart(4, '0')}.JPG`), image)
  }
  return hashes
}

function fieldAround({ lat, lon }: { readonly lat: number; readonly lon: number }): object {
  const [west, east, south, north] = [lon - 0.01, lon + 0.01, lat - 0.01, lat + 0.01]
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ]
  const area = { type: 'Polygon', coordinates: [ring] }
  return { id: 'field-1', kind: 'paddy', name: { ja: '1号田', en: 'Field 1' }, position: { lat, lon }, area }
}
