// A roll-out to ten real gateway agents over a real hub: wave by wave, halted where one takes its set back, gone on with by a person.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import type { RolloutItem } from '../../cloud/deployments/deployment-schemas.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { sparseTable } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'
import { type Program, startProgram } from '../programs/program.ts'
import { until } from '../programs/until.ts'
import { type FleetHub, openFleetHub } from './fleet-hub.ts'

const names = Array.from({ length: 10 }, (_, index) => `paddy-${index}`)
const ids = names.map((name) => `kimitsu/${name}`)
/** The third of the second wave. */
const unlucky = ids[3]!
/** Programs that start at the same time, on a machine of few cores. */
const atOnce = 3
/** A level probe with 0.123 m of water: unit 7 (mH2O), three decimals, value. */
const levelProbe = { holding: sparseTable(new Map([[0, 1], [1, 3], [2, 7], [3, 3], [4, 123]])) } // prettier-ignore

let fleet: FleetHub
let bus: ModbusServer
const gateways: Program[] = []

beforeAll(async () => {
  bus = await serveModbusTcp({ framing: 'tcp', port: 0, slaves: new Map([[1, levelProbe]]), clock: systemClock })
  fleet = await openFleetHub('musubi-ten-')
  const waiting = [...names]
  const startSome = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const folder = await fleet.addGateway(name, configOf({ unitId: 1, intervalS: 1 }))
      const gateway = startProgram(['edge', '--config', join(folder, 'gateway.yaml')])
      gateways.push(gateway)
      await gateway.logged('the gateway agent runs')
    }
  }
  await Promise.all(Array.from({ length: atOnce }, startSome))
  await until('a report of each', 60_000, async () => ((await revisions()).length === 10 ? true : undefined))
}, 240_000)

afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.end('SIGKILL')))
  await fleet?.close()
  await bus?.close()
})

function configOf({ unitId, intervalS }: { readonly unitId: unknown; readonly intervalS: number }): object {
  const device = { id: 'level-1', connection: 'bus', profile: 'qdy30a-level', address: { unitId }, intervalS }
  return {
    connections: [{ id: 'bus', type: 'modbus-tcp', host: '127.0.0.1', port: bus.port }],
    devices: [{ ...device, timeoutMs: 2000, retries: 0 }],
  }
}

/** Of what runs on each gateway that has said so, in their order. */
async function revisions(): Promise<readonly number[]> {
  const reported = await Promise.all(ids.map((id) => fleet.reported(id)))
  return reported.flatMap((report) => report?.running.revision ?? [])
}

function statesOf({ gateways: members }: RolloutItem): readonly string[] {
  return ids.map((id) => members.find(({ gateway }) => gateway === id)?.state ?? '')
}

it(
  'ten agents get a set in waves until one takes it back; the others see it when a person goes on',
  { timeout: 300_000 },
  async () => {
    const values = (id: string) => ({ values: { unitId: id === unlucky ? 9 : 1 } })
    const members = Object.fromEntries(ids.map((id) => [id, values(id)]))
    const template = configOf({ unitId: '${unitId}', intervalS: 0.5 })
    const waves = [{ percent: 10 }, { percent: 50 }]
    const id = await fleet.push(await fleet.fleetFile({ gateways: members, waves }, template))

    const halted = await fleet.untilOver(id)
    expect(halted).toMatchObject({ state: 'halted', wave: 1, reason: '1 of 10 gateways failed, 0 are tolerated' })
    const failed = halted.gateways.find(({ gateway }) => gateway === unlucky)
    expect(failed).toMatchObject({ state: 'failed', code: 'deployment.device' })
    expect(failed?.message).toContain('rolled-back: config gateway: level-1 answered before')
    expect(statesOf(halted)[0]).toBe('applied')
    expect(statesOf(halted).slice(5)).toEqual(ids.slice(5).map(() => 'waiting'))
    expect((await revisions()).slice(5)).toEqual([0, 0, 0, 0, 0])

    await fleet.deploy('resume', id, '--by', 'suzuki', '--hub', `http://127.0.0.1:${fleet.hub.httpPort}`)
    const done = await fleet.untilOver(id)
    expect(done.state).toBe('done')
    expect(statesOf(done)).toEqual(ids.map((one) => (one === unlucky ? 'failed' : 'applied')))
    expect(await revisions()).toEqual(ids.map((one) => (one === unlucky ? 0 : 1)))
    const { items } = await fleet.json<{ readonly items: readonly { readonly by: string; readonly action: string }[] }>(
      '/deployments/audit',
    )
    expect(items.map(({ by, action }) => `${by} ${action}`).toReversed()).toEqual([
      'sato created',
      'hub next wave',
      'hub halted',
      'suzuki resumed',
      'hub next wave',
      'hub done',
    ])
  },
)
