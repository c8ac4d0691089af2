// What `musubi hub` is told about images: where they are kept, how much of them, and the credentials of a bucket.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../broker/contract/app-error.ts'
import type { ImageSettings } from '../cloud/images/images.ts'
import { openS3ImageStore } from '../cloud/images/s3-image-store.ts'
import { defaultUploadLimits } from '../cloud/images/uploads.ts'

export const imageFlags = {
  images: { type: 'string' },
  'image-quota': { type: 'string' },
  'image-reserve': { type: 'string' },
} as const

export type ImageFlags = Readonly<Partial<Record<keyof typeof imageFlags, string>>>

export const imageUsage = `  --images WHERE      "folder" (default: DATA/images) or s3://BUCKET/PREFIX (MUSUBI_IMAGES); a bucket's region, endpoint and
                      keys come from MUSUBI_S3_REGION, MUSUBI_S3_ENDPOINT, MUSUBI_S3_KEY_ID and MUSUBI_S3_SECRET
  --image-quota MB    for the images of one gateway (MUSUBI_IMAGE_QUOTA; default 51200)
  --image-reserve MB  of the disk are never filled with images (MUSUBI_IMAGE_RESERVE; default 1024)`

type Environment = Readonly<Record<string, string | undefined>>

/** Throws `config.invalid`. */
export async function imageSettingsOf(
  flags: ImageFlags,
  data: string,
  environment: Environment,
): Promise<ImageSettings> {
  const folder = join(data, 'images')
  await mkdir(folder, { recursive: true })
  const { quotaBytes, reserveBytes } = defaultUploadLimits
  return {
    folder,
    limits: {
      ...defaultUploadLimits,
      quotaBytes: bytesOf('image-quota', flags['image-quota'] ?? environment['MUSUBI_IMAGE_QUOTA'], quotaBytes),
      reserveBytes: bytesOf(
        'image-reserve',
        flags['image-reserve'] ?? environment['MUSUBI_IMAGE_RESERVE'],
        reserveBytes,
      ),
    },
    openBucket: bucketOf(flags.images ?? environment['MUSUBI_IMAGES'] ?? 'folder', environment),
  }
}

const mebibyte = 2 ** 20

function bytesOf(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const mebibytes = Number(text)
  if (Number.isFinite(mebibytes) && mebibytes >= 0 && text.trim() !== '') return mebibytes * mebibyte
  throw new AppError('config.invalid', `--${flag} is "${text}"; it is a number of MB, for example 1024`)
}

function bucketOf(where: string, environment: Environment): ImageSettings['openBucket'] {
  if (where === 'folder') return undefined
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]+[a-z0-9])(?:\/(.*?))?\/?$/.exec(where) ?? []
  if (bucket === undefined) {
    throw new AppError('config.invalid', `--images is "${where}"; it is folder or s3://bucket/prefix`)
  }
  const accessKeyId = environment['MUSUBI_S3_KEY_ID']
  const secretAccessKey = environment['MUSUBI_S3_SECRET']
  return () =>
    openS3ImageStore({
      bucket,
      prefix,
      endpoint: environment['MUSUBI_S3_ENDPOINT'],
      region: environment['MUSUBI_S3_REGION'] ?? 'us-east-1',
      credentials:
        accessKeyId === undefined || secretAccessKey === undefined ? undefined : { accessKeyId, secretAccessKey },
    })
}
