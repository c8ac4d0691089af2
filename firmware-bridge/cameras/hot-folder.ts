// A folder into which a vision PC drops images: each file is taken whole, once, and only then moved away or deleted.
import { type FSWatcher, watch } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { CameraSession, CameraSourceFactory } from './camera-source.ts'
import type { HotFolderSettings } from './camera-schemas.ts'
import { readImageFile } from './image-file.ts'
import { pause } from './pause.ts'

export const hotFolder: CameraSourceFactory<HotFolderSettings> = {
  type: 'hot-folder',
  schema: async () => (await import('./camera-schemas.ts')).HotFolderSettings,
  create: (settings, { clock, log }) => ({
    stallMs: undefined,
    run: (session) => new FolderRun(settings, { clock, log, session }).run(),
  }),
}

const imageNames = /^[^.].*\.(jpe?g|png|tiff?)$/i
/** Beside the images: what was taken and not yet finished with, what was finished, what was no image. */
const subfolders = { claimed: '.claimed', done: 'done', rejected: 'rejected' } as const

/** How a file looked when it was last seen, and since when it has looked so. */
interface Sighting {
  readonly size: number
  readonly mtimeMs: number
  readonly sinceMs: number
}

/** `sinceMs` undefined: it looks so for the first time. */
type Look = Omit<Sighting, 'sinceMs'> & { readonly sinceMs: number | undefined }

class FolderRun {
  readonly #folder: string
  readonly #settings: HotFolderSettings
  readonly #clock: Clock
  readonly #log: Log
  readonly #session: CameraSession
  /** Files that are not taken yet, by name; forgotten with the file. */
  #sightings = new Map<string, Sighting>()
  #wake: () => void = () => undefined
  #changed = false

  constructor(
    settings: HotFolderSettings,
    parts: { readonly clock: Clock; readonly log: Log; readonly session: CameraSession },
  ) {
    this.#settings = settings
    this.#folder = settings.folder
    this.#clock = parts.clock
    this.#log = parts.log
    this.#session = parts.session
  }

  async run(): Promise<void> {
    const { signal } = this.#session
    for (const name of Object.values(subfolders))
      await this.#reach(() => mkdir(join(this.#folder, name), { recursive: false }), 'EEXIST')
    const watcher = this.#watch()
    try {
      await this.#takeClaimed()
      while (!signal.aborted) {
        this.#changed = false
        const waiting = await this.#takeSettled()
        if (!this.#changed) await this.#untilChanged(waiting ? this.#settleMs : this.#rescanMs)
      }
    } finally {
      watcher.close()
    }
  }

  get #settleMs(): number {
    return this.#settings.settleMs ?? 200
  }

  get #rescanMs(): number {
    return (this.#settings.rescanS ?? 5) * 1000
  }

  /** inotify only wakes: what counts is what the folder holds, so that a lost event costs one rescan. */
  #watch(): FSWatcher {
    try {
      const watcher = watch(this.#folder, { persistent: true }, () => {
        this.#changed = true
        this.#wake()
      })
      watcher.on('error', () => this.#wake())
      return watcher
    } catch (cause) {
      throw folderError(this.#folder, cause)
    }
  }

  async #untilChanged(limitMs: number): Promise<void> {
    const over = new AbortController()
    const end = (): void => over.abort()
    this.#wake = end
    this.#session.signal.addEventListener('abort', end, { once: true })
    if (!this.#session.signal.aborted) await pause(this.#clock, limitMs, over.signal)
    this.#session.signal.removeEventListener('abort', end)
  }

