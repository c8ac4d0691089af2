// Citizens' reports in both databases: taken once, moved by staff, merged, and forgotten in time.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { PhotoBook } from '../../cloud/images/photo-book.ts'
import { wholeCity } from '../../cloud/people/principal.ts'
import type { ShieldedPhoto } from '../../cloud/photo-privacy/photo-shield.ts'
import { openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { type GivenReport, ReportBook } from '../../cloud/reports/report-book.ts'
import type { ReportSettings } from '../../cloud/reports/report-settings.ts'
import { type DatabasePlaces, hubDatabases } from '../registry/hub-databases.ts'

const settings: ReportSettings = {
  tenant: 'kimitsu',
  bounds: { south: 35.1, west: 139.8, north: 35.43, east: 140.2 },
  mostPerHour: 8,
  mostPerHourAndAddress: 30,
  personalDays: 90,
  days: 400,
}
const dayMs = 86_400_000
const here = { lat: 35.33, lon: 139.9 }

/** What the process that covers would say, without its seconds: a JPEG is kept as it is. */
const shield = {
  cover: (bytes: Uint8Array): Promise<ShieldedPhoto> =>
    Promise.resolve(
      bytes[0] === 0xff ? { kind: 'covered', jpeg: Buffer.from(bytes) } : { kind: 'left-out', reason: 'unreadable' },
    ),
}

describe.each(hubDatabases)("citizens' reports in $name", ({ open }) => {
  let places: DatabasePlaces
  let folder: string
  let photo: Buffer
  beforeAll(async () => {
    places = await open()
    folder = await mkdtemp(join(tmpdir(), 'musubi-reports-'))
    photo = await sharp({ create: { width: 40, height: 30, channels: 3, background: 'grey' } })
      .jpeg()
      .toBuffer()
  }, 60_000)
  afterAll(async () => {
    await places.close()
    await rm(folder, { recursive: true })
  })

  const given = (change: Partial<GivenReport> = {}): GivenReport => ({
    secret: randomBytes(32).toString('base64url'),
    kind: 'road',
    text: '穴があります',
    position: here,
    photos: [],
    ...change,
  })

  async function startBook(place: string) {
    const time = { nowMs: Date.parse('2026-11-23T05:00:00Z') }
    const clock = { ...systemClock, now: () => time.nowMs }
    const database = await openHubDatabase(place)
    const photos = new PhotoBook({ folder: join(folder, 'photos'), kinds: ['report'], database, clock, log: silentLog })
    return { time, database, photos, book: new ReportBook({ settings, database, photos, shield, clock }) }
  }

  it('takes a report once, however often and by whichever hub it is asked, and with its photos once', async () => {
    const place = await places.newPlace()
    const first = await startBook(place)
    const report = given({ photos: [photo, photo], contact: 'sato@example.jp' })
    const answers = await Promise.all([first.book.take(report), first.book.take(report), first.book.take(report)])
    expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1)
    await first.database.destroy()
    const second = await startBook(place)
    const again = await second.book.take(report)
    expect(again.isNew).toBe(false)
    expect(again.report).toEqual({ ...answers[0]?.report, contact: 'sato@example.jp' })
    // The same picture twice is one.
    expect(again.report.photos).toBe(1)
    const other = await second.book.take(given())
    expect([again.report.number, other.report.number]).toEqual([1, 2])
    const listed = { state: 'open', kind: undefined, limit: 10, beforeNumber: undefined, scope: wholeCity } as const
    expect((await second.book.list(listed)).map(({ number }) => number)).toEqual([2, 1])
    await second.database.destroy()
  })

  it('refuses what is elsewhere, says nothing, or is too much for an hour, and keeps nothing of it', async () => {
    const { book, photos, time, database } = await startBook(await places.newPlace())
    const refused = async (change: Partial<GivenReport>) =>
      await book.take(given(change)).then(
        () => 'taken',
        (thrown: { readonly code: string }) => thrown.code,
      )
    expect(await refused({ position: { lat: 35.69, lon: 139.69 } })).toBe('report.outside')
    expect(await refused({ text: ' \u202E\n' })).toBe('payload.schema')
    expect(await database.selectFrom('photos').selectAll().execute()).toEqual([])
    for (let count = 0; count < settings.mostPerHour; count += 1) expect(await refused({})).toBe('taken')
    expect(await refused({})).toBe('request.rate')
    time.nowMs += 3_600_001
    expect(await refused({})).toBe('taken')
    expect(book.refused).toEqual({ rate: 1, overloaded: 0, outside: 1 })
    expect(await photos.list({ kind: 'report', id: 'none' })).toEqual([])
    await database.destroy()
  })

  it('is taken without the photos that cannot be kept, and takes one other photo for each', async () => {
    const { book, photos, database } = await startBook(await places.newPlace())
    const sent = given({ text: '', photos: [Buffer.from('GIF89a'), photo] })
    const { report } = await book.take(sent)
    expect(report).toMatchObject({ photos: 1, leftOut: ['unreadable'] })
    expect((await book.take(sent)).report).toEqual(report)
    await expect(book.replacePhoto(report.id, Buffer.from('GIF89a'))).rejects.toMatchObject({ code: 'image.invalid' })
    const other = await sharp(photo).negate().jpeg().toBuffer()
    expect(await book.replacePhoto(report.id, other)).toMatchObject({ photos: 2, leftOut: [] })
    expect(await book.find(report.id)).toMatchObject({ photos: 2, leftOut: [] })
    expect((await book.log(report.id)).map(({ action }) => action)).toEqual(['received', 'attached'])
    await expect(book.replacePhoto(report.id, other)).rejects.toMatchObject({ code: 'report.state' })
    expect(await photos.list({ kind: 'report', id: report.id })).toHaveLength(2)
    const alone = await book.take(given({ text: '', photos: [Buffer.from('<html>')] }))
    expect(alone.report).toMatchObject({ photos: 0, leftOut: ['unreadable'], text: '' })
    await book.change(alone.report.id, { state: 'mended', by: 'sato' })
    await expect(book.replacePhoto(alone.report.id, other)).rejects.toMatchObject({ code: 'report.state' })
    await database.destroy()
  })

  it('finds what is near in place, time and kind', async () => {
    const { book, time, database } = await startBook(await places.newPlace())
    const { report } = await book.take(given())
    const { report: near } = await book.take(given({ position: { ...here, lat: here.lat + 0.0003 } }))
    await book.take(given({ position: { ...here, lat: here.lat + 0.0009 } }))
    await book.take(given({ kind: 'other' }))
    time.nowMs += 40 * dayMs
    await book.take(given())
    const found = await book.near(report)
    expect(found.map((one) => [one.report.id, Math.round(one.distanceM)])).toEqual([[near.id, 33]])
    await database.destroy()
  })

  it('follows its order, and a merged one is told what becomes of the other', async () => {
    const { book, database } = await startBook(await places.newPlace())
    const { report } = await book.take(given())
    const { report: same } = await book.take(given())
    const by = 'sato'
    await book.change(same.id, { state: 'merged', mergedInto: report.id, by })
    await expect(book.change(report.id, { state: 'merged', mergedInto: report.id, by })).rejects.toThrow(/into 1/)
    await book.change(report.id, { state: 'ordered', workOrder: 'order-1', by })
    await expect(book.change(report.id, { state: 'declined', by })).rejects.toMatchObject({ code: 'report.state' })
    expect(await book.awaitedOrders()).toEqual(['order-1'])
    await book.followOrder('order-1', 'mended', 'order 1')
    const mended = await book.find(report.id)
    expect([mended.state, mended.closedMs]).toEqual(['mended', mended.changedMs])
    await book.followOrder('order-1', 'ordered', 'order 1')
    await book.followOrder('order-1', 'looked-at', 'order 1')
    const seen = await book.find(report.id)
    expect([seen.state, seen.workOrder, seen.closedMs]).toEqual(['looked-at', undefined, undefined])
    expect((await book.log(report.id)).map(({ action, by: who }) => [action, who])).toEqual([
      ['received', undefined],
      ['ordered', 'sato'],
      ['mended', 'order 1'],
      ['ordered', 'order 1'],
      ['looked-at', 'order 1'],
    ])
    await book.remove(report.id)
    expect((await book.find(same.id)).state).toBe('looked-at')
    await database.destroy()
  })

  it('forgets photos and contact of what is closed for long, and later all of it; what is withdrawn at once', async () => {
    const { book, photos, time, database } = await startBook(await places.newPlace())
    const personal = { photos: [photo], contact: '090-0000-0000' }
    const { report } = await book.take(given(personal))
    const { report: open } = await book.take(given(personal))
    const { report: back } = await book.take(given(personal))
    expect(await book.withdraw(back.id)).toMatchObject({ state: 'withdrawn', text: '', photos: 0, contact: undefined })
    expect(await book.find(back.id)).toMatchObject({ text: '', photos: 0, contact: undefined })
    await book.change(report.id, { state: 'declined', answer: '県道のため県へ', by: 'sato' })
    time.nowMs += 91 * dayMs
    await book.tidy()
    expect(await book.find(report.id)).toMatchObject({ text: '穴があります', photos: 0, contact: undefined })
    expect(await book.find(open.id)).toMatchObject({ photos: 1, contact: '090-0000-0000' })
    expect(await photos.list({ kind: 'report', id: report.id })).toEqual([])
    time.nowMs += 310 * dayMs
    await book.tidy()
    await expect(book.find(report.id)).rejects.toMatchObject({ code: 'not-found' })
    expect(await book.log(report.id)).toEqual([])
    expect((await book.find(open.id)).state).toBe('received')
    expect(book.expired).toEqual({ personal: 1, report: 2 })
    await database.destroy()
  })
})
