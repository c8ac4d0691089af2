// Images in a bucket: through the real tus S3 store and AWS SDK, against a bucket that works, one that fails for a while, and one that is not there.
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ImageStore } from '../../cloud/images/image-store.ts'
import { openS3ImageStore } from '../../cloud/images/s3-image-store.ts'
import { droneJpeg, plainShot } from './drone-image.ts'
import { startSmallS3, type SmallS3 } from './small-s3.ts'

const small = await droneJpeg(plainShot)
/** Of three parts of 8 MiB at most. */
const large = await droneJpeg({ ...plainShot, seed: 2, bytes: 20_000_000 })

describe('images in an S3 bucket', () => {
  let folder: string
  let s3: SmallS3

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-s3-'))
    s3 = await startSmallS3('fields')
  })
  afterEach(async () => {
    await s3.close()
    await rm(folder, { recursive: true, force: true })
  })

  const open = (change: { readonly bucket?: string; readonly prefix?: string; readonly idleMs?: number } = {}) =>
    openS3ImageStore({
      bucket: 'fields',
      prefix: 'drones/2026',
      endpoint: s3.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
      ...change,
    })
  const keyOf = (image: Buffer) => ({ tenant: 'kimitsu', sha256: createHash('sha256').update(image).digest('hex') })
  const objectOf = (image: Buffer): string => `drones/2026/kimitsu/${keyOf(image).sha256}`
  async function keep(store: ImageStore, image: Buffer): Promise<void> {
    const path = join(folder, 'arrived')
    await writeFile(path, image)
    await store.keep(keyOf(image), path, image.length)
  }

  it('come back as they were, of one part or several, and leave nothing on the disk', async () => {
    const store = await open()
    for (const image of [small, large]) {
      await keep(store, image)
      expect(s3.objects.get(objectOf(image))?.equals(image)).toBe(true)
      expect((await buffer(await store.open(keyOf(image)))).equals(image)).toBe(true)
      expect(await store.has(keyOf(image), image.length)).toBe(true)
    }
    expect(await store.has({ tenant: 'other', sha256: keyOf(small).sha256 }, small.length)).toBe(false)
    expect(await readdir(folder)).toEqual([])
    expect(s3.unfinished()).toBe(0)
  })

  it('are whole after a part was refused and the image was sent again', async () => {
    const store = await open()
    s3.refuse = ({ name, number }) =>
      name === 'part' && number === 3 ? { status: 403, code: 'AccessDenied' } : undefined
    await expect(keep(store, large)).rejects.toMatchObject({ code: 'store.unavailable' })
    expect(await readdir(folder)).toEqual(['arrived'])
    expect(await store.has(keyOf(large), large.length)).toBe(false)
    s3.refuse = () => undefined
    await keep(store, large)
    expect(s3.objects.get(objectOf(large))?.equals(large)).toBe(true)
    expect(s3.unfinished()).toBe(0)
  })

  it('are whole after the word of their completion was lost, and sent again', async () => {
    const store = await open()
    let completed = 0
    s3.refuse = ({ name }) => {
      if (name === 'complete') completed += 1
      return name === 'complete' && completed <= 3 ? { status: 500, code: 'InternalError' } : undefined
    }
    await expect(keep(store, large)).rejects.toMatchObject({ code: 'store.unavailable' })
    await keep(store, large)
    expect(s3.objects.get(objectOf(large))?.equals(large)).toBe(true)
  })

  it('stay on the disk where the bucket refuses, is not there, or does not answer', async () => {
    const store = await open()
    s3.refuse = () => ({ status: 403, code: 'AccessDenied' })
    await expect(keep(store, small)).rejects.toMatchObject({ code: 'store.unavailable' })
    await expect(store.open(keyOf(small))).rejects.toMatchObject({ code: 'store.unavailable' })
    // Neither yes nor no: an image that is there must not be taken for lost.
    await expect(store.has(keyOf(small), small.length)).rejects.toMatchObject({ code: 'store.unavailable' })
    s3.refuse = () => undefined
    await expect(keep(await open({ bucket: 'elsewhere' }), small)).rejects.toMatchObject({ code: 'store.unavailable' })
    s3.refuse = () => 'silent'
    await expect(keep(await open({ idleMs: 50 }), small)).rejects.toMatchObject({ code: 'store.unavailable' })
    expect(await readdir(folder)).toEqual(['arrived'])
  })
})
