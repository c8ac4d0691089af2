// S2: from a change at a Modbus register to the alarm at a connected browser, under load, beside a bare round trip and a bare commit.
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { connectAsync } from 'mqtt'
import { stringify } from 'yaml'
import { nodeFlags } from '../bin/node-flags.ts'
import type { AlarmItem } from '../cloud/alarms/alarm-schemas.ts'
import { startProgram } from '../test/programs/program.ts'
import { startLoad } from './load/load-process.ts'
import { readEvents } from './load/event-reader.ts'
import { startHubProgram, type HubProgram } from './load/hub-program.ts'
import { startMosquitto } from './load/mosquitto.ts'
import { createRegisterGateway, registerDevice, type RegisterGateway } from './load/register-gateway.ts'
import type { TelemetryResult } from './load/telemetry-load.ts'
import { percentile, printReport } from './report.ts'

const readingsPerMessage = 10
const alarmLimitMs = 10_000
const targetMs = { p50: 50, p99: 150 } as const

interface Size {
  readonly changes: number
  readonly readingsPerS: number
  readonly intervalMs: number
}

/** Milliseconds of each change: from the register, and from the poll that read it, to the event at the browser. */
interface Change {
  readonly fromChangeMs: number
  readonly fromPollMs: number
}

export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { changes: text, load: text, interval: text },
  })
  const size = {
    changes: Number(values.changes ?? 400),
    readingsPerS: Number(values.load ?? 10_000),
    intervalMs: Number(values.interval ?? 10),
  }
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  try {
    const { changes, loadPerS } = await measureChain(folder, size)
    const roundTripMs = await bareRoundTrips(join(folder, 'mosquitto'), size.changes)
    const commitMs = await bareCommits(join(folder, 'bare.duckdb'), size.changes)
    report({ size, changes, loadPerS, roundTripMs, commitMs })
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function measureChain(folder: string, size: Size) {
  const rules = join(folder, 'rules.yaml')
  await writeFile(rules, stringify([rule]))
  const hub = await startHubProgram({ data: join(folder, 'hub'), flags: ['--rules', rules] })
  const gatewayFolder = join(folder, 'gateway')
  const intervalS = size.intervalMs / 1000
  const gateway = await createRegisterGateway({ folder: gatewayFolder, hub, gateway: 'paddy', intervalS })
  const edge = startProgram(['edge', '--config', gateway.configFile], { nodeFlags: nodeFlags.edge })
  try {
    await edge.logged('connected to the hub')
    const load = startLoad<TelemetryResult>('telemetry-load.ts', loadArgs(hub, size))
    await load.started
    await pause(2_000)
    const changes = await changeRegister(hub, gateway, size.changes)
    process.kill(load.pid, 'SIGTERM')
    return { changes, loadPerS: (await load.result).readingsPerS }
  } finally {
    await edge.end('SIGTERM')
    await hub.end('SIGTERM')
    await gateway.close()
  }
}

const rule = {
  id: 'level-high',
  kind: 'threshold',
  severity: 'warning',
  match: { device: registerDevice.id, channel: registerDevice.channel },
  above: 50,
  hysteresis: 1,
  onDelayS: 0,
  offDelayS: 0,
  title: { ja: '水位が高い', en: 'Water level is high' },
  advice: { ja: '排水してください', en: 'Drain the paddy' },
}

/** Runs until it is told to end. */
function loadArgs(hub: HubProgram, { readingsPerS }: Size): readonly string[] {
  const rate = readingsPerS / readingsPerMessage
  return ['--port', hub.mqttPort, '--rate', rate, '--warm-up', 1_000, '--measure', 600_000].map(String)
}

async function changeRegister(hub: HubProgram, gateway: RegisterGateway, count: number): Promise<readonly Change[]> {
  let waiting: { readonly state: string; resolve(atMs: number): void } | undefined
  const events = await readEvents(hub.httpPort, '', ({ type, payload, atMs }) => {
    const alarm = payload as AlarmItem
    if (type === 'alarm' && alarm.series === gateway.series && alarm.state === waiting?.state) waiting.resolve(atMs)
  })
  const changes: Change[] = []
  try {
    for (let index = 0; index < count; index += 1) {
      const high = index % 2 === 0
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      const limit = setTimeout(() => reject(new Error('the alarm did not change')), alarmLimitMs)
      waiting = { state: high ? 'open' : 'cleared', resolve }
      const changedMs = performance.now()
      gateway.set(high ? 100 : 0)
      const atMs = await promise
      clearTimeout(limit)
      changes.push({ fromChangeMs: atMs - changedMs, fromPollMs: atMs - (gateway.servedAtMs() ?? changedMs) })
      // Not in step with the poller, so that every phase of its interval occurs.
      await pause(20 + Math.random() * 40)
    }
  } finally {
    events.close()
  }
  return changes
}

/** One QoS 1 message at a time through mosquitto, from publish to the subscriber's handler. */
async function bareRoundTrips(file: string, count: number): Promise<readonly number[]> {
  const mosquitto = await startMosquitto(file)
  const url = `mqtt://127.0.0.1:${mosquitto.port}`
  const [publisher, subscriber] = [await connectAsync(url), await connectAsync(url)]
  try {
    await subscriber.subscribeAsync('bare', { qos: 1 })
    const times: number[] = []
    for (let index = 0; index < count; index += 1) {
      const arrived = new Promise<void>((resolve) => subscriber.once('message', () => resolve()))
      const beganMs = performance.now()
      void publisher.publishAsync('bare', Buffer.alloc(100), { qos: 1 })
      await arrived
      times.push(performance.now() - beganMs)
    }
    return times
  } finally {
    await Promise.all([publisher.endAsync(), subscriber.endAsync()])
    const ended = once(mosquitto.process, 'exit')
    mosquitto.process.kill('SIGTERM')
    await ended
  }
}

/** Transactions of ten rows each in an otherwise idle file. */
async function bareCommits(file: string, count: number): Promise<readonly number[]> {
  const instance = await DuckDBInstance.create(file, { threads: '1' })
  try {
    const connection = await instance.connect()
    await connection.run('CREATE TABLE readings(series INTEGER, time_ms BIGINT, value DOUBLE)')
    const appender = await connection.createAppender('readings')
    const times: number[] = []
    for (let index = 0; index < count; index += 1) {
      const beganMs = performance.now()
      await connection.run('BEGIN')
      for (let row = 0; row < readingsPerMessage; row += 1) {
        appender.appendInteger(row)
        appender.appendBigInt(BigInt(index))
        appender.appendDouble(index)
        appender.endRow()
      }
      appender.flushSync()
      await connection.run('COMMIT')
      times.push(performance.now() - beganMs)
    }
    return times
  } finally {
    instance.closeSync()
  }
}

const round = (value: number) => Number(value.toFixed(1))

function report(given: {
  readonly size: Size
  readonly changes: readonly Change[]
  readonly loadPerS: number
  readonly roundTripMs: readonly number[]
  readonly commitMs: readonly number[]
}): void {
  const { size, changes, loadPerS, roundTripMs, commitMs } = given
  const share = (times: readonly number[], of: number) => round(percentile(times, of))
  const fromChange = changes.map(({ fromChangeMs }) => fromChangeMs)
  const fromPoll = changes.map(({ fromPollMs }) => fromPollMs)
  const over = fromChange.map((time) => time - size.intervalMs)
  const row = (name: string, times: readonly number[], target: string) => [
    name,
    share(times, 0.5),
    share(times, 0.99),
    share(times, 1),
    target,
  ]
  const floor = {
    p50: share(roundTripMs, 0.5) + share(commitMs, 0.5),
    p99: share(roundTripMs, 0.99) + share(commitMs, 0.99),
  }
  printReport({
    bench: 'latency',
    figure: 'S2',
    columns: [`${changes.length} changes, ms`, 'p50', 'p99', 'max', 'target p50 / p99'],
    rows: [
      row('register changed → alarm at the browser', fromChange, ''),
      row(`… over the poll interval of ${size.intervalMs} ms`, over, `${targetMs.p50} / ${targetMs.p99}`),
      row('register read by a poll → alarm at the browser', fromPoll, ''),
      row('bare MQTT round trip (mosquitto, QoS 1)', roundTripMs, ''),
      row('bare DuckDB commit of 10 rows', commitMs, ''),
      ['sum of the two', round(floor.p50), round(floor.p99), '', ''],
    ],
    results: {
      changes: changes.length,
      backgroundReadingsPerS: Math.round(loadPerS),
      pollIntervalMs: size.intervalMs,
      fromChangeP50Ms: share(fromChange, 0.5),
      fromChangeP99Ms: share(fromChange, 0.99),
      overPollP50Ms: share(over, 0.5),
      overPollP99Ms: share(over, 0.99),
      fromPollP50Ms: share(fromPoll, 0.5),
      fromPollP99Ms: share(fromPoll, 0.99),
      bareP50Ms: round(floor.p50),
      bareP99Ms: round(floor.p99),
      targetP50Ms: targetMs.p50,
      targetP99Ms: targetMs.p99,
    },
  })
}
