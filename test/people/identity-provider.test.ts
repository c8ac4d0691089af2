// The city's identity provider, by a real one: whom the hub knows comes in, and everything else is refused in words.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseIdentityProvider } from '../../cloud/people/identity-provider-settings.ts'
import { ownPath } from '../../cloud/people/provider-sign-in.ts'
import { type RunningCloud, runCloud, temporaryFolder } from '../cloud/running-cloud.ts'
import { type Browser, browserAt, goodPassword, newPerson } from './browser.ts'
import { type CityAccounts, startCityAccounts } from './city-accounts.ts'

describe('an identity provider', () => {
  let place: { readonly folder: string; remove(): Promise<void> }
  let hub: RunningCloud
  let city: CityAccounts
  let admin: Browser

  beforeAll(async () => {
    place = await temporaryFolder()
    const more = 'roles: { claim: groups, map: [{ value: field-staff, tenant: kimitsu, role: operator }] }\n'
    city = await startCityAccounts(more)
    hub = await runCloud(place.folder, {
      more: { people: { keyFile: `${place.folder}/people.key`, identityProvider: city.settings } },
    })
    city.open(`${hub.url}/api/v1/session/provider/callback`)
    const open = browserAt(hub.url)
    await open.ask('POST', '/api/v1/tenants', { id: 'kimitsu', name: { ja: '君津', en: 'Kimitsu' }, kind: 'city' })
    admin = await newPerson(open, hub.url, 'sato', [{ tenant: '*', role: 'admin' }])
  })
  afterAll(async () => {
    await hub.stop()
    await city.stop()
    await place.remove()
  })

  const invite = async (id: string) =>
    String((await admin.ask('POST', '/api/v1/people', { id, name: id, memberships: [] })).body['link'])
  const begin = async (browser: Browser, body: object = {}, path = '/api/v1/session/provider') => {
    const begun = await browser.ask('POST', path, body)
    expect(begun.status, begun.text).toBe(200)
    return String(begun.body['location'])
  }
  /** Where the hub leads the browser that came back. */
  const comeBack = async (browser: Browser, url: string) => {
    const { pathname, search } = new URL(url)
    const answer = await browser.ask('GET', `${pathname}${search}`)
    expect(answer.status, answer.text).toBe(302)
    return answer.headers.get('location')
  }
  const enter = async (account: string, browser = browserAt(hub.url), body: object = {}) => {
    city.account = account
    return await comeBack(browser, await city.visit(await begin(browser, body)))
  }
  const fault = (code: string) => `../../../../sign-in?fault=${code}`
  const refusals = async () => {
    const { body } = await admin.ask('GET', '/api/v1/audit?limit=1000')
    return (body['items'] as { readonly action: string; readonly detail: { readonly reason?: string } }[])
      .filter(({ action }) => action === 'session.refused')
      .map(({ detail }) => detail.reason)
  }

  it('is on the sign-in page, and its people come in once an invitation has linked them', async () => {
    const { body } = await browserAt(hub.url).ask('GET', '/api/v1/ui')
    expect(body).toMatchObject({ identityProvider: { ja: '市の職員', en: 'City' } })
    const tanaka = browserAt(hub.url)
    expect(await enter('t.tanaka', tanaka, { link: await invite('tanaka'), next: '/#/alarms' })).toBe('/#/alarms')
    const me = await tanaka.ask('GET', '/api/v1/session')
    expect(me.body).toMatchObject({ person: 'tanaka', hasPassword: false })
    expect(String(me.body['signOutAt'])).toContain(`${city.issuer}/session/end?`)
    const again = browserAt(hub.url)
    expect(await enter('t.tanaka', again, { next: '/field/' })).toBe('/field/')
    expect((await again.ask('GET', '/api/v1/session')).body).toMatchObject({ person: 'tanaka' })
    const only = await again.ask('DELETE', '/api/v1/me/provider', {})
    expect(only).toMatchObject({ status: 409, body: { code: 'sign-in.last-way' } })
  })

  it('gives the roles that its claim names, in the tenants of the mapping alone', async () => {
    const tanaka = browserAt(hub.url)
    city.claims = { groups: ['field-staff', 'else'] }
    await enter('t.tanaka', tanaka)
    const operator = [{ tenant: 'kimitsu', role: 'operator' }]
    expect((await tanaka.ask('GET', '/api/v1/session')).body).toMatchObject({ memberships: operator })
    city.claims = {}
    await enter('t.tanaka', tanaka)
    expect((await tanaka.ask('GET', '/api/v1/session')).body).toMatchObject({ memberships: [] })
  })

  it('names somebody whom nobody has invited: refused, whatever their e-mail address', async () => {
    await admin.ask('PATCH', '/api/v1/people/sato', { email: 'sato@city.example' })
    city.claims = { email: 'sato@city.example', email_verified: true }
    expect(await enter('stranger')).toBe(fault('identity-provider.unknown'))
    expect(await refusals()).toContain('identity-provider.unknown')
    city.claims = {}
  })

  it('is linked by whoever is signed in, from that session alone, and to one person', async () => {
    const password = `${goodPassword} suzuki`
    const suzuki = await newPerson(admin, hub.url, 'suzuki', [{ tenant: '*', role: 'viewer' }])
    const blind = await suzuki.ask('POST', '/api/v1/me/provider', {})
    expect(blind).toMatchObject({ status: 403, body: { code: 'sign-in.again' } })
    city.account = 'k.suzuki'
    const link = { password, next: '/#/account' }
    const back = await city.visit(await begin(suzuki, link, '/api/v1/me/provider'))
    const elsewhere = browserAt(hub.url)
    expect(await comeBack(elsewhere, back)).toBe(fault('sign-in.challenge'))
    const again = await city.visit(await begin(suzuki, link, '/api/v1/me/provider'))
    expect(await comeBack(suzuki, again)).toBe('/#/account')
    expect(await enter('k.suzuki', elsewhere)).toBe('/')
    expect((await elsewhere.ask('GET', '/api/v1/session')).body).toMatchObject({ person: 'suzuki' })
    const other = await newPerson(admin, hub.url, 'ito', [{ tenant: '*', role: 'viewer' }])
    const taken = await city.visit(await begin(other, { password: `${goodPassword} ito` }, '/api/v1/me/provider'))
    expect(await comeBack(other, taken)).toBe(fault('people.conflict'))
    expect((await suzuki.ask('DELETE', '/api/v1/me/provider', { password })).status).toBe(204)
    expect(await enter('k.suzuki')).toBe(fault('identity-provider.unknown'))
  })

  it('comes back once, to the browser that left, with the state it left with', async () => {
    const browser = browserAt(hub.url)
    city.account = 't.tanaka'
    const url = await city.visit(await begin(browser))
    const wrong = new URL(url)
    wrong.searchParams.set('state', 'a'.repeat(40))
    expect(await comeBack(browser, wrong.href)).toBe(fault('sign-in.challenge'))
    expect(await comeBack(browserAt(hub.url), url)).toBe(fault('sign-in.challenge'))
    expect(await comeBack(browser, url)).toBe('/')
    expect(await comeBack(browser, url)).toBe(fault('sign-in.challenge'))
    // A code that was used, under a state that is fresh.
    const replayed = new URL(url)
    const fresh = new URL(await begin(browser)).searchParams.get('state') ?? ''
    replayed.searchParams.set('state', fresh)
    expect(await comeBack(browser, replayed.href)).toBe(fault('identity-provider.refused'))
    const denied = new URL(url)
    denied.searchParams.delete('code')
    denied.searchParams.set('error', 'access_denied')
    denied.searchParams.set('state', new URL(await begin(browser)).searchParams.get('state') ?? '')
    expect(await comeBack(browser, denied.href)).toBe(fault('identity-provider.refused'))
  })

  it('whose token is over, for another client, of another sign-in or not its own is refused', async () => {
    const nowS = Date.now() / 1000
    const forgeries: readonly (typeof city.forge)[] = [
      (claims) => ({ ...claims, iat: nowS - 7200, exp: nowS - 3600 }),
      (claims) => ({ ...claims, aud: 'another' }),
      (claims) => ({ ...claims, nonce: 'another' }),
      (claims) => ({ ...claims, iss: 'http://127.0.0.1:1' }),
    ]
    city.forgesSignature = true
    for (const forge of forgeries) {
      city.forge = forge
      expect(await enter('t.tanaka')).toBe(fault('identity-provider.refused'))
    }
    city.forge = (claims) => claims
    expect(await enter('t.tanaka')).toBe('/')
    city.forgesSignature = false
    city.forge = (claims) => ({ ...claims, sub: 'k.suzuki' })
    expect(await enter('t.tanaka')).toBe(fault('identity-provider.refused'))
    city.forge = (claims) => claims
  })

  it('counts as two factors only where its token says so, or where it is known to ask for two', async () => {
    const factorsOf = async () => {
      await enter('t.tanaka')
      const { body } = await admin.ask('GET', '/api/v1/audit?limit=50')
      const items = body['items'] as { readonly action: string; readonly detail: { readonly factors?: number } }[]
      return items.find(({ action }) => action === 'session.begun')?.detail.factors
    }
    city.forgesSignature = true
    city.forge = (claims) => ({ ...claims, amr: ['pwd'] })
    expect(await factorsOf()).toBe(1)
    city.forge = (claims) => ({ ...claims, amr: ['pwd', 'mfa'] })
    expect(await factorsOf()).toBe(2)
    city.forge = (claims) => claims
    city.forgesSignature = false
    const settings: { secondFactor?: 'provider' | 'claim' } = city.settings
    settings.secondFactor = 'provider'
    expect(await factorsOf()).toBe(2)
    settings.secondFactor = 'claim'
  })

  it('of one tenant lets in nobody who has a role elsewhere', async () => {
    const settings: { tenants?: string[] } = city.settings
    settings.tenants = ['kimitsu']
    expect(await enter('t.tanaka')).toBe('/')
    await admin.ask('PATCH', '/api/v1/people/tanaka', { memberships: [{ tenant: '*', role: 'viewer' }] })
    expect(await enter('t.tanaka')).toBe(fault('sign-in.failed'))
    await admin.ask('PATCH', '/api/v1/people/tanaka', { memberships: [] })
    settings.tenants = ['*']
  })

  it('lets in nobody who is suspended', async () => {
    await admin.ask('PATCH', '/api/v1/people/tanaka', { suspended: true })
    expect(await enter('t.tanaka')).toBe(fault('sign-in.failed'))
    await admin.ask('PATCH', '/api/v1/people/tanaka', { suspended: false })
  })

  it('leads to no other site afterwards', () => {
    for (const evil of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/..//evil.example',
      'javascript:x',
    ]) {
      expect(ownPath(evil)).toMatch(/^\/(?![/\\])/)
    }
    expect(ownPath('/\t/evil.example')).toMatch(/^\/(?![/\\])/)
    expect(ownPath('/field/?x=1')).toBe('/field/?x=1')
  })

  it('that is down is said so, and a password still lets in', async () => {
    const browser = browserAt(hub.url)
    city.account = 't.tanaka'
    const url = await city.visit(await begin(browser))
    await city.stop()
    expect(await comeBack(browser, url)).toBe(fault('identity-provider.unavailable'))
    const given = { name: 'sato', password: `${goodPassword} sato` }
    expect((await browser.ask('POST', '/api/v1/session', given)).status).toBe(200)
    await hub.stop()
    hub = await runCloud(place.folder, {
      more: { people: { keyFile: `${place.folder}/people.key`, identityProvider: city.settings } },
    })
    const asked = await browserAt(hub.url).ask('POST', '/api/v1/session/provider', {})
    expect(asked).toMatchObject({ status: 503, body: { code: 'identity-provider.unavailable' } })
    expect((await browserAt(hub.url).ask('POST', '/api/v1/session', given)).status).toBe(200)
  })

  it('is configured with every fault named at once, and its secret in none', async () => {
    const file = `
issuer: http://login.example
clientId: musubi
clientSecret: { file: missing }
label: { ja: 市, en: City }
scopes: [profile]
tenants: [kimitsu]
roles: { claim: groups, map: [{ value: x, tenant: futtsu, role: viewer }] }
`
    const parsed = parseIdentityProvider(file, 'f.yaml', () => Promise.reject(new Error('none')))
    await expect(parsed).rejects.toThrow(/only over https(?:.|\n)*openid(?:.|\n)*futtsu(?:.|\n)*missing cannot be read/)
  })
})
