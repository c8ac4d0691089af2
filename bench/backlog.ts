// S3: a day of a gateway's readings drains from its outbox while live readings flow, beside a raw DuckDB append of the same rows.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { nodeFlags as programFlags } from '../bin/node-flags.ts'
import { silentLog, systemClock } from '../broker/contract/ports.ts'
import type { Sample } from '../broker/contract/sample.ts'
import type { StreamReading } from '../cloud/http/schemas.ts'
import { createReadingAppender } from '../cloud/store/duckdb/column-chunks.ts'
import type { ReadingColumns } from '../cloud/store/store.ts'
import { loadConfig } from '../edge/config.ts'
import { createCounters } from '../edge/counters.ts'
import { Outbox } from '../edge/outbox/outbox.ts'
import { driverRegistry } from '../firmware-bridge/drivers/registry.ts'
import { loadProfile } from '../firmware-bridge/profile-loader.ts'
import { startProgram } from '../test/programs/program.ts'
import { readEvents } from './load/event-reader.ts'
import { freePort } from '../firmware-bridge/simulators/free-port.ts'
import { countStored, startHubProgram } from './load/hub-program.ts'
import { createRegisterGateway, type RegisterGateway } from './load/register-gateway.ts'
import { printReport } from './report.ts'

const gatewayName = 'outage'
const seriesCount = 200
const channelsPerDevice = 10
const liveIntervalMs = 500
const drainLimitMs = 300_000
const targetMs = { drain: 15_000, late: 2_000 } as const

interface Backlog {
  readonly hours: number
  readonly intervalS: number
}

