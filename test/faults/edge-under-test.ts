// A gateway process with a test's own configuration: its certificate comes from the hub's authority, its uplink runs over a link that can fail.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { systemClock } from '../../broker/contract/ports.ts'
import { createLink, type Link } from '../../firmware-bridge/simulators/link.ts'
import { run as runCa } from '../../bin/commands/ca.ts'
import { type Program, startProgram } from '../programs/program.ts'

export interface EdgeUnderTest {
  readonly link: Link
  /** Where the outbox lies. */
  readonly dataFolder: string
  start(): Promise<void>
  /** Resolves with the exit code; null after a signal, or where it does not run. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>
  /** Of the process that was started last; 0 before. */
  pid(): number
  /** Is the process that was started last still there? */
  alive(): boolean
  metric(name: string): Promise<number>
  healthz(): Promise<{ readonly status: number; readonly faults: readonly string[] }>
  close(): Promise<void>
}

export interface EdgeOptions {
  readonly folder: string
  /** `httpsPort`: where files are exchanged; absent: nowhere. */
  readonly hub: { readonly data: string; readonly mqttsPort: number; readonly httpsPort?: number }
  readonly tenant: string
  readonly gateway: string
  /** Keys of gateway.yaml; identity, hub, data folder and health port are added here. */
  readonly config: Readonly<Record<string, unknown>>
  /** Profiles by file name, beside gateway.yaml. */
  readonly profiles?: Readonly<Record<string, object>>
}

/** Starts nothing yet but the link. */
export async function createEdge({
  folder,
  hub,
  tenant,
  gateway,
  config,
  profiles = {},
}: EdgeOptions): Promise<EdgeUnderTest> {
  const link = await createLink({
    listen: { port: 0 },
    target: { host: '127.0.0.1', port: hub.mqttsPort },
    clock: systemClock,
  })
  const dataFolder = join(folder, 'data')
  await mkdir(dataFolder, { recursive: true })
  await runCa(['issue', 'gateway', '--data', hub.data, '--tenant', tenant, '--gateway', gateway, '--out', folder])
  for (const [name, profile] of Object.entries(profiles)) await writeFile(join(folder, name), stringify(profile))
  const file = { ...base, tenant, gateway, hub: hubOf(link.port, hub.httpsPort), ...config }
  await writeFile(join(folder, 'gateway.yaml'), stringify(file))

  let program: Program | undefined
  let healthPort = 0
  const get = (path: string) => fetch(`http://127.0.0.1:${healthPort}${path}`)
  return {
    link,
    dataFolder,
    start: async () => {
      program = startProgram(['edge', '--config', join(folder, 'gateway.yaml')])
      const line = await program.logged('the gateway agent runs')
      healthPort = Number(line['healthPort'])
    },
    end: async (signal) => (await program?.end(signal)) ?? null,
    pid: () => program?.pid ?? 0,
    alive: () => isAlive(program?.pid ?? 0),
    metric: async (name) => metricIn(await (await get('/metrics')).text(), name),
    healthz: async () => {
      const response = await get('/healthz')
      const { faults } = (await response.json()) as { readonly faults: readonly string[] }
      return { status: response.status, faults }
    },
    close: async () => {
      await program?.end('SIGKILL')
      await link.close()
    },
  }
}

const base = {
  data: './data',
  uplink: { reconnectBaseMs: 50, reconnectCapMs: 500, ackTimeoutMs: 1000, connectTimeoutMs: 2000, keepaliveS: 2 },
  health: { intervalS: 1, port: 0 },
}

function hubOf(port: number, httpsPort: number | undefined): object {
  const files = { ca: 'ca.cert.pem', certificate: 'gateway.cert.pem', key: 'gateway.key.pem' }
  const https = httpsPort === undefined ? {} : { https: `https://localhost:${httpsPort}` }
  return { url: `mqtts://localhost:${port}`, ...https, ...files }
}

/** The value of a metric, labels included in its name, in Prometheus's text; 0 where it is not (yet) there. */
export function metricIn(text: string, name: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1) ?? 0)
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch {
    return false
  }
}
