// Bulletins are kept once, end when something updates or cancels them, and nobody is told twice, whatever comes when.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../broker/contract/ports.ts'
import type { IntakeHow } from '../../cloud/bulletins/bulletin-intake.ts'
import type { Origin } from '../../cloud/bulletins/bulletin-book.ts'
import { type Bulletins, openBulletins } from '../../cloud/bulletins/bulletins.ts'
import { stateOf } from '../../cloud/bulletins/bulletin.ts'
import { isOfBulletin, type Notice, type NoticeSink } from '../../cloud/notifications/notice.ts'
import { openHubDatabase, type HubDatabase } from '../../cloud/registry/hub-database.ts'
import { type ManualClock, manualClock } from '../notifications/manual-clock.ts'
import { type DatabasePlaces, hubDatabases } from '../registry/hub-databases.ts'
import { capMessage, rssFeed } from './messages.ts'

const startMs = Date.parse('2026-11-23T05:00:00Z')
const hourMs = 3_600_000
const api: Origin = { tenant: 'kimitsu', source: 'api', isPublic: true, isTold: true, holdsMs: 24 * hourMs }
const feed: Origin = { ...api, source: 'city-rss' }
const how: IntakeHow = { language: 'ja', contains: [], isFirst: false }

describe.each(hubDatabases)('bulletins on $name', ({ open }) => {
  let places: DatabasePlaces
  let database: HubDatabase
  let clock: ManualClock
  let told: Notice[]
  let bulletins: Bulletins

  beforeAll(async () => {
    places = await open()
    database = await openHubDatabase(await places.newPlace())
  })
  beforeEach(async () => {
    for (const table of ['bulletins', 'bulletin_references', 'bulletin_sources'] as const) {
      await database.deleteFrom(table).execute()
    }
    clock = manualClock(startMs)
    told = []
    bulletins = await begin()
  })
  afterAll(async () => {
    await database.destroy()
    await places.close()
  })

  const sink: NoticeSink = {
    take: (notice) => void (told.some(({ key }) => key === notice.key) || told.push(notice)),
    flush: () => Promise.resolve(),
  }
  const begin = () => openBulletins(undefined, { database, notices: sink, clock, log: silentLog })
  const take = async (xml: string, origin = api, more: Partial<IntakeHow> = {}) => {
    const report = await bulletins.intake.takeBytes(Buffer.from(xml), origin, { ...how, ...more })
    return [...report.items.map(({ outcome }) => outcome), ...report.faults.map(({ code }) => code)]
  }
  const current = async () =>
    (await bulletins.book.list({ currentMs: clock.now(), limit: 100 })).map(({ identifier }) => identifier)
  const tellings = () =>
    told.filter(isOfBulletin).map(({ kind, bulletin }) => [kind, Object.values(bulletin.texts)[0]?.title])
  const first = { identifier: 'k-1', sentMs: startMs - 60_000 }
  const ofFirst = { references: [first], sentMs: startMs } as const

  it('is new once, by whichever way and however often it comes, over a restart too', async () => {
    expect(await take(capMessage(first))).toEqual(['new'])
    expect(await take(capMessage(first))).toEqual(['duplicate'])
    expect(await take(capMessage(first), feed)).toEqual(['duplicate'])
    await bulletins.stop()
    bulletins = await begin()
    expect(await take(capMessage(first))).toEqual(['duplicate'])
    expect(await current()).toEqual(['k-1'])
    expect(tellings()).toEqual([['issued', '避難指示']])
    expect(told[0]).toMatchObject({
      tenant: 'kimitsu',
      bulletin: { severity: 'critical', isPressing: true, areas: ['小糸'] },
    })
  })

  it('of the same name with other contents is refused, and the first one stays', async () => {
    await take(capMessage(first))
    expect(await take(capMessage({ ...first, title: '解除' }))).toEqual(['bulletin.conflict'])
    expect(await current()).toEqual(['k-1'])
  })

  it('is updated by one that names it, in the same thread, and ended by a cancellation', async () => {
    await take(capMessage(first))
    const update = { ...ofFirst, identifier: 'k-2', msgType: 'Update', title: '緊急安全確保' } as const
    expect(await take(capMessage(update))).toEqual(['updated'])
    expect(await current()).toEqual(['k-2'])
    const cancel = { identifier: 'k-3', sentMs: startMs + 1, msgType: 'Cancel', references: [first, update] } as const
    expect(await take(capMessage({ ...cancel, title: '避難指示の解除', severity: 'Minor' }))).toEqual(['cancelled'])
    expect(await current()).toEqual([])
    expect(tellings()).toEqual([
      ['issued', '避難指示'],
      ['updated', '緊急安全確保'],
      ['cancelled', '避難指示の解除'],
    ])
    const all = await bulletins.book.list({ limit: 10 })
    expect(Object.fromEntries(all.map((one) => [one.identifier, stateOf(one, clock.now())]))).toEqual({
      'k-1': 'updated',
      'k-2': 'cancelled',
      'k-3': 'cancelled',
    })
    expect(new Set(all.map(({ thread }) => thread)).size).toBe(1)
    expect(told.at(-1)).toMatchObject({ bulletin: { severity: 'critical' } })
  })

  it('that was cancelled or updated before it came is never in force, and nobody is told of it', async () => {
    expect(await take(capMessage({ ...ofFirst, identifier: 'k-3', msgType: 'Cancel' }))).toEqual(['cancelled'])
    expect(await take(capMessage(first))).toEqual(['late'])
    expect(await current()).toEqual([])
    expect(told).toEqual([])
  })

  it('is not cancelled in its name by another source, but by whoever has the right to', async () => {
    await take(capMessage(first), { ...api, source: 'prefecture' })
    const cancel = capMessage({ ...ofFirst, identifier: 'k-3', msgType: 'Cancel' })
    expect(await take(cancel, feed)).toEqual(['cancelled'])
    expect(await current()).toEqual(['k-1'])
    expect(await take(cancel.replace('k-3', 'k-4'), { ...api, tenant: 'futtsu' })).toEqual(['cancelled'])
    expect(await current()).toEqual(['k-1'])
    expect(await take(cancel.replace('k-3', 'k-5'))).toEqual(['cancelled'])
    expect(await current()).toEqual([])
  })

  it('expires, and one that comes after its time is neither kept nor told', async () => {
    expect(await take(capMessage({ ...first, expiresMs: startMs - 1 }))).toEqual(['expired'])
    expect(await take(capMessage({ identifier: 'k-2', sentMs: startMs, expiresMs: startMs + hourMs }))).toEqual(['new'])
    await clock.advance(hourMs - 1)
    expect(await current()).toEqual(['k-2'])
    await clock.advance(1)
    expect(await current()).toEqual([])
    expect(tellings()).toHaveLength(1)
    expect(await take(capMessage({ identifier: 'k-9', sentMs: startMs + 72 * hourMs }))).toEqual(['bulletin.invalid'])
  })

  it('of an exercise is told as one and presses nobody; a test is told to nobody and shown to nobody outside', async () => {
    await take(capMessage({ ...first, status: 'Exercise' }))
    await take(capMessage({ identifier: 'k-2', sentMs: startMs, status: 'Test' }))
    expect(told).toMatchObject([{ bulletin: { isExercise: true, isPressing: false } }])
    const shown = await bulletins.book.list({ isPublic: true, limit: 10 })
    expect(shown.map(({ identifier }) => identifier)).toEqual(['k-1'])
  })

  it('of a feed may change in place; what a feed held when it was read first is kept, and not told', async () => {
    const entries = (text: string) => rssFeed([{ guid: 'g1', title: '断水のお知らせ', text, sentMs: startMs }])
    expect(await take(entries('小糸地区'), feed, { isFirst: true })).toEqual(['new'])
    expect(tellings()).toEqual([])
    expect(await take(entries('小糸地区'), feed)).toEqual(['duplicate'])
    expect(await take(entries('小糸・中島地区'), feed)).toEqual(['updated'])
    expect(tellings()).toEqual([['updated', '断水のお知らせ']])
    const [shown] = await bulletins.book.list({ limit: 10 })
    expect(shown).toMatchObject({ revision: 2, content: { texts: { ja: { text: '小糸・中島地区' } } } })
    // The same GUID of another feed is another entry.
    expect(await take(entries('小糸地区'), { ...feed, source: 'other' })).toEqual(['new'])
  })

  it('of a wide feed is taken only where it speaks of the city', async () => {
    const wide = rssFeed([
      { guid: 'g1', title: '大雨警報', text: '君津市、富津市', sentMs: startMs },
      { guid: 'g2', title: '大雨警報', text: '札幌市', sentMs: startMs },
    ])
    expect(await take(wide, feed, { contains: ['君津'] })).toEqual(['new'])
  })

  it('is taken once where two take it at the same time', async () => {
    const other = await begin()
    const xml = Buffer.from(capMessage(first))
    await Promise.all([bulletins, other].map(({ intake }) => intake.takeBytes(xml, api, how)))
    expect(await current()).toEqual(['k-1'])
    expect(tellings()).toHaveLength(1)
    await other.stop()
  })

  it('is not taken where nobody could be told of it, and is the next time', async () => {
    const failing: NoticeSink = { take: () => undefined, flush: () => Promise.reject(new Error('no database')) }
    const hub = await openBulletins(undefined, { database, notices: failing, clock, log: silentLog })
    await expect(hub.intake.takeBytes(Buffer.from(capMessage(first)), api, how)).rejects.toThrow('no database')
    await hub.stop()
    expect(await current()).toEqual([])
    expect(await take(capMessage(first))).toEqual(['new'])
    expect(tellings()).toHaveLength(1)
  })
})
