// A back-up of a large store while commits go on: its time beside a plain copy of the same bytes, what commits wait, and whether every value comes back.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { silentLog, systemClock } from '../broker/contract/ports.ts'
import { copiedNames, type BackupManifest } from '../cloud/backup/backup-manifest.ts'
import { makeBackup } from '../cloud/backup/backup-run.ts'
import { backupFolder, backupIdAt } from '../cloud/backup/backup-shelf.ts'
import { restoreBackup, verifyBackup } from '../cloud/backup/restore.ts'
import { openHubDatabase } from '../cloud/registry/hub-database.ts'
import { openDuckDbStore } from '../cloud/store/duckdb/duckdb-store.ts'
import type { Commit, Store } from '../cloud/store/store.ts'
import { percentile, printReport } from './report.ts'

const command = promisify(execFile)
const startMs = Date.UTC(2026, 5, 1)
const builtSeries = 2_000
const rowsPerBuiltCommit = 100_000
/** What comes in while it is measured: a group of 500 readings, its commit, a pause. */
const liveSeries = builtSeries
const rowsPerLiveCommit = 500
const livePauseMs = 10

interface Seen {
  readonly bytes: number
  readonly copyS: number
  readonly manifest: BackupManifest
  readonly backupS: number
  readonly verifyS: number
  readonly restoreS: number
  readonly quietMs: readonly number[]
  readonly besideMs: readonly number[]
  readonly differing: number
  readonly restored: number
  readonly loadBefore: number
}

export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args: [...args], options: { readings: text, quiet: text, folder: text } })
  const folder = await mkdtemp(join(values.folder ?? tmpdir(), 'musubi-bench-'))
  try {
    report(await measure(folder, Number(values.readings ?? 100_000_000), Number(values.quiet ?? 20_000)))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function measure(folder: string, readings: number, quietForMs: number): Promise<Seen> {
  const loadBefore = loadavg()[0] ?? 0
  const [data, shelf] = [join(folder, 'data'), join(folder, 'shelf')]
  await mkdir(join(data, 'hub'), { recursive: true })
  await mkdir(shelf)
  const storeFile = join(data, copiedNames.readings)
  await build(storeFile, readings)
  const { size: bytes } = await stat(storeFile)
  const copyS = await plainCopyS(storeFile, join(folder, 'copy'))
  const store = openDuckDbStore({ file: storeFile, log: silentLog, clock: systemClock })
  const databaseFile = join(data, copiedNames.database)
  const database = await openHubDatabase(databaseFile)
  await store.open()
  const sources = { dataFolder: data, store, storeFile, database, databaseFile, imagesElsewhere: false }
  const id = backupIdAt(systemClock.now())
  try {
    const ingest = startIngest(store)
    await pause(quietForMs)
    const quietMs = ingest.taken()
    const startedMs = performance.now()
    const manifest = await makeBackup({
      sources,
      request: { cause: 'command', by: 'bench', id },
      shelf,
      clock: systemClock,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    })
    const backupS = secondsSince(startedMs)
    const besideMs = ingest.taken()
    await ingest.stop()
    await store.close()
    return {
      bytes,
      copyS,
      manifest,
      backupS,
      quietMs,
      besideMs,
      loadBefore,
      ...(await comeBack(folder, id, storeFile)),
    }
  } finally {
    await store.close()
    await database.destroy()
  }
}

async function comeBack(folder: string, id: string, storeFile: string) {
  const made = backupFolder(join(folder, 'shelf'), id)
  const back = join(folder, 'back')
  const verifyMs = performance.now()
  const verified = await verifyBackup(made, () => undefined)
  const verifyS = secondsSince(verifyMs)
  const restoreMs = performance.now()
  await restoreBackup(made, back, { verified, onProgress: () => undefined })
  const restoreS = secondsSince(restoreMs)
  return { verifyS, restoreS, ...(await compared(storeFile, join(back, copiedNames.readings))) }
}

/** Of the rows of the commits that the copy has: how many there are, and how many groups of them are not the same in both. */
async function compared(
  original: string,
  copy: string,
): Promise<{ readonly restored: number; readonly differing: number }> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '2GB' })
  try {
    const connection = await instance.connect()
    await connection.run(`ATTACH '${original}' AS original (READ_ONLY)`)
    await connection.run(`ATTACH '${copy}' AS copy (READ_ONLY)`)
    const through = '(SELECT max(batch) FROM copy.hot)'
    // A sum beside the exclusive or: two rows that changed alike would cancel each other out.
    const digestOf = (
      store: string,
    ) => `SELECT series, count(*) AS rows, bit_xor(hash(time_ms, value, quality, text)) AS mixed,
      sum(hash(time_ms, value, quality, text)::HUGEINT) AS summed FROM ${store}.hot WHERE batch <= ${through} GROUP BY series`
    const asked = await connection.runAndReadAll(`SELECT (SELECT count(*) FROM copy.hot)::DOUBLE,
      (SELECT count(*) FROM ((${digestOf('original')}) EXCEPT (${digestOf('copy')})))::DOUBLE
      + (SELECT count(*) FROM ((${digestOf('copy')}) EXCEPT (${digestOf('original')})))::DOUBLE`)
    const [restored, differing] = asked.getRows()[0] ?? []
    return { restored: Number(restored), differing: Number(differing) }
  } finally {
    instance.closeSync()
  }
}

