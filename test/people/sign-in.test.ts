import { request } from 'node:http'
import { once } from 'node:events'
import { TOTP, Secret } from 'otpauth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { AuditLog } from '../../cloud/people/audit-log.ts'
import { systemClock } from '../../broker/contract/ports.ts'
import { join } from 'node:path'
import { type RunningCloud, runCloud, temporaryFolder } from '../cloud/running-cloud.ts'
import { type Browser, browserAt, goodPassword, newPerson } from './browser.ts'

const cityAdmin = [{ tenant: '*', role: 'admin' }]

describe('people of a hub', () => {
  let place: { readonly folder: string; remove(): Promise<void> }
  let hub: RunningCloud
  let admin: Browser

  beforeAll(async () => {
    place = await temporaryFolder()
    hub = await runCloud(place.folder)
  })
  afterAll(async () => {
    await hub.stop()
    await place.remove()
  })

  it('without any, everybody on this machine is admin, but by no foreign name and from no foreign page', async () => {
    const open = browserAt(hub.url)
    expect((await open.ask('GET', '/api/v1/ui')).body).toMatchObject({ access: 'open' })
    expect((await open.ask('GET', '/api/v1/gateways')).status).toBe(200)
    expect(await statusAs(hub.url, 'evil.example')).toBe(403)
    const foreign = await open.ask('POST', '/api/v1/people', {}, { origin: 'https://evil.example' })
    expect(foreign).toMatchObject({ status: 403, body: { code: 'sign-in.cross-site' } })
    const site = await open.ask('POST', '/api/v1/people', {}, { 'sec-fetch-site': 'cross-site' })
    expect(site.status).toBe(403)
  })

  it('begins with an admin of the city, whose one-time link sets a password once', async () => {
    const open = browserAt(hub.url)
    const viewer = { id: 'yamada', name: '山田', memberships: [] }
    expect((await open.ask('POST', '/api/v1/people', viewer)).status).toBe(409)
    const made = await open.ask('POST', '/api/v1/people', { id: 'sato', name: '佐藤', memberships: cityAdmin })
    expect(made.status).toBe(201)
    expect((await open.ask('GET', '/api/v1/gateways')).status).toBe(401)
    expect((await open.ask('GET', '/api/v1/ui')).body).toMatchObject({ access: 'sign-in' })
    const { link } = made.body
    admin = browserAt(hub.url)
    const weak = await admin.ask('POST', '/api/v1/session/link', { link, password: 'sato sato sato' })
    expect(weak).toMatchObject({ status: 422, body: { code: 'people.password' } })
    const set = await admin.ask('POST', '/api/v1/session/link', { link, password: goodPassword })
    expect(set.body).toMatchObject({ person: 'sato', memberships: cityAdmin })
    expect((await admin.ask('GET', '/api/v1/gateways')).status).toBe(200)
    const again = await browserAt(hub.url).ask('POST', '/api/v1/session/link', { link, password: goodPassword })
    expect(again).toMatchObject({ status: 410, body: { code: 'people.link' } })
  })

  it('the cookie is not for scripts nor for other sites, and is nothing without the page', async () => {
    const response = await fetch(`${hub.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'sato', password: goodPassword }),
    })
    expect(response.headers.get('set-cookie')).toMatch(/^musubi=[\w-]{43}; Path=\/; .*HttpOnly; SameSite=Lax$/)
    const behindTls = await fetch(`${hub.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-proto': 'https' },
      body: JSON.stringify({ name: 'sato', password: goodPassword }),
    })
    expect(behindTls.headers.get('set-cookie')).toMatch(/^__Host-musubi=.*; Secure$/)
    const blind = await admin.ask('POST', '/api/v1/tenants', {}, {})
    expect(blind).toMatchObject({ status: 403, body: { code: 'sign-in.cross-site' } })
    const text = await fetch(`${hub.url}/api/v1/session`, { method: 'POST', body: '{}' })
    expect(text.status).toBe(415)
  })

  it('a wrong password and a name that nobody has are answered alike, until both must wait', async () => {
    for (const name of ['sato', 'nobody-of-this-name']) {
      const answers = []
      for (let attempt = 0; attempt < 6; attempt += 1) {
        const given = { name, password: 'wrong' }
        const { status, body } = await browserAt(hub.url).ask('POST', '/api/v1/session', given)
        answers.push([status, body['code'], String(body['detail']).replace(/\d+ s$/, '')])
      }
      expect(answers.slice(0, 5)).toEqual(
        Array.from({ length: 5 }, () => [401, 'sign-in.failed', 'the name or the password is wrong']),
      )
      expect(answers[5]).toEqual([429, 'sign-in.locked', 'too many attempts; try again in '])
    }
    expect((await admin.ask('GET', '/api/v1/session')).status).toBe(200)
  })

  it('an authenticator is asked for its code, takes none twice, and a recovery code helps once', async () => {
    const suzuki = await newPerson(admin, hub.url, 'suzuki', [{ tenant: '*', role: 'viewer' }])
    const password = `${goodPassword} suzuki`
    const offer = await suzuki.ask('POST', '/api/v1/me/totp', { password })
    const totp = new TOTP({ secret: Secret.fromBase32(String(offer.body['secret'])) })
    const first = totp.generate()
    const codes = await suzuki.ask('POST', '/api/v1/me/totp/confirm', { password, code: first })
    expect(codes.body['codes']).toHaveLength(10)
    const attempt = (code?: string) =>
      browserAt(hub.url).ask('POST', '/api/v1/session', { name: 'suzuki', password, ...(code && { code }) })
    expect((await attempt()).body).toMatchObject({ code: 'sign-in.second-factor' })
    expect((await attempt(first)).body).toMatchObject({ code: 'sign-in.failed' })
    const next = totp.generate({ timestamp: Date.now() + 30_000 })
    expect((await attempt(next)).status).toBe(200)
    expect((await attempt(next)).status).toBe(401)
    const [recovery] = codes.body['codes'] as string[]
    expect((await attempt(recovery?.toLowerCase().replaceAll('-', ' '))).status).toBe(200)
    expect((await attempt(recovery)).status).toBe(401)
  })

  it('another password, a suspension and a removal end the sign-ins of a person at once', async () => {
    const tanaka = await newPerson(admin, hub.url, 'tanaka', [{ tenant: '*', role: 'operator' }])
    const password = `${goodPassword} tanaka`
    const phone = browserAt(hub.url)
    expect((await phone.ask('POST', '/api/v1/session', { name: 'tanaka', password })).status).toBe(200)
    const next = 'a longer sentence than before'
    expect((await tanaka.ask('POST', '/api/v1/me/password', { now: password, next })).status).toBe(204)
    expect((await phone.ask('GET', '/api/v1/session')).status).toBe(401)
    expect((await tanaka.ask('GET', '/api/v1/session')).status).toBe(200)
    await admin.ask('PATCH', '/api/v1/people/tanaka', { suspended: true })
    expect((await tanaka.ask('GET', '/api/v1/session')).status).toBe(401)
    const back = await phone.ask('POST', '/api/v1/session', { name: 'tanaka', password: next })
    expect(back.body).toMatchObject({ code: 'sign-in.failed' })
    expect((await admin.ask('DELETE', '/api/v1/people/tanaka')).status).toBe(204)
  })

  it('the last admin of the city can neither go nor become less', async () => {
    expect((await admin.ask('DELETE', '/api/v1/people/sato')).status).toBe(409)
    expect((await admin.ask('PATCH', '/api/v1/people/sato', { memberships: [] })).status).toBe(409)
    expect((await admin.ask('PATCH', '/api/v1/people/sato', { suspended: true })).status).toBe(409)
    expect((await admin.ask('GET', '/api/v1/people')).status).toBe(200)
  })

  it('a live stream ends when its reader loses the right to it', async () => {
    const reader = await newPerson(admin, hub.url, 'reader', [{ tenant: '*', role: 'viewer' }])
    const response = await fetch(`${hub.url}/api/v1/stream`, { headers: { cookie: reader.cookie ?? '' } })
    expect(response.status).toBe(200)
    const ended = response.text().then(
      () => 'ended',
      () => 'ended',
    )
    await admin.ask('PATCH', '/api/v1/people/reader', { memberships: [] })
    expect(await ended).toBe('ended')
  })

  it('a token does what it is for and nothing else, only as long as its person may, and until it is revoked', async () => {
    const maker = await newPerson(admin, hub.url, 'maker', [{ tenant: '*', role: 'engineer' }])
    const expires = Date.now() + 3_600_000
    const wanted = { name: 'export', tenant: '*', rights: ['see'], expires }
    const tooMuch = await maker.ask('POST', '/api/v1/tokens', { ...wanted, rights: ['manage-people'] })
    expect(tooMuch.status).toBe(403)
    const made = await maker.ask('POST', '/api/v1/tokens', wanted)
    const authorization = `Bearer ${String(made.body['token'])}`
    const key = { origin: hub.url, 'idempotency-key': 'once' }
    const [one, two] = [1, 2].map(() => maker.ask('POST', '/api/v1/tokens', { ...wanted, name: 'x' }, key))
    expect((await one)?.body['token'], 'a secret is kept nowhere').not.toBe((await two)?.body['token'])
    const asToken = (path: string) => browserAt(hub.url).ask('DELETE', path, undefined, { authorization })
    expect((await asToken('/api/v1/sessions/others')).status).toBe(403)
    const taken = await maker.ask('PATCH', '/api/v1/me', { name: '佐 藤' })
    expect(taken).toMatchObject({ status: 409, body: { code: 'people.conflict' } })
    const ask = (path: string) => browserAt(hub.url).ask('GET', path, undefined, { authorization })
    expect((await ask('/api/v1/gateways')).status).toBe(200)
    expect((await ask('/api/v1/commands')).status).toBe(403)
    await admin.ask('PATCH', '/api/v1/people/maker', { memberships: [] })
    expect((await ask('/api/v1/gateways')).status).toBe(403)
    await admin.ask('PATCH', '/api/v1/people/maker', { memberships: [{ tenant: '*', role: 'viewer' }] })
    expect((await ask('/api/v1/gateways')).status).toBe(200)
    const { id } = made.body['item'] as { readonly id: string }
    expect((await maker.ask('DELETE', `/api/v1/tokens/${id}`)).status).toBe(204)
    expect((await ask('/api/v1/gateways')).status).toBe(401)
  })

  it('everything of this is in the audit log, without a secret, and a changed or missing row shows', async () => {
    const page = await admin.ask('GET', '/api/v1/audit?limit=1000')
    const actions = new Set((page.body['items'] as { readonly action: string }[]).map(({ action }) => action))
    for (const action of ['session.begun', 'session.refused', 'password.set', 'right.refused', 'POST /api/v1/people']) {
      expect(actions).toContain(action)
    }
    expect(page.text).not.toContain(goodPassword)
    const exported = (await admin.ask('GET', '/api/v1/audit.jsonl')).text.trimEnd().split('\n')
    expect(exported.length).toBeGreaterThanOrEqual((page.body['items'] as unknown[]).length)
    await hub.stop()
    const database = await openHubDatabase(join(place.folder, 'hub.sqlite'))
    const log = new AuditLog({ database, clock: systemClock })
    expect(await log.verify()).toMatchObject({ ok: true, rows: exported.length })
    await database.updateTable('audit').set({ who: 'somebody else' }).where('sequence', '=', 3).execute()
    expect(await log.verify()).toEqual({ ok: false, rows: 2, at: 3, reason: 'a row was changed' })
    await database.deleteFrom('audit').where('sequence', '=', 2).execute()
    expect(await log.verify()).toEqual({ ok: false, rows: 1, at: 2, reason: 'a row is missing' })
    await database.destroy()
    hub = await runCloud(place.folder)
  })

  it('on an address that others reach, a hub without people does not start', async () => {
    const other = await temporaryFolder()
    const starting = runCloud(other.folder, { more: { http: { host: '0.0.0.0', port: 0 } } })
    await expect(starting).rejects.toThrow(/musubi user add/)
    await other.remove()
  })
})

async function statusAs(url: string, host: string): Promise<number | undefined> {
  const asked = request(`${url}/api/v1/gateways`, { headers: { host } })
  asked.end()
  const [response] = (await once(asked, 'response')) as [{ statusCode?: number; resume(): void }]
  response.resume()
  return response.statusCode
}
