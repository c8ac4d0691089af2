// The outbox's file over its life: opened, failing, tried again, and set aside when it cannot be read.
import { readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Counters } from '../counters.ts'
import { openOutboxFile, type OutboxFile } from './outbox-file.ts'

/** healthy, or why the disk is not taking commits. */
export type OutboxCondition = 'healthy' | 'disk-full' | 'corrupt'

const maxRetryMs = 30_000
const keptCorruptFiles = 2
/** What the disk does not give for this long is given up: everything newer waits behind it. */
const unreadableLimitMs = 60_000

export class OutboxDisk {
  readonly #options: { readonly path: string; readonly maxFileBytes: number }
  readonly #dependencies: { readonly clock: Clock; readonly log: Log; readonly counters: Counters }
  #file: OutboxFile | undefined
  #condition: OutboxCondition = 'healthy'
  #failures = 0
  #unreadableSinceMs: number | undefined

  constructor(
    options: { readonly path: string; readonly maxFileBytes: number },
    dependencies: { readonly clock: Clock; readonly log: Log; readonly counters: Counters },
  ) {
    this.#options = options
    this.#dependencies = dependencies
  }

  get condition(): OutboxCondition {
    return this.#condition
  }

  /** Undefined while there is none to write to. */
  get file(): OutboxFile | undefined {
    return this.#file
  }

  /** Throws as openOutboxFile. */
  open(): OutboxFile {
    this.#file = openOutboxFile(this.#options)
    return this.#file
  }

  /** As OutboxFile.read. A fault that lasts is told as `outbox.corrupt`, for what is behind it must go on. */
  read(range: Parameters<OutboxFile['read']>[0]): ReturnType<OutboxFile['read']> {
    if (this.#file === undefined) return []
    try {
      const messages = this.#file.read(range)
      this.#unreadableSinceMs = undefined
      return messages
    } catch (thrown) {
      const error = toAppError(thrown, 'outbox.full')
      const nowMs = this.#dependencies.clock.monotonic()
      this.#unreadableSinceMs ??= nowMs
      if (nowMs - this.#unreadableSinceMs < unreadableLimitMs) throw error
      throw new AppError('outbox.corrupt', `for a long time ${error.message}`, { cause: error })
    }
  }

  /** Counts a fault and sets a corrupt file aside. Returns when to try again. */
  failed(error: AppError): { readonly retryMs: number; readonly setAside: boolean } {
    const { log, counters } = this.#dependencies
    this.#failures += 1
    counters.add('outbox_faults', error.code)
    const setAside = error.code === 'outbox.corrupt'
    if (setAside) this.#setAside()
    const condition = setAside ? 'corrupt' : 'disk-full'
    if (condition !== this.#condition) log.error({ error, code: error.code }, 'the outbox file fails')
    this.#condition = condition
    // A new file takes the place of a corrupt one at once; where that is corrupt too, the disk is not asked without pause.
    const atOnce = setAside && this.#failures === 1
    return { retryMs: atOnce ? 0 : Math.min(maxRetryMs, 500 * 2 ** Math.min(this.#failures, 10)), setAside }
  }

  /** After a commit. Returns whether the disk was failing until now. */
  recovered(): boolean {
    if (this.#file === undefined) return false
    this.#failures = 0
    if (this.#condition === 'healthy') return false
    this.#dependencies.log.info({ was: this.#condition }, 'the outbox file takes commits again')
    this.#condition = 'healthy'
    return true
  }

  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  /** Keeps an unreadable file under another name. */
  #setAside(): void {
    const { counters, clock, log } = this.#dependencies
    const lost = this.#file?.depth()
    counters.add('outbox_lost_readings', 'corrupt', lost?.readings ?? 0)
    counters.add('outbox_lost_messages', 'corrupt', lost?.messages ?? 0)
    this.close()
    const { path } = this.#options
    const suffix = `.corrupt-${clock.now()}`
    for (const part of ['', '-wal', '-shm']) moveIfPresent(path + part, path + suffix + part)
    try {
      removeOldCorruptFiles(path)
    } catch (error) {
      // A disk that fails may also refuse this; the agent goes on in memory.
      log.warn({ error }, 'old corrupt outbox files could not be removed')
    }
    this.#unreadableSinceMs = undefined
  }
}

function moveIfPresent(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch {
    // A part that does not exist, or cannot be moved, is met again when the file is opened.
  }
}

/** The newest few are kept for a person to look at; more of them would fill the disk. Throws what the file system throws. */
function removeOldCorruptFiles(path: string): void {
  const prefix = `${basename(path)}.corrupt-`
  const stamps = readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.replace(/-(wal|shm)$/, ''))
  const old = [...new Set(stamps)].sort().slice(0, -keptCorruptFiles)
  for (const name of old.flatMap((name) => [name, `${name}-wal`, `${name}-shm`])) {
    rmSync(join(dirname(path), name), { force: true })
  }
}
