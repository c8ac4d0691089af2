// Ordered group commit in front of LevelDB: writes take effect in the order they were asked for, many at a time.
import { ClassicLevel } from 'classic-level'
import { AppError } from './contract/app-error.ts'

type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: Buffer }
  | { readonly type: 'del'; readonly key: string }
interface KeyRange {
  readonly gte: string
  readonly lt: string
}
interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * The part of abstract-level's interface that aedes-persistence-level uses. LevelDB runs each single write on its own
 * thread, so two of them may finish in either order; here all that arrive while one batch is being written form the next.
 * Queue: what clients wrote while one batch runs; bounded because each writer waits for its batch. Owner: this journal.
 * Durability: a written batch survives a crash of the process; a power cut may take the last ones (no fsync).
 */
export class LevelJournal {
  readonly #level: ClassicLevel<string, Buffer>
  readonly #failed: () => void
  #gathered: Operation[] = []
  #waiting: Waiting[] = []
  /** Not yet on disk: the newest value of each key, null when deleted. */
  readonly #ahead = new Map<string, Buffer | null>()
  #writing: Promise<void> | undefined

  private constructor(level: ClassicLevel<string, Buffer>, failed: () => void) {
    this.#level = level
    this.#failed = failed
  }

  /** Throws `data.locked` when another process has the folder open. */
  static async open(folder: string, failed: () => void): Promise<LevelJournal> {
    const level = new ClassicLevel<string, Buffer>(folder, { valueEncoding: 'buffer' })
    try {
      await level.open()
    } catch (thrown) {
      const cause = thrown instanceof Error ? thrown.cause : undefined
      const locked = cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED'
      throw new AppError(
        locked ? 'data.locked' : 'store.unavailable',
        locked ? `${folder} is used by another broker` : `${folder} cannot be opened`,
        { cause: thrown },
      )
    }
    return new LevelJournal(level, failed)
  }

  async get(key: string): Promise<Buffer | undefined> {
    const ahead = this.#ahead.get(key)
    if (ahead !== undefined) return ahead ?? undefined
    return this.#level.get(key)
  }

  async put(key: string, value: Buffer): Promise<void> {
    await this.#enter([{ type: 'put', key, value }])
  }

  async del(key: string): Promise<void> {
    await this.#enter([{ type: 'del', key }])
  }

  batch(operations: readonly Operation[]): Promise<void>
  batch(): { del(key: string): void; write(): Promise<void> }
  batch(operations?: readonly Operation[]): unknown {
    if (operations !== undefined) return this.#enter(operations)
    const chained: Operation[] = []
    return {
      del: (key: string) => chained.push({ type: 'del', key }),
      write: () => this.#enter(chained),
    }
  }

  async *values(range: KeyRange): AsyncGenerator<Buffer> {
    await this.settled()
    yield* this.#level.values({ gte: range.gte, lt: range.lt })
  }

  async *keys(range: KeyRange): AsyncGenerator<string> {
    await this.settled()
    yield* this.#level.keys({ gte: range.gte, lt: range.lt })
  }

  async clear(range: KeyRange): Promise<void> {
    await this.settled()
    await this.#level.clear({ gte: range.gte, lt: range.lt })
  }

  /** Resolves when everything asked for so far has been written or has failed. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
  }

  async close(): Promise<void> {
    await this.settled()
    await this.#level.close()
  }

  #enter(operations: readonly Operation[]): Promise<void> {
    for (const operation of operations) {
      this.#gathered.push(operation)
      this.#ahead.set(operation.key, operation.type === 'put' ? operation.value : null)
    }
    const written = new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    this.#writing ??= this.#writeAll()
    return written
  }

  async #writeAll(): Promise<void> {
    while (this.#gathered.length > 0) {
      const operations = this.#gathered
      const waiting = this.#waiting
      this.#gathered = []
      this.#waiting = []
      await this.#writeBatch(operations, waiting)
    }
    this.#writing = undefined
  }

  async #writeBatch(operations: readonly Operation[], waiting: readonly Waiting[]): Promise<void> {
    try {
      await this.#level.batch([...operations])
      this.#forget(operations)
      for (const writer of waiting) writer.resolve()
    } catch (thrown) {
      this.#failed()
      this.#forget(operations)
      const error = new AppError('store.unavailable', "The broker's store cannot be written", { cause: thrown })
      for (const writer of waiting) writer.reject(error)
    }
  }

  #forget(operations: readonly Operation[]): void {
    for (const operation of operations) {
      const written = operation.type === 'put' ? operation.value : null
      if (this.#ahead.get(operation.key) === written) this.#ahead.delete(operation.key)
    }
  }
}
