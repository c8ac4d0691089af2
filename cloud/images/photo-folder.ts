// Photos that people take, on the hub's disk: made small and clean of what a camera writes into them, named by their hash.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { isSystemFault } from '../../broker/contract/system-fault.ts'

const longestSidePx = 1600
const thumbnailPx = 320
const maxPixels = 50_000_000

export interface KeptPhoto {
  readonly hash: string
  readonly bytes: number
}

/** Gives the JPEG that may be kept of what somebody sent. Throws AppError. */
export type PhotoCleaner = (bytes: Buffer) => Promise<Buffer>

export class PhotoFolder {
  readonly #folder: string
  readonly #clean: PhotoCleaner

  /** `clean`: makes it small and leaves out what the camera wrote where absent. */
  constructor(folder: string, clean: PhotoCleaner = cleaned) {
    this.#folder = folder
    this.#clean = clean
  }

  /** As `keepClean`, of what somebody sent. Throws what the cleaner throws too: by itself `image.invalid`. */
  async keep(bytes: Buffer): Promise<KeptPhoto> {
    return await this.keepClean(await this.#clean(bytes))
  }

  /**
   * Keeps a JPEG as it is; it is on the medium when this resolves, and nothing of it is there when it rejects. Throws
   * `image.disk-full` where the disk has no room.
   */
  async keepClean(picture: Buffer): Promise<KeptPhoto> {
    const hash = createHash('sha256').update(picture).digest('hex')
    const part = join(this.#folder, `${hash}.${randomUUID()}.new`)
    try {
      await mkdir(this.#folder, { recursive: true })
      const file = await open(part, 'w')
      try {
        await file.writeFile(picture)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(part, this.#path(hash))
    } catch (thrown) {
      await rm(part, { force: true })
      if (!isDiskFull(thrown)) throw thrown
      throw new AppError('image.disk-full', 'the disk of the hub has no room for the photo', { cause: thrown })
    }
    return { hash, bytes: picture.length }
  }

  /** `small`: at most 320 px wide and high. Undefined: it is not there any more. */
  async find(hash: string, small = false): Promise<Buffer | undefined> {
    const bytes = await readFile(this.#path(hash)).catch(() => undefined)
    return bytes !== undefined && small ? await reduced(bytes) : bytes
  }

  /** Undefined: it is not there. */
  async sizeOf(hash: string): Promise<number | undefined> {
    return (await stat(this.#path(hash)).catch(() => undefined))?.size
  }

  async delete(hash: string): Promise<void> {
    await rm(this.#path(hash), { force: true })
  }

  /** Removes what nobody owns: files older than `beforeMs` (Unix ms) of which `isOwned` says no, and parts of a run that was cut off. */
  async sweep(beforeMs: number, isOwned: (hash: string) => boolean): Promise<number> {
    let removed = 0
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const hash = /^([0-9a-f]{64})\.jpg$/.exec(name)?.[1]
      if (hash !== undefined && isOwned(hash)) continue
      const path = join(this.#folder, name)
      const about = await stat(path).catch(() => undefined)
      if (about === undefined || about.mtimeMs >= beforeMs) continue
      await rm(path, { force: true })
      removed += 1
    }
    return removed
  }

  #path(hash: string): string {
    return join(this.#folder, `${hash}.jpg`)
  }
}

function isDiskFull(thrown: unknown): boolean {
  return isSystemFault(thrown, 'ENOSPC', 'EDQUOT')
}

async function reduced(bytes: Buffer): Promise<Buffer> {
  const { default: sharp } = await import('sharp')
  return await sharp(bytes).resize(thumbnailPx, thumbnailPx, { fit: 'inside' }).jpeg({ quality: 75 }).toBuffer()
}

/** A JPEG that shows the same and says nothing else: where and with what it was taken is left out. */
async function cleaned(bytes: Buffer): Promise<Buffer> {
  const { default: sharp } = await import('sharp')
  try {
    return await sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error' })
      .autoOrient()
      .resize(longestSidePx, longestSidePx, { fit: 'inside', withoutEnlargement: true })
      .jpeg({ quality: 80 })
      .toBuffer()
  } catch (cause) {
    throw new AppError('image.invalid', 'the photo cannot be read as a picture', { cause })
  }
}
