// What the broker retains is in no back-up: a gateway that is away gets from the restored hub what it was offered before.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run as runBackup } from '../../bin/commands/backup.ts'
import { run as runRestore } from '../../bin/commands/restore.ts'
import { wholeBackups } from '../../cloud/backup/backup-shelf.ts'
import { systemClock } from '../../broker/contract/ports.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { sparseTable } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'
import { type FleetHub, openFleetHub } from '../deployment/fleet-hub.ts'
import { type Program, startProgram } from '../programs/program.ts'
import { until } from '../programs/until.ts'

const gatewayId = 'kimitsu/paddy-1'
/** A level probe with 0.123 m of water: unit 7 (mH2O), three decimals, value. */
const levelProbe = { holding: sparseTable(new Map([[0, 1], [1, 3], [2, 7], [3, 3], [4, 123]])) } // prettier-ignore

describe('a roll-out to a gateway that is away, of a hub that is restored', { timeout: 240_000 }, () => {
  let fleet: FleetHub
  let place: string
  let bus: ModbusServer
  let gateway: Program | undefined
  const data = () => join(fleet.folder, 'hub')

  beforeEach(async () => {
    fleet = await openFleetHub('musubi-roll-out-')
    bus = await serveModbusTcp({ framing: 'tcp', port: 0, slaves: new Map([[1, levelProbe]]), clock: systemClock })
    place = await fleet.addGateway('paddy-1', configOf(0.5))
    await startGateway()
    await gateway?.end('SIGTERM')
    gateway = undefined
  })
  afterEach(async () => {
    await gateway?.end('SIGKILL')
    await fleet.close()
    await bus.close()
  })

  function configOf(intervalS: number): object {
    const probe = { connection: 'bus', profile: 'qdy30a-level', address: { unitId: 1 }, timeoutMs: 1000, retries: 0 }
    return {
      health: { intervalS: 1 },
      connections: [{ id: 'bus', type: 'modbus-tcp', host: '127.0.0.1', port: bus.port }],
      devices: [{ id: 'level-1', intervalS, ...probe }],
    }
  }

  async function startGateway(): Promise<void> {
    gateway = startProgram(['edge', '--config', join(place, 'gateway.yaml')])
    await gateway.logged('the gateway agent runs')
    await until('the gateway at the hub', 60_000, async () => ((await fleet.reported(gatewayId)) ? true : undefined))
  }

  const offer = async (): Promise<string> =>
    await fleet.push(await fleet.fleetFile({ gateways: { [gatewayId]: null } }, configOf(0.25)))

  /** Lost, and back from its back-up on the same ports. */
  async function loseAndRestore(): Promise<void> {
    const shelf = join(fleet.folder, 'shelf')
    await mkdir(shelf)
    await fleet.hub.end('SIGTERM')
    expect(await runBackup(['--data', data(), '--to', shelf])).toBe(0)
    const [made] = await wholeBackups(shelf)
    await rm(data(), { recursive: true })
    expect(await runRestore([join(shelf, made?.id ?? ''), '--data', data()])).toBe(0)
    await fleet.hub.start()
  }

  it('comes to it when it is back', async () => {
    const rollout = await offer()
    await loseAndRestore()
    await startGateway()
    expect(await fleet.untilOver(rollout)).toMatchObject({ state: 'done' })
    expect(await fleet.reported(gatewayId)).toMatchObject({ running: { revision: 1 } })
  })

  it('does not come where it is aborted after the restore, and a later one does', async () => {
    const rollout = await offer()
    await loseAndRestore()
    await fetchAbort(rollout)
    await startGateway()
    const next = await offer()
    expect(await fleet.untilOver(next)).toMatchObject({ state: 'done' })
    expect(await fleet.reported(gatewayId)).toMatchObject({ running: { revision: 2 } })
  })

  async function fetchAbort(id: string): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${fleet.hub.httpPort}/api/v1/deployments/${id}/abort`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ by: 'sato' }),
    })
    expect(answer.ok).toBe(true)
  }
})