/** Values that cannot be packed: each reading takes some ten bytes. */
async function build(file: string, readings: number): Promise<void> {
  const store = openDuckDbStore({ file, log: silentLog, clock: systemClock, checkpointThreshold: '256MB' })
  await store.open()
  for (let first = 0; first < readings; first += rowsPerBuiltCommit) {
    await store.commit(
      commitOf(Math.min(rowsPerBuiltCommit, readings - first), (row) => (first + row) % builtSeries, startMs + first),
    )
  }
  await store.close()
}

function commitOf(rows: number, seriesOf: (row: number) => number, fromMs: number): Commit {
  const readings = {
    rows,
    series: Int32Array.from({ length: rows }, (_, row) => seriesOf(row)),
    timeMs: Float64Array.from({ length: rows }, (_, row) => fromMs + row),
    value: Float64Array.from({ length: rows }, () => Math.random()),
    quality: new Uint8Array(rows),
    text: new Map<number, string>(),
  }
  return { series: [], readings, cursors: [], deadLetters: [], events: [] }
}

/** Without the store's own means: `cp`, and `sync` of the file. */
async function plainCopyS(from: string, to: string): Promise<number> {
  const startedMs = performance.now()
  await command('cp', ['--reflink=never', from, to])
  await command('sync', [to])
  const seconds = secondsSince(startedMs)
  await rm(to)
  return seconds
}

/** `taken`: how long each commit took, in ms, since it was asked last. */
function startIngest(store: Store) {
  let commitMs: number[] = []
  const stopping = new AbortController()
  const work = (async () => {
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      const commit = commitOf(rowsPerLiveCommit, () => liveSeries, startMs + turn * rowsPerLiveCommit)
      const askedMs = performance.now()
      await store.commit(commit)
      commitMs.push(performance.now() - askedMs)
      await pause(livePauseMs)
    }
  })()
  return {
    taken(): readonly number[] {
      const found = commitMs
      commitMs = []
      return found
    },
    async stop() {
      stopping.abort()
      await work
    },
  }
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000
}

function report(seen: Seen): void {
  const { bytes, copyS, backupS, verifyS, restoreS, manifest } = seen
  const of = ['plain copy and sync', 'back-up, commits beside', 'read through', 'put back'] as const
  const taken = [copyS, backupS, verifyS, restoreS]
  const sizes = [bytes, manifest.list.bytes, manifest.list.bytes, manifest.list.bytes]
  const rate = (index: number) => (sizes[index] ?? 0) / 1e6 / (taken[index] ?? Number.NaN)
  const rows = of.map((name, index) => [
    name,
    Math.round((sizes[index] ?? 0) / 1e6),
    (taken[index] ?? 0).toFixed(1),
    Math.round(rate(index)),
    ((taken[index] ?? 0) / copyS).toFixed(2),
  ])
  const p = (values: readonly number[], share: number) => Number(percentile(values, share).toFixed(1))
  printReport({
    bench: 'backup',
    figure: 'back-up',
    columns: ['a store of one file', 'MB', 's', 'MB/s', 'time of the copy'],
    rows,
    results: {
      readings: manifest.readings?.readings ?? 0,
      bytes,
      backupS: Number(backupS.toFixed(1)),
      copyS: Number(copyS.toFixed(1)),
      ratio: Number((backupS / copyS).toFixed(2)),
      commits: seen.quietMs.length,
      commitP50Ms: p(seen.quietMs, 0.5),
      commitP99Ms: p(seen.quietMs, 0.99),
      commitMaxMs: p(seen.quietMs, 1),
      commitsBeside: seen.besideMs.length,
      commitP50BesideMs: p(seen.besideMs, 0.5),
      commitP99BesideMs: p(seen.besideMs, 0.99),
      commitMaxBesideMs: p(seen.besideMs, 1),
      restored: seen.restored,
      seriesThatDiffer: seen.differing,
      loadBefore: Number(seen.loadBefore.toFixed(1)),
    },
  })
}
