// S7: the dashboard's queries, our embedded store beside Debian's InfluxDB, both behind the Store port with the same readings.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { silentLog, systemClock } from '../broker/contract/ports.ts'
import { openDuckDbStore } from '../cloud/store/duckdb/duckdb-store.ts'
import { openInfluxStore } from '../cloud/store/influx/influx-store.ts'
import type { Commit, Store } from '../cloud/store/store.ts'
import { startInfluxServer } from '../test/store/influx-server.ts'
import { folderBytes, settledBytes } from './load/folder-bytes.ts'
import { median, percentile, printReport } from './report.ts'

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
  readonly size: Size
  readonly readingsPerS: number
  readonly commitMs: readonly number[]
}

interface MaintainedBeside {
  readonly maintainS: number
  readonly commitMs: readonly number[]
}

/** What loading showed, kept in the folder for the run that asks. */
interface LoadReport {
  readonly ours: Loaded & { readonly beside: MaintainedBeside }
  readonly peer: Loaded
}

/** Node's own report: a query's wall time, and the processor time of this process in it, which a busy machine stretches less. */
interface Timing {
  readonly wallMs: number
  readonly cpuMs: number
}

/** A part of the run that leaves what it made in the folder. */
const parts = {
  load: async (folder: string, size: Size) =>
    writeFile(reportFile(folder, 'ours'), JSON.stringify(await loadOurs(folder, size))),
  'load-peer': async (folder: string, size: Size) =>
    writeFile(reportFile(folder, 'peer'), JSON.stringify(await loadPeer(folder, size))),
  ask: askBoth,
} as const

const usage = `Usage: queries [${Object.keys(parts).join(' | ')}] --folder FOLDER [--readings N] [--series N] [--rounds N]`

/**
 * `queries` does all parts in a folder that goes. 100 M readings take their time: `queries load --folder F` and `queries
 * load-peer --folder F` fill F, beside whatever else runs, and `queries ask --folder F` is what is to be timed on a quiet machine.
 * The peer may be given fewer readings of fewer series: with both in one proportion, questions about one series cost it the same.
 */
export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const options = { readings: text, series: text, rounds: text, folder: text }
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  const size = {
    readings: Number(values.readings ?? 10_000_000),
    series: Number(values.series ?? 2_000),
    rounds: Number(values.rounds ?? 15),
  }
  const [part] = positionals
  if (part !== undefined) {
    if (!isPart(part) || values.folder === undefined) throw new Error(usage)
    return parts[part](values.folder, size)
  }
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  try {
    for (const each of Object.values(parts)) await each(folder, size)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const isPart = (word: string): word is keyof typeof parts => Object.hasOwn(parts, word)
const placeOf = (folder: string, whose: 'ours' | 'peer') => join(folder, whose)
const reportFile = (folder: string, whose: 'ours' | 'peer') => join(folder, `${whose}.json`)

const openOurs = (folder: string) =>
  openDuckDbStore({ file: join(placeOf(folder, 'ours'), 'readings.duckdb'), log: silentLog, clock: systemClock })

/** Runs `work` beside an InfluxDB whose data are in the folder. */
async function withPeer<T>(folder: string, work: (peer: Store) => Promise<T>): Promise<T> {
  const server = await startInfluxServer(placeOf(folder, 'peer'))
  const place = { url: server.url, writePath: '/write', database: 'bench', createDatabase: true } as const
  const peer = openInfluxStore({ ...place, log: silentLog, clock: systemClock })
  try {
    return await work(peer)
  } finally {
    await peer.close()
    await server.stop()
  }
}

async function loadOurs(folder: string, size: Size): Promise<LoadReport['ours']> {
  await mkdir(placeOf(folder, 'ours'), { recursive: true })
  const store = openOurs(folder)
  await store.open()
  const loaded = await load(store, size)
  const beside = await maintainBesideCommits(store, size)
  await store.close()
  return { ...loaded, beside }
}

/** The peer compacts by itself once it is left alone. */
async function loadPeer(folder: string, size: Size): Promise<Loaded> {
  await mkdir(placeOf(folder, 'peer'), { recursive: true })
  return withPeer(folder, async (peer) => {
    await peer.open()
    const loaded = await load(peer, size)
    await settledBytes([placeOf(folder, 'peer')])
    return loaded
  })
}

async function readLoaded(folder: string): Promise<LoadReport> {
  const read = async (whose: 'ours' | 'peer'): Promise<unknown> =>
    JSON.parse(await readFile(reportFile(folder, whose), 'utf8'))
  return { ours: await read('ours'), peer: await read('peer') } as LoadReport
}

async function askBoth(folder: string, { rounds }: Size): Promise<void> {
  const loaded = await readLoaded(folder)
  const store = openOurs(folder)
  const opening = performance.now()
  const { latest } = await store.open()
  const openMs = performance.now() - opening
  const timings = await withPeer(folder, async (peer) => {
    await peer.open()
    // A hub answers "latest" from memory, filled at open; the peer has no such thing and is asked as a dashboard would.
    const ours = queriesOf(store, loaded.ours.size, () => Promise.resolve(latest.map((reading) => ({ ...reading }))))
    return askInTurn({ ours, peer: queriesOf(peer, loaded.peer.size, async () => (await peer.open()).latest) }, rounds)
  })
  await store.close()
  const bytes = { ours: await folderBytes(placeOf(folder, 'ours')), peer: await folderBytes(placeOf(folder, 'peer')) }
  report({ loaded, timings, openMs, bytes })
}

type Timings = ReadonlyMap<string, { readonly ours: readonly Timing[]; readonly peer: readonly Timing[] }>

/** One of each in turn; the first round warms up and does not count. */
async function askInTurn(
  contest: { readonly ours: Queries; readonly peer: Queries },
  rounds: number,
): Promise<Timings> {
  const timings = new Map<string, { ours: Timing[]; peer: Timing[] }>()
  for (let round = 0; round <= rounds; round++) {
    for (const name of Object.keys(contest.ours) as (keyof Queries)[]) {
      const found = timings.get(name) ?? { ours: [], peer: [] }
      timings.set(name, found)
      const mine = await timed(contest.ours[name])
      const other = await timed(contest.peer[name])
      if (round === 0) continue
      found.ours.push(mine)
      found.peer.push(other)
    }
  }
  return timings
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
    events: [],
  }
}

