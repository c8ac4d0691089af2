// One hub at a time on a PostgreSQL server: hand-over, a broken connection, a server that falls, and a hub that was overtaken.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { type HubDatabase, openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { WriteBehind } from '../../cloud/registry/write-behind.ts'
import { debianPackage } from '../debian.ts'
import { type PostgresServer, startPostgresServer } from './postgres-server.ts'

const gateway = (id: string) =>
  ({ id, state: 'online', reason: null, since_ms: 1, last_seen_ms: null, birth: null }) as const
const add = (database: HubDatabase, id: string) => database.insertInto('gateways').values(gateway(id)).execute()
const idsOf = async (database: HubDatabase) =>
  (await database.selectFrom('gateways').select('id').orderBy('id').execute()).map(({ id }) => id)

/** Ends every connection that holds the lock, as a firewall that forgets it would. */
const breakLocks = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'musubi-hub-lock'`

/** Resolves with what `check` gives once it no longer throws. */
async function eventually<T>(check: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 15_000; ;) {
    try {
      return await check()
    } catch (thrown) {
      if (Date.now() > deadline) throw thrown
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

describe.skipIf(!debianPackage('postgresql'))('a hub on PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgresServer()
  })
  afterAll(() => server.stop())

  it('hands the database over to one that waits for it, as soon as it has closed it', async () => {
    const place = await server.newDatabase()
    const first = await openHubDatabase(place)
    await add(first, 'a/1')
    const second = openHubDatabase({ place, waitMs: 20_000 })
    await add(first, 'a/2')
    await first.destroy()
    const database = await second
    expect(await idsOf(database)).toEqual(['a/1', 'a/2'])
    await database.destroy()
  })

  it('gives up waiting after its time', async () => {
    const place = await server.newDatabase()
    const first = await openHubDatabase(place)
    await expect(openHubDatabase({ place, waitMs: 50 })).rejects.toMatchObject({ code: 'data.locked' })
    await first.destroy()
  })

  it('goes on after its lock was lost with the connection, when nobody had it meanwhile', async () => {
    const told: string[] = []
    const tell = (_fields: object, message: string) => void told.push(message)
    const log = { ...silentLog, error: tell, info: tell }
    const database = await openHubDatabase({ place: await server.newDatabase(), log })
    await add(database, 'a/1')
    expect(await server.ask(breakLocks)).toBe(1)
    await eventually(() => expect(Promise.resolve(told)).resolves.toHaveLength(2))
    expect(told[1]).toBe('the database is held again; nobody else had it')
    expect(await idsOf(database)).toContain('a/1')
    await database.destroy()
  })

  it('writes nothing any more, and says so once, after another hub had the database', async () => {
    const place = await server.newDatabase()
    let lost = 0
    const told: string[] = []
    const log = { ...silentLog, error: (_fields: object, message: string) => void told.push(message) }
    const first = await openHubDatabase({ place, onLost: () => void (lost += 1), log })
    const second = openHubDatabase({ place, waitMs: 20_000 })
    const waiting = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
    await eventually(async () => expect(await server.ask(waiting)).toBe(1))
    await server.ask(`${breakLocks} AND wait_event_type <> 'Lock'`)
    const database = await second
    await add(database, 'a/2')
    await eventually(() => expect(Promise.resolve(told)).resolves.toHaveLength(1))
    await expect(add(first, 'a/1')).rejects.toMatchObject({ code: 'store.unavailable' })
    await database.destroy()
    await eventually(() => expect(add(first, 'a/1')).rejects.toMatchObject({ code: 'data.locked' }))
    expect(lost).toBe(1)
    await first.destroy()
    const third = await openHubDatabase(place)
    expect(await idsOf(third)).toEqual(['a/2'])
    await third.destroy()
  })

  it('keeps what waits to be written while the server is down, and loses nothing', async () => {
    const database = await openHubDatabase(await server.newDatabase())
    const write = async (ids: readonly string[]) => {
      await database.transaction().execute(async (transaction) => {
        for (const id of ids) {
          const values = transaction.insertInto('gateways').values(gateway(id))
          await values.onConflict((conflict) => conflict.doNothing()).execute()
        }
      })
    }
    const writes = new WriteBehind<string>({ write, clock: systemClock, log: silentLog })
    writes.put('a/1', 'a/1')
    await writes.flush()
    await server.crash()
    writes.put('a/2', 'a/2')
    await writes.flush()
    await expect(idsOf(database)).rejects.toMatchObject({ code: 'store.unavailable' })
    await server.start()
    expect(
      await eventually(async () => {
        const ids = await idsOf(database)
        expect(ids).toHaveLength(2)
        return ids
      }),
    ).toEqual(['a/1', 'a/2'])
    await writes.close()
    await database.destroy()
  })

  it('tells a wrong URL and an absent server apart, and shows the password in neither', async () => {
    const wrong = openHubDatabase('postgres://u:geheim@127.0.0.1:99999/x')
    await expect(wrong).rejects.toMatchObject({ code: 'config.invalid' })
    const absent = openHubDatabase('postgres://u:geheim@127.0.0.1:1/x')
    await expect(absent).rejects.toMatchObject({ code: 'store.unavailable' })
    for (const opening of [wrong, absent]) await expect(opening).rejects.not.toThrow(/geheim/)
  })
})
