// Images in an S3 bucket: each goes there in one piece through the tus S3 store, once the hub has verified it on its own disk.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { MetadataValue } from '@tus/s3-store'
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
  /** A request on which nothing moves for this long is given up; default 60 s. */
  readonly idleMs?: number
}

/**
 * Uploads arrive on the hub's disk and not in the bucket itself: the small chunks of a slow link would each become an
 * object to be read back and joined, and the hash could not be checked before the bytes are there.
 */
export async function openS3ImageStore(location: S3Location): Promise<ImageStore> {
  const [{ S3Store }, { Upload }] = await Promise.all([import('@tus/s3-store'), import('@tus/server')])
  // Without it the store would go on with the parts of an attempt that failed, and join them to those of the next.
  const begun = createBegunUploads()
  const store = new S3Store({ s3ClientConfig: clientConfig(location), useTags: false, cache: begun })
  const idOf = ({ tenant, sha256 }: ImageKey) =>
    [location.prefix, tenant, sha256].filter((part) => part !== '').join('/')
  return {
    async keep(key, path, bytes) {
      const id = idOf(key)
      await begun.delete(id)
      try {
        const written = await reached(async () => {
          await store.create(new Upload({ id, size: bytes, offset: 0, metadata: {} }))
          return await store.write(createReadStream(path), id, 0)
        })
        if (written !== bytes) throw new AppError('store.unavailable', `the bucket took ${written} of ${bytes} bytes`)
      } catch (thrown) {
        // Its parts are of no use any more; where they cannot be removed either, a lifecycle rule does it.
        await store.remove(id).catch(() => undefined)
        throw thrown
      }
      await rm(path, { force: true })
    },
    async has(key) {
      return await reached(async () => {
        const hash = createHash('sha256')
        try {
          for await (const chunk of await store.read(idOf(key))) hash.update(chunk as Buffer)
        } catch (thrown) {
          if (thrown instanceof Error && thrown.name === 'NoSuchKey') return false
          throw thrown
        }
        return hash.digest('hex') === key.sha256
      })
    },
    open: async (key) => await reached(async () => await store.read(idOf(key))),
  }
}

/** What the tus store remembers of uploads that are under way. Bound: those; each is forgotten when it ends. */
function createBegunUploads() {
  const uploads = new Map<string, MetadataValue>()
  return {
    get: (id: string) => Promise.resolve(uploads.get(id)),
    set: (id: string, value: MetadataValue) => Promise.resolve(void uploads.set(id, value)),
    delete: (id: string) => Promise.resolve(void uploads.delete(id)),
  }
}

const connectMs = 10_000

function clientConfig({ bucket, endpoint, region, credentials, idleMs = 60_000 }: S3Location) {
  return {
    bucket,
    region,
    requestHandler: { connectionTimeout: Math.min(connectMs, idleMs), socketTimeout: idleMs },
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? {} : { ...elsewhere, endpoint }),
  }
}

/** Many stores that are not Amazon's know neither buckets in the host's name nor the check sums behind a body. */
const elsewhere = {
  forcePathStyle: true,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const

async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new AppError('store.unavailable', 'the bucket of the images does not answer as it should', { cause })
  }
}
