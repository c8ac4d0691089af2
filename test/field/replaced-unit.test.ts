// A broken box is replaced by a new one with a new claim: its sensor's readings before and after are one series.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { startSetup } from '../../edge/local-page/setup/setup-page.ts'
import { type ModbusServer, serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { sparseTable } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { type Program, startProgram } from '../programs/program.ts'
import { until } from '../programs/until.ts'

const musubi = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
const series = 'kimitsu/paddy-7/level-1:water-level'

describe('a replaced unit', { timeout: 180_000 }, () => {
  let folder: string
  let hub: HubUnderTest
  let field: ModbusServer
  const registers = new Map([1, 3, 8, 1, 600, 0, 148, 500].entries())

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-replaced-'))
    hub = await createHub(join(folder, 'hub'))
    const slaves = new Map([[1, { holding: sparseTable(registers) }]])
    field = await serveModbusTcp({ slaves, clock: systemClock, framing: 'tcp', port: 0 })
  })

  afterAll(async () => {
    await field?.close()
    await hub?.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  /** Sets a box up as the phone does, with the device under the name that it had before. */
  async function setUp(out: string): Promise<Program> {
    const words = ['--data', join(folder, 'hub'), '--tenant', 'kimitsu', '--gateway', 'paddy-7']
    const claimWords = [musubi, 'claim', 'new', ...words, '--hub', `127.0.0.1:${hub.estPort}`]
    const { stdout: claim } = await promisify(execFile)(process.execPath, claimWords)
    const given = { host: '127.0.0.1', port: 0, mqttsPort: hub.mqttsPort, clock: systemClock, log: silentLog }
    const setup = await startSetup({ folder: out, ...given })
    try {
      const post = async (path: string, body: object, cookie = ''): Promise<Response> => {
        const headers = { 'content-type': 'application/json', cookie }
        const answer = await fetch(`http://127.0.0.1:${setup.port}${path}`, {
          method: 'POST',
          headers,
          body: JSON.stringify(body),
        })
        expect(answer.status, await answer.clone().text()).toBe(200)
        return answer
      }
      const cookie = (await post('/api/setup/claim', { claim })).headers.get('set-cookie')!.split(';')[0]!
      const device = {
        id: 'level-1',
        profile: 'qdy30a-level-temperature',
        type: 'modbus-tcp',
        settings: { host: '127.0.0.1', port: field.port },
        address: { unitId: 1 },
        intervalS: 1,
      }
      const place = { name: '小糸 7号田', kind: 'paddy', position: { lat: 35.29, lon: 139.95 } }
      await post('/api/setup/finish', { draft: { ...place, devices: [device] }, code: 'kusa-to-mizu' }, cookie)
      await setup.finished
    } finally {
      await setup.stop()
    }
    const program = startProgram(['edge', '--config', join(out, 'gateway.yaml')])
    onTestFinished(async () => void (await program.end('SIGKILL')))
    return program
  }

  const valuesOf = async (): Promise<readonly (number | null)[]> =>
    (await hub.goodReadings(series)).map(({ value }) => value)

  it('keeps its history: the new box is the old gateway, and the old one is shut out', async () => {
    const old = await setUp(join(folder, 'old'))
    await until('readings of the old box', 60_000, async () => (await valuesOf()).includes(0.06) || undefined)
    await old.end('SIGKILL')
    registers.set(4, 1200)
    const replacement = await setUp(join(folder, 'new'))
    await until('readings of the new box', 60_000, async () => (await valuesOf()).includes(0.12) || undefined)
    const values = await valuesOf()
    expect(values).toContain(0.06)
    expect(values.indexOf(0.12)).toBeGreaterThan(values.lastIndexOf(0.06))
    const { items } = (await (await hub.get('/api/v1/gateways')).json()) as { items: readonly object[] }
    expect(items).toHaveLength(1)

    await replacement.end('SIGKILL')
    const again = startProgram(['edge', '--config', join(folder, 'old', 'gateway.yaml')])
    onTestFinished(async () => void (await again.end('SIGKILL')))
    expect(await again.logged('the hub cannot be reached')).toMatchObject({ level: 40 })
  })
})
