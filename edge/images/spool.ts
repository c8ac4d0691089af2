// The images of a gateway from their finding to the hub's confirmation, in one SQLite file that two programs may use at a time.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { AppError } from '../../broker/contract/app-error.ts'
import type { ImageFacts } from '../../broker/contract/image-schemas.ts'
import type { Flight } from './flights.ts'

/**
 * found: seen, not read. hashed: read, hashed, its flight perhaps not yet known. uploading: begun. confirmed: the hub has
 * it, whole. duplicate: its content is, or will be, sent from another file. refused: no image that can be sent; `fault`
 * says why. missing: its file was gone before the hub had it.
 */
export type ImageState = 'found' | 'hashed' | 'uploading' | 'confirmed' | 'duplicate' | 'refused' | 'missing'

export interface SpooledImage {
  readonly id: number
  /** Where it was found; of a snapshot, its file in the spool. */
  readonly path: string
  readonly name: string
  readonly bytes: number
  readonly mtimeMs: number
  readonly state: ImageState
  readonly sha256: string | undefined
  readonly facts: ImageFacts | undefined
  /** A file of the spool that stands for the original. */
  readonly copy: string | undefined
  /** The original is deleted after the confirmation. */
  readonly remove: boolean
  /** Path of its upload at the hub. */
  readonly upload: string | undefined
  readonly fault: string | undefined
}

export type FoundImage = Pick<SpooledImage, 'path' | 'name' | 'bytes' | 'mtimeMs' | 'remove'>

const schemaVersion = 1
const schema = `
  CREATE TABLE image (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, name TEXT NOT NULL, bytes INTEGER NOT NULL, mtime_ms REAL NOT NULL,
    state TEXT NOT NULL, sha256 TEXT, facts TEXT, sorted INTEGER NOT NULL DEFAULT 0, copy TEXT, remove INTEGER NOT NULL,
    upload TEXT, fault TEXT);
  CREATE INDEX image_by_state ON image (state, id);
  CREATE INDEX image_by_hash ON image (sha256);
  CREATE TABLE flight (
    id TEXT PRIMARY KEY, camera TEXT NOT NULL, first_ms REAL NOT NULL, last_ms REAL NOT NULL, bounds TEXT);
  CREATE INDEX flight_by_camera ON flight (camera, last_ms);
  PRAGMA user_version = ${schemaVersion};`

/** How long one program waits for the other's commit. */
const busyTimeoutMs = 5000
/** Rows of images that are over are kept to know their files again; the oldest beyond this are forgotten, and hashed anew. */
const keptRows = 200_000

const columns = 'id, path, name, bytes, mtime_ms, state, sha256, facts, copy, remove, upload, fault'
const waiting = `state IN ('hashed', 'uploading') AND sorted = 1`

function statementTexts() {
  return {
    byPath: `SELECT ${columns} FROM image WHERE path = ?`,
    byId: `SELECT ${columns} FROM image WHERE id = ?`,
    found: `INSERT INTO image (path, name, bytes, mtime_ms, state, remove) VALUES (?, ?, ?, ?, 'found', ?)
            ON CONFLICT (path) DO UPDATE SET bytes = excluded.bytes, mtime_ms = excluded.mtime_ms, state = 'found',
              remove = excluded.remove, sha256 = NULL, facts = NULL, sorted = 0, upload = NULL, fault = NULL
            RETURNING ${columns}`,
    // A card that was formatted counts its files from 1 again: the copy that still waits keeps the earlier image.
    detach: `UPDATE OR IGNORE image SET path = copy, remove = 0 WHERE path = ? AND copy IS NOT NULL AND copy <> path`,
    hashed: `UPDATE image SET state = ?, sha256 = ?, facts = ?, copy = ?, sorted = ? WHERE id = ?`,
    twin: `SELECT ${columns} FROM image WHERE sha256 = ? AND id <> ? AND state IN ('hashed', 'uploading', 'confirmed')
           ORDER BY state = 'confirmed' DESC, id LIMIT 1`,
    unsorted: `SELECT ${columns} FROM image WHERE state = 'hashed' AND sorted = 0 ORDER BY id`,
    sorted: 'UPDATE image SET facts = ?, sorted = 1 WHERE id = ?',
    flights: 'SELECT id, camera, first_ms, last_ms, bounds FROM flight WHERE last_ms >= ? AND first_ms <= ?',
    putFlight: `INSERT INTO flight (id, camera, first_ms, last_ms, bounds) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO
                UPDATE SET first_ms = excluded.first_ms, last_ms = excluded.last_ms, bounds = excluded.bounds`,
    next: `SELECT ${columns} FROM image WHERE ${waiting} AND id NOT IN (SELECT value FROM json_each(?))
           ORDER BY state = 'uploading' DESC, id LIMIT 1`,
    uploading: `UPDATE image SET state = 'uploading', upload = ? WHERE id = ?`,
    state: 'UPDATE image SET state = ?, fault = ?, upload = NULL WHERE id = ?',
    confirmed: `UPDATE image SET state = 'confirmed', facts = NULL, upload = NULL, fault = NULL WHERE id = ?`,
    promote: `UPDATE image SET state = 'hashed', (facts, sorted) = (SELECT facts, sorted FROM image WHERE id = ?)
              WHERE id = (SELECT id FROM image WHERE sha256 = ? AND state = 'duplicate' ORDER BY id LIMIT 1)`,
    // What the hub has, from which something is still to be deleted here.
    cleanable: `SELECT ${columns} FROM image WHERE (copy IS NOT NULL OR remove = 1) AND (state = 'confirmed' OR (
                state = 'duplicate' AND sha256 IN (SELECT sha256 FROM image WHERE state = 'confirmed'))) LIMIT 100`,
    cleaned: 'UPDATE image SET copy = NULL, remove = 0 WHERE id = ?',
    counts: 'SELECT state, count(*) AS images, sum(bytes) AS bytes FROM image GROUP BY state',
    listed: `SELECT ${columns} FROM image WHERE state = ? ORDER BY id LIMIT ?`,
    copied: 'SELECT coalesce(sum(bytes), 0) AS bytes FROM image WHERE copy IS NOT NULL',
    copies: 'SELECT copy FROM image WHERE copy IS NOT NULL',
    forget: `DELETE FROM image WHERE state IN ('confirmed', 'duplicate', 'refused') AND copy IS NULL AND remove = 0 AND id <=
             (SELECT id FROM image ORDER BY id DESC LIMIT 1 OFFSET ${keptRows})`,
  }
}

