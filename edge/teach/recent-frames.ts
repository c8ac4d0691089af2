// Keeps the frames of the last verdicts of one line, so that a person may still correct them; what is older is gone.
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toAppError } from '../../broker/contract/app-error.ts'
import type { Log } from '../../broker/contract/ports.ts'
import type { Counters } from '../counters.ts'
import { pictureId } from './example-store.ts'

/** Bound: so many frames and bytes of them. Overflow: the oldest goes. Owner: this line's frames. */
export interface FrameLimits {
  readonly frames: number
  readonly bytes: number
}

interface Kept {
  readonly path: string
  readonly bytes: number
}

/** Frames that wait for the disk. Overflow: the new one is not kept, counted. */
const maxWriting = 4
/** `{13 digits of time}-{id}.img` */
const ownName = /^\d{13}-([0-9a-f]{16})\.img$/

/**
 * On disk, so that a restart keeps them; not synced: a power cut may take the last ones, and a card is not worn out by frames that
 * nobody asks for. A file is used only where it still is what its name says.
 */
export class RecentFrames {
  readonly #folder: string
  readonly #limits: FrameLimits
  readonly #ports: { readonly log: Log; readonly counters: Counters }
  /** Oldest first. */
  readonly #kept = new Map<string, Kept>()
  #bytes = 0
  #writing = 0
  #written: Promise<void> = Promise.resolve()

  private constructor(folder: string, limits: FrameLimits, ports: { readonly log: Log; readonly counters: Counters }) {
    this.#folder = folder
    this.#limits = limits
    this.#ports = ports
  }

  /** With what is there from before. Throws where the folder cannot be made. */
  static async open(
    folder: string,
    limits: FrameLimits,
    ports: { readonly log: Log; readonly counters: Counters },
  ): Promise<RecentFrames> {
    const frames = new RecentFrames(folder, limits, ports)
    await mkdir(folder, { recursive: true })
    for (const name of (await readdir(folder)).sort()) {
      const id = ownName.exec(name)?.[1]
      const path = join(folder, name)
      if (id === undefined) await rm(path, { force: true })
      else frames.#enter(id, { path, bytes: (await stat(path)).size })
    }
    await frames.#dropOverflow()
    return frames
  }

  /** Gives the id by which it is found; never waits. What cannot be written is logged and counted. */
  keep(bytes: Uint8Array, nowMs: number): string {
    const id = pictureId(bytes)
    if (this.#kept.has(id)) return id
    if (this.#writing >= maxWriting) {
      this.#ports.counters.add('teach_frames_lost', 'busy')
      return id
    }
    this.#writing += 1
    const path = join(this.#folder, `${String(nowMs).padStart(13, '0')}-${id}.img`)
    this.#enter(id, { path, bytes: bytes.length })
    this.#written = this.#written
      .then(async () => {
        await writeFile(path, bytes)
        await this.#dropOverflow()
      })
      .catch((thrown: unknown) => this.#lost(id, thrown))
      .finally(() => {
        this.#writing -= 1
      })
    return id
  }

  /** Undefined: it has gone, or was never here. */
  async find(id: string): Promise<Uint8Array | undefined> {
    await this.#written
    const kept = this.#kept.get(id)
    const bytes = kept === undefined ? undefined : await readFile(kept.path).catch(() => undefined)
    return bytes !== undefined && pictureId(bytes) === id ? bytes : undefined
  }

  /** Forgets them all: they show another part. */
  async clear(): Promise<void> {
    await this.#written
    for (const [id, kept] of this.#kept) {
      this.#forget(id, kept)
      await rm(kept.path, { force: true })
    }
  }

  /** Resolves when what waits is on disk. */
  async close(): Promise<void> {
    await this.#written
  }

  #enter(id: string, kept: Kept): void {
    this.#kept.set(id, kept)
    this.#bytes += kept.bytes
  }

  #lost(id: string, thrown: unknown): void {
    const { counters, log } = this.#ports
    counters.add('teach_frames_lost', 'disk')
    log.warn({ reason: toAppError(thrown, 'store.unavailable').message }, 'a frame was not kept for correction')
    const kept = this.#kept.get(id)
    if (kept !== undefined) this.#forget(id, kept)
  }

  #forget(id: string, { bytes }: Kept): void {
    this.#kept.delete(id)
    this.#bytes -= bytes
  }

  async #dropOverflow(): Promise<void> {
    for (const [id, kept] of this.#kept) {
      if (this.#kept.size <= this.#limits.frames && this.#bytes <= this.#limits.bytes) return
      this.#forget(id, kept)
      await rm(kept.path, { force: true })
    }
  }
}
