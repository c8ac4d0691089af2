// S1: durable ingest from QoS 1 publish to committed row and acknowledgement, beside mosquitto + InfluxDB; with a kill -9 in the middle.
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startInfluxServer } from '../test/store/influx-server.ts'
import { startLoad } from './load/load-process.ts'
import { countStored, startHubProgram, type HubProgram } from './load/hub-program.ts'
import type { PeerResult } from './load/line-protocol-load.ts'
import { startMosquitto } from './load/mosquitto.ts'
import { cpuUsOf } from './load/process-usage.ts'
import { provisionQuietly } from './load/register-gateway.ts'
import { benchGateway } from './load/telemetry-packets.ts'
import type { TelemetryResult } from './load/telemetry-load.ts'
import { median, printReport } from './report.ts'

const peer = 'mosquitto + subscriber + influxdb'
const linesPeer = 'the same, messages are lines already'
const stacks = ['musubi', 'musubi TLS', peer, linesPeer] as const
type Stack = (typeof stacks)[number]

/** `cpuPerReadingUs`: processor time of the stack without its load, for one reading. `missing` and `twice`: acknowledged readings. */
interface Measured extends TelemetryResult {
  readonly cpuPerReadingUs: number
  readonly missing: number
  readonly twice: number
}

interface Size {
  readonly gateways: number
  readonly window: number
  readonly measureMs: number
  readonly profile: string | undefined
}

