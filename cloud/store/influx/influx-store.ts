// The server store: the Store port on an InfluxDB 1.x, 2.x or 3.x that is run elsewhere.
import { AppError } from '../../../broker/contract/app-error.ts'
import { createCursorLedger, type CursorLedger } from '../cursor-ledger.ts'
import type { Commit, SeriesRecord, Store } from '../store.ts'
import { connectInflux, type InfluxConnection, type InfluxOptions } from './influx-connection.ts'
import { deleteInfluxEvents, queryEvent, queryEvents } from './influx-events.ts'
import { expireInflux, finishExpiry } from './influx-maintenance.ts'
import * as queries from './influx-queries.ts'
import { commitLines } from './line-protocol.ts'

interface OpenState {
  readonly connection: InfluxConnection
  readonly cursors: CursorLedger
  readonly series: Map<number, SeriesRecord>
  /** An expiry was cut off by a failure: completed later, its deletion would take late data of that day along. */
  expiryCutOff: boolean
}

/**
 * InfluxDB has no transaction. A commit is written in order, readings first and cursors last, and resolves only when the
 * server has answered 204 to all of it. A commit cut off in between is written again as a whole; since a point is
 * identified by series and time, writing it again changes nothing: exactly once in effect. The price of that key: two
 * readings of one series at the same millisecond are one, the later one. Values must be finite.
 */
export function openInfluxStore(options: InfluxOptions): Store {
  let state: OpenState | undefined
  let last: Promise<unknown> = Promise.resolve()

  function opened(): OpenState {
    if (state === undefined) throw new AppError('store.unavailable', 'the store is not open')
    return state
  }

  /** Commits and the steps of maintenance one after the other: late data must not come between a day's roll-up and its deletion. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = last.then(work, work)
    last = next.catch(() => undefined)
    return next
  }

  return {
    async open() {
      const connection = connectInflux(options)
      if (options.createDatabase === true) await connection.query(`CREATE DATABASE ${quoted(options.database)}`)
      await finishExpiry(connection)
      const series = await queries.querySeries(connection)
      const cursors = createCursorLedger()
      cursors.record(await queries.queryCursors(connection))
      const latest = await queries.queryLatest(connection)
      state = { connection, cursors, series: new Map(series.map((record) => [record.id, record])), expiryCutOff: false }
      return { series, cursors: cursors.all(), latest }
    },
    commit: (commit) =>
      inTurn(async () => {
        const open = opened()
        await completeExpiry(open)
        await writeCommit(open, commit)
      }),
    readings: async (query) => queries.queryReadings(opened().connection, query),
    buckets: async (query) => queries.queryBuckets(opened().connection, query),
    flaws: async (query) => queries.queryFlaws(opened().connection, query),
    hourly: async (query) => queries.queryHourly(opened().connection, query),
    deadLetters: async ({ limit }) => queries.queryDeadLetters(opened().connection, limit),
    events: async (query) => queryEvents(opened().connection, query),
    event: async (key) => queryEvent(opened().connection, key),
    expireEvents: (beforeMs) => inTurn(async () => deleteInfluxEvents(opened().connection, beforeMs)),
    async maintain(nowMs, retention) {
      // After close() the next step finds no connection, which ends the run.
      const step = <T>(work: (connection: InfluxConnection) => Promise<T>) =>
        inTurn(async () => {
          const open = opened()
          await completeExpiry(open)
          open.expiryCutOff = true
          const done = await work(open.connection)
          open.expiryCutOff = false
          return done
        })
      return expireInflux({ step, nowMs, retention, series: [...opened().series.values()] })
    },
    close: () =>
      inTurn(async () => {
        const closing = state
        state = undefined
        await closing?.connection.close()
      }),
  }
}

/** Throws store.unavailable as long as it cannot be completed, so that a commit waits and is not given up. */
async function completeExpiry(open: OpenState): Promise<void> {
  if (!open.expiryCutOff) return
  try {
    await finishExpiry(open.connection)
  } catch (error) {
    throw new AppError('store.unavailable', 'an expiry that was cut off cannot be completed yet', { cause: error })
  }
  open.expiryCutOff = false
}

async function writeCommit({ connection, cursors, series }: OpenState, commit: Commit): Promise<void> {
  if (cursors.wasApplied(commit.cursors)) return
  const advancing = cursors.advancing(commit.cursors)
  const lines = commitLines(commit, advancing)
  await connection.write(lines.milliseconds, 'ms')
  await connection.write(lines.nanoseconds, 'ns')
  await connection.write(lines.cursors, 'ms')
  cursors.record(advancing)
  for (const record of commit.series) series.set(record.id, record)
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
