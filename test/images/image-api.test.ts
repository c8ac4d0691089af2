// What the API answers about flights and images: what there is, thumbnails, and problem documents for everything else.
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { FlightItem, ImageItem } from '../../cloud/images/image-schemas.ts'
import { createCounters } from '../../edge/counters.ts'
import { startCameras } from '../../edge/cameras/cameras.ts'
import { startImageUplink, type ImageUplink } from '../../edge/images/image-uplink.ts'
import { completedImages } from '../../edge/images/images-config.ts'
import { MisbehavingCamera } from '../../firmware-bridge/cameras/misbehaving-camera.ts'
import { sampleJpegs } from '../../firmware-bridge/cameras/sample-images.ts'
import { until } from '../programs/until.ts'
import { droneJpeg, droneTiff, plainShot } from './drone-image.ts'
import { startImageHub, type ImageHub } from './image-hub.ts'
import { mjpegCamera } from '../edge/mjpeg-camera.ts'

const limitMs = 20_000
const flight = '20260722-0012-3fa9c1d2'

describe('the API of images', () => {
  let folder: string
  let hub: ImageHub
  let uplink: ImageUplink
  let storeIsAway = false
  const photos: Buffer[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-image-api-'))
    hub = await startImageHub(join(folder, 'hub'), (store) => ({
      ...store,
      async open(key) {
        if (storeIsAway) throw new AppError('store.unavailable', 'the bucket does not answer')
        return await store.open(key)
      },
    }))
    const file = { upload: { url: hub.url } }
    const options = { ...completedImages(file, folder, 'mqtts://localhost:1'), dataFolder: join(folder, 'data') }
    const parts = { counters: createCounters(), clock: systemClock, log: silentLog, random: () => 0.5 }
    uplink = await startImageUplink(options, { ...parts, tls: await hub.tlsOf('drone') })
    const whole = await droneJpeg(plainShot)
    const broken = Buffer.concat([whole.subarray(0, 20), Buffer.alloc(5000, 1)])
    photos.push(whole, await droneJpeg({ ...plainShot, seed: 2, bytes: 20_000 }), await droneTiff(plainShot), broken)
    for (const [index, bytes] of photos.entries()) {
      const { lat, lon } = plainShot
      const facts = { timeMs: 1000 * (index + 1), timeFrom: 'exif', flight, position: { lat, lon } } as const
      await uplink.sink.put({ name: `写真 "${index}".jpg`, bytes, facts })
    }
    await until('the images are at the hub', limitMs, async () =>
      (await hub.items('/api/v1/images')).length === photos.length ? true : undefined,
    )
  })
  afterAll(async () => {
    await uplink.stop()
    await hub.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const idOf = (bytes: Buffer): string =>
    encodeURIComponent(`kimitsu/${createHash('sha256').update(bytes).digest('hex')}`)
  const photo = (index: number): Buffer => photos[index] ?? Buffer.alloc(0)
  async function problem(path: string): Promise<unknown> {
    const response = await hub.get(path)
    const { status, code } = (await response.json()) as { readonly status: number; readonly code: string }
    expect([response.headers.get('content-type'), response.status]).toEqual([
      expect.stringMatching(/^application\/problem\+json/),
      status,
    ])
    return `${status} ${code}`
  }

  it('lists the newest first, as many as asked for, of one flight, gateway or field', async () => {
    const times = async (query: string) =>
      (await hub.items<ImageItem>(`/api/v1/images?${query}`)).map(({ time }) => time)
    expect(await times('limit=2')).toEqual([4000, 3000])
    expect(await times(`flight=${encodeURIComponent(`kimitsu/${flight}`)}`)).toEqual([4000, 3000, 2000, 1000])
    expect(await times('gateway=kimitsu/drone&limit=1')).toEqual([4000])
    expect(await times('gateway=kimitsu/other')).toEqual([])
    expect(await times('site=kimitsu/drone/none')).toEqual([])
    const [listed] = await hub.items<FlightItem>('/api/v1/flights')
    expect(listed).toMatchObject({ id: `kimitsu/${flight}`, images: 4, from: 1000, to: 4000, sites: [] })
    expect(await hub.items('/api/v1/flights?gateway=kimitsu/other')).toEqual([])
    const path = `/api/v1/flights/${encodeURIComponent(`kimitsu/${flight}`)}`
    const detail = (await (await hub.get(path)).json()) as { readonly list: readonly ImageItem[] }
    expect(detail.list.map(({ time }) => time)).toEqual([1000, 2000, 3000, 4000])
    const footprint = await hub.get(`${path}/footprint`)
    expect(footprint.headers.get('content-type')).toMatch(/^application\/geo\+json/)
    const { lat, lon } = plainShot
    expect(await footprint.json()).toMatchObject({
      type: 'FeatureCollection',
      features: [{ geometry: null }, ...photos.map(() => ({ geometry: { type: 'Point', coordinates: [lon, lat] } }))],
    })
  })

  it('gives originals with their names and types, a TIFF as a download', async () => {
    const jpeg = await hub.get(`/api/v1/images/${idOf(photo(0))}/file`)
    expect(Buffer.from(await jpeg.arrayBuffer()).equals(photo(0))).toBe(true)
    expect(jpeg.headers.get('content-type')).toBe('image/jpeg')
    expect(jpeg.headers.get('x-content-type-options')).toBe('nosniff')
    const name = encodeURIComponent('写真 "0".jpg')
    expect(jpeg.headers.get('content-disposition')).toBe(`inline; filename*=UTF-8''${name}`)
    const tiff = await hub.get(`/api/v1/images/${idOf(photo(2))}/file`)
    expect(tiff.headers.get('content-disposition')).toMatch(/^attachment; /)
    expect(Buffer.from(await tiff.arrayBuffer()).equals(photo(2))).toBe(true)
  })

  it('lets nobody show a copy unasked, and sends what is known already no second time', async () => {
    for (const kind of ['file', 'thumbnail']) {
      const path = `/api/v1/images/${idOf(photo(0))}/${kind}`
      const first = await hub.get(path)
      await first.arrayBuffer()
      expect(first.headers.get('cache-control')).toBe('private, no-cache')
      const tag = first.headers.get('etag') ?? ''
      const again = await hub.get(path, { 'if-none-match': tag })
      expect([again.status, (await again.arrayBuffer()).byteLength]).toEqual([304, 0])
      expect(again.headers.get('etag')).toBe(tag)
      const other = await hub.get(path, { 'if-none-match': '"of another picture"' })
      expect([other.status, (await other.arrayBuffer()).byteLength > 0]).toEqual([200, true])
    }
  })

  it('makes thumbnails of JPEG and TIFF, and keeps them', async () => {
    for (const index of [0, 2]) {
      const path = `/api/v1/images/${idOf(photo(index))}/thumbnail`
      const made = await hub.get(path)
      expect(made.headers.get('content-type')).toBe('image/webp')
      const bytes = Buffer.from(await made.arrayBuffer())
      expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 480, height: 360 })
      storeIsAway = true
      expect(Buffer.from(await (await hub.get(path)).arrayBuffer()).equals(bytes)).toBe(true)
      storeIsAway = false
    }
  })

  it('tells a picture that cannot be unpacked from a store that is away', async () => {
    expect(await problem(`/api/v1/images/${idOf(photo(3))}/thumbnail`)).toBe('422 image.invalid')
    storeIsAway = true
    expect(await problem(`/api/v1/images/${idOf(photo(1))}/thumbnail`)).toBe('503 store.unavailable')
    expect(await problem(`/api/v1/images/${idOf(photo(1))}/file`)).toBe('503 store.unavailable')
    storeIsAway = false
    expect((await hub.get(`/api/v1/images/${idOf(photo(1))}/thumbnail`)).status).toBe(200)
  })

  it('answers what is not there, and paths for ids, with a problem document', async () => {
    const before = await readdir(join(folder, 'hub/images'), { recursive: true })
    const away = ['kimitsu', 'kimitsu/none', 'kimitsu/', '/', `other/${'0'.repeat(64)}`, '../../hub.sqlite']
    const paths = ['..', 'a/../../..', 'kimitsu/../kimitsu', 'kimitsu/..%2f..', '\0', '../kept/kimitsu']
    for (const id of [...away, ...paths].map(encodeURIComponent)) {
      for (const route of [`images/${id}`, `images/${id}/file`, `images/${id}/thumbnail`, `flights/${id}`]) {
        expect(`${route} ${String(await problem(`/api/v1/${route}`))}`).toBe(`${route} 404 not-found`)
      }
    }
    expect(await problem('/api/v1/images?flight=nonsense')).toBe('404 not-found')
    for (const limit of ['0', '1001', '-1', '1.5', 'all', '']) {
      expect(await problem(`/api/v1/images?limit=${limit}`)).toBe('400 payload.schema')
      expect(await problem(`/api/v1/flights?limit=${limit}`)).toBe('400 payload.schema')
    }
    expect(await problem(`/api/v1/images/${'a'.repeat(200)}`)).toBe('400 payload.schema')
    expect(await readdir(join(folder, 'hub/images'), { recursive: true })).toEqual(before)
  })

  it('has the snapshots that a camera keeps, with its id and the time of the picture', async () => {
    const images = await sampleJpegs(3)
    const camera = new MisbehavingCamera({ kind: 'mjpeg', images })
    await camera.start()
    const fromMs = Date.now()
    const cameras = await startCameras(
      {
        cameras: [mjpegCamera(camera.url, { healthIntervalS: 1, keepEveryS: 0.02 })],
        inspections: [],
        connections: [],
      },
      {
        deliver: () => undefined,
        emitEvent: () => undefined,
        vision: undefined,
        clock: systemClock,
        log: silentLog,
        counters: createCounters(),
        random: Math.random,
        images: uplink.sink,
      },
    )
    try {
      const snapshot = await until('a snapshot is at the hub', limitMs, async () =>
        (await hub.items<ImageItem>('/api/v1/images')).find(({ facts }) => facts.device === 'camera-1'),
      )
      expect(snapshot).toMatchObject({ gateway: 'kimitsu/drone', flight: null, facts: { timeFrom: 'gateway' } })
      expect(snapshot.name).toBe(`camera-1-${new Date(snapshot.time).toISOString().replaceAll(/[-:.]/g, '')}.jpg`)
      expect(snapshot.time).toBeGreaterThanOrEqual(fromMs)
      expect(snapshot.time).toBeLessThanOrEqual(snapshot.receivedAt)
      const file = await hub.get(`/api/v1/images/${encodeURIComponent(snapshot.id)}/file`)
      const bytes = Buffer.from(await file.arrayBuffer())
      expect(images.some((image) => image.equals(bytes))).toBe(true)
    } finally {
      await cameras.stop()
      await camera.stop()
    }
  })
})
