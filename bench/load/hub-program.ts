// A real `musubi hub` for a benchmark: killed, stopped and started again on the same ports and the same data.
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { nodeFlags as programFlags } from '../../bin/node-flags.ts'
import { startProgram, type Program } from '../../test/programs/program.ts'

export interface HubProgram {
  readonly data: string
  readonly mqttPort: number
  readonly mqttsPort: number
  readonly httpPort: number
  readonly estPort: number
  pid(): number
  start(): Promise<void>
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** The value of a metric without labels. */
  metric(name: string): Promise<number>
}

export interface HubStart {
  readonly data: string
  readonly nodeFlags?: readonly string[]
  /** More options of `musubi hub`. */
  readonly flags?: readonly string[]
}

/** Starts a hub with free ports, which later starts take again. */
export async function startHubProgram({ data, nodeFlags = [], flags = [] }: HubStart): Promise<HubProgram> {
  let ports = { http: 0, mqtts: 0, mqtt: 0, est: 0 }
  let program: Program | undefined
  const start = async (): Promise<void> => {
    const common = ['--data', data, '--no-dashboard', '--mqtts-host', '127.0.0.1', ...flags]
    const where = [
      '--http-port',
      ports.http,
      '--mqtts-port',
      ports.mqtts,
      '--mqtt-port',
      ports.mqtt,
      '--https-port',
      0,
      '--est-port',
      ports.est,
    ].map(String)
    program = startProgram(['hub', ...common, ...where], { nodeFlags: [...programFlags.hub, ...nodeFlags] })
    const up = await program.logged('the hub is up')
    ports = { http: Number(up['http']), mqtts: Number(up['mqtts']), mqtt: Number(up['mqtt']), est: Number(up['est']) }
  }
  await start()
  return {
    data,
    mqttPort: ports.mqtt,
    mqttsPort: ports.mqtts,
    httpPort: ports.http,
    estPort: ports.est,
    pid: () => program?.pid ?? 0,
    start,
    end: async (signal) => {
      await program?.end(signal)
    },
    async metric(name) {
      const text = await (await fetch(`http://127.0.0.1:${ports.http}/metrics`)).text()
      return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
    },
  }
}

export interface StoredCount {
  readonly rows: number
  /** Rows that differ in series or time. */
  readonly distinct: number
}

/** What lies in the store of a hub that has ended, of the series whose key begins with `prefix`. */
export async function countStored(data: string, prefix: string): Promise<StoredCount> {
  const instance = await DuckDBInstance.create(join(data, 'hub', 'readings.duckdb'))
  try {
    const connection = await instance.connect()
    const result = await connection.runAndReadAll(
      `SELECT sum(rows)::DOUBLE, sum(times)::DOUBLE FROM (
         SELECT count(*) AS rows, count(DISTINCT time_ms) AS times FROM (
           SELECT series, time_ms FROM hot UNION ALL
           SELECT (slot // 86400000)::INTEGER, day::BIGINT * 86400000 + slot % 86400000 FROM closed_days)
         SEMI JOIN (SELECT id AS series FROM series WHERE starts_with(key, '${prefix}')) USING (series) GROUP BY series)`,
    )
    const [row] = result.getRows()
    return { rows: Number(row?.[0] ?? 0), distinct: Number(row?.[1] ?? 0) }
  } finally {
    instance.closeSync()
  }
}