export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args: [...args], options: { hours: text, profile: text } })
  const backlog = { hours: Number(values.hours ?? 24), intervalS: 10 }
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  try {
    const drained = await measureDrain(folder, backlog, values.profile)
    const rawMs = await rawAppend(join(folder, 'raw.duckdb'), backlog)
    report(drained, rawMs)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const stepsOf = ({ hours, intervalS }: Backlog) => Math.round((hours * 3600) / intervalS)

interface Drained {
  readonly readings: number
  readonly fillMs: number
  readonly drainMs: number
  readonly lateMs: number
  readonly liveReadings: number
  readonly missing: number
  readonly twice: number
}

async function measureDrain(folder: string, backlog: Backlog, profile: string | undefined): Promise<Drained> {
  const healthPort = await freePort()
  const nodeFlags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const hub = await startHubProgram({ data: join(folder, 'hub'), nodeFlags })
  const gateway = await createRegisterGateway({
    folder: join(folder, 'gateway'),
    hub,
    gateway: gatewayName,
    intervalS: liveIntervalMs / 1000,
    healthPort,
  })
  const beganMs = performance.now()
  const readings = await fillOutbox(gateway, backlog)
  const fillMs = performance.now() - beganMs
  const live = await watchLive(hub.httpPort, gateway)
  const edge = startProgram(['edge', '--config', gateway.configFile], {
    nodeFlags: [...programFlags.edge, ...nodeFlags],
  })
  try {
    await edge.logged('connected to the hub')
    const connectedMs = performance.now()
    await outboxBelow(healthPort, seriesCount)
    const drainMs = performance.now() - connectedMs
    // The live readings of a little later belong to the picture too.
    await pause(2_000)
    live.close()
    await edge.end('SIGTERM')
    await hub.end('SIGTERM')
    const { rows, distinct } = await countStored(hub.data, `bench/${gatewayName}/meter-`)
    const lost = { missing: readings - distinct, twice: rows - distinct }
    return { readings, fillMs, drainMs, lateMs: live.worstMs(), liveReadings: live.count(), ...lost }
  } finally {
    await edge.end('SIGKILL')
    await hub.end('SIGKILL')
    await gateway.close()
  }
}

/** The outbox that the gateway would have after such an outage, made by the gateway's own code. Returns its readings. */
async function fillOutbox(gateway: RegisterGateway, backlog: Backlog): Promise<number> {
  const config = await loadConfig(gateway.configFile, { drivers: driverRegistry, loadProfile })
  await mkdir(config.dataFolder, { recursive: true })
  const { maxBytes } = config.outbox
  const outbox = new Outbox(
    { path: join(config.dataFolder, 'outbox.sqlite'), ...config.outbox, maxFileBytes: 2 * maxBytes + 16 * 2 ** 20 },
    { clock: systemClock, log: silentLog, counters: createCounters() },
  )
  const steps = stepsOf(backlog)
  const startMs = Date.now() - backlog.hours * 3_600_000
  for (let step = 0; step < steps; step += 1) {
    outbox.append(samplesAt(startMs + step * backlog.intervalS * 1000, step), 'normal')
    if (step % 40 === 39) outbox.flush()
  }
  const { readings } = outbox.depth()
  outbox.close()
  if (readings !== steps * seriesCount) throw new Error(`the outbox holds ${readings} readings`)
  return readings
}

function samplesAt(timeMs: number, step: number): readonly Sample[] {
  return Array.from({ length: seriesCount }, (_, index) => ({
    name: `meter-${1 + Math.floor(index / channelsPerDevice)}:channel-${1 + (index % channelsPerDevice)}`,
    timeMs,
    value: valueAt(index, step),
    unit: 'W',
    quality: 'good',
    reason: undefined,
  }))
}

const valueAt = (series: number, step: number) => Math.round(1000 * (series + Math.sin(step / 100))) / 1000

/**
 * How old the newest live value on a screen gets beyond one poll interval: the screen still shows the reading before until
 * the next arrives.
 */
async function watchLive(httpPort: number, gateway: RegisterGateway) {
  let worst = 0
  let count = 0
  let shownMs: number | undefined
  const query = `?series=${encodeURIComponent(gateway.series)}`
  const events = await readEvents(httpPort, query, ({ type, payload }) => {
    if (type !== 'reading') return
    for (const { time } of payload as readonly StreamReading[]) {
      count += 1
      if (shownMs !== undefined) worst = Math.max(worst, Date.now() - shownMs - liveIntervalMs)
      shownMs = time
    }
  })
  return { close: () => events.close(), worstMs: () => worst, count: () => count }
}

/** Resolves when the hub has acknowledged all but a few live readings; the gateway's own metrics say so. */
async function outboxBelow(healthPort: number, readings: number): Promise<void> {
  const endMs = performance.now() + drainLimitMs
  for (;;) {
    const text = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text()
    const left = Number(/^musubi_edge_outbox_readings (.*)$/m.exec(text)?.[1])
    if (left < readings) return
    if (performance.now() > endMs) throw new Error(`${left} readings are still in the outbox`)
    await pause(50)
  }
}

/** The same rows, columns ready in memory, in transactions of 10,000: what the medium and DuckDB alone need. */
async function rawAppend(file: string, backlog: Backlog): Promise<number> {
  const instance = await DuckDBInstance.create(file, { threads: '1', checkpoint_threshold: '64MB' })
  try {
    const connection = await instance.connect()
    const columns = 'series INTEGER, time_ms BIGINT, value DOUBLE, quality UTINYINT, text VARCHAR, batch BIGINT'
    await connection.run(`CREATE TABLE hot(${columns})`)
    const appender = await connection.createAppender('hot')
    const append = createReadingAppender(appender)
    const steps = stepsOf(backlog)
    const stepsPerCommit = 10_000 / seriesCount
    const startMs = Date.now()
    let spentMs = 0
    for (let step = 0; step < steps; step += stepsPerCommit) {
      const batch = columnsOf(startMs, step, Math.min(stepsPerCommit, steps - step))
      const beganMs = performance.now()
      await connection.run('BEGIN')
      append(batch, step)
      appender.flushSync()
      await connection.run('COMMIT')
      spentMs += performance.now() - beganMs
    }
    return spentMs
  } finally {
    instance.closeSync()
  }
}

function columnsOf(startMs: number, firstStep: number, steps: number): ReadingColumns {
  const rows = steps * seriesCount
  const step = (row: number) => firstStep + Math.floor(row / seriesCount)
  return {
    rows,
    series: Int32Array.from({ length: rows }, (_, row) => row % seriesCount),
    timeMs: Float64Array.from({ length: rows }, (_, row) => startMs + step(row) * 10_000),
    value: Float64Array.from({ length: rows }, (_, row) => valueAt(row % seriesCount, step(row))),
    quality: new Uint8Array(rows),
    text: new Map(),
  }
}

function report(drained: Drained, rawMs: number): void {
  const { readings, drainMs, lateMs, missing, twice } = drained
  const seconds = (ms: number) => Number((ms / 1000).toFixed(2))
  printReport({
    bench: 'backlog',
    figure: 'S3',
    columns: [`${readings} readings of ${seriesCount} series`, 's', 'readings/s', 'target s'],
    rows: [
      ['drained: outbox → hub → acknowledged', seconds(drainMs), Math.round(readings / (drainMs / 1000)), 15],
      ['raw DuckDB append of the same rows', seconds(rawMs), Math.round(readings / (rawMs / 1000)), ''],
      ['worst lateness of live readings meanwhile', seconds(lateMs), '', 2],
      ['filling the outbox', seconds(drained.fillMs), Math.round(readings / (drained.fillMs / 1000)), ''],
      ['readings missing, readings twice', `${missing}, ${twice}`, '', 0],
    ],
    results: {
      readings,
      drainMs: Math.round(drainMs),
      rawAppendMs: Math.round(rawMs),
      liveLateMs: Math.round(lateMs),
      liveReadings: drained.liveReadings,
      missing,
      twice,
      targetDrainMs: targetMs.drain,
      targetLateMs: targetMs.late,
    },
  })
}
