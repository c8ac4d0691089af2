// The embedded time-series store: the Store port on one DuckDB file, run in a worker thread.
import { AppError } from '../../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../../broker/contract/ports.ts'
import type { Buckets, Commit, Flaw, Store, StoredReading } from '../store.ts'
import { startWorkerClient, type WorkerClient } from './worker-client.ts'
import type { ResultColumns, StoreCall, StoreCalls, WorkerOptions } from './worker-messages.ts'

export interface DuckDbStoreOptions {
  /** Path of the database file; its folder exists. `{file}.wal` and `{file}.tmp` appear beside it. */
  readonly file: string
  readonly log: Log
  readonly clock: Clock
  /** DuckDB's bound on its own memory. */
  readonly memoryLimit?: string
  /**
   * How large the write-ahead log grows before a commit writes it into the file. Commits wait meanwhile: 0.3 s at 64 MB,
   * 1.7 s at 256 MB on the machine of docs/benchmarks.md, with the same throughput; at 16 MB throughput falls.
   */
  readonly checkpointThreshold?: string
}

/**
 * Opens lazily: nothing happens before `open()`. Exactly once: a commit whose cursors are all stored already is left out
 * as a whole, so that a commit may be tried again after store.unavailable; one without cursors is stored each time.
 * Throws data.locked from `open()` when another program uses the file.
 */
export function openDuckDbStore({ file, log, clock, ...tuning }: DuckDbStoreOptions): Store {
  const options: WorkerOptions = {
    file,
    memoryLimit: tuning.memoryLimit ?? '1GB',
    checkpointThreshold: tuning.checkpointThreshold ?? '64MB',
  }
  let client: WorkerClient | undefined
  let opened = false

  async function call<C extends StoreCall>(
    name: C,
    input: StoreCalls[C]['input'],
    transfer?: readonly ArrayBuffer[],
  ): Promise<StoreCalls[C]['output']> {
    if (!opened) throw new AppError('store.unavailable', 'the store is not open')
    if (client?.running !== true) {
      client = startWorkerClient({ clock, log })
      await client.call('open', options)
    }
    return client.call(name, input, transfer)
  }

  return {
    async open() {
      opened = true
      const { series, cursors, latest } = await call('open', options)
      return { series, cursors, latest: latestOf(latest) }
    },
    async commit(commit) {
      checkReadings(commit)
      checkEvents(commit)
      const [copy, transfer] = copyOf(commit)
      await call('commit', copy, transfer)
    },
    readings: async (query) => readingsOf(await call('readings', query), { from: 0, series: query.series }),
    buckets: async (query) => bucketsOf(await call('buckets', query)),
    flaws: async (query) => flawsOf(await call('flaws', query)),
    hourly: async (query) => hourlyOf(await call('hourly', query)),
    deadLetters: (query) => call('deadLetters', query),
    events: (query) => call('events', query),
    event: async (key) => (await call('event', key)).found,
    expireEvents: async (beforeMs) => (await call('expireEvents', { beforeMs })).expired,
    maintain: (nowMs, retention) => call('maintain', { nowMs, retention }),
    copyTo: (file) => call('copyTo', { file }),
    async close() {
      if (!opened) return
      opened = false
      try {
        if (client?.running === true) await client.call('close', undefined)
      } finally {
        await client?.stop()
        client = undefined
      }
    },
  }
}

function checkReadings({ readings }: Commit): void {
  const { rows, series, timeMs, value, quality } = readings
  const shortest = Math.min(series.length, timeMs.length, value.length, quality.length)
  if (rows > shortest) throw new AppError('store.query', `${String(rows)} readings in columns of ${String(shortest)}`)
  for (let row = 0; row < rows; row++) {
    const time = timeMs[row] ?? Number.NaN
    if (!(Math.abs(time) <= 8.64e15)) throw new AppError('store.query', `reading with the time ${String(time)}`)
  }
}

function checkEvents({ events }: Commit): void {
  for (const { timeMs, receivedMs, seq } of events) {
    if (![timeMs, receivedMs, seq].every(Number.isSafeInteger)) {
      throw new AppError('store.query', `event with the time ${String(timeMs)} and the seq ${String(seq)}`)
    }
  }
}

/** The columns are copied to the length used and handed over, so that the caller's stay valid for another try. */
function copyOf(commit: Commit): [Commit, ArrayBuffer[]] {
  const { rows, text } = commit.readings
  const series = commit.readings.series.slice(0, rows)
  const timeMs = commit.readings.timeMs.slice(0, rows)
  const value = commit.readings.value.slice(0, rows)
  const quality = commit.readings.quality.slice(0, rows)
  const copy = { ...commit, readings: { rows, series, timeMs, value, quality, text } }
  return [copy, [series.buffer, timeMs.buffer, value.buffer, quality.buffer]]
}

/** Columns as readings; `from` is the place of time_ms among the numbers. */
function readingsOf(
  { rows, numbers, texts }: ResultColumns,
  { from, series }: { readonly from: number; readonly series: number },
): StoredReading[] {
  const [timeMs, value, quality] = [numbers[from], numbers[from + 1], numbers[from + 2]]
  return Array.from({ length: rows }, (_, row) => {
    const number = value?.[row] ?? Number.NaN
    return {
      series,
      timeMs: timeMs?.[row] ?? 0,
      value: Number.isNaN(number) ? null : number,
      quality: quality?.[row] ?? 0,
      text: texts.get(row) ?? null,
    }
  })
}

function latestOf(columns: ResultColumns): StoredReading[] {
  const series = columns.numbers[0]
  return readingsOf(columns, { from: 1, series: 0 }).map((reading, row) => ({ ...reading, series: series?.[row] ?? 0 }))
}

function bucketsOf({ rows, numbers }: ResultColumns, from = 0, start = 0, end = rows): Buckets {
  const column = (place: number) => numbersOf(numbers[from + place], start, end)
  return { timeMs: column(0), min: column(1), mean: column(2), max: column(3), count: column(4) }
}

function flawsOf({ rows, numbers: [first, last, quality, count], texts }: ResultColumns): readonly Flaw[] {
  return Array.from({ length: rows }, (_, row) => ({
    firstMs: first?.[row] ?? 0,
    lastMs: last?.[row] ?? 0,
    quality: quality?.[row] ?? 0,
    count: count?.[row] ?? 0,
    text: texts.get(row) ?? null,
  }))
}

/** Many times faster than Array.from, which goes through the iterator of a typed array. */
function numbersOf(column: Float64Array | undefined, start: number, end: number): number[] {
  const numbers: number[] = []
  for (let row = start; row < end; row++) numbers.push(column?.[row] ?? 0)
  return numbers
}

/** Cuts rows that are ordered by series into one Buckets per series. */
function hourlyOf(columns: ResultColumns): ReadonlyMap<number, Buckets> {
  const series = columns.numbers[0] ?? new Float64Array()
  const all = new Map<number, Buckets>()
  for (let start = 0, end = 0; start < columns.rows; start = end) {
    const id = series[start] ?? 0
    while (end < columns.rows && series[end] === id) end++
    all.set(id, bucketsOf(columns, 1, start, end))
  }
  return all
}
