// The outbox on disk: one SQLite file in WAL mode whose every commit is on the medium when it returns.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { AppError } from '../../broker/contract/app-error.ts'
import { messageOverheadBytes, type OutboxDepth, type OutboxMessage, priorityOfRank, rankOf } from './message.ts'

const schemaVersion = 1
const schema = `
  CREATE TABLE lane (id INTEGER PRIMARY KEY AUTOINCREMENT, epoch TEXT NOT NULL UNIQUE, reserved INTEGER NOT NULL);
  CREATE TABLE message (
    id INTEGER PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL, priority INTEGER NOT NULL,
    readings INTEGER NOT NULL, bytes INTEGER NOT NULL, pack BLOB NOT NULL, UNIQUE (epoch, seq));
  CREATE INDEX message_by_priority ON message (priority);
  PRAGMA user_version = ${schemaVersion};`

/** A lane as stored: seqs below `reserved` may have been used; rows are in (acked, through]. */
interface StoredLane {
  readonly epoch: string
  readonly reserved: number
  readonly through: number
}

/** Everything that one commit makes durable together. */
export interface OutboxChanges {
  /** Current lanes, oldest first, with their reservation; stored lanes that are not listed are dropped. */
  readonly lanes: readonly { readonly epoch: string; readonly reserved: number }[]
  readonly acked: readonly { readonly epoch: string; readonly through: number }[]
  readonly removed: readonly { readonly epoch: string; readonly seq: number }[]
  readonly written: readonly OutboxMessage[]
  /** Rows are evicted, oldest of the lowest priority first, until the file holds no more than this. */
  readonly maxBytes: number
}

export type EvictedMessage = Pick<OutboxMessage, 'epoch' | 'seq' | 'priority' | 'readings'>

export interface OutboxFile {
  lanes(): readonly StoredLane[]
  depth(): OutboxDepth
  /** Rows with after < seq < before, in order, at most `limit`. */
  read(range: {
    readonly epoch: string
    readonly after: number
    readonly before: number
    readonly limit: number
  }): readonly OutboxMessage[]
  /** One transaction; on the medium when it returns, or not applied at all. Returns what was evicted. */
  commit(changes: OutboxChanges): readonly EvictedMessage[]
  renameEpoch(from: string, to: string): void
  close(): void
}

type Row = Readonly<Record<'epoch' | 'seq' | 'priority' | 'readings' | 'bytes' | 'pack', unknown>>

/**
 * Opens or creates the file. `maxFileBytes` is a hard bound on its main part. All methods throw AppError:
 * `data.locked` (another process has it), `outbox.full` (no space), `outbox.corrupt` (not readable as an outbox).
 */
export function openOutboxFile(options: { readonly path: string; readonly maxFileBytes: number }): OutboxFile {
  const db = guarded(() => new DatabaseSync(options.path, { timeout: 0 }))
  try {
    guarded(() => prepareDatabase(db, options.maxFileBytes))
    return guarded(() => outboxFileOn(db))
  } catch (error) {
    db.close()
    throw error
  }
}

function prepareDatabase(db: DatabaseSync, maxFileBytes: number): void {
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  db.exec('PRAGMA cache_size = -1024; PRAGMA journal_size_limit = 4194304')
  db.exec(`PRAGMA max_page_count = ${Math.ceil(maxFileBytes / 4096)}`)
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version === 0) db.exec(`BEGIN IMMEDIATE; ${schema} COMMIT`)
  else if (version !== schemaVersion) throw new AppError('outbox.corrupt', `outbox schema ${version} is not known`)
  // Takes the exclusive lock now, so that a second process learns it at once.
  db.exec('BEGIN IMMEDIATE; COMMIT')
}

function outboxFileOn(db: DatabaseSync): OutboxFile {
  const statements = prepareStatements(db)
  const depth = { messages: 0, readings: 0, bytes: 0 }
  const recount = (): void => {
    const row = statements.depth.get()
    depth.messages = Number(row?.['messages'])
    depth.readings = Number(row?.['readings'])
    depth.bytes = Number(row?.['bytes'])
  }
  recount()
  return {
    lanes: () => guarded(() => statements.lanes.all().map(storedLane)),
    depth: () => ({ ...depth }),
    read: ({ epoch, after, before, limit }) =>
      guarded(() => statements.read.all(epoch, after, before, limit).map((row) => messageOf(row as Row))),
    commit: (changes) =>
      guarded(() => {
        const before = { ...depth }
        db.exec('BEGIN IMMEDIATE')
        try {
          const evicted = applyChanges(statements, changes, depth)
          db.exec('COMMIT')
          return evicted
        } catch (error) {
          Object.assign(depth, before)
          if (db.isTransaction) db.exec('ROLLBACK')
          throw error
        }
      }),
    renameEpoch: (from, to) =>
      guarded(() => {
        db.exec('BEGIN IMMEDIATE')
        try {
          statements.renameLane.run(to, from)
          statements.renameMessages.run(to, from)
          db.exec('COMMIT')
        } finally {
          if (db.isTransaction) db.exec('ROLLBACK')
        }
      }),
    close: () => db.close(),
  }
}