type Statements = Readonly<Record<keyof ReturnType<typeof statementTexts>, StatementSync>>
type Row = Readonly<Record<string, unknown>>

/**
 * Owner: the agent and `musubi images`. Bound: `keptRows` for what is over; what waits is bounded by the cards' own size,
 * copies by `spool.maxBytes`, above which nothing more is copied and the card stays the holder. Every method is one
 * commit, on the medium when it returns, and throws `spool.full` or `spool.corrupt`.
 */
export class Spool {
  readonly #database: DatabaseSync
  readonly #statements: Statements

  constructor(path: string) {
    this.#database = guarded(() => new DatabaseSync(path, { timeout: busyTimeoutMs }))
    try {
      this.#statements = guarded(() => prepared(this.#database))
      guarded(() => this.#run('forget'))
    } catch (thrown) {
      this.#database.close()
      throw thrown
    }
  }

  find(path: string): SpooledImage | undefined {
    return this.#image('byPath', path)
  }

  get(id: number): SpooledImage | undefined {
    return this.#image('byId', id)
  }

  /** Enters a file, or enters it again because its content has changed. */
  found({ path, name, bytes, mtimeMs, remove }: FoundImage): SpooledImage {
    const image = this.#together(() => {
      this.#run('detach', path)
      return this.#image('found', path, name, bytes, mtimeMs, remove ? 1 : 0)
    })
    if (image === undefined) throw new AppError('spool.corrupt', `the spool did not take ${path}`)
    return image
  }

  /** What was read of an image. A duplicate when its content is waiting, or confirmed, from another file. */
  hashed(
    id: number,
    read: {
      readonly sha256: string
      readonly facts: ImageFacts
      readonly copy: string | undefined
      readonly sorted: boolean
    },
  ): 'hashed' | 'duplicate' {
    return this.#together(() => {
      const twin = this.#image('twin', read.sha256, id)
      const state = twin === undefined ? 'hashed' : 'duplicate'
      // A copy is named by its content: twins have one, which belongs to the first.
      const copy = twin?.copy === read.copy ? null : (read.copy ?? null)
      this.#run('hashed', state, read.sha256, JSON.stringify(read.facts), copy, read.sorted ? 1 : 0, id)
      return state
    })
  }

  /** Images whose flight is not known yet. */
  unsorted(): readonly SpooledImage[] {
    return this.#images('unsorted')
  }

  /** Flights between these times, for images to join. */
  flights(fromMs: number, toMs: number): readonly Flight[] {
    return guarded(() => this.#statements.flights.all(fromMs, toMs)).map((row) => ({
      id: String(row['id']),
      camera: String(row['camera']),
      firstMs: Number(row['first_ms']),
      lastMs: Number(row['last_ms']),
      bounds: row['bounds'] === null ? undefined : (JSON.parse(String(row['bounds'])) as Flight['bounds']),
    }))
  }

  /** Gives images their flight, from where on they may be uploaded. */
  sorted(images: readonly SpooledImage[], flightOf: ReadonlyMap<number, string>, flights: readonly Flight[]): void {
    this.#together(() => {
      for (const { id, camera, firstMs, lastMs, bounds } of flights) {
        this.#run('putFlight', id, camera, firstMs, lastMs, bounds === undefined ? null : JSON.stringify(bounds))
      }
      for (const { id, facts } of images) {
        this.#run('sorted', JSON.stringify({ ...facts, flight: flightOf.get(id) }), id)
      }
    })
  }

  /** The next to upload: what was begun first. */
  next(except: readonly number[]): SpooledImage | undefined {
    return this.#image('next', JSON.stringify(except))
  }

  uploading(id: number, upload: string | null): void {
    guarded(() => this.#run('uploading', upload, id))
  }

  confirmed(id: number): void {
    guarded(() => this.#run('confirmed', id))
  }

  /** Back to an earlier state, or out of the way; a duplicate takes the place of an image that cannot be sent. */
  settle(image: SpooledImage, state: 'found' | 'hashed' | 'refused' | 'missing', fault: string | undefined): void {
    this.#together(() => {
      this.#run('state', state, fault ?? null, image.id)
      if (state !== 'hashed' && image.sha256 !== undefined) this.#run('promote', image.id, image.sha256)
    })
  }

  cleanable(): readonly SpooledImage[] {
    return this.#images('cleanable')
  }

  cleaned(id: number): void {
    guarded(() => this.#run('cleaned', id))
  }

  counts(): readonly { readonly state: ImageState; readonly images: number; readonly bytes: number }[] {
    return guarded(() => this.#statements.counts.all()).map(({ state, images, bytes }) => ({
      state: state as ImageState,
      images: Number(images),
      bytes: Number(bytes),
    }))
  }

  inState(state: ImageState, limit: number): readonly SpooledImage[] {
    return this.#images('listed', state, limit)
  }

  /** Bytes of the copies in the spool. */
  copiedBytes(): number {
    return Number(guarded(() => this.#statements.copied.get())?.['bytes'])
  }

  /** Paths of the copies in the spool. */
  copies(): ReadonlySet<string> {
    return new Set(guarded(() => this.#statements.copies.all()).map(({ copy }) => String(copy)))
  }

  close(): void {
    this.#database.close()
  }

  #image(statement: keyof Statements, ...values: readonly SQLInputValue[]): SpooledImage | undefined {
    const row = guarded(() => this.#statements[statement].get(...values))
    return row === undefined ? undefined : imageOf(row)
  }

  #images(statement: keyof Statements, ...values: readonly SQLInputValue[]): readonly SpooledImage[] {
    return guarded(() => this.#statements[statement].all(...values)).map(imageOf)
  }

  #run(statement: keyof Statements, ...values: readonly SQLInputValue[]): void {
    this.#statements[statement].run(...values)
  }

  #together<T>(work: () => T): T {
    return guarded(() => {
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        this.#database.exec('COMMIT')
        return result
      } catch (thrown) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw thrown
      }
    })
  }
}