export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: text, measure: text, window: text, gateways: text, only: text, profile: text },
  })
  const size = {
    gateways: Number(values.gateways ?? 50),
    window: Number(values.window ?? 200),
    measureMs: Number(values.measure ?? 6_000),
    profile: values.profile,
  }
  const chosen = stacks.filter((stack) => values.only === undefined || stack === values.only)
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  const results = new Map<Stack, Measured[]>(stacks.map((stack) => [stack, []]))
  try {
    for (let round = 0; round < Number(values.rounds ?? 3); round += 1) {
      // Alternating, so that a slow minute of a shared machine hits all.
      for (const stack of round % 2 === 0 ? chosen : chosen.toReversed()) {
        const work = join(folder, `${round}-${stacks.indexOf(stack)}`)
        await mkdir(work)
        results.get(stack)!.push(await measure(stack, work, size))
        await rm(work, { recursive: true })
      }
    }
    const killed = values.only === undefined ? await measureKill(join(folder, 'kill'), size) : undefined
    report(results, killed, size)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function measure(stack: Stack, folder: string, size: Size): Promise<Measured> {
  if (stack === peer || stack === linesPeer) return measurePeer(folder, size, stack === peer ? 'telemetry' : 'lines')
  return measureHub(folder, size, stack === 'musubi TLS')
}

async function measureHub(folder: string, size: Size, tls: boolean): Promise<Measured> {
  const data = join(folder, 'hub')
  const credentials = tls ? await provisionGateways(data, join(folder, 'gateways'), size.gateways) : undefined
  const nodeFlags = size.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${size.profile}`]
  const hub = await startHubProgram({ data, nodeFlags })
  try {
    const before = await cpuUsOf(hub.pid())
    const result = await startLoad<TelemetryResult>('telemetry-load.ts', loadArgs(hub, size, credentials)).result
    const cpuUs = (await cpuUsOf(hub.pid())) - before
    await hub.end('SIGTERM')
    return { ...result, ...(await checked(data, result)), cpuPerReadingUs: cpuUs / result.acknowledgedReadings }
  } finally {
    await hub.end('SIGKILL')
  }
}

function loadArgs(hub: HubProgram, { gateways, window, measureMs }: Size, credentials?: string): readonly string[] {
  const where = credentials === undefined ? [hub.mqttPort] : [hub.mqttsPort, '--credentials', credentials]
  return ['--port', ...where, '--gateways', gateways, '--window', window, '--measure', measureMs].map(String)
}

async function provisionGateways(data: string, out: string, gateways: number): Promise<string> {
  for (let index = 0; index < gateways; index += 1) {
    await provisionQuietly(data, benchGateway(index), join(out, benchGateway(index)))
  }
  return out
}

async function checked(data: string, { acknowledgedReadings }: TelemetryResult) {
  const { rows, distinct } = await countStored(data, 'bench/gw-')
  return { missing: Math.max(0, acknowledgedReadings - distinct), twice: rows - distinct }
}

async function measurePeer(folder: string, size: Size, payload: 'telemetry' | 'lines'): Promise<Measured> {
  const influx = await startInfluxServer()
  const mosquitto = await startMosquitto(join(folder, 'mosquitto'))
  try {
    const where = ['--port', mosquitto.port, '--influx-url', influx.url, '--payload', payload]
    const shape = ['--gateways', size.gateways, '--window', size.window, '--measure', size.measureMs]
    const words = [...where, ...shape].map(String)
    const result = await startLoad<PeerResult>('line-protocol-load.ts', words).result
    const serversUs = (await cpuUsOf(mosquitto.process.pid)) + (await cpuUsOf(influx.pid))
    const cpuPerReadingUs = (serversUs + result.subscriberCpuUs) / result.acknowledgedReadings
    const count = await influxCount(influx.url)
    const missing = Math.max(0, result.acknowledgedReadings - count)
    return { ...result, missing, twice: 0, cpuPerReadingUs }
  } finally {
    const ended = once(mosquitto.process, 'exit')
    mosquitto.process.kill('SIGTERM')
    await ended
    await influx.stop()
  }
}

async function influxCount(url: string): Promise<number> {
  const query = encodeURIComponent('SELECT count(value) FROM reading')
  const response = await fetch(`${url}/query?db=bench&q=${query}`)
  const answer = (await response.json()) as { results: { series?: { values: [number, number][] }[] }[] }
  return answer.results[0]?.series?.[0]?.values[0]?.[1] ?? 0
}

/** The hub is killed in the middle of a run and started again on the same data; the gateways come back by themselves. */
async function measureKill(folder: string, size: Size): Promise<Measured & { readonly restartMs: number }> {
  const data = join(folder, 'hub')
  await mkdir(folder)
  const hub = await startHubProgram({ data })
  try {
    const load = startLoad<TelemetryResult>('telemetry-load.ts', loadArgs(hub, { ...size, measureMs: 6_000 }))
    await load.started
    await pause(4_000)
    await hub.end('SIGKILL')
    const killedMs = performance.now()
    await hub.start()
    const restartMs = performance.now() - killedMs
    const result = await load.result
    await hub.end('SIGTERM')
    return { ...result, ...(await checked(data, result)), cpuPerReadingUs: Number.NaN, restartMs }
  } finally {
    await hub.end('SIGKILL')
  }
}

function report(
  results: ReadonlyMap<Stack, readonly Measured[]>,
  killed: (Measured & { readonly restartMs: number }) | undefined,
  size: Size,
): void {
  const of = (stack: Stack) => results.get(stack) ?? []
  const rate = (stack: Stack) => Math.round(median(of(stack).map(({ readingsPerS }) => readingsPerS)))
  const cpu = (stack: Stack) => median(of(stack).map(({ cpuPerReadingUs }) => cpuPerReadingUs))
  const rows = stacks
    .filter((stack) => of(stack).length > 0)
    .map((stack) => {
      const measured = of(stack)
      const rates = measured.map(({ readingsPerS }) => Math.round(readingsPerS))
      return [
        stack,
        rate(stack),
        `${Math.min(...rates)}–${Math.max(...rates)}`,
        (rate(stack) / rate(peer)).toFixed(2),
        cpu(stack).toFixed(2),
        (median(measured.map(({ cpuPerMessageUs }) => cpuPerMessageUs)) / 10).toFixed(2),
        measured.reduce((sum, { missing }) => sum + missing, 0),
      ]
    })
  if (killed !== undefined) {
    const cells = [Math.round(killed.readingsPerS), `back in ${Math.round(killed.restartMs)} ms`, '', '', '']
    rows.push(['musubi, kill -9 in the middle', ...cells, killed.missing])
  }
  const ratio = (stack: Stack) => Number((rate(stack) / rate(peer)).toFixed(2))
  printReport({
    bench: 'ingest',
    figure: 'S1',
    columns: ['QoS 1', 'readings/s', 'range', 'of the peer', 'stack CPU µs/reading', 'load CPU µs/reading', 'missing'],
    rows,
    results: {
      gateways: size.gateways,
      window: size.window,
      musubiPerS: rate('musubi'),
      musubiTlsPerS: rate('musubi TLS'),
      peerPerS: rate(peer),
      peerLinesPerS: rate(linesPeer),
      ratio: ratio('musubi'),
      ratioToLinesPeer: Number((rate('musubi') / rate(linesPeer)).toFixed(2)),
      cpuRatio: Number((cpu(peer) / cpu('musubi')).toFixed(2)),
      ratioTls: ratio('musubi TLS'),
      acknowledgedAtKill: (killed?.acknowledgedAtCut ?? 0) * 10,
      acknowledgedInAll: killed?.acknowledgedReadings ?? 0,
      missingAfterKill: killed?.missing ?? 0,
      twiceAfterKill: killed?.twice ?? 0,
      targetPerS: 400_000,
      targetRatio: 4,
    },
  })
}
