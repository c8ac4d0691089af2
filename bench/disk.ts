// S6: bytes on disk per reading of 1-minute sensors over 30 days, with daily maintenance, beside Debian's InfluxDB.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { silentLog, systemClock } from '../broker/contract/ports.ts'
import { openDuckDbStore } from '../cloud/store/duckdb/duckdb-store.ts'
import { openInfluxStore } from '../cloud/store/influx/influx-store.ts'
import type { Commit, Store } from '../cloud/store/store.ts'
import { startInfluxServer } from '../test/store/influx-server.ts'
import { folderBytes, settledBytes } from './load/folder-bytes.ts'
import { printReport } from './report.ts'

const minuteMs = 60_000
const dayMs = 1_440 * minuteMs
const startMs = Date.UTC(2026, 5, 1)
const targetBytes = 4.5

interface Field {
  readonly series: number
  readonly days: number
  /** A gateway's clock and bus: each reading comes up to this much after its minute. */
  readonly jitterMs: number
}

export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args: [...args], options: { series: text, days: text, jitter: text } })
  const field = {
    series: Number(values.series ?? 300),
    days: Number(values.days ?? 30),
    jitterMs: Number(values.jitter ?? 40),
  }
  const ours = await bytesOfDuckDb(field)
  const peer = await bytesOfInflux(field)
  const readings = field.series * field.days * 1_440
  const perReading = (bytes: number) => Number((bytes / readings).toFixed(2))
  printReport({
    bench: 'disk',
    figure: 'S6',
    columns: [`${readings} readings, ${field.series} series, ${field.days} days`, 'bytes/reading', 'of the target'],
    rows: [
      ['musubi, compacted', perReading(ours), perReading(ours / targetBytes)],
      ['influxdb 1.6, compacted', perReading(peer), perReading(peer / targetBytes)],
    ],
    results: {
      readings,
      bytesPerReading: perReading(ours),
      bytesPerReadingPeer: perReading(peer),
      jitterMs: field.jitterMs,
    },
  })
}

async function bytesOfDuckDb(field: Field): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  const store = openDuckDbStore({ file: join(folder, 'readings.duckdb'), log: silentLog, clock: systemClock })
  try {
    await store.open()
    for (let day = 0; day < field.days; day++) {
      await storeDay(store, field, day)
      await store.maintain(startMs + (day + 1) * dayMs + 2 * 60 * minuteMs, [])
    }
    await store.close()
    return await folderBytes(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function bytesOfInflux(field: Field): Promise<number> {
  const server = await startInfluxServer()
  const place = { url: server.url, writePath: '/write', database: 'bench', createDatabase: true } as const
  const store = openInfluxStore({ ...place, log: silentLog, clock: systemClock })
  try {
    await store.open()
    for (let day = 0; day < field.days; day++) await storeDay(store, field, day)
    return await settledBytes([join(server.folder, 'data'), join(server.folder, 'wal')])
  } finally {
    await store.close()
    await server.stop()
  }
}

async function storeDay(store: Store, field: Field, day: number): Promise<void> {
  const minutesPerCommit = Math.max(1, Math.floor(10_000 / field.series))
  for (let minute = 0; minute < 1_440; minute += minutesPerCommit) {
    await store.commit(
      commitOf(field, {
        fromMs: startMs + day * dayMs + minute * minuteMs,
        minutes: Math.min(minutesPerCommit, 1_440 - minute),
      }),
    )
  }
}

/** A slow sensor: a daily wave and noise of the last digit, in tenths. */
function commitOf(field: Field, { fromMs, minutes }: { readonly fromMs: number; readonly minutes: number }): Commit {
  const rows = minutes * field.series
  const at = (row: number) => {
    const series = row % field.series
    const phaseMs = (series * 577) % minuteMs
    return fromMs + Math.floor(row / field.series) * minuteMs + phaseMs + ((row * 7919) % (field.jitterMs + 1))
  }
  const valueAt = (row: number) =>
    200 + 50 * Math.sin((at(row) / dayMs) * 2 * Math.PI + (row % field.series)) + ((row * 104_729) % 5)
  const readings = {
    rows,
    series: Int32Array.from({ length: rows }, (_, row) => row % field.series),
    timeMs: Float64Array.from({ length: rows }, (_, row) => at(row)),
    value: Float64Array.from({ length: rows }, (_, row) => Math.round(valueAt(row)) / 10),
    quality: new Uint8Array(rows),
    text: new Map<number, string>(),
  }
  return { series: [], readings, cursors: [], deadLetters: [], events: [] }
}
