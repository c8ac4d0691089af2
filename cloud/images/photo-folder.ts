// Photos that people take, on the hub's disk: made small and clean of what a camera writes into them, named by their hash.
import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'

const longestSidePx = 1600
const maxPixels = 50_000_000

export class PhotoFolder {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Keeps a picture, without its metadata; it is on the medium when this resolves. Returns its hash. Throws `image.invalid`. */
  async keep(bytes: Buffer): Promise<string> {
    const picture = await cleaned(bytes)
    const hash = createHash('sha256').update(picture).digest('hex')
    await mkdir(this.#folder, { recursive: true })
    const path = this.#path(hash)
    const file = await open(`${path}.new`, 'w')
    try {
      await file.writeFile(picture)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${path}.new`, path)
    return hash
  }

  /** Undefined: it is not there any more. */
  async find(hash: string): Promise<Buffer | undefined> {
    return await readFile(this.#path(hash)).catch(() => undefined)
  }

  #path(hash: string): string {
    return join(this.#folder, `${hash}.jpg`)
  }
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
