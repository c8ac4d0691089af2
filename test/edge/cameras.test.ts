// Cameras in the gateway's own program: at the hub a camera is a device that is there, goes down and comes back.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Reading } from '../../broker/contract/senml.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { MisbehavingCamera } from '../../firmware-bridge/cameras/misbehaving-camera.ts'
import { sampleJpegs } from '../../firmware-bridge/cameras/sample-images.ts'
import type { Frame } from '../../firmware-bridge/cameras/frame.ts'
import { startCameras } from '../../edge/cameras/cameras.ts'
import { createCounters } from '../../edge/counters.ts'
import type { ImageSink } from '../../edge/images/image-uplink.ts'
import type { PollOutcome } from '../../edge/device-poller.ts'
import { debianPackage } from '../debian.ts'
import { startPymodbusModule } from '../firmware-bridge/pymodbus-module.ts'
import { temporaryFolder } from './outbox-fixture.ts'
import { ScriptedHub } from './scripted-hub.ts'
import { mjpegCamera } from './mjpeg-camera.ts'

const musubi = resolve(import.meta.dirname, '../../bin/musubi.ts')
const images = await sampleJpegs(4)

describe('A gateway without cameras', () => {
  it('loads nothing of them but the names of their series', () => {
    const program = `
      import { registerHooks } from 'node:module'
      const loaded = []
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
      await import(${JSON.stringify(pathToFileURL(resolve(import.meta.dirname, '../../edge/agent.ts')).href)})
      console.log(JSON.stringify(loaded))`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    const loaded = JSON.parse(stdout) as readonly string[]
    expect(loaded.some((url) => url.endsWith('/edge/agent.ts'))).toBe(true)
    const ofCameras = loaded.filter((url) => /cameras|line-io|sharp|onvif/.test(url))
    expect(ofCameras.map((url) => basename(url))).toEqual(['camera-devices.ts'])
  })
})

describe('musubi edge with a camera', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let hub: ScriptedHub
  let camera: MisbehavingCamera
  let child: ChildProcess | undefined
  const readings: Reading[] = []

  beforeEach(async () => {
    folder = temporaryFolder()
    hub = new ScriptedHub()
    hub.mischief = (envelope) => {
      readings.push(...envelope.readings)
      return 'none'
    }
    await hub.start()
    camera = new MisbehavingCamera({ kind: 'mjpeg', images })
    await camera.start()
  })
  afterEach(async () => {
    if (child !== undefined && child.exitCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await camera.stop()
    await hub.stop()
    folder.remove()
  })

  it('shows it at the hub, with its series in the birth and bad samples while it is away', async () => {
    writeFileSync(
      join(folder.path, 'gateway.yaml'),
      `tenant: test
gateway: gateway-1
data: ./data
hub: { url: "${hub.url}" }
health: { intervalS: 1 }
connections: []
devices: []
cameras:
  - { id: camera-1, healthIntervalS: 0.2, source: { type: mjpeg, url: '${camera.url}' } }
`,
    )
    const args = [musubi, 'edge', '--config', join(folder.path, 'gateway.yaml'), '--log', 'error']
    child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    const rate = (quality: string) =>
      readings.some((one) => one.name === 'camera-1:frame-rate' && one.quality === quality)
    await hub.until(() => rate('good'))
    const described = hub.statuses[0]?.devices?.find(({ id }) => id === 'camera-1')
    expect(described).toMatchObject({ profile: 'camera' })
    expect(described?.series.map(({ name }) => name)).toContain('camera-1:frame-age')
    await camera.stop()
    const down = () => readings.some((one) => one.name === 'camera-1:frames' && one.text === 'connection')
    await hub.until(down)
    expect(rate('bad')).toBe(true)
    expect(readings.find(({ name, quality }) => name === 'camera-1:frames' && quality === 'bad')?.text).toBe(
      'connection',
    )
    const told = () =>
      hub.statuses.flatMap(({ condition }) => condition?.devices ?? []).findLast(({ id }) => id === 'camera-1')
    await hub.until(() => told()?.state === 'offline')
    expect(told()).toMatchObject({ code: 'driver.connection', errors: [{ code: 'driver.connection' }] })
    readings.splice(0)
    await camera.start()
    await hub.until(() => rate('good'))
    await hub.until(() => told()?.state === 'ok')
    expect(told()?.errors[0]?.count).toBeGreaterThan(0)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(camera.connections).toBe(0)
  })
})

describe.skipIf(!debianPackage('python3-pymodbus'))('An inspection line', () => {
  it('goes from the input over camera and judge to the relay, and keeps frames beside it', async () => {
    const camera = new MisbehavingCamera({ kind: 'mjpeg', images })
    await camera.start()
    const module = await startPymodbusModule()
    const outcomes: PollOutcome[] = []
    const kept: Parameters<ImageSink['put']>[0][] = []
    const judged: Frame[] = []
    const parts = await startCameras(
      {
        cameras: [mjpegCamera(camera.url, { healthIntervalS: 0.1, keepEveryS: 0.05 })],
        inspections: [
          {
            id: 'line-1',
            site: undefined,
            label: { ja: '', en: '' },
            camera: 'camera-1',
            model: 'injected',
            trigger: { type: 'modbus', connection: 'io-1', address: 2, pollMs: 5, debounceMs: 5 },
            relay: { type: 'modbus', connection: 'io-1', coil: 4, pulseMs: 30, failSafe: 'hold' },
            limitMs: 10_000,
            expectEveryS: 3600,
            pictures: 'none',
          },
        ],
        connections: [{ id: 'io-1', settings: { host: '127.0.0.1', port: module.port } }],
      },
      {
        deliver: (outcome) => outcomes.push(outcome),
        emitEvent: () => undefined,
        vision: undefined,
        clock: systemClock,
        log: silentLog,
        counters: createCounters(),
        random: Math.random,
        images: {
          async put(picture) {
            kept.push(picture)
            return 'spooled'
          },
        },
        inspectorOf: async () => ({
          async inspect(frame) {
            judged.push(frame)
            return { pass: judged.length % 2 === 0, score: 0.5 }
          },
        }),
      },
    )
    const verdicts = () =>
      outcomes.flatMap((outcome) =>
        outcome.device === 'line-1' && 'measurements' in outcome ? outcome.measurements.slice(0, 1) : [],
      )
    try {
      for (let part = 1; part <= 4; part += 1) {
        // The module answers polls all the while; each level stays until it was seen.
        while (verdicts().length < part) {
          module.setInput(2, false)
          await new Promise((done) => void setTimeout(done, 40))
          module.setInput(2, true)
          await new Promise((done) => void setTimeout(done, 40))
        }
      }
    } finally {
      await parts.stop()
      await camera.stop()
      await module.close()
    }
    expect(verdicts().map(({ value }) => value)).toEqual(verdicts().map((_, index) => index % 2))
    const rejects = verdicts().filter(({ value }) => value === 0).length
    expect(module.written.filter(({ coil, on }) => coil === 4 && on)).toHaveLength(rejects)
    expect(module.written.at(-1)).toEqual({ coil: 4, on: false })
    expect(judged.map(({ seq }) => seq)).toEqual(judged.map(({ seq }) => seq).toSorted((a, b) => a - b))
    expect(kept[0]).toMatchObject({
      name: expect.stringMatching(/^camera-1-\d{8}T\d{9}Z\.jpg$/),
      facts: { device: 'camera-1', timeFrom: 'gateway', height: 8 },
    })
    expect(outcomes.some(({ device }) => device === 'camera-1')).toBe(true)
    expect(camera.connections).toBe(0)
  })
})
