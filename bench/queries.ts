// S7: the dashboard's queries, our embedded store beside Debian's InfluxDB, both behind the Store port with the same readings.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { silentLog, systemClock } from '../broker/contract/ports.ts'
import { openDuckDbStore } from '../cloud/store/duckdb/duckdb-store.ts'
import { openInfluxStore } from '../cloud/store/influx/influx-store.ts'
import type { Commit, Store } from '../cloud/store/store.ts'
import { startInfluxServer } from '../test/store/influx-server.ts'
import { median, printReport } from './report.ts'

const dayMs = 86_400_000
const days = 30
const startMs = Date.UTC(2026, 5, 1)
const readingsPerCommit = 10_000
const gateways = 50

interface Size {
  readonly readings: number
  readonly series: number
  readonly rounds: number
}

interface Loaded {
  readonly readingsPerS: number
  readonly commitMs: readonly number[]
}

/** Node's own report: a query's wall time, and the processor time of this process in it, which a busy machine stretches less. */
interface Timing {
  readonly wallMs: number
  readonly cpuMs: number
}

export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args: [...args], options: { readings: text, series: text, rounds: text } })
  const size = {
    readings: Number(values.readings ?? 10_000_000),
    series: Number(values.series ?? 2_000),
    rounds: Number(values.rounds ?? 15),
  }
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  const server = await startInfluxServer()
  const file = join(folder, 'readings.duckdb')
  const ours = () => openDuckDbStore({ file, log: silentLog, clock: systemClock })
  const peer = openInfluxStore({
    url: server.url,
    writePath: '/write',
    database: 'bench',
    createDatabase: true,
    log: silentLog,
    clock: systemClock,
  })
  try {
    await compare({ ours, peer, size, folders: { ours: folder, peer: server.folder } })
  } finally {
    await peer.close()
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

interface Contest {
  readonly ours: () => Store
  readonly peer: Store
  readonly size: Size
  readonly folders: { readonly ours: string; readonly peer: string }
}

async function compare({ ours, peer, size, folders }: Contest): Promise<void> {
  let store = ours()
  await store.open()
  const ourLoad = await load(store, size)
  const beside = await maintainBesideCommits(store, size)
  await store.close()
  store = ours()
  const opening = performance.now()
  const { latest } = await store.open()
  const openMs = performance.now() - opening
  await peer.open()
  const peerLoad = await load(peer, size)
  // A hub answers "latest" from memory, filled at open; the peer has no such thing and is asked as a dashboard would.
  const ourQueries = queriesOf(store, size, () => Promise.resolve(latest.map((reading) => ({ ...reading }))))
  const peerQueries = queriesOf(peer, size, async () => (await peer.open()).latest)
  const timings = new Map<string, { ours: Timing[]; peer: Timing[] }>()
  for (let round = 0; round <= size.rounds; round++) {
    for (const name of Object.keys(ourQueries) as (keyof Queries)[]) {
      const found = timings.get(name) ?? { ours: [], peer: [] }
      timings.set(name, found)
      const mine = await timed(ourQueries[name])
      const other = await timed(peerQueries[name])
      if (round === 0) continue
      found.ours.push(mine)
      found.peer.push(other)
    }
  }
  await store.close()
  const bytes = { ours: await folderBytes(folders.ours), peer: await folderBytes(folders.peer) }
  report({ size, timings, ourLoad, peerLoad, beside, openMs, bytes })
}

/** Readings in arrival order, one of each series in turn, at equal steps over 30 days; values like a slow sensor's, in tenths. */
function commitOf(size: Size, number: number): Commit {
  const rows = Math.min(readingsPerCommit, size.readings - number * readingsPerCommit)
  const columns = {
    rows,
    series: new Int32Array(rows),
    timeMs: new Float64Array(rows),
    value: new Float64Array(rows),
    quality: new Uint8Array(rows),
    text: new Map<number, string>(),
  }
  const stepMs = Math.floor((days * dayMs * size.series) / size.readings)
  for (let row = 0; row < rows; row++) {
    const place = number * readingsPerCommit + row
    const series = place % size.series
    columns.series[row] = series
    columns.timeMs[row] = startMs + Math.floor(place / size.series) * stepMs
    columns.value[row] = Math.round(200 + 50 * Math.sin(place / 1e5 + series) + ((place * 7919) % 5)) / 10
  }
  const series = number > 0 ? 0 : size.series
  return {
    series: Array.from({ length: series }, (_, id) => ({
      id,
      key: `kimitsu/gw${id % gateways}/d${id}:t`,
      unit: 'Cel',
    })),
    readings: columns,
    cursors: Array.from({ length: gateways }, (_, id) => ({
      gateway: `kimitsu/gw${id}`,
      epoch: 'e',
      through: number + 1,
    })),
    deadLetters: [],
  }
}

async function load(store: Store, size: Size): Promise<Loaded> {
  const commitMs: number[] = []
  for (let number = 0; number * readingsPerCommit < size.readings; number++) {
    const commit = commitOf(size, number)
    commitMs.push((await timed(() => store.commit(commit))).wallMs)
  }
  return { readingsPerS: (size.readings / commitMs.reduce((sum, ms) => sum + ms, 0)) * 1000, commitMs }
}

/** Rolls up and compacts everything while 1,000 readings are committed every 20 ms. */
async function maintainBesideCommits(store: Store, size: Size): Promise<{ maintainS: number; commitMs: number[] }> {
  const commitMs: number[] = []
  const begin = performance.now()
  const state = { running: true }
  const maintenance = store.maintain(startMs + (days + 10) * dayMs, []).finally(() => (state.running = false))
  const template = commitOf({ ...size, readings: 1_000 }, 0)
  for (let through = 1; state.running; through++) {
    const timeMs = template.readings.timeMs.map(() => startMs + (days + 10) * dayMs + through)
    const cursors = [{ gateway: 'kimitsu/live', epoch: 'e', through }]
    const commit = { ...template, series: [], cursors, readings: { ...template.readings, timeMs } }
    commitMs.push((await timed(() => store.commit(commit))).wallMs)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await maintenance
  return { maintainS: (performance.now() - begin) / 1000, commitMs }
}

type Queries = Readonly<Record<'latest' | 'readings24h' | 'buckets30d' | 'hourlyDay', () => Promise<unknown>>>

function queriesOf(store: Store, size: Size, latest: () => Promise<unknown>): Queries {
  const day = startMs + 12 * dayMs
  let turn = 0
  const series = () => (turn += 37) % size.series
  return {
    latest,
    readings24h: () => store.readings({ series: series(), fromMs: day, toMs: day + dayMs, limit: 100_000 }),
    buckets30d: () => store.buckets({ series: series(), fromMs: startMs, toMs: startMs + days * dayMs, buckets: 500 }),
    hourlyDay: () => store.hourly({ fromMs: day, toMs: day + dayMs }),
  }
}

async function timed(work: () => Promise<unknown>): Promise<Timing> {
  const cpu = process.cpuUsage()
  const begin = performance.now()
  await work()
  const wallMs = performance.now() - begin
  const { user, system } = process.cpuUsage(cpu)
  return { wallMs, cpuMs: (user + system) / 1000 }
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

interface Outcome {
  readonly size: Size
  readonly timings: ReadonlyMap<string, { readonly ours: readonly Timing[]; readonly peer: readonly Timing[] }>
  readonly ourLoad: Loaded
  readonly peerLoad: Loaded
  readonly beside: { readonly maintainS: number; readonly commitMs: readonly number[] }
  readonly openMs: number
  readonly bytes: { readonly ours: number; readonly peer: number }
}

const round = (value: number, digits = 1) => Number(value.toFixed(digits))
const percentile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN

function report({ size, timings, ourLoad, peerLoad, beside, openMs, bytes }: Outcome): void {
  const rows: (string | number)[][] = []
  const results: Record<string, number> = { readings: size.readings, series: size.series }
  for (const [name, { ours, peer }] of timings) {
    const wall = (list: readonly Timing[]) => median(list.map(({ wallMs }) => wallMs))
    const [mine, other] = [wall(ours), wall(peer)]
    const cpuMs = median(ours.map((timing) => timing.cpuMs))
    rows.push([`${name}, ms`, round(mine, 2), round(other, 2), round(mine / other, 2), round(cpuMs, 2)])
    Object.assign(results, {
      [`${name}Ms`]: round(mine, 2),
      [`${name}PeerMs`]: round(other, 2),
      [`${name}CpuMs`]: round(cpuMs, 2),
    })
  }
  const line = (name: string, mine: number, other: number | string) =>
    rows.push([name, mine, other, typeof other === 'number' ? round(mine / other, 2) : '', ''])
  line('append, readings/s', Math.round(ourLoad.readingsPerS), Math.round(peerLoad.readingsPerS))
  line(
    'commit of 10,000, p99 ms',
    round(percentile(ourLoad.commitMs, 0.99)),
    round(percentile(peerLoad.commitMs, 0.99)),
  )
  line('commit of 10,000, max ms', round(percentile(ourLoad.commitMs, 1)), round(percentile(peerLoad.commitMs, 1)))
  line('commit of 1,000 beside maintenance, p50 ms', round(median(beside.commitMs)), '')
  line('commit of 1,000 beside maintenance, p99 ms', round(percentile(beside.commitMs, 0.99)), '')
  line('commit of 1,000 beside maintenance, max ms', round(percentile(beside.commitMs, 1)), '')
  line('roll-up and compaction of everything, s', round(beside.maintainS), '')
  line('open with all latest values, ms', round(openMs), '')
  line('disk, bytes/reading', round(bytes.ours / size.readings, 2), round(bytes.peer / size.readings, 2))
  printReport({
    bench: 'queries',
    figure: 'S7',
    columns: [`${size.readings} readings, ${size.series} series`, 'musubi', 'influxdb 1.6', 'ratio', 'own CPU ms'],
    rows,
    results: {
      ...results,
      appendPerS: Math.round(ourLoad.readingsPerS),
      appendPeerPerS: Math.round(peerLoad.readingsPerS),
      commitBesideMaintenanceP99Ms: round(percentile(beside.commitMs, 0.99)),
      openMs: round(openMs),
      bytesPerReading: round(bytes.ours / size.readings, 2),
      bytesPerReadingPeer: round(bytes.peer / size.readings, 2),
    },
  })
}
