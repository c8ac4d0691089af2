// Debian's influxd on a temporary folder and free ports, for tests and benchmarks.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../firmware-bridge/simulators/free-port.ts'

export interface InfluxServer {
  readonly url: string
  readonly folder: string
  readonly pid: number
  stop(): Promise<void>
}

const configOf = (folder: string, http: number, rpc: number) => `
reporting-disabled = true
bind-address = "127.0.0.1:${String(rpc)}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
  cache-max-memory-size = "4g"
  cache-snapshot-write-cold-duration = "2s"
  compact-full-write-cold-duration = "2s"
  max-series-per-database = 0
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${String(http)}"
  log-enabled = false
  max-body-size = 0
[logging]
  level = "error"
  suppress-logo = true
`

/** Resolves when the server answers /ping. Without `keptIn`, a folder that stays, its data go when it stops. */
export async function startInfluxServer(keptIn?: string): Promise<InfluxServer> {
  const folder = keptIn ?? (await mkdtemp(join(tmpdir(), 'musubi-influx-')))
  const port = await freePort()
  const config = join(folder, 'influxdb.conf')
  await writeFile(config, configOf(folder, port, await freePort()))
  const server = spawn('influxd', ['run', '-config', config], { stdio: 'ignore' })
  const exited = once(server, 'exit')
  const stop = async () => {
    server.kill('SIGTERM')
    await exited
    if (keptIn === undefined) await rm(folder, { recursive: true })
  }
  const url = `http://127.0.0.1:${String(port)}`
  const deadline = Date.now() + 20_000
  while (!(await answers(url))) {
    if (server.exitCode !== null || Date.now() > deadline) {
      await stop()
      throw new Error('influxd did not start')
    }
  }
  return { url, folder, pid: server.pid ?? 0, stop }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ping`, { signal: AbortSignal.timeout(1000) })).status === 204
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 50))
    return false
  }
}
