// Places and publications in both databases: what is written is there after a restart.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { Crowding } from '../../cloud/crowding/crowding.ts'
import { PublicationBook } from '../../cloud/open-data/publication-book.ts'
import { LatestValues } from '../../cloud/ingest/latest-values.ts'
import { PlaceBook } from '../../cloud/places/place-book.ts'
import type { Place } from '../../cloud/places/place.ts'
import { openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { type DatabasePlaces, hubDatabases } from '../registry/hub-databases.ts'

const place = (number: number, change: Partial<Place> = {}): Place => {
  const id = `p${number}`
  const position = number % 2 === 0 ? undefined : { lat: 35 + number / 1e6, lon: 139.9 }
  return {
    tenant: 'kimitsu',
    kind: 'wifi',
    id,
    name: `広場${number}`,
    position,
    columns: { ID: id, 名称: `広場${number}` },
    ...change,
  }
}
const taking = { tenant: 'kimitsu', kind: 'wifi', replace: false, isTrial: false, by: 'sato' } as const

describe.each(hubDatabases)('open data in $name', ({ open }) => {
  let places: DatabasePlaces
  beforeAll(async () => {
    places = await open()
  })
  afterAll(() => places.close())

  it('keeps places as they were taken, changed, replaced and removed', async () => {
    const database = await openHubDatabase(await places.newPlace())
    const book = new PlaceBook({ database, clock: systemClock })
    const many = Array.from({ length: 250 }, (_, number) => place(number))
    expect(await book.take(many, { ...taking, isTrial: true })).toMatchObject({ added: 250 })
    expect(await book.take(many, taking)).toEqual({ added: 250, changed: 0, unchanged: 0, removed: 0 })
    const fewer = [place(0), place(1, { name: '別名' }), place(900)]
    expect(await book.take(fewer, { ...taking, replace: true })).toEqual({
      added: 1,
      changed: 1,
      unchanged: 1,
      removed: 248,
    })
    expect(await book.remove(place(0))).toBe(true)
    expect(await book.remove(place(0))).toBe(false)
    const again = new PlaceBook({ database, clock: systemClock })
    await again.restore()
    const held = again.places(() => true)
    expect(held).toEqual([place(1, { name: '別名' }), place(900)])
    expect(held).toEqual(book.places(() => true, 'wifi'))
    expect(again.places((tenant) => tenant === 'futtsu')).toEqual([])
    await database.destroy()
  })

  it('keeps decisions; what was public goes on from when it was, unless it was switched off in between', async () => {
    const database = await openHubDatabase(await places.newPlace())
    let nowMs = 1_000
    const clock = { ...systemClock, now: () => nowMs }
    const book = new PublicationBook({ database, clock })
    const key = 'kimitsu/a/b:c'
    await book.setSeries(key, { public: true }, 'sato')
    nowMs = 2_000
    await book.setSeries(key, { public: true, delayMin: 0, roundTo: 0.5, placeDecimals: null }, 'sato')
    await book.setList('kimitsu', 'wifi', { public: true }, undefined)
    const again = new PublicationBook({ database, clock })
    await again.restore()
    const settings = { sinceMs: 1_000, delayMs: 0, roundTo: 0.5, placeDecimals: undefined, title: undefined }
    expect(again.ofSeries(key)).toEqual(settings)
    expect(again.ofSeries(key)).toEqual(book.ofSeries(key))
    expect([again.publicLists(), again.isListPublic('kimitsu', 'shelter')]).toEqual([['kimitsu/wifi'], false])
    await again.setSeries(key, { public: false }, 'sato')
    expect([again.ofSeries(key), again.publicSeries()]).toEqual([undefined, []])
    nowMs = 3_000
    await again.setSeries(key, { public: true }, 'sato')
    expect(again.ofSeries(key)?.sinceMs).toBe(3_000)
    await database.destroy()
  })

  it('keeps watched places, their counts with what was measured then, and their state', async () => {
    const database = await openHubDatabase(await places.newPlace())
    let nowMs = 1_000_000
    const [clients, cameras] = ['kimitsu/a/ap:clients', 'kimitsu/a/square:people']
    const latest = new LatestValues()
    const tell = (...values: readonly number[]) =>
      latest.restore(
        values.map((value, series) => ({ series, timeMs: nowMs, value, quality: 0, text: null })),
        nowMs,
      )
    const catalogue = { id: (key: string) => [clients, cameras].indexOf(key) }
    const sources = { database, clock: { ...systemClock, now: () => nowMs }, catalogue, latest }
    tell(7)
    const crowding = new Crowding(sources)
    const settings = { name: { ja: '広場', en: 'Square' }, kind: 'spot' as const, public: true }
    await crowding.set('kimitsu', 'square', { ...settings, clients: [clients] })
    await crowding.count('kimitsu', 'square', { people: 10 }, 'sato')
    await crowding.set('kimitsu', 'square', { ...settings, clients: [clients], cameras: [cameras] })
    for (const [connected, seen, people] of [
      [9, 5, 20],
      [4, 9, 36],
      [30, 2, 8],
      [1, 7, 28],
      [12, 4, 16],
    ] as const) {
      nowMs += 60_000
      tell(connected, seen)
      await crowding.count('kimitsu', 'square', { people }, undefined)
    }
    await crowding.setState('kimitsu', 'square', 'open', 'sato')
    nowMs += 3_600_000
    tell(12, 4)
    const again = new Crowding(sources)
    await again.restore()
    const held = again.item('kimitsu', 'square')
    expect(held).toEqual(crowding.item('kimitsu', 'square'))
    expect(held).toMatchObject({ people: 16, source: 'cameras', error: 0, state: 'open', stateAgeS: 3600 })
    expect(held).toMatchObject({ calibration: null, cameraCalibration: { perSeen: 4, counts: 5 } })
    await again.remove('kimitsu', 'square')
    const last = new Crowding(sources)
    await last.restore()
    expect(last.items(() => true)).toEqual([])
    expect(await database.selectFrom('people_counts').selectAll().execute()).toEqual([])
    await database.destroy()
  })
})
