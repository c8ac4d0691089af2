// Which photos belong to what, who took them, and how long they stay: by age, by the room that they take, and as long as what they show is kept.
import { Counter, Gauge, Registry } from 'prom-client'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import { type KeptPhoto, type PhotoCleaner, PhotoFolder } from './photo-folder.ts'
import type { PhotoKind, PhotoRow } from './photo-tables.ts'

export interface PhotoLimits {
  readonly days: number
  /** Of all photos of one folder; beyond it the oldest go. */
  readonly maxBytes: number
}

/** Three years, and as many pictures as some 80,000 visits make. */
export const defaultPhotoLimits: PhotoLimits = { days: 1_100, maxBytes: 20e9 }

export interface PhotoOwner {
  readonly kind: PhotoKind
  readonly id: string
}

export interface Photo {
  readonly hash: string
  readonly keptMs: number
  readonly by: string | undefined
}

export interface PhotoBookDependencies {
  readonly folder: string
  /** Of the photos in this folder. */
  readonly kinds: readonly PhotoKind[]
  readonly limits?: PhotoLimits | undefined
  /** Of what is sent; makes it small and leaves out what the camera wrote where absent. */
  readonly clean?: PhotoCleaner | undefined
  readonly database: HubDatabase
  readonly clock: Clock
  readonly log: Log
}

const dayMs = 86_400_000
const firstAfterMs = 90_000
const everyMs = 3_600_000
/** Deleted between two pauses of the loop. */
const stepPhotos = 50
/** What was kept so lately may belong to an alarm that is not written yet. */
const youngMs = dayMs
/** What photos go with. */
const ownerTables = [
  ['alarm', 'alarms'],
  ['report', 'citizen_reports'],
] as const

export class PhotoBook {
  readonly #folder: PhotoFolder
  readonly #dependencies: PhotoBookDependencies
  readonly #limits: PhotoLimits
  readonly #expired = { age: 0, room: 0, owner: 0 }
  readonly #refused = { 'disk-full': 0 }
  #bytes = 0
  #timer: Timer | undefined
  #running = Promise.resolve()
  #stopped = false

  constructor(dependencies: PhotoBookDependencies) {
    this.#dependencies = dependencies
    this.#limits = dependencies.limits ?? defaultPhotoLimits
    this.#folder = new PhotoFolder(dependencies.folder, dependencies.clean)
  }

  /** Keeps a photo and who took it, and returns its hash. Throws what the cleaner throws (`image.invalid`), `image.disk-full`. */
  async keep(owner: PhotoOwner, bytes: Buffer, by: string | undefined): Promise<string> {
    return await this.#record(owner, this.#folder.keep(bytes), by)
  }

  /** As `keep`, of a JPEG that the cleaner made before. Throws `image.disk-full`. */
  async keepClean(owner: PhotoOwner, jpeg: Buffer, by: string | undefined): Promise<string> {
    return await this.#record(owner, this.#folder.keepClean(jpeg), by)
  }

