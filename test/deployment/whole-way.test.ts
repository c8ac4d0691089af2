// Desired state over a real hub and a real gateway: applied, rolled back by itself, refused with the reason, resumed, from a stick.
import { createHash } from 'node:crypto'
import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReportedState } from '../../broker/contract/desired-state.ts'
import { systemClock } from '../../broker/contract/ports.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { sparseTable } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'
import { signManifest } from '../../models/signature.ts'
import type { HubUnderTest } from '../faults/hub-under-test.ts'
import { type Program, startProgram } from '../programs/program.ts'
import { until } from '../programs/until.ts'
import { type FleetHub, openFleetHub } from './fleet-hub.ts'

const gatewayId = 'kimitsu/paddy-1'
/** A level probe with 0.123 m of water: unit 7 (mH2O), three decimals, value. */
const levelProbe = { holding: sparseTable(new Map([[0, 1], [1, 3], [2, 7], [3, 3], [4, 123]])) } // prettier-ignore

let fleet: FleetHub
let folder: string
let gatewayFolder: string
let hub: HubUnderTest
let bus: ModbusServer
let gateway: Program
/** More than the buffers of two sockets hold: the rest of it must be fetched again. */
const longBytes = 24_000_000
/** Revision 1, as it was signed. */
let firstDocument: Buffer

beforeAll(async () => {
  bus = await serveModbusTcp({ framing: 'tcp', port: 0, slaves: new Map([[1, levelProbe]]), clock: systemClock })
  fleet = await openFleetHub('musubi-deploy-')
  folder = fleet.folder
  hub = fleet.hub
  gatewayFolder = await fleet.addGateway('paddy-1', { modelTrust: { keys: ['deploy.pub'] }, ...configOf(bus.port) })
  await startGateway()
}, 120_000)

afterAll(async () => {
  await gateway?.end('SIGKILL')
  await fleet?.close()
  await bus?.close()
})

function configOf(port: number, intervalS = 0.5): object {
  return {
    health: { intervalS: 1 },
    connections: [{ id: 'bus', type: 'modbus-tcp', host: '127.0.0.1', port }],
    devices: [
      {
        id: 'level-1',
        connection: 'bus',
        profile: 'qdy30a-level',
        address: { unitId: 1 },
        intervalS,
        timeoutMs: 1000,
        retries: 0,
      },
    ],
  }
}

async function startGateway(): Promise<void> {
  gateway = startProgram(['edge', '--config', join(gatewayFolder, 'gateway.yaml')])
  await gateway.logged('the gateway agent runs')
  await until('the gateway at the hub', 60_000, async () => ((await sets()) === undefined ? undefined : true))
}

const fleetFile = (config: object | undefined, more: object = {}): Promise<string> =>
  fleet.fleetFile({ gateways: { [gatewayId]: null }, ...more }, config)

const sets = (): Promise<ReportedState | undefined> => fleet.reported(gatewayId)

async function newestLevel(): Promise<number> {
  return (await hub.goodReadings(`${gatewayId}/level-1:water-level`)).at(-1)?.time ?? 0
}

async function expectSampling(): Promise<void> {
  const before = await newestLevel()
  await until('newer readings', 30_000, async () => ((await newestLevel()) > before ? true : undefined))
}

