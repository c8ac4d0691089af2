// Places and publications in both databases: what is written is there after a restart.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { PublicationBook } from '../../cloud/open-data/publication-book.ts'
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
})