function prepared(database: DatabaseSync): Statements {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -512')
  database.exec('BEGIN IMMEDIATE')
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version === 0) database.exec(schema)
  database.exec('COMMIT')
  if (version !== 0 && version !== schemaVersion) throw new AppError('spool.corrupt', `schema ${version} is not known`)
  const texts = Object.entries(statementTexts())
  return Object.fromEntries(texts.map(([name, text]) => [name, database.prepare(text)])) as Statements
}

function imageOf(row: Row): SpooledImage {
  const textOf = (column: string) => (typeof row[column] === 'string' ? row[column] : undefined)
  const facts = textOf('facts')
  return {
    id: Number(row['id']),
    path: String(row['path']),
    name: String(row['name']),
    bytes: Number(row['bytes']),
    mtimeMs: Number(row['mtime_ms']),
    state: row['state'] as ImageState,
    sha256: textOf('sha256'),
    facts: facts === undefined ? undefined : (JSON.parse(facts) as ImageFacts),
    copy: textOf('copy'),
    remove: row['remove'] === 1,
    upload: textOf('upload'),
    fault: textOf('fault'),
  }
}

/** https://sqlite.org/rescode.html */
const sqlite = { corrupt: 11, notADatabase: 26 } as const

function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : 0
    const message = cause instanceof Error ? cause.message : String(cause)
    if (code === sqlite.corrupt || code === sqlite.notADatabase) {
      throw new AppError('spool.corrupt', `the image spool cannot be read: ${message}; move it away to begin anew`, {
        cause,
      })
    }
    throw new AppError('spool.full', `the image spool cannot be written: ${message}`, { cause })
  }
}
