// Images in an S3 bucket: each goes there in one piece through the tus S3 store, once the hub has verified it on its own disk.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { AppError } from '../../broker/contract/app-error.ts'
import type { ImageKey, ImageStore } from './image-store.ts'

export interface S3Location {
  readonly bucket: string
  /** Without slashes at its ends; empty: none. */
  readonly prefix: string
  /** Of another S3 than Amazon's; then with the bucket in the path. */
  readonly endpoint: string | undefined
  readonly region: string
  /** Undefined: where the AWS SDK looks for them. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined
}

/**
 * Uploads arrive on the hub's disk and not in the bucket itself: the small chunks of a slow link would each become an
 * object to be read back and joined, and the hash could not be checked before the bytes are there.
 */
export async function openS3ImageStore(location: S3Location): Promise<ImageStore> {
  const [{ S3Store }, { Upload }] = await Promise.all([import('@tus/s3-store'), import('@tus/server')])
  const { bucket, prefix, endpoint, region, credentials } = location
  const store = new S3Store({
    s3ClientConfig: {
      bucket,
      region,
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      ...(credentials === undefined ? {} : { credentials }),
    },
    useTags: false,
  })
  const idOf = ({ tenant, sha256 }: ImageKey) => [prefix, tenant, sha256].filter((part) => part !== '').join('/')
  return {
    async keep(key, path, bytes) {
      const id = idOf(key)
      const written = await reached(async () => {
        await store.create(new Upload({ id, size: bytes, offset: 0, metadata: {} }))
        return await store.write(createReadStream(path), id, 0)
      })
      if (written !== bytes) throw new AppError('store.unavailable', `the bucket took ${written} of ${bytes} bytes`)
      await rm(path, { force: true })
    },
    async has(key) {
      const found = await store.read(idOf(key)).catch(() => undefined)
      if (found === undefined) return false
      const hash = createHash('sha256')
      for await (const chunk of found) hash.update(chunk as Buffer)
      return hash.digest('hex') === key.sha256
    },
    open: async (key) => await reached(async () => await store.read(idOf(key))),
  }
}

async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new AppError('store.unavailable', 'the bucket of the images does not answer as it should', { cause })
  }
}