async function load(store: Store, size: Size): Promise<Loaded> {
  const commitMs: number[] = []
  for (let number = 0; number * readingsPerCommit < size.readings; number++) {
    const commit = commitOf(size, number)
    commitMs.push((await timed(() => store.commit(commit))).wallMs)
  }
  return { size, readingsPerS: (size.readings / commitMs.reduce((sum, ms) => sum + ms, 0)) * 1000, commitMs }
}

/** Rolls up and compacts everything while 1,000 readings are committed every 20 ms. */
async function maintainBesideCommits(store: Store, size: Size): Promise<MaintainedBeside> {
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

interface Outcome {
  readonly loaded: LoadReport
  readonly timings: Timings
  readonly openMs: number
  readonly bytes: { readonly ours: number; readonly peer: number }
}

const round = (value: number, digits = 1) => Number(value.toFixed(digits))
function report({ loaded, timings, openMs, bytes }: Outcome): void {
  const { ours: ourLoad, peer: peerLoad } = loaded
  const { size, beside } = ourLoad
  const rows: (string | number)[][] = []
  const results: Record<string, number> = {
    readings: size.readings,
    peerReadings: peerLoad.size.readings,
    series: size.series,
  }
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
  line('disk, bytes/reading', round(bytes.ours / size.readings, 2), round(bytes.peer / peerLoad.size.readings, 2))
  printReport({
    bench: 'queries',
    figure: 'S7',
    columns: [
      `${size.readings} readings, ${size.series} series`,
      'musubi',
      peerLoad.size.readings === size.readings
        ? 'influxdb 1.6'
        : `influxdb 1.6, ${peerLoad.size.readings} of ${peerLoad.size.series} series`,
      'ratio',
      'own CPU ms',
    ],
    rows,
    results: {
      ...results,
      appendPerS: Math.round(ourLoad.readingsPerS),
      appendPeerPerS: Math.round(peerLoad.readingsPerS),
      commitBesideMaintenanceP99Ms: round(percentile(beside.commitMs, 0.99)),
      openMs: round(openMs),
      bytesPerReading: round(bytes.ours / size.readings, 2),
      bytesPerReadingPeer: round(bytes.peer / peerLoad.size.readings, 2),
    },
  })
}
