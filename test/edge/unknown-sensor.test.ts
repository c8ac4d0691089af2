// A sensor that the project does not know works with a YAML file beside gateway.yaml: here a soil probe written from its
// maker's register map, served by pymodbus (Debian's python3-pymodbus) and read by the real program.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../firmware-bridge/simulators/free-port.ts'
import { debianPackage } from '../debian.ts'
import { temporaryFolder } from './outbox-fixture.ts'
import { ScriptedHub } from './scripted-hub.ts'

const musubi = resolve(import.meta.dirname, '../../bin/musubi.ts')

/** Temperature in hundredths, water content in hundredths of a percent, EC in uS/cm, … from register 0 (Seeed S-Soil MT-02's map). */
const registers = [0x1_0000 - 512, 3120, 1000, 500, 450, 1850]

const server = `
import asyncio, logging, sys, types
try:
    import serial, serial_asyncio
except ImportError:
    # The library wants them for its serial servers, and Debian does not install them with it.
    sys.modules["serial"] = types.ModuleType("serial")
    sys.modules["serial_asyncio"] = types.ModuleType("serial_asyncio")
    sys.modules["serial_asyncio"].create_serial_connection = None
logging.disable(logging.CRITICAL)
from pymodbus.server import StartAsyncTcpServer
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
block = ModbusSequentialDataBlock(0, [${registers.join(', ')}])
context = ModbusServerContext(slaves={7: ModbusSlaveContext(ir=block, zero_mode=True)}, single=False)
asyncio.run(StartAsyncTcpServer(context, address=("127.0.0.1", int(sys.argv[1]))))
`

const profile = `
id: field-soil-probe
driver: modbus
label: { ja: 現地の土壌センサー, en: Soil probe of the field }
notes: Written in the field from the maker's sheet; nobody here has seen the device.
channels:
  - id: temperature
    source: { table: input, address: 0, type: int16 }
    scale: 0.01
    unit: degC
    range: { min: -40, max: 80 }
    label: { ja: 地温, en: Soil temperature }
  - id: water-content
    source: { table: input, address: 1, type: uint16 }
    scale: 0.01
    unit: percent
    label: { ja: 体積含水率, en: Water content }
  - id: ec
    source: { table: input, address: 2, type: uint16 }
    unit: uS/cm
    label: { ja: EC, en: EC }
  - id: permittivity
    source: { table: input, address: 5, type: uint16 }
    scale: 0.01
    unit: /
    label: { ja: 比誘電率, en: Permittivity }
`

describe.skipIf(!debianPackage('python3-pymodbus'))('A sensor that the project does not know', () => {
  const children: ChildProcess[] = []
  let folder: ReturnType<typeof temporaryFolder>
  let hub: ScriptedHub

  beforeEach(async () => {
    folder = temporaryFolder()
    hub = new ScriptedHub()
    await hub.start()
  })

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    await hub.stop()
    folder.remove()
  })

  function start(command: string, args: readonly string[]): ChildProcess {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    children.push(child)
    return child
  }

  it('is read by a profile beside gateway.yaml, calibrated, and described to the hub', async () => {
    const port = await freePort()
    await untilOpen(port, start('/usr/bin/python3', ['-c', server, String(port)]))
    writeFileSync(join(folder.path, 'field-soil-probe.yaml'), profile)
    writeFileSync(
      join(folder.path, 'gateway.yaml'),
      `tenant: test
gateway: gateway-1
data: ./data
hub: { url: "${hub.url}" }
connections: [{ id: bus, type: modbus-tcp, host: 127.0.0.1, port: ${port} }]
devices:
  - id: soil
    connection: bus
    profile: ./field-soil-probe.yaml
    address: { unitId: 7 }
    intervalS: 0.2
    calibration:
      water-content:
        points: [{ measured: 0.112, reference: 0.1 }, { measured: 0.512, reference: 0.5 }]
        date: 2026-04-01
        validDays: 365
`,
    )
    start(process.execPath, [musubi, 'edge', '--config', join(folder.path, 'gateway.yaml'), '--log', 'warn'])
    const value = (channel: string) => hub.stored[hub.storedNames.indexOf(`soil:${channel}`)]
    await hub.until(() => hub.storedNames.includes('soil:permittivity'))
    expect(value('temperature')).toBeCloseTo(-5.12, 9)
    expect(value('water-content')).toBeCloseTo(0.3, 9)
    expect(value('ec')).toBeCloseTo(0.1, 9)
    expect(value('permittivity')).toBeCloseTo(18.5, 9)
    const described = hub.statuses[0]?.devices?.find(({ id }) => id === 'soil')
    expect(described).toMatchObject({ profile: 'field-soil-probe', label: { en: 'Soil probe of the field' } })
    const series = described?.series.find(({ name }) => name === 'soil:water-content')
    expect(series?.calibration).toEqual({ method: 'two-point', date: '2026-04-01', due: '2027-04-01' })
  })
})

/** Python needs a while to load the library; bounded by the test's own limit. */
async function untilOpen(port: number, served: ChildProcess): Promise<void> {
  while (served.exitCode === null) {
    const isOpen = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => done(true))
      socket.once('error', () => done(false))
      socket.once('connect', () => socket.destroy())
    })
    if (isOpen) return
    await wait(20)
  }
  throw new Error(`the server ended with ${served.exitCode}`)
}
