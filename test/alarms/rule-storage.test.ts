import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { openAlarmStorage } from '../../cloud/alarms/alarm-storage.ts'
import { RuleBook } from '../../cloud/alarms/rules/rule-book.ts'
import { parseRules } from '../../cloud/alarms/rules/rule-file.ts'
import { type HubDatabase, openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { type DatabasePlaces, hubDatabases } from '../registry/hub-databases.ts'

const texts = { title: { ja: '題', en: 'Title' }, advice: { ja: '助言', en: 'Advice' } }
const low = { ...texts, kind: 'threshold', severity: 'minor', match: {}, below: 1, onDelayS: 0, offDelayS: 0 }
const fileRules = parseRules(JSON.stringify([{ ...low, id: 'low', hysteresis: 0 }]), 'rules')
const change = { tenant: 'kimitsu', id: 'own', by: '田中', comment: undefined }

describe.each(hubDatabases)('rules on $name', ({ open }) => {
  let places: DatabasePlaces
  let place: string
  let database: HubDatabase
  let book: RuleBook

  beforeAll(async () => {
    places = await open()
  })
  afterAll(() => places.close())
  beforeEach(async () => {
    place = await places.newPlace()
    database = await openHubDatabase(place)
    book = await openBook()
  })
  afterEach(() => database.destroy())

  async function openBook(): Promise<RuleBook> {
    const opened = new RuleBook({ database, fileRules, clock: systemClock, log: silentLog })
    await opened.restore()
    return opened
  }

  const inForce = () =>
    book.inForce().map(({ id, scope: { tenant, exceptTenants = [] } = {} }) => {
      const except = [...exceptTenants]
      return { id, ...(tenant === undefined ? {} : { tenant }), ...(except.length === 0 ? {} : { except }) }
    })

  it('are kept with every revision, and numbers are never given twice', async () => {
    await book.put({ ...change, seen: 0 }, low)
    await book.put({ ...change, seen: 1, comment: '下げた' }, { ...low, below: 0.5 })
    await book.delete({ ...change, seen: 2 })
    await book.put({ ...change, seen: 0 }, low)
    await database.destroy()
    database = await openHubDatabase(place)
    book = await openBook()
    expect(book.get('kimitsu', 'own')).toMatchObject({ revision: 4, changedBy: '田中', rule: { below: 1 } })
    expect((await book.history('kimitsu', 'own', 10)).map(({ revision, action }) => [revision, action])).toEqual([
      [4, 'created'],
      [3, 'deleted'],
      [2, 'changed'],
      [1, 'created'],
    ])
    expect(inForce()).toEqual([{ id: 'own', tenant: 'kimitsu' }, { id: 'low' }])
  })

  it('of a tenant take the place of those of the file for that tenant alone', async () => {
    await book.put({ ...change, id: 'low', seen: 0 }, { ...low, below: 9 })
    expect(inForce()).toEqual([
      { id: 'low', tenant: 'kimitsu' },
      { id: 'low', except: ['kimitsu'] },
    ])
    expect(book.list((tenant) => tenant === 'futtsu').map(({ tenant }) => tenant)).toEqual([undefined])
    book = await openBook()
    expect(inForce()).toHaveLength(2)
    await book.delete({ ...change, id: 'low', seen: 1 })
    expect(inForce()).toEqual([{ id: 'low' }])
  })

  it('of two writers that saw the same, one is refused', async () => {
    const both = await Promise.allSettled([
      book.put({ ...change, seen: 0 }, low),
      book.put({ ...change, seen: 0 }, { ...low, below: 2 }),
    ])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(both[1]).toMatchObject({ reason: { code: 'rule.stale' } })
  })

  it('that a newer hub has written are left out of force, not lost', async () => {
    await book.put({ ...change, seen: 0 }, low)
    await database.updateTable('alarm_rules').set({ rule: '{"kind":"oracle"}' }).execute()
    book = await openBook()
    expect(inForce()).toEqual([{ id: 'low' }])
    expect(await database.selectFrom('alarm_rules').select('id').execute()).toEqual([{ id: 'own' }])
  })

  it('remember what they must, many at a time, and the newest of each', async () => {
    const storage = openAlarmStorage({ database, clock: systemClock, log: silentLog })
    for (let round = 0; round < 2; round += 1) {
      for (let number = 0; number < 250; number += 1) {
        storage.saveMemory({ rule: 'low', subject: `s${String(number)}`, memory: `{"round":${String(round)}}` })
      }
      await storage.find('none')
    }
    await storage.close()
    const rows = await database.selectFrom('alarm_memory').selectAll().execute()
    expect(rows).toHaveLength(250)
    expect(new Set(rows.map(({ memory }) => memory))).toEqual(new Set(['{"round":1}']))
  })
})
