// The contract of the hub's database: everything that is kept there, on each database, across a restart of the hub.
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DesiredState, ReportedState, SignedDesiredState } from '../../broker/contract/desired-state.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { StatusDocument } from '../../broker/contract/documents.ts'
import type { ImageFacts } from '../../broker/contract/image-schemas.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import { raiseAlarm } from '../../cloud/alarms/alarm.ts'
import { openAlarmStorage } from '../../cloud/alarms/alarm-storage.ts'
import type { AlarmTransition } from '../../cloud/alarms/rules/rule-runner.ts'
import { openCommandJournal } from '../../cloud/commands/command-journal.ts'
import { ArtefactStore } from '../../cloud/deployments/artefact-store.ts'
import { Rollouts } from '../../cloud/deployments/rollouts.ts'
import { ImageRegistry } from '../../cloud/images/image-registry.ts'
import { Installations } from '../../cloud/installations/installations.ts'
import type { InstallationRow } from '../../cloud/installations/installation-tables.ts'
import { SeriesCatalogue } from '../../cloud/ingest/series-catalogue.ts'
import { GatewayRegistry } from '../../cloud/registry/gateway-registry.ts'
import { scopeFor, wholeCity } from '../../cloud/people/principal.ts'
import { durably, type HubDatabase, openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { SeriesUnits } from '../../cloud/registry/series-units.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { type DatabasePlaces, hubDatabases } from './hub-databases.ts'
import { checksOf } from '../field/signed-checks.ts'

const log = silentLog
const paddy = { tenant: 'kimitsu', gateway: 'paddy-koito' }
const sato = { by: 'sato', remote: '127.0.0.1' }

describe.each(hubDatabases)('the database of a hub on $name', ({ open }) => {
  let places: DatabasePlaces
  let place: string
  let database: HubDatabase

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

  it('is held by one hub at a time, and free when that one has closed it', async () => {
    await expect(openHubDatabase(place)).rejects.toMatchObject({ code: 'data.locked' })
    await restart()
    expect(await database.selectFrom('gateways').selectAll().execute()).toEqual([])
  })

  it('keeps times to the millisecond and its fraction, and gives counts and sums as numbers', async () => {
    const times = [0, 1_795_390_000_123, 8.64e15, 1_795_390_000_123.25]
    for (const [index, since] of times.entries()) {
      const row = { id: `kimitsu/g-${index}`, state: 'online', since_ms: since, reason: null, birth: null } as const
      await database
        .insertInto('gateways')
        .values({ ...row, last_seen_ms: null })
        .execute()
    }
    await restart()
    const rows = await database.selectFrom('gateways').select('since_ms').orderBy('id').execute()
    expect(rows.map((row) => row.since_ms)).toEqual(times)
    const facts = await database
      .selectFrom('gateways')
      .select(({ fn }) => [fn.countAll<number>().as('all'), fn.sum<number>('since_ms').as('sum')])
      .executeTakeFirst()
    expect(facts).toEqual({ all: 4, sum: times.reduce((sum, time) => sum + time, 0) })
  })

  it('takes any text that a gateway may send, a NUL included', async () => {
    const birth = '\u{1F33E}水田 "quoted" \0 \u{FFFF}'
    const row = { id: 'kimitsu/odd', state: 'online', since_ms: 1, reason: null, last_seen_ms: null, birth } as const
    await database.insertInto('gateways').values(row).execute()
    const kept = await database.selectFrom('gateways').select('birth').executeTakeFirst()
    expect(kept?.birth?.replace('\uFFFD', '\0')).toBe(birth)
  })

  it('loses no change where transactions that read and then write come at the same time', async () => {
    const row = {
      id: 'kimitsu/g',
      state: 'online',
      since_ms: 0,
      reason: null,
      last_seen_ms: null,
      birth: null,
    } as const
    await database.insertInto('gateways').values(row).execute()
    const addOne = async (transaction: Pick<HubDatabase, 'selectFrom' | 'updateTable'>) => {
      const { since_ms: since } = await transaction.selectFrom('gateways').select('since_ms').executeTakeFirstOrThrow()
      await transaction
        .updateTable('gateways')
        .set({ since_ms: since + 1 })
        .execute()
    }
    const all = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? durably(database, addOne) : database.transaction().execute(addOne),
    )
    await Promise.all(all)
    expect(await database.selectFrom('gateways').select('since_ms').executeTakeFirst()).toEqual({ since_ms: 40 })
  })

  it('takes a failed transaction back as a whole and goes on', async () => {
    const row = {
      id: 'kimitsu/g',
      state: 'online',
      since_ms: 0,
      reason: null,
      last_seen_ms: null,
      birth: null,
    } as const
    const twice = durably(database, async (transaction) => {
      await transaction.insertInto('gateways').values(row).execute()
      await transaction.insertInto('gateways').values(row).execute()
    })
    await expect(twice).rejects.toThrow(/unique/i)
    expect(await database.selectFrom('gateways').selectAll().execute()).toEqual([])
    await durably(database, (transaction) => transaction.insertInto('gateways').values(row).execute())
    expect(await database.selectFrom('gateways').selectAll().execute()).toEqual([row])
  })

  it('knows gateways, what they described and since when they are away', async () => {
    const clock = createManualClock()
    const ports = () => ({ database, heardMs: () => 0, heardAtMs: () => Number.NEGATIVE_INFINITY, clock, log })
    const registry = new GatewayRegistry(ports())
    const birth: StatusDocument = {
      v: 1,
      state: 'online',
      epoch: 'e1',
      timeMs: clock.now(),
      sites: [{ id: 'a1', kind: 'paddy', name: { ja: '水田', en: 'Paddy' }, position: { lat: 35.3, lon: 139.9 } }],
      devices: [],
    }
    registry.status(paddy, birth)
    const condition = { timeMs: clock.now(), sinceMs: 0, devices: [], connections: [], dropped: [] }
    registry.status(paddy, { v: 1, state: 'online', epoch: 'e1', timeMs: clock.now(), condition })
    await clock.advance(5000)
    registry.status(paddy, { v: 1, state: 'offline', reason: 'lost', epoch: 'e1', timeMs: clock.now() })
    await registry.close()
    await restart()
    const again = new GatewayRegistry(ports())
    await again.restore()
    const { state, reason, sinceMs, birth: known, sites } = again.get('kimitsu/paddy-koito') ?? {}
    expect({ state, reason, sinceMs, known }).toEqual({
      state: 'offline',
      reason: 'lost',
      sinceMs: clock.now(),
      known: { ...birth, condition },
    })
    expect(sites?.get('a1')?.name.ja).toBe('水田')
    await again.close()
  })

  it('knows in which unit a series is measured since when', async () => {
    const clock = createManualClock()
    const catalogue = new SeriesCatalogue()
    const series = catalogue.resolve(catalogue.gateway(paddy), 'level-1:level', 'cm')
    const units = new SeriesUnits({ catalogue, database, clock, log })
    for (let reading = 1; reading <= 20; reading++) units.mismatched(series, 'm', clock.now() + reading * 1000)
    await units.close()
    await restart()
    expect(await database.selectFrom('series_units').selectAll().execute()).toEqual([
      {
        series: catalogue.key(series),
        unit: 'm',
        previous: 'cm',
        since_ms: clock.now() + 10_000,
        changed_ms: clock.now(),
        cause: 'readings',
      },
    ])
  })

  it('counts the images of a flight once each, whatever comes at the same time, and their bytes', async () => {
    const images = new ImageRegistry({ database, fields: { siteAt: () => 'kimitsu/paddy-koito/a1' } as never })
    const facts: ImageFacts = { timeMs: 1_795_390_000_000, timeFrom: 'exif', flight: 'f1' }
    const image = (index: number) => ({
      tenant: 'kimitsu',
      gateway: 'kimitsu/paddy-koito',
      sha256: String(index).padStart(64, '0'),
      name: `${index}.jpg`,
      bytes: 3_000_000_000,
      mediaType: 'image/jpeg',
      receivedMs: 1,
      facts: { ...facts, timeMs: facts.timeMs + index, position: { lat: 35 + index / 1000, lon: 139 } },
    })
    await Promise.all([0, 1, 2, 3, 3, 3].map((index) => images.add(image(index), 'none')))
    await restart()
    const again = new ImageRegistry({ database, fields: { siteAt: () => null } as never })
    expect(await again.flight('kimitsu', 'f1')).toMatchObject({
      images: 4,
      bytes: 12_000_000_000,
      first_ms: facts.timeMs,
      last_ms: facts.timeMs + 3,
    })
    expect(await again.usedBytes('kimitsu/paddy-koito')).toBe(12_000_000_000)
    expect(await again.usedBytes('kimitsu/none')).toBe(0)
    const scopes = [['kimitsu', 'futtsu'], ['kimits'], []].map(scopeFor)
    const seen = await Promise.all(scopes.map(async (scope) => (await again.images({ scope, limit: 9 })).length))
    expect(seen).toEqual([4, 0, 0])
    expect(await again.sitesOf({ tenant: 'kimitsu', id: 'f1' })).toEqual([
      { site: 'kimitsu/paddy-koito/a1', images: 4 },
    ])
    expect(
      (await again.images({ site: 'kimitsu/paddy-koito/a1', scope: wholeCity, limit: 2 })).map(({ name }) => name),
    ).toEqual(['3.jpg', '2.jpg'])
    expect(
      (await again.flights({ site: 'kimitsu/paddy-koito/a1', scope: wholeCity, limit: 5 })).map(({ id }) => id),
    ).toEqual(['f1'])
  })

  it('keeps alarms as they are now, and gives back the open ones and the newest of a tenant', async () => {
    const clock = createManualClock()
    const storageOf = () => openAlarmStorage({ database, clock, log })
    const storage = storageOf()
    const rule = {
      id: 'low',
      kind: 'threshold',
      severity: 'minor',
      title: { ja: '低', en: 'Low' },
      advice: { ja: '', en: '' },
    }
    const raised = (id: string, gateway: string, timeMs: number) => {
      const subject = { key: `${gateway}/p:l`, gateway, device: 'p', series: `${gateway}/p:l`, site: undefined }
      return raiseAlarm(
        id,
        { rule, subject, value: 0.25, timeMs, active: true } as unknown as AlarmTransition,
        undefined,
      )
    }
    const first = raised('a1', 'kimitsu/paddy-koito', 1_795_390_000_000)
    storage.saveAlarm(first)
    storage.saveAlarm(raised('a2', 'futtsu/harbour', 1_795_390_000_001))
    storage.saveMemory({ rule: 'low', subject: 's', memory: '{}' })
    await storage.newest({ scope: wholeCity, limit: 1 })
    const over = { ...first, clearedMs: 1_795_390_000_500, acknowledgedMs: 1_795_390_000_600, acknowledgedBy: '佐藤' }
    storage.saveAlarm(over)
    await storage.close()
    await restart()
    const again = storageOf()
    expect((await again.newest({ scope: wholeCity, limit: 5 })).map(({ id }) => id)).toEqual(['a2', 'a1'])
    expect(await again.newest({ limit: 5, scope: scopeFor(['kimitsu']) })).toEqual([over])
    expect(await again.deleteClosed(1_795_390_000_601, 10)).toBe(1)
    expect((await again.newest({ scope: wholeCity, limit: 5 })).map(({ id }) => id)).toEqual(['a2'])
    await again.close()
  })

  it('keeps who asked which gateway for what, and forgets it after its time', async () => {
    const journal = await openCommandJournal(database)
    const command = { gateway: 'kimitsu/paddy-koito', kind: 'restart', arguments: {}, by: 'sato', remote: '10.0.0.1' }
    await journal.begun({ ...command, id: 'c1', askedMs: 1000 })
    await journal.begun({ ...command, id: 'c2', askedMs: 2000 })
    await journal.settled('c1', { state: 'done', message: 'restarted' }, 1500)
    await restart()
    const again = await openCommandJournal(database)
    expect((await again.newest(10, wholeCity)).map(({ id, outcome }) => [id, outcome?.state])).toEqual([
      ['c2', 'no-answer'],
      ['c1', 'done'],
    ])
    const scopes = [['kimitsu', 'futtsu'], ['kimits'], []].map(scopeFor)
    const seen = await Promise.all(scopes.map(async (scope) => (await again.newest(9, scope)).length))
    expect(seen).toEqual([2, 0, 0])
    expect(await again.forget(2000)).toBe(1)
    expect((await again.newest(10, wholeCity, 'kimitsu/paddy-koito')).map(({ id }) => id)).toEqual(['c2'])
  })

  it('keeps installations as they were signed off, and takes the record of a gateway once', async () => {
    const row: InstallationRow = {
      id: 'i1',
      gateway: 'kimitsu/paddy-koito',
      kind: 'new',
      signed_off_ms: 1_795_390_000_000,
      received_ms: 1_795_390_000_500,
      engineer: '佐藤',
      note: null,
      place: JSON.stringify({ name: '小糸', lat: 35.3, lon: 139.9, source: 'gps' }),
      replaced: null,
      photo: null,
      record_id: 'r1',
      record: JSON.stringify({ record: Buffer.from(JSON.stringify(checksOf('paddy-koito'))).toString('base64url') }),
      serial_number: '01',
      body_hash: 'h',
    }
    const insert = (values: InstallationRow) =>
      durably(database, (transaction) => transaction.insertInto('installations').values(values).execute())
    await insert(row)
    await expect(insert({ ...row, id: 'i2' })).rejects.toThrow(/unique/i)
    await restart()
    const trust = () => Promise.reject(new Error('not asked'))
    const installations = new Installations({ folder: tmpdir(), trust }, { database, clock: createManualClock(), log })
    expect(await installations.list({ scope: wholeCity, limit: 5 })).toMatchObject([
      { id: 'i1', engineer: '佐藤', signedOff: 1_795_390_000_000, place: { lat: 35.3 } },
    ])
  })

  it('keeps a roll-out, who decided it, and what its gateways reported', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'musubi-rollout-'))
    const content = Buffer.from('devices: []')
    const sha256 = createHash('sha256').update(content).digest('hex')
    const item = { kind: 'config', id: 'gateway', version: '1', sha256, bytes: content.length } as const
    const artefacts = new ArtefactStore(folder)
    await artefacts.keep(sha256, Readable.from([content]))
    const clock = createManualClock()
    const gateways = { get: () => undefined, onChange: () => undefined } as unknown as GatewayRegistry
    const ports = () => ({ database, artefacts, gateways, publish: () => undefined, clock, log })
    const rollouts = new Rollouts(ports())
    await rollouts.start()
    const revision = 20_261_123
    const documents = ['a', 'b'].map((name): SignedDesiredState => {
      const state: DesiredState = { v: 1, gateway: `kimitsu/${name}`, revision, items: [item], probationS: 60 }
      return { v: 1, document: JSON.stringify(state), keyId: '0'.repeat(16), signature: `${'A'.repeat(86)}==` }
    })
    const id = await rollouts.create(
      { name: 't', documents, waves: [{ percent: 50 }], maxFailures: 0, patienceS: 60.5 },
      sato,
    )
    const { kind, version } = item
    const times = { startedMs: 0, endedMs: 1 }
    const reported: ReportedState = {
      v: 1,
      timeMs: clock.now(),
      running: { revision, items: [] },
      desired: {
        revision,
        phase: 'done',
        sinceMs: clock.now(),
        results: [{ kind, id: 'gateway', version, result: 'applied', ...times }],
      },
    }
    rollouts.take({ topic: 'musubi/v1/kimitsu/a/reported', payload: encodeDocument(reported) })
    await rollouts.stop()
    await restart()
    const again = new Rollouts(ports())
    await again.start()
    expect(await again.nextRevision(['kimitsu/a', 'kimitsu/b'])).toBe(revision + 1)
    expect(again.mayFetch('kimitsu/b', sha256)).toBe(true)
    await again.halt(id, sato)
    await again.stop()
    const members = await database.selectFrom('rollout_gateways').selectAll().orderBy('gateway').execute()
    expect(members.map(({ gateway, state }) => [gateway, state])).toEqual([
      ['kimitsu/a', 'applied'],
      ['kimitsu/b', 'offered'],
    ])
    expect(await database.selectFrom('rollouts').select(['state', 'patience_s']).execute()).toEqual([
      { state: 'halted', patience_s: 60.5 },
    ])
    const audit = await database.selectFrom('deployment_audit').select('action').execute()
    expect(audit.map(({ action }) => action)).toEqual(['created', 'next wave', 'halted'])
    await rm(folder, { recursive: true })
  })
})
