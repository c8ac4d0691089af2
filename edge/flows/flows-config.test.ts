import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { driverRegistry } from '../../firmware-bridge/drivers/registry.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import { parseConfig } from '../config.ts'
import { flowFaults } from './flow-file.ts'

const gateway = `tenant: kimitsu
gateway: pump-1
data: ./data
hub: { url: mqtt://127.0.0.1 }
connections: [{ id: bus, type: modbus-tcp, host: 127.0.0.1, port: 502 }, { id: tape, type: replay, file: tape.csv, stepS: 1 }]
devices:
  - { id: cabinet, connection: bus, profile: lamp-relay, address: { unitId: 1 }, intervalS: 1 }
  - { id: recording, connection: tape, profile: replay-value, intervalS: 1 }
`

describe('The section flows of gateway.yaml', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'musubi-flows-'))
    writeFileSync(join(folder, 'flows.json'), '[]')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const parse = (flows: string) =>
    parseConfig(`${gateway}${flows}`, join(folder, 'gateway.yaml'), { drivers: driverRegistry, loadProfile })

  it('is complete with its defaults, and absent where nothing is said', async () => {
    expect((await parse('')).flows).toBeUndefined()
    const { flows } = await parse(`flows:
  file: flows.json
  setpoints: [{ id: lamp, device: cabinet, channel: lamp-1-relay, min: 0, max: 1, failSafe: 1 }]
`)
    expect(flows).toMatchObject({ file: join(folder, 'flows.json'), maxMemoryMb: 200, editor: false })
    expect(flows?.setpoints[0]).toMatchObject({ id: 'lamp', failSafe: 1, maxPerS: undefined })
  })

  it('tells every fault with its place and what is meant', async () => {
    writeFileSync(
      join(folder, 'flows.json'),
      JSON.stringify([
        { id: 'a', type: 'exec', command: 'reboot' },
        { id: 'b', type: 'musubi setpoint', setpoint: 'siren' },
      ]),
    )
    const told = await parse(`flows:
  file: flows.json
  port: 1880
  channels: [{ id: rain, unit: buckets }, { id: rain, min: 3, max: 1 }]
  setpoints:
    - { id: a, device: cabinet, channel: lamp-1-power, min: 0, max: 1, failSafe: 0 }
    - { id: a, device: nowhere, channel: x, min: 2, max: 1, failSafe: 5 }
    - { id: c, device: recording, channel: value, min: 0, max: 1, failSafe: 0 }
`).catch((error: Error) => error.message)
    for (const part of [
      '/flows/port is not a known key',
      '/flows/channels/0/unit "buckets" is not known',
      '/flows/channels/1/id',
      '/flows/channels/1/min',
      '/flows/setpoints/0/channel cannot be set',
      '/flows/setpoints/1/id',
      '/flows/setpoints/1/device "nowhere" is not in /devices, e.g. device: cabinet',
      '/flows/setpoints/1/failSafe must lie within',
      '/flows/setpoints/2/device is on a connection of type replay, which sets nothing',
      '/flows/file node a is of type "exec", which a gateway does not have',
      '/flows/file node b names the setpoint "siren"',
    ]) {
      expect(told).toContain(part)
    }
  })

  it('needs a file that is there and is a list of nodes', async () => {
    await expect(parse('flows: { file: none.json }')).rejects.toThrow('"none.json" cannot be read')
    expect(flowFaults('{}', { setpoints: [], channels: [] })[0]).toContain('is no list of nodes')
    expect(flowFaults('[', { setpoints: [], channels: [] })[0]).toContain('is no JSON')
    expect(flowFaults('[3]', { setpoints: [], channels: [] })[0]).toContain('node 0 has no id and type')
  })

  it('has ready flows that run as soon as their names are configured', () => {
    const ready = join(import.meta.dirname, 'ready')
    const names = { setpoints: ['pump', 'lamp', 'reject'], channels: ['pump-on', 'light-level', 'rejects'] }
    const files = readdirSync(ready)
    expect(files).toHaveLength(3)
    for (const file of files) expect(flowFaults(readFileSync(join(ready, file), 'utf8'), names)).toEqual([])
  })
})
