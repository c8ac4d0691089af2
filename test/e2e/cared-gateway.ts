// A hub with its dashboard and one gateway that can be looked after from afar in every way: camera, light, devices, signed updates.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { stringify } from 'yaml'
import { systemClock } from '../../broker/contract/ports.ts'
import { MisbehavingCamera } from '../../firmware-bridge/cameras/misbehaving-camera.ts'
import { serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { sparseTable } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'
import { createEdge, type EdgeUnderTest } from '../faults/edge-under-test.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'

const run = promisify(execFile)
const musubi = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
const tenant = 'kimitsu'
const gateway = 'koito-pump'

export interface CaredGateway {
  readonly hub: HubUnderTest
  readonly edge: EdgeUnderTest
  /** Of its page on the dashboard. */
  readonly url: string
  /** The word that opens its camera: no screen and no file may show it. */
  readonly secret: string
  /** What the light of the gateway shows: 0 is dark. */
  brightness(): Promise<string>
  /** Its probe refuses what it is asked for, or answers as it should. */
  disturbProbe(on: boolean): void
  /** Begins a signed roll-out to the gateway: its probe asked every so many seconds, as this Modbus unit (1 is the right one). */
  offer(set: Offered): Promise<void>
  close(): Promise<void>
}

interface Offered {
  readonly intervalS: number
  readonly unitId: number
}

/** Resolves when both run; the gateway may still be on its way to the hub. */
export async function startCaredGateway(): Promise<CaredGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-e2e-care-'))
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const undo of closers.splice(0).toReversed()) await undo()
  }
  try {
    const camera = new MisbehavingCamera({ kind: 'mjpeg', images: [await gatePicture()] })
    await camera.start()
    closers.push(() => camera.stop())
    const probe = { holding: sparseTable(new Map([1, 3, 8, 1, 600, 0, 148, 500].entries())) }
    const bus = await serveModbusTcp({
      slaves: new Map([[1, probe]]),
      clock: systemClock,
      framing: 'tcp',
      port: 0,
    })
    closers.push(() => bus.close())
    const light = await makeLight(join(folder, 'light'))
    const home = join(folder, 'gateway')
    await mkdir(home)
    await run(process.execPath, [musubi, 'model', 'sign', '--new-key', join(folder, 'deploy.pem')])
    await writeFile(join(home, 'deploy.pub'), await readFile(join(folder, 'deploy.pem.pub')))
    const data = join(folder, 'hub')
    const hub = await createHub(data, [])
    closers.push(() => hub.end('SIGKILL'))
    const secret = 'lens-word-77'
    const source = { type: 'mjpeg', url: camera.url, username: 'viewer', password: secret }
    const edge = await createEdge({
      folder: home,
      hub: { data, mqttsPort: hub.mqttsPort, httpsPort: hub.httpsPort },
      tenant,
      gateway,
      config: {
        label: { ja: '小糸排水機場', en: 'Koito pump station' },
        identify: { led: light.folder },
        cameras: [{ id: 'gate', source, remoteFrames: true }],
        health: { intervalS: 2 },
        deployment: { keys: ['deploy.pub'], lookEveryS: 0.2, retryBaseMs: 50, retryCapMs: 500 },
        ...fieldOf(bus.port, { intervalS: 0.5, unitId: 1 }),
      },
    })
    closers.push(() => edge.close())
    await edge.start()
    const hubUrl = `http://127.0.0.1:${hub.httpPort}`
    return {
      hub,
      edge,
      url: `${hubUrl}/#/gateway/${tenant}/${gateway}`,
      secret,
      brightness: light.brightness,
      disturbProbe(on) {
        if (on) bus.misbehave.set(1, { kind: 'exception', code: 4 })
        else bus.misbehave.clear(1)
      },
      async offer(set) {
        const template = join(folder, 'template.yaml')
        const fleet = join(folder, 'fleet.yaml')
        await writeFile(template, stringify(fieldOf(bus.port, set)))
        const about = { name: '計測間隔', gateways: { [`${tenant}/${gateway}`]: null }, probationS: 5 }
        await writeFile(fleet, stringify({ ...about, template: 'template.yaml' }))
        const words = ['deploy', 'push', fleet, '--hub', hubUrl, '--key', join(folder, 'deploy.pem'), '--by', '佐藤']
        await run(process.execPath, [musubi, ...words])
      },
      close,
    }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

function fieldOf(port: number, { intervalS, unitId }: Offered): object {
  return {
    sites: [
      {
        id: 'pump',
        kind: 'other',
        name: { ja: '小糸排水機場', en: 'Koito pump station' },
        position: { lat: 35.2905, lon: 139.9512 },
      },
    ],
    connections: [{ id: 'bus', type: 'modbus-tcp', host: '127.0.0.1', port }],
    devices: [
      {
        id: 'level-1',
        connection: 'bus',
        site: 'pump',
        profile: 'qdy30a-level-temperature',
        address: { unitId },
        intervalS,
        timeoutMs: 2000,
        retries: 1,
      },
    ],
  }
}

/** A sluice gate with water before it. */
async function gatePicture(): Promise<Buffer> {
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480">
    <rect width="640" height="480" fill="#9fb4c4"/><rect y="300" width="640" height="180" fill="#4a6b62"/>
    <path d="M120 120h400v240h-400z" fill="#7d7f80"/><path d="M200 160h240v170h-240z" fill="#35506e"/>
    <path d="M310 60h20v110h-20z" fill="#303234"/></svg>`
  return await sharp(Buffer.from(drawn)).jpeg({ quality: 80 }).toBuffer()
}

/** As the kernel shows a light. */
async function makeLight(folder: string) {
  await mkdir(folder)
  await writeFile(join(folder, 'trigger'), 'none [mmc0] heartbeat\n')
  await writeFile(join(folder, 'brightness'), '0\n')
  return { folder, brightness: async () => (await readFile(join(folder, 'brightness'), 'utf8')).trim() }
}
