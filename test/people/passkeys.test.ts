// Passkeys over HTTP: made and used by a device in software, and refused for everything that a thief, a copy or another site would send.
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningCloud, runCloud, temporaryFolder } from '../cloud/running-cloud.ts'
import { type Answer, type Browser, browserAt, goodPassword, newPerson } from './browser.ts'
import { type Faults, softPasskey, type SoftPasskey } from './soft-authenticator.ts'

describe('passkeys', () => {
  let place: { readonly folder: string; remove(): Promise<void> }
  let hub: RunningCloud
  let url: string
  let admin: Browser

  beforeAll(async () => {
    place = await temporaryFolder()
    hub = await runCloud(place.folder)
    url = hub.url.replace('127.0.0.1', 'localhost')
    admin = await newPerson(browserAt(url), url, 'sato', [{ tenant: '*', role: 'admin' }])
  })
  afterAll(async () => {
    await hub.stop()
    await place.remove()
  })

  const operator = [{ tenant: '*', role: 'operator' }]
  const offer = (browser: Browser, id: string) =>
    browser.ask('POST', '/api/v1/me/passkeys/options', { password: `${goodPassword} ${id}` })
  const keep = async (browser: Browser, id: string, passkey: SoftPasskey, faults?: Faults): Promise<Answer> => {
    const { body } = await offer(browser, id)
    const given = { ticket: body['ticket'], name: '電話', response: passkey.create(body['options'], faults) }
    return await browser.ask('POST', '/api/v1/me/passkeys', given)
  }
  const enter = async (passkey: SoftPasskey, faults?: Faults, browser = browserAt(url)): Promise<Answer> => {
    const { body } = await browser.ask('POST', '/api/v1/session/passkey/options')
    const given = { ticket: body['ticket'], response: passkey.get(body['options'], faults) }
    return await browser.ask('POST', '/api/v1/session/passkey', given)
  }
  const elsewhere = { 'x-forwarded-for': '203.0.113.9' }
  /** As through a proxy on the hub's machine. */
  const from = (browser: Browser, method: string, path: string, body?: unknown) =>
    browser.ask(method, path, body, { origin: url, ...elsewhere })
  const audited = async (action: string) => {
    const { body } = await admin.ask('GET', '/api/v1/audit?limit=1000')
    return (body['items'] as { readonly action: string; readonly detail: object }[]).filter(
      (item) => item.action === action,
    )
  }

  it('sign in without a name, as two factors, and are listed, renamed and removed', async () => {
    const tanaka = await newPerson(admin, url, 'tanaka', operator)
    const passkey = softPasskey(url)
    const kept = await keep(tanaka, 'tanaka', passkey)
    expect(kept.status, kept.text).toBe(201)
    expect(kept.body['recoveryCodes']).toHaveLength(10)
    const phone = browserAt(url)
    const entered = await enter(passkey, {}, phone)
    expect(entered).toMatchObject({ status: 200, body: { person: 'tanaka', secondFactor: true } })
    expect((await phone.ask('GET', '/api/v1/session')).body).toMatchObject({ person: 'tanaka' })
    const list = await phone.ask('GET', '/api/v1/me/passkeys')
    const [item] = list.body['items'] as { readonly id: string; readonly usedAt: number }[]
    expect(item).toMatchObject({ name: '電話', site: 'localhost' })
    expect(item?.usedAt).toBeGreaterThan(Date.now() - 60_000)
    const path = `/api/v1/me/passkeys/${item?.id ?? ''}`
    expect((await phone.ask('PATCH', path, { name: '新しい電話' })).body).toMatchObject({ name: '新しい電話' })
    expect((await admin.ask('PATCH', path, { name: 'x' })).status).toBe(404)
    expect((await admin.ask('DELETE', path, {})).status).toBe(404)
    expect((await phone.ask('DELETE', path, {})).status).toBe(204)
    expect((await enter(passkey)).body).toMatchObject({ code: 'sign-in.failed' })
    expect(await audited('passkey.copied')).toEqual([])
  })

  it('are offered without a word about who has one', async () => {
    const { body } = await browserAt(url).ask('POST', '/api/v1/session/passkey/options')
    expect(body['options']).not.toHaveProperty('allowCredentials')
    expect(body['options']).toMatchObject({ rpId: 'localhost', userVerification: 'required' })
    const byNumber = await browserAt(hub.url).ask('POST', '/api/v1/session/passkey/options')
    expect(byNumber).toMatchObject({ status: 400, body: { code: 'payload.schema' } })
  })

  it('are refused from another site, without finger or PIN, with another key, and for somebody else', async () => {
    const suzuki = await newPerson(admin, url, 'suzuki', operator)
    const passkey = softPasskey(url)
    for (const faults of [{ origin: 'http://evil.example' }, { rpId: 'evil.example' }, { userVerified: false }]) {
      expect(await keep(suzuki, 'suzuki', softPasskey(url), faults)).toMatchObject({ status: 401 })
    }
    expect((await keep(suzuki, 'suzuki', passkey)).status).toBe(201)
    const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const tries: readonly Faults[] = [
      { origin: 'http://evil.example' },
      { origin: url.replace('http:', 'https:') },
      { rpId: 'evil.example' },
      { userVerified: false },
      { key },
      { challenge: Buffer.from('my own').toString('base64url') },
      { userHandle: Buffer.from('sato').toString('base64url') },
    ]
    const answers = []
    for (const faults of tries) answers.push(await enter(passkey, faults))
    answers.push(await enter(softPasskey(url)))
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 401, body: { code: 'sign-in.failed', detail: 'the passkey is refused' } })
    }
    expect((await enter(passkey)).status).toBe(200)
    expect(await keep(admin, 'sato', passkey)).toMatchObject({ status: 409 })
  })

  it('answer a challenge once, soon, and in the browser or session that asked', async () => {
    const ito = await newPerson(admin, url, 'ito', operator)
    const passkey = softPasskey(url)
    const { body } = await offer(ito, 'ito')
    const given = { ticket: body['ticket'], name: 'x', response: passkey.create(body['options']) }
    const stranger = await newPerson(admin, url, 'mori', operator)
    const stolen = await stranger.ask('POST', '/api/v1/me/passkeys', given)
    expect(stolen).toMatchObject({ status: 401, body: { code: 'sign-in.challenge' } })
    expect((await ito.ask('POST', '/api/v1/me/passkeys', given)).status).toBe(201)
    expect((await ito.ask('POST', '/api/v1/me/passkeys', given)).body).toMatchObject({ code: 'sign-in.challenge' })

    const phone = browserAt(url)
    const invited = await phone.ask('POST', '/api/v1/session/passkey/options')
    const answer = { ticket: invited.body['ticket'], response: passkey.get(invited.body['options']) }
    const other = browserAt(url)
    await other.ask('POST', '/api/v1/session/passkey/options')
    for (const thief of [other, browserAt(url)]) {
      const caught = await thief.ask('POST', '/api/v1/session/passkey', answer)
      expect(caught).toMatchObject({ status: 401, body: { code: 'sign-in.challenge' } })
    }
    const both = await Promise.all([1, 2].map(() => phone.ask('POST', '/api/v1/session/passkey', answer)))
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 401]))
    const asRegistration = await ito.ask('POST', '/api/v1/me/passkeys', { ...answer, name: 'x' })
    expect(asRegistration.body).toMatchObject({ code: 'sign-in.challenge' })
  })

  it('whose counter goes back are a copy: refused, and on record', async () => {
    const kato = await newPerson(admin, url, 'kato', operator)
    const passkey = softPasskey(url)
    await keep(kato, 'kato', passkey)
    expect((await enter(passkey, { counter: 7 })).status).toBe(200)
    for (const counter of [7, 6, 0]) expect((await enter(passkey, { counter })).status).toBe(401)
    expect(await audited('passkey.copied')).toHaveLength(3)
    expect((await enter(passkey, { counter: 8 })).status).toBe(200)
  })

  it('of somebody who is suspended, reset or removed let nobody in', async () => {
    const abe = await newPerson(admin, url, 'abe', operator)
    const passkey = softPasskey(url)
    await keep(abe, 'abe', passkey)
    await admin.ask('PATCH', '/api/v1/people/abe', { suspended: true })
    expect((await enter(passkey)).body).toMatchObject({ code: 'sign-in.failed', detail: 'the passkey is refused' })
    await admin.ask('PATCH', '/api/v1/people/abe', { suspended: false })
    expect((await enter(passkey)).status).toBe(200)
    await admin.ask('POST', '/api/v1/people/abe/reset')
    expect((await enter(passkey)).status).toBe(401)
    const again = await newPerson(admin, url, 'ono', operator)
    const second = softPasskey(url)
    await keep(again, 'ono', second)
    await admin.ask('DELETE', '/api/v1/people/ono')
    await newPerson(admin, url, 'ono', operator)
    expect((await enter(second)).status).toBe(401)
  })

  it('or an authenticator must be set up by whoever has a password alone and more than operator; they can do nothing else', async () => {
    const engineer = await newPerson(admin, url, 'hara', [{ tenant: '*', role: 'engineer' }])
    const password = `${goodPassword} hara`
    expect((await engineer.ask('GET', '/api/v1/gateways')).status).toBe(200)
    const away = browserAt(url)
    expect((await from(away, 'POST', '/api/v1/session', { name: 'hara', password })).body).toMatchObject({
      needsSecondFactor: true,
      memberships: [],
      rights: [],
    })
    const refused = { status: 401, body: { code: 'sign-in.factor-missing' } }
    const wanted = { name: 'x', tenant: '*', rights: ['see'], expires: Date.now() + 1e6 }
    expect(await from(away, 'GET', '/api/v1/gateways')).toMatchObject(refused)
    expect(await from(away, 'GET', '/api/v1/stream')).toMatchObject(refused)
    expect(await from(away, 'POST', '/api/v1/tokens', wanted)).toMatchObject(refused)
    expect(await from(away, 'POST', '/api/v1/me/password', { now: password, next: 'x' })).toMatchObject(refused)
    expect(await from(away, 'DELETE', '/api/v1/me/totp', { password })).toMatchObject(refused)
    const { body } = await from(away, 'POST', '/api/v1/me/passkeys/options', { password })
    const passkey = softPasskey(url)
    const made = { ticket: body['ticket'], name: 'x', response: passkey.create(body['options']) }
    expect((await from(away, 'POST', '/api/v1/me/passkeys', made)).status).toBe(201)
    expect((await from(away, 'GET', '/api/v1/gateways')).status).toBe(200)
    // Whoever says, through a proxy that hands it on, that they sit at the machine itself.
    const liar = browserAt(url)
    const said = { origin: url, 'x-forwarded-for': '127.0.0.1' }
    await newPerson(admin, url, 'kubo', [{ tenant: '*', role: 'engineer' }])
    const given = { name: 'kubo', password: `${goodPassword} kubo` }
    expect((await liar.ask('POST', '/api/v1/session', given, said)).body).toMatchObject({ needsSecondFactor: true })
  })

  it('are not set up anew with the password alone by whoever has one: they sign in with that, or with a recovery code', async () => {
    const password = `${goodPassword} hara`
    const thief = browserAt(url)
    const asked = await from(thief, 'POST', '/api/v1/session', { name: 'hara', password })
    expect(asked).toMatchObject({ status: 401, body: { code: 'sign-in.second-factor' } })
    // A session that a password alone began at the machine itself is not enough elsewhere, and adds nothing there.
    const local = browserAt(url)
    expect((await local.ask('POST', '/api/v1/session', { name: 'hara', password })).status).toBe(200)
    expect((await from(local, 'GET', '/api/v1/gateways')).body).toMatchObject({ code: 'sign-in.factor-missing' })
    for (const path of ['/api/v1/me/totp', '/api/v1/me/passkeys/options']) {
      expect((await from(local, 'POST', path, { password })).body).toMatchObject({ code: 'sign-in.again' })
    }
  })

  it('are not asked of whoever only looks', async () => {
    await newPerson(admin, url, 'oka', [{ tenant: '*', role: 'operator' }])
    const away = browserAt(url)
    const signedIn = await from(away, 'POST', '/api/v1/session', { name: 'oka', password: `${goodPassword} oka` })
    expect(signedIn.body).toMatchObject({ needsSecondFactor: false })
    expect((await from(away, 'GET', '/api/v1/gateways')).status).toBe(200)
  })

  it('are still there after a restart, and their names and keys in no audit row', async () => {
    const ota = await newPerson(admin, url, 'ota', operator)
    const passkey = softPasskey(url)
    await keep(ota, 'ota', passkey)
    await hub.stop()
    hub = await runCloud(place.folder)
    url = hub.url.replace('127.0.0.1', 'localhost')
    const same = { origin: url }
    expect((await enter(passkey, same)).status).toBe(200)
    admin = browserAt(url, admin.cookie)
    const { text } = await admin.ask('GET', '/api/v1/audit?limit=1000')
    expect(text).not.toContain(passkey.id)
  })
})
