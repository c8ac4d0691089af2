// Makes one Commit durable in one transaction: readings, events, series, cursors and dead letters together.
import { blobValue, type DuckDBAppender, type DuckDBConnection } from '@duckdb/node-api'
import type { Commit, Cursor, DeadLetter, SeriesRecord, StoredEvent } from '../store.ts'
import { createReadingAppender } from './column-chunks.ts'
import type { StoreMemory } from './store-memory.ts'

export interface CommitWriter {
  /**
   * Durable when it resolves. A commit that has cursors, all of which are stored already, was applied before (its
   * acknowledgement got lost): it is left out as a whole. A commit without cursors is applied each time.
   * After an error the writer must not be used again: the engine is closed and opened anew.
   */
  commit(commit: Commit): Promise<void>
  close(): void
}

interface Appenders {
  readonly hot: DuckDBAppender
  readonly series: DuckDBAppender
  readonly cursors: DuckDBAppender
  readonly deadLetters: DuckDBAppender
  readonly events: DuckDBAppender
}

export async function createCommitWriter({
  connection,
  memory,
}: {
  readonly connection: DuckDBConnection
  readonly memory: StoreMemory
}): Promise<CommitWriter> {
  const appenders: Appenders = {
    hot: await connection.createAppender('hot'),
    series: await connection.createAppender('series'),
    cursors: await connection.createAppender('cursors'),
    deadLetters: await connection.createAppender('dead_letters'),
    events: await connection.createAppender('events'),
  }
  const appendReadings = createReadingAppender(appenders.hot)

  async function commit(commit: Commit): Promise<void> {
    if (memory.cursors.wasApplied(commit.cursors)) return
    const batch = memory.batch + 1
    const series = changedSeries(commit.series, memory)
    const cursors = memory.cursors.advancing(commit.cursors)
    const rewrite = cursorLogIsLong(memory) ? memory.cursors.all() : undefined
    await connection.run('BEGIN')
    await replaceSeries(series, { connection, appender: appenders.series, memory })
    if (rewrite !== undefined) await connection.run('DELETE FROM cursors')
    appendCursors(appenders.cursors, [...(rewrite ?? []), ...cursors])
    appendDeadLetters(appenders.deadLetters, commit.deadLetters)
    appendEvents(appenders.events, commit.events)
    appendReadings(commit.readings, batch)
    if (commit.readings.rows > 0) appenders.hot.flushSync()
    await connection.run('COMMIT')
    memory.batch = batch
    memory.cursorRows = (rewrite?.length ?? memory.cursorRows) + cursors.length
    for (const record of series) memory.series.set(record.id, record)
    memory.cursors.record(cursors)
  }

  return {
    commit,
    close: () => {
      for (const appender of Object.values(appenders)) appender.clear()
    },
  }
}

/** Appending to a log costs microseconds where an upsert costs a millisecond; so the log is rewritten now and then. */
function cursorLogIsLong(memory: StoreMemory): boolean {
  return memory.cursorRows > 10_000 + 20 * memory.cursors.size
}

function changedSeries(series: readonly SeriesRecord[], memory: StoreMemory): readonly SeriesRecord[] {
  return series.filter((record) => {
    const known = memory.series.get(record.id)
    return known === undefined || known.key !== record.key || known.unit !== record.unit
  })
}

async function replaceSeries(
  series: readonly SeriesRecord[],
  target: { readonly connection: DuckDBConnection; readonly appender: DuckDBAppender; readonly memory: StoreMemory },
): Promise<void> {
  if (series.length === 0) return
  const { connection, appender, memory } = target
  const replaced = series.filter((record) => memory.series.has(record.id)).map((record) => Math.trunc(record.id))
  if (replaced.length > 0) await connection.run(`DELETE FROM series WHERE id IN (${replaced.join(',')})`)
  for (const { id, key, unit } of series) {
    appender.appendInteger(id)
    appender.appendVarchar(key)
    if (unit === undefined) appender.appendNull()
    else appender.appendVarchar(unit)
    appender.endRow()
  }
  appender.flushSync()
}

function appendCursors(appender: DuckDBAppender, cursors: readonly Cursor[]): void {
  for (const { gateway, epoch, through } of cursors) {
    appender.appendVarchar(gateway)
    appender.appendVarchar(epoch)
    appender.appendBigInt(BigInt(through))
    appender.endRow()
  }
  if (cursors.length > 0) appender.flushSync()
}

function appendDeadLetters(appender: DuckDBAppender, letters: readonly DeadLetter[]): void {
  for (const letter of letters) {
    appender.appendBigInt(BigInt(Math.floor(letter.timeMs)))
    appender.appendVarchar(letter.topic)
    appender.appendVarchar(letter.code)
    appender.appendVarchar(letter.reason)
    appender.appendValue(blobValue(letter.payload))
    appender.endRow()
  }
  if (letters.length > 0) appender.flushSync()
}

function appendEvents(appender: DuckDBAppender, events: readonly StoredEvent[]): void {
  for (const { timeMs, receivedMs, gateway, epoch, seq, kind, source, body } of events) {
    appender.appendBigInt(BigInt(timeMs))
    appender.appendBigInt(BigInt(receivedMs))
    appender.appendVarchar(gateway)
    appender.appendVarchar(epoch)
    appender.appendBigInt(BigInt(seq))
    appender.appendVarchar(kind)
    appender.appendVarchar(source)
    appender.appendVarchar(body)
    appender.endRow()
  }
  if (events.length > 0) appender.flushSync()
}
