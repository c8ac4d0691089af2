// What people sign in with and what they did, on each database: across restarts, at the same time, and when its time is over.
import { argon2Sync } from 'node:crypto'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { Secret, TOTP } from 'otpauth'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../broker/contract/ports.ts'
import { hashPassword } from '../../cloud/people/password.ts'
import { openPeople, type PeopleDoor } from '../../cloud/people/people-door.ts'
import type { Person } from '../../cloud/people/person.ts'
import type { Membership } from '../../cloud/people/principal.ts'
import { scopeFor, wholeCity } from '../../cloud/people/principal.ts'
import { passingSealing } from '../../cloud/people/sealing.ts'
import { sealAll } from '../../cloud/people/totp-secrets.ts'
import { newTotpSecret } from '../../cloud/people/totp.ts'
import { type HubDatabase, openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { createManualClock, type ManualClock } from '../edge/manual-clock.ts'
import { type DatabasePlaces, hubDatabases } from '../registry/hub-databases.ts'
import { softPasskey } from './soft-authenticator.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const sealing = passingSealing()
const origin = { remote: '192.0.2.1', agent: 'test', isLocal: false }

describe.each(hubDatabases)('people on $name', ({ open }) => {
  let places: DatabasePlaces
  let place: string
  let database: HubDatabase
  let clock: ManualClock
  let door: PeopleDoor

  beforeAll(async () => {
    places = await open()
  })
  afterAll(() => places.close())
  beforeEach(async () => {
    place = await places.newPlace()
    clock = createManualClock()
    await start()
    await door.people.add(person('admin', [{ tenant: '*', role: 'admin' }]))
  })
  afterEach(() => stop())

  const start = async () => {
    database = await openHubDatabase(place)
    door = await openPeople({ database, sealing, clock, log: silentLog })
  }
  const stop = async () => {
    await door.stop()
    await database.destroy()
  }
  const person = (id: string, memberships: readonly Membership[], password?: string): Person => ({
    id,
    name: id,
    language: 'ja',
    email: undefined,
    memberships,
    createdMs: clock.now(),
    suspendedMs: undefined,
    password,
    totp: undefined,
  })
  const signedIn = async (id: string) => {
    const found = door.people.person(id)
    if (found === undefined) throw new Error(id)
    return (await door.signIn.accept(found, { method: 'password', factors: 2 }, origin)).secret
  }

  it('are there after a restart, with their roles and sign-ins, and nothing of them in plain', async () => {
    await door.people.add(person('tanaka', [{ tenant: 'farm', role: 'operator' }]))
    const secret = await signedIn('tanaka')
    const { token } = await door.tokens.make('tanaka', {
      name: 't',
      tenant: 'farm',
      rights: ['see'],
      expiresMs: clock.now() + dayMs,
    })
    await stop()
    await start()
    expect(door.principals.ofSession(secret, true)).toMatchObject({
      person: 'tanaka',
      memberships: [{ tenant: 'farm', role: 'operator' }],
    })
    expect(door.principals.ofToken(token)).toMatchObject({ person: 'tanaka', only: ['see'] })
    const kept = JSON.stringify([
      await database.selectFrom('sessions').selectAll().execute(),
      await database.selectFrom('api_tokens').selectAll().execute(),
    ])
    expect(kept).not.toContain(secret)
    expect(kept).not.toContain(token)
  })

  it('who may change things for others is signed out after two hours without use, and after sixteen in any case', async () => {
    const idle = await signedIn('admin')
    await clock.advance(2 * hourMs - 1000)
    expect(door.principals.ofSession(idle, true, true)).toBeDefined()
    await clock.advance(1000)
    expect(door.principals.ofSession(idle, true)).toBeUndefined()
    const busy = await signedIn('admin')
    for (let passedMs = 0; passedMs < 16 * hourMs - hourMs; passedMs += hourMs) {
      await clock.advance(hourMs)
      expect(door.principals.ofSession(busy, true)).toBeDefined()
    }
    await clock.advance(hourMs)
    expect(door.principals.ofSession(busy, true)).toBeUndefined()
  })

  it('who only looks stays signed in for a month without use', async () => {
    await door.people.add(person('tanaka', [{ tenant: 'farm', role: 'viewer' }]))
    const secret = await signedIn('tanaka')
    await clock.advance(29 * dayMs)
    expect(door.principals.ofSession(secret, true)).toBeDefined()
    await clock.advance(30 * dayMs)
    expect(door.principals.ofSession(secret, true)).toBeUndefined()
  })

  it('a token of a city person for one tenant is one of that tenant, and ends on its day', async () => {
    const wanted = { name: 't', tenant: 'farm', rights: ['see'] as const, expiresMs: clock.now() + dayMs }
    const { token } = await door.tokens.make('admin', wanted)
    expect(door.principals.ofToken(token)?.memberships).toEqual([{ tenant: 'farm', role: 'admin' }])
    await clock.advance(dayMs)
    expect(door.principals.ofToken(token)).toBeUndefined()
  })

  it('a password that was kept with weaker parameters is taken, and kept with those of today', async () => {
    const nonce = Buffer.alloc(16, 7)
    const weak = { message: 'an old password', nonce, memory: 8192, passes: 1, parallelism: 1, tagLength: 32 }
    const plain = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
    const old = `$argon2id$v=19$m=8192,t=1,p=1$${plain(nonce)}$${plain(argon2Sync('argon2id', weak))}`
    await door.people.add(person('tanaka', [], old))
    const given = { name: 'tanaka', password: 'an old password' }
    await door.signIn.withPassword(given, origin)
    expect(door.people.person('tanaka')?.password).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    await door.signIn.withPassword(given, origin)
    await expect(door.signIn.withPassword({ ...given, password: 'another' }, origin)).rejects.toMatchObject({
      code: 'sign-in.failed',
    })
  })

  it('the secret of an authenticator is sealed, an older plain one too, and gives no code without the key', async () => {
    const secret = newTotpSecret()
    const password = 'correct horse battery staple'
    await door.people.add({ ...person('tanaka', []), password: await hashPassword(password) })
    await door.people.change('tanaka', (tanaka) => ({ ...tanaka, totp: { secret, step: 0 } }))
    await sealAll({ people: door.people, database, sealing, log: silentLog })
    const kept = await database.selectFrom('persons').selectAll().execute()
    expect(JSON.stringify(kept)).not.toContain(secret)
    const totp = new TOTP({ secret: Secret.fromBase32(secret) })
    const codeAt = (ms: number) => totp.generate({ timestamp: ms })
    const attempt = () => door.signIn.withPassword({ name: 'tanaka', password, code: codeAt(clock.now()) }, origin)
    expect((await attempt()).person.id).toBe('tanaka')
    await clock.advance(60_000)
    await door.stop()
    door = await openPeople({ database, sealing: passingSealing(), clock, log: silentLog })
    await expect(attempt()).rejects.toMatchObject({ code: 'sign-in.failed' })
  })

  it('a sealed secret of one person opens for no other', () => {
    const sealed = sealing.seal('secret', 'totp sato')
    expect(sealing.open(sealed, 'totp sato')).toBe('secret')
    expect(sealing.open(sealed, 'totp tanaka')).toBeUndefined()
    expect(sealing.open(`${sealed.slice(0, -2)}AA`, 'totp sato')).toBeUndefined()
  })

  it('passkeys and linked accounts are there after a restart, each of one person, and gone with them', async () => {
    const site = { origin: 'https://hub.example', name: 'hub.example' }
    const passkey = softPasskey(site.origin)
    const tanaka = person('tanaka', [{ tenant: 'farm', role: 'operator' }])
    await door.people.add(tanaka)
    const offer = await door.passkeys.offer(tanaka, 'session', site)
    const response = passkey.create(offer.options) as RegistrationResponseJSON
    await door.passkeys.register(tanaka, 'session', site, { ticket: offer.ticket, name: 'phone', response })
    const account = { issuer: 'https://login.example', subject: 'T' }
    await door.subjects.link('tanaka', account)
    await expect(door.subjects.link('admin', account)).rejects.toMatchObject({ code: 'people.conflict' })
    await door.subjects.link('tanaka', { ...account, subject: 't' })
    expect(door.subjects.personOf(account)).toBeUndefined()
    const enter = async (at: typeof site) => {
      const invited = await door.passkeys.invite('door', at)
      const answer = passkey.get(invited.options, { counter: 3 }) as AuthenticationResponseJSON
      return await door.passkeys.enter({ ticket: invited.ticket, response: answer }, 'door', at, origin)
    }
    await stop()
    await start()
    expect(door.subjects.personOf({ ...account, subject: 't' })).toBe('tanaka')
    await expect(enter({ ...site, name: 'other.example' })).rejects.toMatchObject({ code: 'sign-in.failed' })
    expect((await enter(site)).person.id).toBe('tanaka')
    await stop()
    await start()
    await expect(enter(site), 'its counter did not grow').rejects.toMatchObject({ code: 'sign-in.failed' })
    const late = await door.passkeys.invite('door', site)
    await clock.advance(5 * 60_000)
    const given = {
      ticket: late.ticket,
      response: passkey.get(late.options, { counter: 9 }) as AuthenticationResponseJSON,
    }
    await expect(door.passkeys.enter(given, 'door', site, origin)).rejects.toMatchObject({ code: 'sign-in.challenge' })
    await door.people.remove('tanaka')
    await stop()
    await start()
    expect(door.passkeys.of('tanaka')).toEqual([])
    expect(door.subjects.of('tanaka')).toEqual([])
  })

  it('a one-time link is good for a day, and a later one voids it', async () => {
    const { link: first } = await door.signIn.newLink('admin')
    const { link } = await door.signIn.newLink('admin')
    const password = 'correct horse battery staple'
    await expect(door.signIn.withLink({ link: first, password }, origin)).rejects.toMatchObject({ code: 'people.link' })
    await clock.advance(dayMs)
    await expect(door.signIn.withLink({ link, password }, origin)).rejects.toMatchObject({ code: 'people.link' })
  })

  it('the audit log is searched by person, subject and time, without wildcards, and says whether it is whole', async () => {
    const rows = [
      { who: '佐藤 花子', subject: 'person tanaka', detail: { person: 'sato' } },
      { who: '佐藤 花子 (reader)', subject: 'kimitsu/low_1', detail: { person: 'sato' } },
      { who: 'Tanaka', subject: 'kimitsu/lowx1', detail: { person: 'tanaka' } },
      { who: 'tanaka', subject: '100%', detail: {} },
    ]
    for (const row of rows) await door.audit.append({ ...row, action: 'rule.saved', tenant: 'kimitsu' })
    const found = async (filter: Parameters<typeof door.audit.newest>[1]) =>
      (await door.audit.newest(scopeFor(['kimitsu']), filter)).map(({ sequence }) => sequence)
    const times = await database.selectFrom('audit').select(['sequence', 'time_ms']).orderBy('sequence').execute()
    const [first = 0] = times.map(({ sequence }) => sequence).slice(-4)
    const limit = 10
    expect(await found({ limit, person: 'sato' })).toEqual([first + 1, first])
    expect(await found({ limit, person: '花子' })).toEqual([first + 1, first])
    expect(await found({ limit, person: 'TANAKA' })).toEqual([first + 3, first + 2])
    expect(await found({ limit, about: 'low_1' })).toEqual([first + 1])
    expect(await found({ limit, about: '%' })).toEqual([first + 3])
    expect(await found({ limit, about: 'RULE.' })).toHaveLength(4)
    expect(await found({ limit, about: 'tanaka', person: '花子' })).toEqual([first])
    const lastMs = times.at(-1)?.time_ms ?? 0
    expect(await found({ limit, from: lastMs + 1 })).toEqual([])
    expect(await found({ limit, to: lastMs + 1 })).toHaveLength(4)
    expect(await door.audit.newest(scopeFor(['farm']), { limit, person: 'sato' })).toEqual([])
    expect(await door.audit.check()).toMatchObject({ ok: true, rows: times.length })
    await database.updateTable('audit').set({ who: 'nobody' }).where('sequence', '=', first).execute()
    expect(await door.audit.check()).toMatchObject({ ok: true })
    await clock.advance(60_000)
    expect(await door.audit.check()).toMatchObject({ ok: false, rows: first - 1, head: null })
  })

  it('records of the audit log that come at the same time make one whole chain; each tenant reads its own', async () => {
    const all = Array.from({ length: 30 }, (_, index) =>
      door.audit.append({
        who: `佐藤\u0000\n${index}`,
        action: 'test',
        subject: 'x',
        tenant: index % 3 === 0 ? 'farm' : undefined,
        detail: { index },
      }),
    )
    await Promise.all(all)
    await stop()
    await start()
    const verdict = await door.audit.verify()
    expect(verdict).toMatchObject({ ok: true, rows: 30 })
    expect(await door.audit.verify(verdict.ok ? verdict.head : '')).toEqual(verdict)
    const own = await door.audit.newest(scopeFor(['farm']), { limit: 100 })
    expect(own.map(({ detail }) => (JSON.parse(detail) as { readonly index: number }).index)).toEqual([
      27, 24, 21, 18, 15, 12, 9, 6, 3, 0,
    ])
    expect(await door.audit.newest(wholeCity, { limit: 100, before: 11 })).toHaveLength(10)
    await database.deleteFrom('audit').where('sequence', '=', 30).execute()
    expect(await door.audit.verify()).toMatchObject({ ok: true, rows: 29 })
    expect(await door.audit.verify(verdict.ok ? verdict.head : '')).toMatchObject({ ok: false, at: 30 })
  })
})
