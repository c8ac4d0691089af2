// Small pictures for lists and maps, made when first asked for and kept beside the images.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Log } from '../../broker/contract/ports.ts'
import type { ImageKey, ImageStore } from './image-store.ts'

const longestSidePx = 480
/** A camera of 200 megapixels; a larger picture is refused before it is unpacked. */
const maxPixels = 210_000_000
/** Thumbnails that wait or are being made; one more is answered 503. Owner: Thumbnails. */
const maxWaiting = 64

/**
 * Thumbnails are WebP, upright, at most 480 px wide and high. One is made at a time: unpacking takes a core and up to
 * some hundred MB. They may all be deleted at any time.
 */
export class Thumbnails {
  readonly #folder: string
  readonly #store: ImageStore
  readonly #log: Log
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor({ folder, store, log }: { readonly folder: string; readonly store: ImageStore; readonly log: Log }) {
    this.#folder = folder
    this.#store = store
    this.#log = log
  }

  /** WebP bytes. Throws `image.invalid` for a picture that cannot be unpacked, `ingest.overloaded` when too many wait, and what the store throws. */
  async get(key: ImageKey): Promise<Buffer> {
    const path = join(this.#folder, key.tenant, key.sha256.slice(0, 2), `${key.sha256}.webp`)
    const kept = await readFile(path).catch(() => undefined)
    if (kept !== undefined) return kept
    if (this.#waiting >= maxWaiting) throw new AppError('ingest.overloaded', 'too many thumbnails are being made')
    this.#waiting += 1
    const made = this.#last.then(async () => await this.#make(key, path))
    this.#last = made.catch(() => undefined).finally(() => (this.#waiting -= 1))
    return await made
  }

  async #make(key: ImageKey, path: string): Promise<Buffer> {
    const { default: sharp } = await import('sharp')
    sharp.cache(false)
    sharp.concurrency(1)
    const shrink = sharp({ limitInputPixels: maxPixels, failOn: 'error' })
      .autoOrient()
      .resize(longestSidePx, longestSidePx, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 75 })
    const source = await this.#store.open(key)
    let bytes: Buffer
    try {
      const [output] = await Promise.all([shrink.toBuffer(), pipeline(source, shrink)])
      bytes = output
    } catch (cause) {
      this.#log.warn({ err: cause, ...key }, 'no thumbnail could be made')
      throw new AppError('image.invalid', 'no thumbnail can be made of this image', { cause })
    }
    await mkdir(dirname(path), { recursive: true })
    await writeFile(`${path}.new`, bytes)
    await rename(`${path}.new`, path)
    return bytes
  }
}