type Statements = Readonly<Record<keyof ReturnType<typeof statementTexts>, StatementSync>>

function statementTexts() {
  return {
    lanes: `SELECT epoch, reserved, coalesce((SELECT max(seq) FROM message WHERE message.epoch = lane.epoch), 0) AS through
            FROM lane ORDER BY id`,
    depth: `SELECT count(*) AS messages, coalesce(sum(readings), 0) AS readings, coalesce(sum(bytes), 0) AS bytes
            FROM message`,
    read: `SELECT epoch, seq, priority, readings, pack FROM message
           WHERE epoch = ? AND seq > ? AND seq < ? ORDER BY seq LIMIT ?`,
    putLane: `INSERT INTO lane (epoch, reserved) VALUES (?, ?)
              ON CONFLICT (epoch) DO UPDATE SET reserved = excluded.reserved WHERE reserved <> excluded.reserved`,
    dropLanes: 'DELETE FROM lane WHERE epoch NOT IN (SELECT value FROM json_each(?))',
    renameLane: 'UPDATE lane SET epoch = ? WHERE epoch = ?',
    renameMessages: 'UPDATE message SET epoch = ? WHERE epoch = ?',
    acked: 'DELETE FROM message WHERE epoch = ? AND seq <= ? RETURNING readings, bytes',
    remove: 'DELETE FROM message WHERE epoch = ? AND seq = ? RETURNING readings, bytes',
    stored: 'SELECT readings, bytes FROM message WHERE epoch = ? AND seq = ?',
    put: `INSERT INTO message (epoch, seq, priority, readings, bytes, pack) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (epoch, seq) DO UPDATE SET readings = excluded.readings, bytes = excluded.bytes, pack = excluded.pack`,
    oldest: 'SELECT epoch, seq, priority, readings FROM message ORDER BY priority, id LIMIT 1',
  }
}

function prepareStatements(db: DatabaseSync): Statements {
  const texts = Object.entries(statementTexts())
  return Object.fromEntries(texts.map(([name, text]) => [name, db.prepare(text)])) as Statements
}

function applyChanges(
  statements: Statements,
  changes: OutboxChanges,
  depth: { messages: number; readings: number; bytes: number },
): readonly EvictedMessage[] {
  const subtract = (rows: readonly unknown[]): void => {
    for (const row of rows as readonly Row[]) {
      depth.messages -= 1
      depth.readings -= Number(row.readings)
      depth.bytes -= Number(row.bytes)
    }
  }
  for (const { epoch, through } of changes.acked) subtract(statements.acked.all(epoch, through))
  for (const { epoch, seq } of changes.removed) subtract(statements.remove.all(epoch, seq))
  for (const message of changes.written) {
    subtract(statements.stored.all(message.epoch, message.seq))
    const bytes = message.pack.length + messageOverheadBytes
    statements.put.run(message.epoch, message.seq, rankOf(message.priority), message.readings, bytes, message.pack)
    depth.messages += 1
    depth.readings += message.readings
    depth.bytes += bytes
  }
  const evicted: EvictedMessage[] = []
  while (depth.bytes > changes.maxBytes && depth.messages > 0) {
    const { pack: _, ...victim } = messageOf({ ...statements.oldest.get(), pack: undefined } as Row)
    subtract(statements.remove.all(victim.epoch, victim.seq))
    evicted.push(victim)
  }
  for (const lane of changes.lanes) statements.putLane.run(lane.epoch, lane.reserved)
  statements.dropLanes.run(JSON.stringify(changes.lanes.map((lane) => lane.epoch)))
  return evicted
}

function storedLane(row: Readonly<Record<string, unknown>>): StoredLane {
  return { epoch: String(row['epoch']), reserved: Number(row['reserved']), through: Number(row['through']) }
}

function messageOf(row: Row): OutboxMessage {
  return {
    epoch: String(row.epoch),
    seq: Number(row.seq),
    priority: priorityOfRank(Number(row.priority)),
    readings: Number(row.readings),
    pack: row.pack as Uint8Array,
  }
}

/** SQLite's primary result codes, https://sqlite.org/rescode.html; the low byte of an extended code. */
const sqlite = { busy: 5, corrupt: 11, notADatabase: 26 } as const

function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof AppError) throw error
    const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
    const message = error instanceof Error ? error.message : String(error)
    if (code === sqlite.busy) throw new AppError('data.locked', `the outbox is in use: ${message}`, { cause: error })
    if (code === sqlite.corrupt || code === sqlite.notADatabase) {
      throw new AppError('outbox.corrupt', `the outbox cannot be read: ${message}`, { cause: error })
    }
    throw new AppError('outbox.full', `the outbox cannot be written: ${message}`, { cause: error })
  }
}
