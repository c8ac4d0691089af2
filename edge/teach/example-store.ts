// Keeps the pictures that a product was taught with, good and bad, in a folder that a person can open and that never outgrows its bounds.
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'

export type Judgement = 'good' | 'bad'
const judgements: readonly Judgement[] = ['good', 'bad']

/** Bound: so many pictures of each judgement and bytes of both. Overflow: the oldest of the same judgement goes. Owner: the store. */
export interface ExampleLimits {
  readonly good: number
  readonly bad: number
  readonly bytes: number
}

export const defaultExampleLimits: ExampleLimits = { good: 60, bad: 30, bytes: 64 * 2 ** 20 }

export interface Example {
  readonly judgement: Judgement
  /** See pictureId. */
  readonly id: string
  readonly path: string
  readonly bytes: number
  /** When it was added; milliseconds since the Unix epoch. */
  readonly addedMs: number
}

interface Added {
  readonly example: Example
  /** The same picture stood in the set with the other judgement. */
  readonly corrected: boolean
  readonly dropped: readonly Example[]
}

/** First 16 hexadecimal digits of the sha-256 of a picture: by which frames, events and examples name it. */
export function pictureId(picture: Uint8Array): string {
  return createHash('sha256').update(picture).digest('hex').slice(0, 16)
}

/** `{13 digits of time}-{id}.img` under `good/` and `bad/`; what comes there by hand (a copied JPEG) counts too, its time is the file's. */
const ownName = /^(\d{13})-([0-9a-f]{16})\.img$/
const pictureName = /\.(img|jpe?g|png|tiff?|webp)$/i

/** One writer at a time: the owner calls one method after the other. */
export class ExampleStore {
  readonly #folder: string
  readonly #limits: ExampleLimits

  constructor(folder: string, limits: ExampleLimits = defaultExampleLimits) {
    this.#folder = folder
    this.#limits = limits
  }

  /** Oldest first. */
  async list(): Promise<readonly Example[]> {
    const lists = await Promise.all(judgements.map((judgement) => this.#listOf(judgement)))
    return lists.flat().sort((a, b) => a.addedMs - b.addedMs || (a.path < b.path ? -1 : 1))
  }

  /**
   * Adds a picture, or moves it here from the other judgement. Durable when it resolves. Throws AppError `limit.exceeded` for one
   * that alone is over the bound, `store.unavailable` where it cannot be written.
   */
  async add(judgement: Judgement, picture: Uint8Array, nowMs: number): Promise<Added> {
    if (picture.length === 0 || picture.length > this.#limits.bytes) {
      throw new AppError('limit.exceeded', `an example of ${picture.length} bytes; 1 to ${this.#limits.bytes} are kept`)
    }
    const id = pictureId(picture)
    const before = (await this.list()).filter((example) => example.id === id)
    const folder = join(this.#folder, judgement)
    const path = join(folder, `${String(nowMs).padStart(13, '0')}-${id}.img`)
    try {
      await mkdir(folder, { recursive: true })
      await writeWhole(path, picture)
      await Promise.all(
        before.filter((example) => example.path !== path).map((example) => rm(example.path, { force: true })),
      )
    } catch (cause) {
      throw new AppError('store.unavailable', 'an example could not be kept', { cause })
    }
    const example = { judgement, id, path, bytes: picture.length, addedMs: nowMs }
    return {
      example,
      corrected: before.some((other) => other.judgement !== judgement),
      dropped: await this.#dropOverflow(example),
    }
  }

  /** Undefined: there is none of this id. */
  async remove(id: string): Promise<Example | undefined> {
    const found = (await this.list()).filter((example) => example.id === id)
    await Promise.all(found.map(({ path }) => rm(path, { force: true })))
    return found[0]
  }

  async #dropOverflow(newest: Example): Promise<readonly Example[]> {
    const others = (await this.list()).filter((example) => example.path !== newest.path)
    const dropped: Example[] = []
    const same = others.filter(({ judgement }) => judgement === newest.judgement)
    let bytes = others.reduce((sum, example) => sum + example.bytes, newest.bytes)
    let count = same.length + 1
    for (const example of [...same, ...others.filter((other) => !same.includes(other))]) {
      const isSame = example.judgement === newest.judgement
      if (!(bytes > this.#limits.bytes || (isSame && count > this.#limits[newest.judgement]))) continue
      await rm(example.path, { force: true })
      bytes -= example.bytes
      if (isSame) count -= 1
      dropped.push(example)
    }
    return dropped
  }

  async #listOf(judgement: Judgement): Promise<readonly Example[]> {
    const folder = join(this.#folder, judgement)
    const names = await readdir(folder).catch(() => [] as string[])
    const found = await Promise.all(
      names.filter((name) => pictureName.test(name)).map((name) => exampleAt(judgement, folder, name)),
    )
    return found.filter((example) => example !== undefined)
  }
}

async function exampleAt(judgement: Judgement, folder: string, name: string): Promise<Example | undefined> {
  const path = join(folder, name)
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true) return undefined
  const own = ownName.exec(name)
  const id = own?.[2] ?? createHash('sha256').update(name).digest('hex').slice(0, 16)
  return { judgement, id, path, bytes: found.size, addedMs: own === null ? Math.round(found.mtimeMs) : Number(own[1]) }
}

/** Written beside, synced, renamed: after a power cut the file is whole or absent. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.part`
  const file = await open(beside, 'w')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
}