  /** What was claimed before a restart and never finished with is given again. */
  async #takeClaimed(): Promise<void> {
    const folder = join(this.#folder, subfolders.claimed)
    const names = await this.#reach(() => readdir(folder))
    for (const name of (names ?? []).sort()) {
      if (this.#session.signal.aborted) return
      await this.#give(name)
    }
  }

  /** Takes every file that has settled, oldest first. True where others are still being written. */
  async #takeSettled(): Promise<boolean> {
    const nowMs = this.#clock.monotonic()
    const names = ((await this.#reach(() => readdir(this.#folder))) ?? []).filter((name) => imageNames.test(name))
    const looks = new Map<string, Look>()
    for (const name of names) {
      const look = await this.#look(name)
      if (look !== undefined) looks.set(name, look)
    }
    // One instant for all of a look around: else, on a slow disk, a younger file settles before an older one.
    const seenMs = this.#clock.monotonic()
    this.#sightings = new Map([...looks].map(([name, look]) => [name, { ...look, sinceMs: look.sinceMs ?? seenMs }]))
    const settled = [...this.#sightings]
      .filter(([, { sinceMs }]) => nowMs - sinceMs >= this.#settleMs)
      .sort(([nameA, a], [nameB, b]) => a.mtimeMs - b.mtimeMs || (nameA < nameB ? -1 : 1))
    for (const [name, sighting] of settled) {
      if (this.#session.signal.aborted) return false
      await this.#takeFile(name, sighting)
    }
    return this.#sightings.size > 0
  }

  async #look(name: string): Promise<Look | undefined> {
    const found = await stat(join(this.#folder, name)).catch(() => undefined)
    if (found?.isFile() !== true) return undefined
    const { size, mtimeMs } = found
    const before = this.#sightings.get(name)
    if (before !== undefined && before.size === size && before.mtimeMs === mtimeMs) return before
    return { size, mtimeMs, sinceMs: undefined }
  }

  /** A file that has settled: claimed where it is whole, left where its writer may go on, put aside where it never will be. */
  async #takeFile(name: string, { size, sinceMs }: Sighting): Promise<void> {
    const path = join(this.#folder, name)
    if (size > this.#session.maxFrameBytes) return this.#reject(path, name, 'oversize')
    const bytes = await readFile(path).catch(() => undefined)
    if (bytes === undefined) return
    const { kind } = readImageFile(bytes)
    if (kind === 'whole') {
      const claim = await freeName(join(this.#folder, subfolders.claimed), name)
      await rename(path, join(this.#folder, subfolders.claimed, claim)).catch(() => undefined)
      this.#sightings.delete(name)
      return this.#give(claim)
    }
    const waitedMs = this.#clock.monotonic() - sinceMs
    if (kind === 'foreign') return this.#reject(path, name, 'malformed')
    if (waitedMs >= (this.#settings.giveUpS ?? 60) * 1000) return this.#reject(path, name, 'truncated')
  }

  /** Hands a claimed file over and waits until every reader has finished with it; only then is it moved or deleted. */
  async #give(name: string): Promise<void> {
    const path = join(this.#folder, subfolders.claimed, name)
    const found = await stat(path).catch(() => undefined)
    const bytes = found === undefined ? undefined : await readFile(path).catch(() => undefined)
    if (found === undefined || bytes === undefined) return
    const claimed = { timeMs: Math.round(found.mtimeMs), source: 'file' } as const
    const finished = this.#session.deliver({ bytes, begunMs: this.#clock.monotonic(), claimed })
    if (finished === undefined) return this.#reject(path, name, undefined)
    if (!(await finished)) return
    if (this.#settings.afterwards === 'delete') await rm(path, { force: true })
    else await this.#moveTo('done', path, name)
  }

  async #reject(path: string, name: string, reason: 'oversize' | 'malformed' | 'truncated' | undefined): Promise<void> {
    if (reason !== undefined) this.#session.drop(reason)
    this.#log.warn({ file: name, reason }, 'a dropped file is no whole image and was put aside')
    this.#sightings.delete(name)
    await this.#moveTo('rejected', path, name)
  }

  async #moveTo(place: 'done' | 'rejected', path: string, name: string): Promise<void> {
    const folder = join(this.#folder, subfolders[place])
    await this.#reach(async () => rename(path, join(folder, await freeName(folder, name))), 'ENOENT')
  }

  /** Throws `driver.connection` where the folder is not there or may not be used. */
  async #reach<T>(work: () => Promise<T>, accepted?: string): Promise<T | undefined> {
    try {
      return await work()
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === accepted) return undefined
      throw folderError(this.#folder, cause)
    }
  }
}

function folderError(folder: string, cause: unknown): AppError {
  const text = cause instanceof Error ? cause.message : String(cause)
  return new AppError('driver.connection', `${folder} cannot be used: ${text}`, { cause })
}

/** The name, or the name with a number that is not taken yet. */
async function freeName(folder: string, name: string): Promise<string> {
  const taken = new Set(await readdir(folder).catch(() => []))
  const extension = extname(name)
  const base = name.slice(0, name.length - extension.length)
  let free = name
  for (let number = 2; taken.has(free); number += 1) free = `${base}-${number}${extension}`
  return free
}
