// A gateway whose one device is a simulated register on Modbus TCP that a benchmark can set.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { systemClock } from '../../broker/contract/ports.ts'
import { serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { run as runCa } from '../../bin/commands/ca.ts'
import type { HubProgram } from './hub-program.ts'

export interface RegisterGateway {
  /** gateway.yaml, for `musubi edge --config`. */
  readonly configFile: string
  /** The id of the register's series at the hub. */
  readonly series: string
  set(value: number): void
  /** performance.now() at which the present value was first read; undefined: not yet. */
  servedAtMs(): number | undefined
  close(): Promise<void>
}

export const registerTenant = 'bench'
export const registerDevice = { id: 'probe', channel: 'level' } as const
const label = { ja: '水位', en: 'Level' }

/** `folder` is made; `healthPort` is where the gateway shows its metrics. */
export async function createRegisterGateway(options: {
  readonly folder: string
  readonly hub: HubProgram
  readonly gateway: string
  readonly intervalS: number
  readonly healthPort?: number
}): Promise<RegisterGateway> {
  const { folder, hub, gateway, intervalS, healthPort } = options
  let current = 0
  let servedAtMs: number | undefined
  const read = () => {
    servedAtMs ??= performance.now()
    return [current]
  }
  const slaves = new Map([[1, { holding: read, input: read }]])
  const server = await serveModbusTcp({ slaves, clock: systemClock, framing: 'tcp', port: 0 })
  await mkdir(folder, { recursive: true })
  await provisionQuietly(hub.data, gateway, folder)
  await writeFile(join(folder, 'register.yaml'), stringify(profile))
  const config = gatewayFile({ gateway, intervalS, healthPort, hubPort: hub.mqttsPort, devicePort: server.port })
  const configFile = join(folder, 'gateway.yaml')
  await writeFile(configFile, stringify(config))
  return {
    configFile,
    series: `${registerTenant}/${gateway}/${registerDevice.id}:${registerDevice.channel}`,
    set(value) {
      current = value
      servedAtMs = undefined
    },
    servedAtMs: () => servedAtMs,
    close: () => server.close(),
  }
}

/** Gateway credentials as `musubi ca issue gateway` writes them, without its lines. */
export async function provisionQuietly(data: string, gateway: string, out: string): Promise<void> {
  const print = console.log
  console.log = () => undefined
  try {
    await runCa(['issue', 'gateway', '--data', data, '--tenant', registerTenant, '--gateway', gateway, '--out', out])
  } finally {
    console.log = print
  }
}

const profile = {
  id: 'register',
  driver: 'modbus',
  label,
  channels: [{ id: registerDevice.channel, source: { table: 'input', address: 0, type: 'uint16' }, unit: 'm', label }],
}

function gatewayFile(given: {
  readonly gateway: string
  readonly intervalS: number
  readonly healthPort: number | undefined
  readonly hubPort: number
  readonly devicePort: number
}): object {
  const files = { ca: 'ca.cert.pem', certificate: 'gateway.cert.pem', key: 'gateway.key.pem' }
  return {
    tenant: registerTenant,
    gateway: given.gateway,
    data: './outbox',
    hub: { url: `mqtts://localhost:${given.hubPort}`, ...files },
    ...(given.healthPort === undefined ? {} : { health: { port: given.healthPort } }),
    connections: [{ id: 'bus', type: 'modbus-tcp', host: '127.0.0.1', port: given.devicePort }],
    devices: [
      {
        id: registerDevice.id,
        connection: 'bus',
        profile: './register.yaml',
        address: { unitId: 1 },
        intervalS: given.intervalS,
        timeoutMs: 1000,
        retries: 0,
      },
    ],
  }
}
