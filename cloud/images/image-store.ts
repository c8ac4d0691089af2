// Where the bytes of verified images are kept, under their hash: a folder, or an S3 bucket (s3-image-store.ts).
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'

/** Tenants do not share files: that one has a picture is not told to another. */
export interface ImageKey {
  readonly tenant: string
  readonly sha256: string
}

export interface ImageStore {
  /** Takes the whole, verified file at `path`, of which nothing is left there afterwards. Durable when it resolves. */
  keep(key: ImageKey, path: string, bytes: number): Promise<void>
  /** Is it kept, with this length? */
  has(key: ImageKey, bytes: number): Promise<boolean>
  open(key: ImageKey): Promise<Readable>
}

/** Files `{folder}/{tenant}/{two digits}/{sha256}`, which appear whole: on the same file system as what they come from. */
export function createFolderImageStore(folder: string): ImageStore {
  const pathOf = ({ tenant, sha256 }: ImageKey) => join(folder, tenant, sha256.slice(0, 2), sha256)
  return {
    async keep(key, path) {
      const kept = pathOf(key)
      await sync(path)
      const firstMade = await mkdir(dirname(kept), { recursive: true })
      await rename(path, kept)
      await sync(dirname(kept))
      // A new folder lasts once the one above it is on the medium too.
      if (firstMade === undefined) return
      for (let made = dirname(kept); made.length >= firstMade.length; made = dirname(made)) await sync(dirname(made))
    },
    async has(key, bytes) {
      const found = await stat(pathOf(key)).catch(() => undefined)
      return found?.size === bytes
    },
    async open(key) {
      const handle = await open(pathOf(key), 'r')
      return createReadStream('', { fd: handle })
    },
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