  async #record({ kind, id }: PhotoOwner, keeping: Promise<KeptPhoto>, by: string | undefined): Promise<string> {
    const { database, clock } = this.#dependencies
    const kept = await keeping.catch((thrown: unknown) => {
      if (thrown instanceof AppError && thrown.code === 'image.disk-full') this.#refused['disk-full'] += 1
      throw thrown
    })
    const row = { kind, owner: id, ...kept, kept_ms: clock.now(), by_whom: by ?? null }
    await durably(database, (transaction) =>
      transaction
        .insertInto('photos')
        .values(row)
        .onConflict((conflict) => conflict.columns(['kind', 'owner', 'hash']).doNothing())
        .execute(),
    )
    return kept.hash
  }

  /** Oldest first. */
  async list({ kind, id }: PhotoOwner): Promise<readonly Photo[]> {
    const rows = this.#rows().where('kind', '=', kind).where('owner', '=', id)
    const found = await rows.orderBy('kept_ms').orderBy('hash').execute()
    return found.map(({ hash, kept_ms, by_whom }) => ({ hash, keptMs: kept_ms, by: by_whom ?? undefined }))
  }

  /** JPEG. Undefined: there is no such photo, or not any more. */
  async find({ kind, id }: PhotoOwner, hash: string, small = false): Promise<Buffer | undefined> {
    const row = this.#rows().where('kind', '=', kind).where('owner', '=', id).where('hash', '=', hash)
    return (await row.executeTakeFirst()) === undefined ? undefined : await this.#folder.find(hash, small)
  }

  /** False: there was no such photo. The file goes with its last owner. */
  async remove({ kind, id }: PhotoOwner, hash: string): Promise<boolean> {
    const { database } = this.#dependencies
    const deleted = await durably(database, (transaction) =>
      transaction
        .deleteFrom('photos')
        .where('kind', '=', kind)
        .where('owner', '=', id)
        .where('hash', '=', hash)
        .executeTakeFirst(),
    )
    await this.#deleteUnowned([hash])
    return deleted.numDeletedRows > 0n
  }

  /** Looks after the photos once an hour from then on. */
  start(): void {
    this.#schedule(firstAfterMs)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#running
  }

  /** What goes: photos whose alarm or report is gone, those that are too old, and the oldest beyond the room that they may take. */
  async tidy(): Promise<void> {
    const { database, clock, kinds } = this.#dependencies
    await this.#measure()
    for (const [kind, table] of ownerTables) {
      await this.#drop('owner', async () => {
        const owners = database.selectFrom(table).select('id')
        const rows = this.#rows()
          .where('kind', '=', kind)
          .where('kept_ms', '<', clock.now() - youngMs)
        return await rows.where('owner', 'not in', owners).limit(stepPhotos).execute()
      })
    }
    const oldest = clock.now() - this.#limits.days * dayMs
    await this.#drop('age', () => this.#rows().where('kept_ms', '<', oldest).limit(stepPhotos).execute())
    await this.#drop('room', async () => {
      const excess = (await this.#total()) - this.#limits.maxBytes
      if (excess <= 0) return []
      const rows = await this.#rows().orderBy('kept_ms').limit(stepPhotos).execute()
      let room = 0
      return rows.filter(({ bytes }) => {
        if (room >= excess) return false
        room += bytes
        return true
      })
    })
    const owned = await database.selectFrom('photos').select('hash').where('kind', 'in', kinds).execute()
    const hashes = new Set(owned.map(({ hash }) => hash))
    await this.#folder.sweep(clock.now() - youngMs, (hash) => hashes.has(hash))
    this.#bytes = await this.#total()
  }

  #rows() {
    return this.#dependencies.database.selectFrom('photos').selectAll().where('kind', 'in', this.#dependencies.kinds)
  }

  async #total(): Promise<number> {
    const { database, kinds } = this.#dependencies
    const sum = database.selectFrom('photos').select(({ fn }) => fn.sum<number | null>('bytes').as('bytes'))
    return (await sum.where('kind', 'in', kinds).executeTakeFirst())?.bytes ?? 0
  }

  /** Photos of before are measured once; one whose file is gone is forgotten. */
  async #measure(): Promise<void> {
    const { database } = this.#dependencies
    for (const row of await this.#rows().where('bytes', '=', 0).execute()) {
      const bytes = await this.#folder.sizeOf(row.hash)
      if (bytes === undefined) await this.#forget([row])
      else await database.updateTable('photos').set({ bytes }).where('hash', '=', row.hash).execute()
    }
  }

  async #drop(reason: 'owner' | 'age' | 'room', next: () => Promise<readonly PhotoRow[]>): Promise<void> {
    for (let rows = await next(); rows.length > 0 && !this.#stopped; rows = await next()) {
      await this.#forget(rows)
      this.#expired[reason] += rows.length
    }
  }

  async #forget(rows: readonly PhotoRow[]): Promise<void> {
    await this.#dependencies.database.transaction().execute(async (transaction) => {
      for (const { kind, owner, hash } of rows) {
        await transaction
          .deleteFrom('photos')
          .where('kind', '=', kind)
          .where('owner', '=', owner)
          .where('hash', '=', hash)
          .execute()
      }
    })
    await this.#deleteUnowned(rows.map(({ hash }) => hash))
  }

  async #deleteUnowned(hashes: readonly string[]): Promise<void> {
    const rows = await this.#rows().where('hash', 'in', hashes).execute()
    const owned = new Set(rows.map(({ hash }) => hash))
    for (const hash of new Set(hashes)) if (!owned.has(hash)) await this.#folder.delete(hash)
  }

  #schedule(delayMs: number): void {
    const { clock, log } = this.#dependencies
    this.#timer = clock.setTimer(() => {
      this.#running = this.tidy()
        .catch((thrown: unknown) =>
          log.warn({ err: thrown }, 'photos could not be tidied; it is tried again in an hour'),
        )
        .then(() => (this.#stopped ? undefined : this.#schedule(everyMs)))
    }, delayMs)
  }

  /** Of several books together: their names are the same. */
  static metricsOf(books: readonly PhotoBook[]): Registry {
    const registry = new Registry()
    const expired = new Counter({
      name: 'musubi_photos_expired_total',
      help: 'Photos deleted by age, for room, or with what they belonged to',
      labelNames: ['reason'],
      registers: [registry],
      collect() {
        expired.reset()
        for (const reason of ['age', 'room', 'owner'] as const) {
          expired.inc(
            { reason },
            books.reduce((sum, book) => sum + book.#expired[reason], 0),
          )
        }
      },
    })
    const refused = new Counter({
      name: 'musubi_photos_refused_total',
      help: 'Photos that the hub could not keep',
      labelNames: ['reason'],
      registers: [registry],
      collect() {
        refused.reset()
        refused.inc(
          { reason: 'disk-full' },
          books.reduce((sum, book) => sum + book.#refused['disk-full'], 0),
        )
      },
    })
    const room = new Gauge({
      name: 'musubi_photos_bytes',
      help: 'What photos took on the disk when they were last looked after',
      registers: [registry],
      collect() {
        room.set(books.reduce((sum, book) => sum + book.#bytes, 0))
      },
    })
    return registry
  }
}
