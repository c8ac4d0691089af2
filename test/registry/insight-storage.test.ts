// The second part of the database's contract: insights, settings of places, public places, maintenance and begun uploads.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MaintenanceWindows } from '../../cloud/alarms/maintenance-windows.ts'
import { ImageRegistry } from '../../cloud/images/image-registry.ts'
import { FieldBook } from '../../cloud/insights/field-book.ts'
import { InfrastructureBook } from '../../cloud/insights/infrastructure-book.ts'
import type { Advice } from '../../cloud/insights/insight.ts'
import { InsightJournal, type RunCause } from '../../cloud/insights/insight-journal.ts'
import { repairsOf } from '../../cloud/insights/reports/repairs.ts'
import { PublicationBook } from '../../cloud/open-data/publication-book.ts'
import { scopeFor, wholeCity } from '../../cloud/people/principal.ts'
import type { Place } from '../../cloud/places/place.ts'
import { PlaceBook } from '../../cloud/places/place-book.ts'
import { type HubDatabase, openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { type DatabasePlaces, hubDatabases } from './hub-databases.ts'

const site = 'kimitsu/paddy-koito/paddy-1'
const hourMs = 3_600_000
const beginMs = 1_795_390_000_000

describe.each(hubDatabases)('the database of a hub on $name keeps', ({ open }) => {
  let places: DatabasePlaces
  let place: string
  let database: HubDatabase
  const clock = createManualClock(beginMs)

  beforeAll(async () => {
    places = await open()
  })
  afterAll(() => places.close())
  beforeEach(async () => {
    place = await places.newPlace()
    database = await openHubDatabase(place)
  })
  afterEach(() => database.destroy())
  const restart = async () => {
    await database.destroy()
    database = await openHubDatabase(place)
  }

  it('from what insights were computed and what they advised, more rows than a statement takes, until their time is over', async () => {
    const openJournal = async () => {
      const journal = new InsightJournal(database)
      await journal.restore()
      return journal
    }
    const run = (insight: string, cause: RunCause, hour: number, settingsRevision = 0) => ({
      site,
      insight,
      version: 1,
      settingsRevision,
      cause,
      fromMs: beginMs + hour * hourMs,
      toMs: beginMs + (hour + 1) * hourMs,
      inputFromMs: beginMs + (hour - 24) * hourMs,
      computedMs: beginMs + (hour + 1) * hourMs + 0.25,
    })
    const advice = (code: string): Advice => ({
      level: 'watch',
      code,
      text: { ja: '水が少ない', en: 'Low water' },
      number: undefined,
    })
    const note = (insight: string, hour: number, given: Advice | undefined) => {
      return { site, insight, version: 1, timeMs: beginMs + hour * hourMs, advice: given }
    }
    const journal = await openJournal()
    await journal.write([run('water-depth', 'schedule', 0)], [note('water-depth', 1, advice('low'))])
    await journal.write([run('water-depth', 'schedule', 1)], [note('water-depth', 2, advice('low'))])
    await journal.write([run('water-depth', 'late', 0)], [note('water-depth', 3, undefined)])
    const many = Array.from({ length: 900 }, (_, index) => `insight-${index}`)
    await journal.write(
      many.map((insight) => run(insight, 'schedule', 0)),
      many.map((insight) => note(insight, 1, advice('dry'))),
    )
    await restart()
    const again = await openJournal()
    expect(again.computed(site, 'water-depth')).toEqual({ fromMs: beginMs, toMs: beginMs + 2 * hourMs })
    expect(again.held()).toHaveLength(901)
    expect(again.held().find(({ insight }) => insight === 'water-depth')).toMatchObject({ advice: null })
    expect(again.held().find(({ insight }) => insight === 'insight-7')).toMatchObject({
      advice: { code: 'dry', text: { ja: '水が少ない' } },
      sinceMs: beginMs + hourMs,
    })
    const runs = await database
      .selectFrom('insight_runs')
      .select(['run', 'cause', 'to_ms', 'computed_ms'])
      .where('insight', '=', 'water-depth')
      .orderBy('run')
      .execute()
    expect(runs).toEqual([
      { run: 1, cause: 'schedule', to_ms: beginMs + 2 * hourMs, computed_ms: beginMs + 2 * hourMs + 0.25 },
      { run: 2, cause: 'late', to_ms: beginMs + hourMs, computed_ms: beginMs + hourMs + 0.25 },
    ])
    await again.write([run('water-depth', 'settings', 2, 1)], [])
    expect(again.computed(site, 'water-depth')).toEqual({ fromMs: beginMs, toMs: beginMs + 3 * hourMs })
    await again.expire(beginMs + 401 * 86_400_000)
    expect(await database.selectFrom('insight_runs').select('run').execute()).toEqual([])
    expect(await database.selectFrom('insight_advice').select('number').execute()).toEqual([])
  })

  it('one of two settings that begin from the same revision, and refuses the other', async () => {
    const fields = new FieldBook({ database, clock })
    await fields.set(site, { depthZeroM: 0.125 }, { by: '佐藤', seen: 0 })
    const both = await Promise.allSettled([
      fields.set(site, { depthZeroM: 0.25 }, { by: '佐藤', seen: 1 }),
      fields.set(site, { depthZeroM: 0.5 }, { by: '鈴木', seen: 1 }),
    ])
    expect(both[0]).toMatchObject({ status: 'fulfilled', value: { revision: 2 } })
    expect(both[1]).toMatchObject({ reason: { code: 'settings.stale' } })
    await restart()
    const again = new FieldBook({ database, clock })
    await again.restore()
    expect(again.get(site)).toMatchObject({ settings: { depthZeroM: 0.25 }, revision: 2, changedBy: '佐藤' })
  })

  it('the settings of fields, of tenants and of their places, the last of each', async () => {
    const fields = new FieldBook({ database, clock })
    await fields.set(site, { cultivar: 'koshihikari', depthZeroM: 0.125 }, { by: '佐藤', seen: undefined })
    await fields.set(site, { cultivar: 'fusaotome', transplanted: '2026-04-25' }, { by: undefined, seen: 1 })
    const infrastructure = new InfrastructureBook({ database, clock })
    await infrastructure.set('kimitsu', { litFromW: 4.5, capacityClients: 40 }, { by: '佐藤', seen: 0 })
    await infrastructure.set(site, { capacityClients: 60 }, { by: undefined, seen: undefined })
    await restart()
    const fieldsAgain = new FieldBook({ database, clock })
    await fieldsAgain.restore()
    expect(fieldsAgain.get(site)).toEqual({
      settings: { cultivar: 'fusaotome', transplanted: '2026-04-25' },
      revision: 2,
      changedMs: beginMs,
      changedBy: null,
    })
    const infrastructureAgain = new InfrastructureBook({ database, clock })
    await infrastructureAgain.restore()
    expect(infrastructureAgain.effective(site)).toEqual({
      settings: { litFromW: 4.5, capacityClients: 60 },
      revision: 2,
    })
    expect(infrastructureAgain.get('kimitsu').changedBy).toBe('佐藤')
  })

  it('how long repairs of a month took', async () => {
    const month = { name: '2026-11', fromMs: beginMs, toMs: beginMs + 720 * hourMs }
    const order = (number: number, state: string, fixedMs: number | null) => {
      const what = { id: `o${number}`, number, tenant: 'kimitsu', state, title: '{}', severity: 'minor' }
      const where = { gateway: 'kimitsu/paddy-koito', site, alarms: '["a1"]', assignee: null }
      const times = { begun_ms: beginMs, opened_ms: beginMs, dispatched_ms: null, fixed_ms: fixedMs, closed_ms: null }
      return { ...what, ...where, ...times }
    }
    const orders = [
      order(1, 'verified', beginMs + hourMs),
      order(2, 'fixed', beginMs + 3 * hourMs),
      order(3, 'cancelled', beginMs + hourMs),
      order(4, 'verified', month.toMs),
      order(5, 'open', null),
    ]
    await database.insertInto('work_orders').values(orders).execute()
    expect(await repairsOf(database, site, month)).toEqual({ repaired: 2, meanRepairS: 2 * 3600 })
    expect(await repairsOf(database, `${site}0`, month)).toEqual({ repaired: 0, meanRepairS: null })
  })

  it('public places and what of them is published, an import of many rows at once', async () => {
    const lamp = (index: number, name: string): Place => ({
      tenant: 'kimitsu',
      kind: 'streetlight',
      id: `lamp-${index}`,
      name,
      position: index % 2 === 0 ? { lat: 35.3 + index / 10_000, lon: 139.9 } : undefined,
      columns: { 名称: name },
    })
    const given = { tenant: 'kimitsu', kind: 'streetlight', replace: true, isTrial: false, by: '佐藤' } as const
    const book = new PlaceBook({ database, clock })
    const all = Array.from({ length: 350 }, (_, index) => lamp(index, '街路灯'))
    expect(await book.take(all, given)).toMatchObject({ added: 350 })
    expect(await book.take([lamp(0, '駅前'), ...all.slice(1, 120)], given)).toMatchObject({ changed: 1, removed: 230 })
    const publications = new PublicationBook({ database, clock })
    await publications.setList('kimitsu', 'streetlight', { public: true }, '佐藤')
    await publications.setList('kimitsu', 'streetlight', { public: false }, '佐藤')
    await publications.setSeries(`${site}:level`, { public: true, roundTo: 0.01, since: beginMs }, undefined)
    await restart()
    const bookAgain = new PlaceBook({ database, clock })
    await bookAgain.restore()
    expect(bookAgain.places((tenant) => tenant === 'kimitsu')).toHaveLength(120)
    expect(bookAgain.places((tenant) => tenant === 'futtsu')).toEqual([])
    expect(bookAgain.place('kimitsu', 'streetlight', 'lamp-0')).toEqual(lamp(0, '駅前'))
    expect(bookAgain.place('kimitsu', 'streetlight', 'lamp-7')).toEqual(lamp(7, '街路灯'))
    const publicationsAgain = new PublicationBook({ database, clock })
    await publicationsAgain.restore()
    expect(publicationsAgain.publicLists()).toEqual([])
    expect(publicationsAgain.ofSeries(`${site}:level`)).toMatchObject({ roundTo: 0.01, sinceMs: beginMs })
  })

  it('maintenance windows that run or are planned, and those that are over for who looks back', async () => {
    const windows = new MaintenanceWindows({ database, clock })
    const plan = async (tenant: string, fromMs: number) => {
      const given = { scope: 'gateway', place: `${tenant}/g`, reason: '点検', by: '佐藤' } as const
      return await windows.add({ ...given, fromMs, toMs: fromMs + hourMs })
    }
    const first = await plan('kimitsu', beginMs)
    const later = await plan('kimitsu', beginMs + 24 * hourMs)
    await plan('futtsu', beginMs)
    await windows.end(first.id)
    await restart()
    const again = new MaintenanceWindows({ database, clock })
    await again.restore()
    const scope = scopeFor(['kimitsu'])
    expect(await again.list({ past: false, scope })).toEqual([later])
    expect((await again.list({ past: true, scope })).map(({ id }) => id)).toEqual([later.id, first.id])
    expect(await again.list({ past: true, scope: wholeCity })).toHaveLength(3)
  })

  it('uploads that have begun, of a content and of all, until they are forgotten', async () => {
    const images = new ImageRegistry({ database, fields: { siteAt: () => null } as never })
    const upload = (id: string, gateway: string) => {
      const what = { tenant: 'kimitsu', gateway, sha256: 'a'.repeat(64), bytes: 3_000_000_000, name: '田.jpg' }
      return { id, ...what, facts: '{}', created_ms: beginMs + 0.5 }
    }
    await images.begin(upload('u1', 'kimitsu/paddy-koito'))
    await images.begin(upload('u2', 'kimitsu/other'))
    await restart()
    const again = new ImageRegistry({ database, fields: { siteAt: () => null } as never })
    expect(await again.upload('u1')).toEqual(upload('u1', 'kimitsu/paddy-koito'))
    const same = await again.uploads({ gateway: 'kimitsu/other', sha256: 'a'.repeat(64) })
    expect(same.map(({ id }) => id)).toEqual(['u2'])
    await again.forgetUpload('u1')
    expect((await again.uploads()).map(({ id }) => id)).toEqual(['u2'])
  })
})