describe('desired state', { timeout: 180_000 }, () => {
  it('that is good is fetched, checked, tried and kept, and the hub knows it', async () => {
    const id = await fleet.push(await fleetFile(configOf(bus.port, 0.25), { models: ['lamp-power-anomaly'] }))
    const rollout = await fleet.untilOver(id)
    expect(rollout).toMatchObject({
      state: 'done',
      createdBy: 'sato',
      gateways: [{ gateway: gatewayId, state: 'applied', revision: 1 }],
    })
    const reported = await sets()
    expect(reported?.running.revision).toBe(1)
    expect(reported?.desired?.results.map(({ kind, result }) => `${kind} ${result}`)).toEqual([
      'config applied',
      'model applied',
    ])
    firstDocument = await readFile(join(gatewayFolder, 'data/deployment/sets/1/desired.json'))
    await expectSampling()
    const audit = await fleet.json<{ readonly items: readonly { readonly by: string; readonly action: string }[] }>(
      '/deployments/audit',
    )
    expect(audit.items.map(({ by, action }) => `${by} ${action}`)).toEqual(['hub done', 'sato created'])
  })

  it('whose configuration makes a device fall silent is taken back by the gateway itself, with the reason at the hub', async () => {
    const bad = configOf(bus.port, 0.25) as { devices: object[] }
    const wrongUnit = { ...bad, devices: bad.devices.map((device) => ({ ...device, address: { unitId: 9 } })) }
    const rollout = await fleet.untilOver(await fleet.push(await fleetFile(wrongUnit)))
    expect(rollout).toMatchObject({ state: 'halted', gateways: [{ state: 'failed', code: 'deployment.device' }] })
    expect(rollout.gateways[0]?.message).toContain('rolled-back: config gateway: level-1 answered before')
    expect((await sets())?.running.revision).toBe(1)
    await expectSampling()
    const hubFlag = ['--hub', `http://127.0.0.1:${hub.httpPort}`]
    expect(await fleet.deploy('status', ...hubFlag)).toMatch(/\thalted\twave 1\/1\t0 of 1 applied\t1 failed\t/)
    expect(await fleet.deploy('resume', rollout.id, '--by', 'suzuki', ...hubFlag)).toContain(': done')
  })

  it('that points a driver to where nothing answers is refused before it runs', async () => {
    const rollout = await fleet.untilOver(await fleet.push(await fleetFile(configOf(9))))
    expect(rollout.gateways[0]).toMatchObject({ state: 'failed', code: 'deployment.device' })
    expect(rollout.gateways[0]?.message).toContain(
      'refused: config gateway: level-1 answers today, but not with this config',
    )
    expect((await sets())?.running.revision).toBe(1)
  })

  it('that cuts the gateway off from its hub is taken back, and the hub hears why', async () => {
    const lost = { ...configOf(bus.port), hub: { url: 'mqtts://localhost:9' } }
    const rollout = await fleet.untilOver(await fleet.push(await fleetFile(lost)))
    expect(rollout.gateways[0]).toMatchObject({ state: 'failed', code: 'deployment.uplink' })
    await expectSampling()
  })

  it('signed by a stranger is not believed', async () => {
    const rollout = await fleet.untilOver(await fleet.push(await fleetFile(configOf(bus.port)), 'stranger.pem'))
    expect(rollout.gateways[0]).toMatchObject({ state: 'failed', code: 'deployment.signature' })
    expect((await sets())?.running.revision).toBe(1)
  })

  it('with a model whose golden samples do not match here never runs', async () => {
    const model = await driftedModel()
    const rollout = await fleet.untilOver(await fleet.push(await fleetFile(undefined, { models: [model] })))
    expect(rollout.gateways[0]).toMatchObject({ state: 'failed', code: 'model.invalid' })
    expect(rollout.gateways[0]?.message).toContain('golden-mismatch')
    expect((await sets())?.running.revision).toBe(1)
  })

  it('whose artefact is not what it was at the hub any more is refused by its hash', async () => {
    const store = join(folder, 'hub/hub/artefacts')
    const known = new Set(await readdir(store))
    await gateway.end('SIGTERM')
    const id = await fleet.push(await fleetFile(configOf(bus.port, 0.3)))
    const added = (await readdir(store)).filter((name) => !known.has(name))
    for (const name of added) {
      const content = await readFile(join(store, name), 'utf8')
      await writeFile(join(store, name), content.replace('0.3', '0.4'))
    }
    await startGateway()
    const rollout = await fleet.untilOver(id)
    expect(rollout.gateways[0]).toMatchObject({ state: 'failed', code: 'deployment.artefact' })
    expect(rollout.gateways[0]?.message).toContain('is not what was announced: sha-256')
  })

  it('is finished after the hub went away in the middle of an artefact, and the gateway was killed in its probation', async () => {
    const flow = join(folder, 'long.json')
    await writeFile(flow, JSON.stringify([{ id: 'note', type: 'comment', info: 'x'.repeat(longBytes) }]))
    const slow = { probationS: 10, maxBytesPerS: 5_000_000, flows: [flow] }
    const id = await fleet.push(await fleetFile(configOf(bus.port, 0.3), slow))
    const artefacts = join(gatewayFolder, 'data/deployment/artefacts')
    await until('the half of it', 60_000, async () => {
      // A part of an earlier offer may be cleared away between the two looks.
      const names = await readdir(artefacts).catch(() => [])
      const parts = names.filter((name) => name.endsWith('.part')).map((name) => join(artefacts, name))
      const sizes = await Promise.all(
        parts.map((part) =>
          stat(part).then(
            ({ size }) => size,
            () => 0,
          ),
        ),
      )
      return sizes.some((size) => size > 1_000_000) ? true : undefined
    })
    await hub.end('SIGKILL')
    await hub.start()
    await until('the trial', 90_000, async () => ((await sets())?.desired?.phase === 'trial' ? true : undefined))
    await gateway.logged('a set is on trial')
    await gateway.end('SIGKILL')
    await startGateway()
    const rollout = await fleet.untilOver(id)
    expect(rollout).toMatchObject({ state: 'done', gateways: [{ state: 'applied' }] })
    expect((await sets())?.desired?.results[0]?.result).toBe('applied-after-retry')
  })

  it('comes from a stick too, by the same checks; an older one is refused', async () => {
    const { revision } = await fleet.json<{ readonly revision: number }>(
      `/deployments/next-revision?gateways=${gatewayId}`,
    )
    const stick = join(folder, 'stick')
    const key = join(folder, 'deploy.pem')
    const file = await fleetFile(configOf(bus.port, 0.35))
    await fleet.deploy('pack', file, '--key', key, '--out', stick, '--revision', String(revision))
    const from = ['--config', join(gatewayFolder, 'gateway.yaml'), '--from']
    expect(await fleet.deploy('apply', ...from, stick)).toMatch(/config\tgateway\t\S+\tapplied\n$/)
    expect((await sets())?.running.revision).toBe(revision)
    await expect(fleet.deploy('apply', ...from, stick)).rejects.toThrow('deployment.stale')
    const torn = join(folder, 'torn-stick')
    await cp(stick, torn, { recursive: true })
    await fleet.deploy(
      'pack',
      file,
      '--key',
      join(folder, 'stranger.pem'),
      '--out',
      torn,
      '--revision',
      String(revision + 1),
    )
    await expect(fleet.deploy('apply', ...from, torn)).rejects.toThrow('deployment.signature')
  })

  it('of the past, replayed by whoever holds the broker, changes nothing and is told', async () => {
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`)
    await client.publishAsync('musubi/v1/kimitsu/paddy-1/desired', firstDocument, { qos: 1 })
    await client.endAsync()
    const reported = await until('the refusal', 30_000, async () => {
      const now = await sets()
      return now?.refused?.revision === 1 ? now : undefined
    })
    expect(reported.refused).toMatchObject({ code: 'deployment.stale', revision: 1 })
    expect(reported.running.revision).toBeGreaterThan(1)
  })
})

/** The project's own model with another expectation in a golden case: signed by a trusted key, every hash right. */
async function driftedModel(): Promise<string> {
  const place = join(folder, 'drifted-model')
  await cp(fileURLToPath(new URL('../../models/packages/lamp-power-anomaly', import.meta.url)), place, {
    recursive: true,
  })
  const manifest = JSON.parse(await readFile(join(place, 'manifest.json'), 'utf8')) as {
    readonly golden: { readonly cases: string }
    readonly files: { path: string; bytes: number; sha256: string }[]
  }
  const cases = await readFile(join(place, manifest.golden.cases), 'utf8')
  const drifted = JSON.stringify(JSON.parse(cases, (key, value: unknown) => (key === 'outputs' ? moved(value) : value)))
  await writeFile(join(place, manifest.golden.cases), drifted)
  const listed = manifest.files.find(({ path }) => path === manifest.golden.cases)
  Object.assign(listed ?? {}, { bytes: drifted.length, sha256: createHash('sha256').update(drifted).digest('hex') })
  const bytes = Buffer.from(JSON.stringify(manifest))
  await writeFile(join(place, 'manifest.json'), bytes)
  await writeFile(
    join(place, 'signature.json'),
    signManifest(bytes, await readFile(join(folder, 'deploy.pem'), 'utf8')),
  )
  return place
}

function moved(outputs: unknown): unknown {
  return Object.fromEntries(
    Object.entries(outputs as Record<string, readonly number[]>).map(([name, values]) => [
      name,
      values.map((value) => value + 1),
    ]),
  )
}
