// A gateway process that polls devices whose every value is unique, behind a link that can fail.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { systemClock } from '../../broker/contract/ports.ts'
import { createLink, type Link } from '../../firmware-bridge/simulators/link.ts'
import {
  type CountingDevice,
  countingAddresses,
  createCountingDevice,
} from '../../firmware-bridge/simulators/devices/counting-device.ts'
import { serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { run as runCa } from '../../bin/commands/ca.ts'
import { type Program, startProgram } from '../programs/program.ts'

export const pollIntervalMs = 20
export const groupCommitMs = 200
const deviceCount = 3
const label = { ja: '計数器', en: 'Counter' }

/** What one device handed out between a start of the gateway and its end. `killed`: the end was SIGKILL. */
export interface Life {
  readonly killed: boolean
  readonly served: readonly (readonly number[])[]
}

export interface CountingGateway {
  readonly link: Link
  readonly devices: readonly CountingDevice[]
  /** Series ids at the hub, in the order of the devices. */
  readonly series: readonly string[]
  /** Ended lives, and what the running gateway has read so far as the last one. */
  lives(): readonly Life[]
  start(): Promise<void>
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  close(): Promise<void>
}

/** Starts nothing yet but the simulated devices and the link; `hub.data` is where the hub keeps its authority. */
export async function createCountingGateway(options: {
  readonly folder: string
  readonly hub: { readonly data: string; readonly mqttsPort: number }
}): Promise<CountingGateway> {
  const { folder, hub } = options
  const devices = Array.from({ length: deviceCount }, (_, index) =>
    createCountingDevice({ first: 1 + index * 10_000_000 }),
  )
  const slaves = new Map(devices.map((device, index) => [index + 1, device.slave]))
  const server = await serveModbusTcp({ slaves, clock: systemClock, framing: 'tcp', port: 0 })
  const link = await createLink({
    listen: { port: 0 },
    target: { host: '127.0.0.1', port: hub.mqttsPort },
    clock: systemClock,
  })
  await mkdir(folder, { recursive: true })
  await runCa(['issue', 'gateway', '--data', hub.data, '--tenant', 'test', '--gateway', 'counting', '--out', folder])
  await writeFile(join(folder, 'counter.yaml'), stringify(counterProfile))
  await writeFile(join(folder, 'gateway.yaml'), stringify(gatewayFile(link.port, server.port)))

  const ended: Life[] = []
  let program: Program | undefined
  let servedBefore: readonly number[] = devices.map(() => 0)
  const life = (killed: boolean): Life => ({
    killed,
    served: devices.map((device, index) => device.served().slice(servedBefore[index])),
  })
  return {
    link,
    devices,
    lives: () => (program === undefined ? ended : [...ended, life(false)]),
    series: devices.map((_, index) => `test/counting/counter-${index + 1}:count`),
    start: async () => {
      servedBefore = devices.map((device) => device.served().length)
      program = startProgram(['edge', '--config', join(folder, 'gateway.yaml')])
      await program.logged('the gateway agent runs')
    },
    end: async (signal) => {
      if (program === undefined) return
      await program.end(signal)
      program = undefined
      ended.push(life(signal === 'SIGKILL'))
    },
    close: async () => {
      await program?.end('SIGKILL')
      await link.close()
      await server.close()
    },
  }
}

const counterProfile = {
  id: 'counter',
  driver: 'modbus',
  label,
  channels: [
    {
      id: 'count',
      source: { table: 'input', address: countingAddresses.uint32, type: 'uint32' },
      unit: 'count',
      label,
    },
  ],
}

function gatewayFile(hubPort: number, devicePort: number): object {
  return {
    tenant: 'test',
    gateway: 'counting',
    data: './outbox',
    hub: {
      url: `mqtts://localhost:${hubPort}`,
      ca: 'ca.cert.pem',
      certificate: 'gateway.cert.pem',
      key: 'gateway.key.pem',
    },
    outbox: { groupCommitMs },
    uplink: { reconnectBaseMs: 50, reconnectCapMs: 500, ackTimeoutMs: 3000 },
    connections: [{ id: 'bus', type: 'modbus-tcp', host: '127.0.0.1', port: devicePort }],
    devices: Array.from({ length: deviceCount }, (_, index) => ({
      id: `counter-${index + 1}`,
      connection: 'bus',
      profile: './counter.yaml',
      address: { unitId: index + 1 },
      intervalS: pollIntervalMs / 1000,
      // A read that timed out would be a value that nobody lost: not even a starved process takes this long.
      timeoutMs: 10_000,
      retries: 0,
    })),
  }
}
