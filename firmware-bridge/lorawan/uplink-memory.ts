// What a connection remembers of uplinks: those that were taken, so that none counts twice, and frame counters, which show those that were lost.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'

/** Owner: one connection. The oldest is forgotten first; a network server repeats within minutes, if at all. */
const maxIds = 4096
const maxCounters = 4096
/** A frame this much older than the newest of its session came late; older ones are of a device that began anew. */
const lateFrames = 16
const saveDelayMs = 5000

interface FrameCounter {
  readonly session: string
  readonly fCnt: number
}

/**
 * Outlasts a restart through a small file, written 5 s after the first change and at the end. A power cut forgets the last
 * seconds; an uplink of these that the broker delivers again is then stored a second time, with the same time and value.
 */
export class UplinkMemory {
  readonly #dependencies: { readonly clock: Clock; readonly log: Log; readonly folder: string | undefined }
  readonly #ids = new Set<string>()
  readonly #counters = new Map<string, FrameCounter>()
  #timer: Timer | undefined
  #saving: Promise<void> = Promise.resolve()
  #isChanged = false

  constructor(dependencies: { readonly clock: Clock; readonly log: Log; readonly folder: string | undefined }) {
    this.#dependencies = dependencies
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  /** The uplink with this id is kept. */
  add(id: string): void {
    this.#ids.delete(id)
    this.#ids.add(id)
    forgetOldest(this.#ids, maxIds)
    this.#changed()
  }

  /** How many uplinks of a device were lost before this one, by its frame counter. */
  lostBefore(device: string, session: string, fCnt: number): number {
    const last = this.#counters.get(device)
    const goesOn = last !== undefined && last.session === session
    if (goesOn && fCnt <= last.fCnt && fCnt > last.fCnt - lateFrames) return 0
    this.#counters.delete(device)
    this.#counters.set(device, { session, fCnt })
    forgetOldest(this.#counters, maxCounters)
    this.#changed()
    return goesOn && fCnt > last.fCnt ? fCnt - last.fCnt - 1 : 0
  }

  /** Reads the file of an earlier run. A file that cannot be read is as good as none. */
  async open(): Promise<void> {
    const path = this.#path
    if (path === undefined) return
    try {
      const stored = JSON.parse(await readFile(path, 'utf8')) as unknown
      if (!isStored(stored)) return
      for (const id of stored.ids.slice(-maxIds)) this.#ids.add(id)
      for (const [device, counter] of stored.counters.slice(-maxCounters)) this.#counters.set(device, counter)
    } catch (error) {
      this.#dependencies.log.debug({ error, path }, 'no memory of earlier uplinks')
    }
  }

  async close(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    await this.#saving
    if (this.#isChanged) await this.#save()
  }

  get #path(): string | undefined {
    const { folder } = this.#dependencies
    return folder === undefined ? undefined : join(folder, 'uplinks.json')
  }

  #changed(): void {
    if (this.#path === undefined) return
    this.#isChanged = true
    this.#timer ??= this.#dependencies.clock.setTimer(() => {
      this.#timer = undefined
      this.#saving = this.#saving.then(() => this.#save())
    }, saveDelayMs)
  }

  /** Whole or not at all: a file that is being written never takes the place of the one before. */
  async #save(): Promise<void> {
    const { folder, log } = this.#dependencies
    const path = this.#path
    if (folder === undefined || path === undefined) return
    this.#isChanged = false
    try {
      await mkdir(folder, { recursive: true })
      await writeFile(`${path}.new`, JSON.stringify({ ids: [...this.#ids], counters: [...this.#counters] }))
      await rename(`${path}.new`, path)
    } catch (error) {
      this.#isChanged = true
      log.warn({ error, path }, 'the memory of uplinks could not be written')
    }
  }
}

function forgetOldest(entries: Set<string> | Map<string, FrameCounter>, max: number): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= max) return
    entries.delete(oldest)
  }
}

function isStored(
  value: unknown,
): value is { readonly ids: readonly string[]; readonly counters: readonly (readonly [string, FrameCounter])[] } {
  const { ids, counters } = value as Readonly<Record<string, unknown>>
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string') || !Array.isArray(counters)) return false
  return counters.every(
    (entry: unknown) =>
      Array.isArray(entry) &&
      typeof entry[0] === 'string' &&
      typeof (entry[1] as FrameCounter | null)?.session === 'string' &&
      typeof (entry[1] as FrameCounter).fCnt === 'number',
  )
}
