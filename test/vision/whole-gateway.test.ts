// The whole way of a picture: `musubi edge` with a camera, its vision process and a package, a hub, and the API that tells the event.
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import type { EventItem, EventPage } from '../../cloud/events/event-schemas.ts'
import {
  countingAddresses,
  createCountingDevice,
  type CountingDevice,
} from '../../firmware-bridge/simulators/devices/counting-device.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { createEdge, type EdgeUnderTest } from '../faults/edge-under-test.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { until } from '../programs/until.ts'

const packages = join(import.meta.dirname, 'packages')
const limitMs = 60_000

const label = { ja: '計数器', en: 'Counter' }
const source = { table: 'input', address: countingAddresses.uint32, type: 'uint32' }
const counter = { id: 'counter', driver: 'modbus', label, channels: [{ id: 'count', label, unit: 'count', source }] }

describe('a gateway that inspects', { timeout: 4 * limitMs }, () => {
  let folder: string
  let pictures: string
  let hub: HubUnderTest
  let edge: EdgeUnderTest
  let server: ModbusServer
  let device: CountingDevice

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-whole-'))
    pictures = join(folder, 'pictures')
    await mkdir(pictures)
    device = createCountingDevice()
    const slaves = new Map([
      [1, device.slave],
      [2, { writeCoil: () => true }],
    ])
    server = await serveModbusTcp({ slaves, clock: systemClock, framing: 'tcp', port: 0 })
    const data = join(folder, 'hub')
    hub = await createHub(data)
    const bus = { type: 'modbus-tcp', host: '127.0.0.1', port: server.port }
    edge = await createEdge({
      folder: join(folder, 'gateway'),
      hub: { data, mqttsPort: hub.mqttsPort },
      tenant: 'test',
      gateway: 'factory',
      config: {
        modelTrust: { allowUnsigned: true },
        connections: [
          { id: 'bus', ...bus },
          { id: 'io', ...bus },
        ],
        devices: [
          {
            id: 'counter',
            connection: 'bus',
            profile: './counter.yaml',
            address: { unitId: 1 },
            intervalS: 0.1,
            timeoutMs: 5000,
            retries: 0,
          },
        ],
        cameras: [{ id: 'camera-1', source: { type: 'hot-folder', folder: pictures, settleMs: 20 } }],
        inspections: [
          {
            id: 'line-1',
            camera: 'camera-1',
            model: join(packages, 'spot-finder'),
            trigger: { type: 'frame' },
            relay: { type: 'modbus', connection: 'io', unitId: 2, coil: 0 },
            limitMs: 20_000,
          },
        ],
      },
      profiles: { 'counter.yaml': counter },
    })
    await edge.start()
  })
  afterEach(async () => {
    await edge.close()
    await hub.end('SIGKILL')
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** Whole or not at all, as a vision PC should. */
  async function give(name: string, isSpotted: boolean): Promise<void> {
    await writeFile(join(folder, name), await sheet(isSpotted))
    await rename(join(folder, name), join(pictures, name))
  }

  const stored = async (): Promise<readonly EventItem[]> =>
    ((await (await hub.get('/api/v1/events?kind=inspection')).json()) as EventPage).items
  const eventsReach = (count: number) =>
    until(`${count} events at the hub`, limitMs, async () => {
      const found = await stored()
      return found.length >= count ? found : undefined
    })
  const visionProcess = (other?: number) =>
    until('a vision process', limitMs, async () => {
      const found = await childOf(edge.pid(), 'vision-process.ts')
      return found === other ? undefined : found
    })
  const modelIsReady = () =>
    until('the model in the birth document', limitMs, async () => {
      const { items } = (await (await hub.get('/api/v1/gateways')).json()) as { items: { models: { id: string }[] }[] }
      return items[0]?.models.some(({ id }) => id === 'spot-finder') === true ? true : undefined
    })

  it('tells the hub what its model decides, and when the vision process is killed samples on and decides again', async () => {
    await modelIsReady()
    await give('1.jpg', false)
    await eventsReach(1)
    await give('2.jpg', true)
    const [second, first] = await eventsReach(2)
    expect(first).toMatchObject({ kind: 'inspection', gateway: 'test/factory', source: 'line-1', state: 'pass' })
    expect(second).toMatchObject({
      state: 'reject',
      class: 'dark-spot',
      model: { id: 'spot-finder', version: '1.0.0' },
    })
    expect(second?.mask.length).toBeGreaterThan(0)
    const picture = await hub.get(second?.thumbnail ?? '')
    expect((await sharp(Buffer.from(await picture.arrayBuffer())).metadata()).format).toBe('jpeg')

    const agent = edge.pid()
    const killed = await visionProcess()
    const servedBefore = device.served().length
    process.kill(killed, 'SIGKILL')
    await until('the end of the process is counted', limitMs, async () =>
      (await edge.metric('musubi_edge_vision_faults_total{reason="crashes"}')) === 1 ? true : undefined,
    )
    await visionProcess(killed)
    const judgedAgain = await until('an event after the kill', 2 * limitMs, async () => {
      await give(`${Date.now()}.jpg`, true)
      const found = await stored()
      return found.length > 2 ? found[0] : undefined
    })
    expect(judgedAgain).toMatchObject({ state: 'reject', class: 'dark-spot' })
    expect(edge.pid()).toBe(agent)
    expect(edge.alive()).toBe(true)

    device.freeze()
    const served = device.served()
    expect(served.length).toBeGreaterThan(servedBefore + 10)
    const readings = await until('every reading at the hub', limitMs, async () => {
      const found = await hub.goodReadings('test/factory/counter:count')
      return found.length >= served.length ? found : undefined
    })
    expect(readings.map(({ value }) => value)).toEqual([...served])
    expect(await edge.end('SIGTERM')).toBe(0)
    expect(await childOf(agent, 'vision-process.ts')).toBeUndefined()
  })
})

/** A grey sheet, with a dark spot or without. */
async function sheet(isSpotted: boolean): Promise<Buffer> {
  const spot = isSpotted ? '<circle cx="60" cy="70" r="7" fill="#222"/>' : ''
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="168"><rect width="100%" height="100%" fill="#8a8a8a"/>${spot}</svg>`
  return sharp(Buffer.from(svg)).jpeg({ quality: 95 }).toBuffer()
}

/** The child of a process that runs a program, as /proc tells. */
async function childOf(parent: number, program: string): Promise<number | undefined> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const [status, command] = await Promise.all(
      ['status', 'cmdline'].map((file) => readFile(join('/proc', name, file), 'utf8').catch(() => '')),
    )
    if (status?.includes(`\nPPid:\t${parent}\n`) && command?.includes(program)) return Number(name)
  }
  return undefined
}
