// A hub process that a test can kill and start again on the same ports and the same data.
import type { RawReadings } from '../../cloud/http/schemas.ts'
import { freePort } from '../../firmware-bridge/simulators/free-port.ts'
import { type Program, startProgram } from '../programs/program.ts'
import { until } from '../programs/until.ts'

export interface StoredValue {
  readonly time: number
  readonly value: number | null
}

export interface HubUnderTest {
  readonly mqttsPort: number
  /** Plain MQTT on loopback, with every right. */
  readonly mqttPort: number
  readonly httpPort: number
  readonly httpsPort: number
  readonly estPort: number
  start(): Promise<void>
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Every stored reading of a series with good quality, in the order of time; empty while the series is unknown. */
  goodReadings(series: string): Promise<readonly StoredValue[]>
  get(path: string): Promise<Response>
}

/** Starts a hub on `data` with free ports, which later starts take again and nobody else takes meanwhile. `more`: further flags, instead of no dashboard. */
export async function createHub(data: string, more: readonly string[] = ['--no-dashboard']): Promise<HubUnderTest> {
  const ports = {
    http: await freePort(),
    https: await freePort(),
    est: await freePort(),
    mqtts: await freePort(),
    mqtt: await freePort(),
  }
  let program: Program | undefined
  const start = async (): Promise<void> => {
    const flags = ['--data', data, ...more, '--mqtts-host', '127.0.0.1']
    const where = Object.entries(ports).flatMap(([name, port]) => [`--${name}-port`, String(port)])
    program = startProgram(['hub', ...flags, ...where])
    await program.logged('the hub is up')
  }
  await start()
  const get = (path: string) => fetch(`http://127.0.0.1:${ports.http}${path}`)
  return {
    mqttsPort: ports.mqtts,
    mqttPort: ports.mqtt,
    httpPort: ports.http,
    httpsPort: ports.https,
    estPort: ports.est,
    start,
    end: async (signal) => {
      await program?.end(signal)
    },
    get,
    goodReadings: (series) =>
      until(`readings of ${series}`, 30_000, async () => {
        const response = await get(`/api/v1/series/${encodeURIComponent(series)}/readings?from=0&limit=100000`)
        if (response.status === 404) return []
        if (!response.ok) return undefined
        const { time, value, quality, truncated } = (await response.json()) as RawReadings
        if (truncated) throw new Error(`${series} has more readings than one answer holds`)
        return time
          .map((at, index) => ({ time: at, value: value[index] ?? null, quality: quality[index] }))
          .filter((reading) => reading.quality === 'good')
      }),
  }
}
