import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../broker/contract/ports.ts'
import { PhotoBook, type PhotoLimits } from '../../cloud/images/photo-book.ts'
import { type HubDatabase, openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { createManualClock, type ManualClock } from '../edge/manual-clock.ts'
import { mayMount, mountSmallDisk, type SmallDisk } from '../faults/small-disk.ts'
import { temporaryFolder } from '../cloud/running-cloud.ts'
import { type DatabasePlaces, hubDatabases } from '../registry/hub-databases.ts'

const dayMs = 86_400_000
const order = { kind: 'work-order', id: 'order-1' } as const
const alarm = { kind: 'alarm', id: 'alarm-1' } as const

/** A picture that does not compress well; another for each `seed`. */
function photo(seed: number, side = 200): Promise<Buffer> {
  const noise = Buffer.alloc(side * side * 3)
  let state = seed
  for (let at = 0; at < noise.length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    noise[at] = state >>> 24
  }
  return sharp(noise, { raw: { width: side, height: side, channels: 3 } })
    .jpeg()
    .toBuffer()
}

describe.each(hubDatabases)('photos on $name', ({ open }) => {
  let places: DatabasePlaces
  let temporary: Awaited<ReturnType<typeof temporaryFolder>>
  let database: HubDatabase
  let clock: ManualClock

  beforeAll(async () => {
    places = await open()
  })
  afterAll(() => places.close())
  beforeEach(async () => {
    temporary = await temporaryFolder()
    database = await openHubDatabase(await places.newPlace())
    clock = createManualClock()
  })
  afterEach(async () => {
    await database.destroy()
    await temporary.remove()
  })

  const folder = () => join(temporary.folder, 'photos')
  const bookOf = (limits: PhotoLimits, at = folder()) =>
    new PhotoBook({ folder: at, kinds: ['alarm', 'work-order'], limits, database, clock, log: silentLog })
  const metric = async (book: PhotoBook) => await PhotoBook.metricsOf([book]).metrics()

  it('are kept once however many things they belong to, and go with the last of them', async () => {
    const book = bookOf({ days: 10, maxBytes: 1e9 })
    const hash = await book.keep(order, await photo(1), '佐藤')
    expect(await book.keep(alarm, await photo(1), undefined)).toBe(hash)
    expect(await book.list(order)).toMatchObject([{ hash, by: '佐藤' }])
    const small = await sharp(await book.find(order, hash, true)).metadata()
    expect(Math.max(small.width, small.height)).toBeLessThanOrEqual(320)
    expect(await readdir(folder())).toEqual([`${hash}.jpg`])
    expect(await book.remove(order, hash)).toBe(true)
    expect(await book.find(order, hash)).toBeUndefined()
    expect(await book.find(alarm, hash)).toBeDefined()
    await book.remove(alarm, hash)
    expect(await readdir(folder())).toEqual([])
    expect(await book.remove(alarm, hash)).toBe(false)
  })

  it('go when they are too old, when their alarm is gone, and the oldest where they take too much room', async () => {
    const book = bookOf({ days: 10, maxBytes: 1e9 })
    await book.keep(order, await photo(1), undefined)
    await clock.advance(2 * dayMs)
    const orphan = await book.keep(alarm, await photo(2), undefined)
    await clock.advance(7 * dayMs)
    const second = await book.keep(order, await photo(3), undefined)
    const newest = await book.keep(order, await photo(4), undefined)
    await book.tidy()
    expect(await book.find(alarm, orphan)).toBeUndefined()
    expect(await book.list(order)).toHaveLength(3)
    await clock.advance(2 * dayMs)
    await book.tidy()
    expect((await book.list(order)).map(({ hash }) => hash).toSorted()).toEqual([second, newest].toSorted())
    const bytes = (await book.find(order, newest))?.length ?? 0
    await clock.advance(1_000)
    const last = await book.keep(order, await photo(5), undefined)
    const tight = bookOf({ days: 10, maxBytes: bytes * 1.5 })
    await tight.tidy()
    expect((await book.list(order)).map(({ hash }) => hash)).toEqual([last])
    expect(await readdir(folder())).toEqual([`${last}.jpg`])
    expect(await metric(book)).toContain('musubi_photos_expired_total{reason="age"} 1')
    expect(await metric(book)).toContain('musubi_photos_expired_total{reason="owner"} 1')
    expect(await metric(tight)).toContain('musubi_photos_expired_total{reason="room"} 2')
  })

  describe.skipIf(!mayMount())('on a disk without room', () => {
    let disk: SmallDisk
    let at: string

    beforeEach(async () => {
      at = join(temporary.folder, 'small')
      disk = mountSmallDisk(at, 2)
      await mkdir(join(at, 'photos'))
    })
    afterEach(() => disk.unmount())

    it('are refused and counted with nothing half written, and taken again once there is room', async () => {
      const book = bookOf({ days: 10, maxBytes: 1e9 }, join(at, 'photos'))
      disk.fill()
      await expect(book.keep(order, await photo(1), undefined)).rejects.toMatchObject({ code: 'image.disk-full' })
      expect(await readdir(join(at, 'photos'))).toEqual([])
      expect(await book.list(order)).toEqual([])
      expect(await metric(book)).toContain('musubi_photos_refused_total{reason="disk-full"} 1')
      disk.free()
      const hash = await book.keep(order, await photo(1), undefined)
      expect(await readdir(join(at, 'photos'))).toEqual([`${hash}.jpg`])
    })
  })
})
