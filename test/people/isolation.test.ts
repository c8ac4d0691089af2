// Nobody of one tenant sees, changes or learns of anything of another: every route of the API is walked by each of their roles.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rights, roleHas, roles } from '../../cloud/people/rights.ts'
import { temporaryFolder } from '../cloud/running-cloud.ts'
import { type Answer, type Browser, newPerson, programAt } from './browser.ts'
import { type Case, casesOf } from './isolation-cases.ts'
import { artefactOf, startTwoTenants, type TwoTenants, uploadArtefact } from './two-tenants.ts'
import { gateway, site } from './two-tenants-rows.ts'

/** What the OpenAPI document tells of an operation. */
interface Told {
  readonly 'x-right'?: string
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
}

/** They tell the time or count requests; an ETag is a hash of what is compared anyway. */
const passing = new Set(['date', 'etag', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'retry-after'])
const ofKimitsu = /kimitsu|paddy-koito|小糸|k-admin/
const strangeKinds = [...roles, 'every right', 'see'] as const

describe('two tenants on one hub', () => {
  let place: { readonly folder: string; remove(): Promise<void> }
  let city: TwoTenants
  /** The right of each operation and what may be asked of it, as the hub tells it. */
  let operations: ReadonlyMap<string, { readonly right: string | undefined; readonly queries: readonly string[] }>
  let cases: Readonly<Record<string, Case>>

  beforeAll(async () => {
    place = await temporaryFolder()
    city = await startTwoTenants(place.folder)
    cases = casesOf(city.ids)
    const page = await fetch(`${city.hub.url}/docs/json`)
    const { paths } = (await page.json()) as { readonly paths: Readonly<Record<string, Record<string, Told>>> }
    operations = new Map(
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { 'x-right': right, parameters = [] }]) => {
          const queries = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
          return [`${method.toUpperCase()} ${path}`, { right, queries }] as const
        }),
      ),
    )
  })
  afterAll(async () => {
    await city.hub.stop()
    await place.remove()
  })

  const stranger = (kind: (typeof strangeKinds)[number]): Browser =>
    kind === 'every right' || kind === 'see' ? city.strangePrograms[kind] : city.strangers[kind]

  const ask = async (browser: Browser, operation: string, id = cases[operation]?.thing?.[0] ?? '', broken = false) => {
    const [method = '', route = ''] = operation.split(' ')
    const { path = route, body, headers } = cases[operation] ?? {}
    const url = path.replaceAll('{id}', encodeURIComponent(id))
    const filled = broken ? { no: 'such body' } : bodyOf(body, id)
    const given = { ...headers, ...('cookie' in browser ? { origin: city.hub.url } : {}) }
    return await browser.ask(method, url, filled, given)
  }
  const askHead = async (browser: Browser, operation: string, id: string): Promise<string> => {
    const url = (cases[operation]?.path ?? operation.slice(4)).replaceAll('{id}', encodeURIComponent(id))
    return bytesOf(await browser.ask('HEAD', url), id)
  }
  const walked = (of: (one: Case) => boolean): string[] =>
    [...operations.keys()].filter((operation) => of(cases[operation] ?? {}))

  it('a route that is not walked here does not pass, nor a case of a route that is gone', () => {
    expect([...operations.keys()].filter((operation) => cases[operation] === undefined)).toEqual([])
    expect(Object.keys(cases).filter((operation) => !operations.has(operation))).toEqual([])
    expect([...operations].filter(([, { right }]) => right === undefined)).toEqual([])
    const uneven = Object.entries(cases).filter(
      ([, { thing }]) => thing !== undefined && thing[0].length !== thing[1].length,
    )
    expect(uneven.map(([operation]) => operation)).toEqual([])
    expect(walked((one) => one.withoutControl !== undefined)).toEqual(['GET /api/v1/stream'])
  })

  it('nobody gets an answer but where everybody does: without sign-in, after it, suspended, by a token that is over', async () => {
    const wrong = []
    for (const [who, browser] of Object.entries(city.shutOut)) {
      for (const operation of operations.keys()) {
        const isPublic = cases[operation]?.public === true
        const { cookie } = browser
        const { status } = await ask(browser, operation)
        browser.cookie = cookie
        const isRight = isPublic ? status !== 401 || operation.startsWith('POST') : status === 401
        if (!isRight || (operations.get(operation)?.right === 'public') !== isPublic)
          wrong.push(`${who}, ${operation}: ${status}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it.each(strangeKinds)(
    'as %s of the other tenant, what is there and what is not are equal byte by byte, and no list names it',
    async (kind) => {
      const before = await snapshot(city.own.admin)
      const wrong = []
      for (const operation of walked((one) => one.withoutControl === undefined)) {
        if (operation === 'DELETE /api/v1/session') continue
        const one = cases[operation] ?? {}
        const found = await ask(stranger(kind), operation)
        const fault = faultOf(found, operation, one)
        if (fault !== undefined) wrong.push(`${operation}: ${fault}`)
        if (one.thing === undefined) continue
        const [real, absent] = one.thing
        const missing = await ask(stranger(kind), operation, absent)
        if (bytesOf(found, real) !== bytesOf(missing, absent)) {
          wrong.push(`${operation}: ${bytesOf(found, real)}\nbut ${bytesOf(missing, absent)}`)
        }
      }
      expect(wrong).toEqual([])
      expect(await snapshot(city.own.admin)).toEqual(before)
    },
  )

  it('nobody rolls an artefact of another tenant out by its hash, until they have uploaded the same themselves', async () => {
    const content = artefactOf('kimitsu, the second')
    const artefact = await uploadArtefact(city.hub.url, city.own.engineer, content)
    const rollOut = async (who: Browser, to: string, sha256: string) => {
      const item = { kind: 'config', id: 'gateway', version: '1', sha256, bytes: content.length }
      const state = { v: 1, gateway: to, revision: 1, probationS: 60, items: [item] }
      const signed = { v: 1, keyId: '0'.repeat(16), signature: `${'A'.repeat(86)}==` }
      const documents = [{ ...signed, document: JSON.stringify(state) }]
      return await who.ask('POST', '/api/v1/deployments', { name: 'x', by: 'x', documents })
    }
    const { engineer } = city.strangers
    const absent = artefact.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    const refused = await rollOut(engineer, 'futtsu/harbour', artefact)
    expect(refused.status).toBe(422)
    expect(bytesOf(refused, artefact)).toBe(bytesOf(await rollOut(engineer, 'futtsu/harbour', absent), absent))
    expect((await rollOut(city.own.engineer, 'kimitsu/new', artefact)).status).toBe(201)
    expect(await uploadArtefact(city.hub.url, engineer, content)).toBe(artefact)
    expect((await rollOut(engineer, 'futtsu/harbour', artefact)).status).toBe(201)
  })

  it('a token for one tenant gets no kept answer of a token for another, and a conflict names nobody', async () => {
    const { url } = city.hub
    const both = ['kimitsu', 'futtsu'].map((tenant) => ({ tenant, role: 'operator' }))
    const person = await newPerson(city.cityAdmin, url, 'of-both', both)
    const programFor = async (tenant: string) => {
      const body = { name: tenant, tenant, rights: ['handle-alarms'], expires: Date.now() + 3_600_000 }
      return programAt(url, String((await person.ask('POST', '/api/v1/tokens', body)).body['token']))
    }
    const path = `/api/v1/alarms/${city.ids.alarm}/comment`
    const ask = async (tenant: string) =>
      (await (await programFor(tenant)).ask('POST', path, { text: 'x' }, { 'idempotency-key': 'same' })).status
    expect(await ask('kimitsu')).toBe(200)
    expect(await ask('futtsu')).toBe(404)
    const memberships = [{ tenant: 'futtsu', role: 'viewer' }]
    const taken = { id: 'f-new', name: 'x', email: 'admin@kimitsu.test', memberships }
    const conflict = await city.strangers.admin.ask('POST', '/api/v1/people', taken)
    expect(conflict.status).toBe(409)
    expect(conflict.text).not.toContain('k-admin')
  })

  it('neither a body that is not understood nor HEAD tells a stranger what is there', async () => {
    const wrong = []
    for (const operation of walked((one) => one.thing !== undefined)) {
      const [real, absent] = cases[operation]?.thing ?? ['', '']
      const isRead = operation.startsWith('GET ')
      const asked = operation.replace(/^GET /, 'HEAD ')
      const { admin } = city.strangers
      const of = async (id: string) =>
        isRead ? await askHead(admin, operation, id) : bytesOf(await ask(admin, operation, id, true), id)
      const [there, notThere] = [await of(real), await of(absent)]
      if (there !== notThere) wrong.push(`${asked}: ${there}\nbut ${notThere}`)
      // Where the path says whose it is, a fault of the body is not even looked for.
      const isNamed = operation.includes('{tenant}') || (operation.includes('{') && real.includes('/'))
      const isTheirs = cases[operation]?.by !== 'city'
      if (isNamed && isTheirs && !there.startsWith('404')) wrong.push(`${asked}: ${there}`)
    }
    expect(wrong).toEqual([])
  })

  it('no list tells a stranger what is there when it is asked for something of Kimitsu by name', async () => {
    const { alarm } = city.ids
    const asked: Readonly<Record<string, readonly [real: string, absent: string]>> = {
      gateway: [gateway, 'kimitsu/paddy-koitx'],
      site: [site, `${gateway}/paddy-9`],
      place: [site, `${gateway}/paddy-9`],
      series: [`${gateway}/probe-1:water-level`, `${gateway}/probe-1:water-levex`],
      flight: ['kimitsu/f1', 'kimitsu/f2'],
      tenant: ['kimitsu', 'kimitsx'],
      person: ['k-admin', 'k-admix'],
      alarm: [alarm, alarm.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    }
    const wrong = []
    let questions = 0
    for (const [operation, { queries }] of operations) {
      if (!operation.startsWith('GET ') || cases[operation]?.withoutControl !== undefined) continue
      for (const name of queries.filter((query) => asked[query] !== undefined)) {
        const [real, absent] = asked[name] ?? ['', '']
        const { path = operation.slice(4), thing = ['', ''] } = cases[operation] ?? {}
        const of = async (id: string) => {
          const plain = path.replace(/\b\w+=\{id\}&?/, '').replaceAll('{id}', encodeURIComponent(thing[0]))
          const url = `${plain}${plain.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(id)}`
          return bytesOf(await city.strangers.admin.ask('GET', url), id)
        }
        const [there, notThere] = [await of(real), await of(absent)]
        questions += 1
        if (there !== notThere || /"items":\[[^\]]*kimitsu/.test(there))
          wrong.push(`${operation} ${name}: ${there}\nbut ${notThere}`)
      }
    }
    // Nor does the place where the next page of a list begins.
    for (const [operation, { queries }] of operations) {
      const { path = operation.slice(4), thing } = cases[operation] ?? {}
      if (!operation.startsWith('GET ') || !queries.includes('limit') || thing !== undefined) continue
      const url = `${path}${path.includes('?') ? '&' : '?'}limit=1`
      const { text } = await city.strangers.admin.ask('GET', url)
      if (ofKimitsu.test(text)) wrong.push(`${url}: ${text}`)
    }
    expect(wrong).toEqual([])
    expect(questions).toBeGreaterThan(15)
  })

  it.each([...roles, 'a token that may only see'] as const)(
    'as %s of Kimitsu itself, nothing that the role may not do',
    async (who) => {
      const isToken = who === 'a token that may only see'
      const browser = isToken ? city.ownProgram : city.own[who]
      const may = (right: string) =>
        isToken ? right === 'see' : rights.some((one) => one === right && roleHas(who, one))
      const wrong = []
      for (const [operation, { right = '' }] of operations) {
        if (right === 'public' || right === 'signed-in' || may(right)) continue
        const { status } = await ask(browser, operation)
        if (status !== 403) wrong.push(`${operation}: ${status} without ${right}`)
      }
      expect(wrong).toEqual([])
    },
  )

  it('whoever has the right gets each thing that strangers were asked for, and finds it in each list', async () => {
    const wrong = []
    const controls = walked((one) => !(one.own || one.public || one.general) && one.withoutControl === undefined)
    for (const operation of controls.toSorted((a, b) => turnOf(a, cases[a]) - turnOf(b, cases[b]))) {
      const { by, thing, holds } = cases[operation] ?? {}
      const { status, text } = await ask(by === 'city' ? city.cityAdmin : city.own.admin, operation).catch(
        (thrown: unknown) => ({ status: 999, text: String(thrown) }),
      )
      const isThere = thing !== undefined || (holds === undefined ? ofKimitsu.test(text) : text.includes(holds))
      if (status >= 300 || !isThere) wrong.push(`${operation}: ${status} ${text.slice(0, 300)}`)
    }
    expect(wrong).toEqual([])
  })
})

function bodyOf(body: Case['body'], id: string): unknown {
  if (typeof body === 'function') return body(id)
  return body === undefined ? undefined : JSON.parse(JSON.stringify(body).replaceAll('{id}', id))
}

/** Reading, then changing, then taking away; within each as the case says. */
function turnOf(operation: string, one: Case | undefined): number {
  const turn = one?.turn ?? 0
  if (operation.startsWith('GET ')) return turn
  return operation.startsWith('DELETE ') ? 200 + turn : 100 + turn
}

/** Nothing of Kimitsu in an answer; no change of anything but one's own. */
function faultOf({ status, text }: Answer, operation: string, one: Case): string | undefined {
  if (status >= 500) return `${status} ${text.slice(0, 200)}`
  if (one.by === 'city') return status === 403 ? undefined : `${status}, for the city alone`
  if (status >= 400) return undefined
  if (ofKimitsu.test(text)) return `names it: ${text.slice(0, 200)}`
  const isReading = operation.startsWith('GET ')
  return isReading || one.own === true || one.public === true ? undefined : `was done: ${status}`
}

/** All that an answer says, without the id that was asked for. */
function bytesOf({ status, headers, text }: Answer, id: string): string {
  const told = [...headers].filter(([name]) => !passing.has(name)).map(([name, value]) => `${name}: ${value}`)
  return [status, ...told, text].join('\n').replaceAll(id, '…').replaceAll(encodeURIComponent(id), '…')
}

/** What strangers might have changed, down to the audit log of Kimitsu. */
async function snapshot(admin: Browser): Promise<Readonly<Record<string, string>>> {
  const things = ['alarms?state=all', 'work-orders?state=all', 'maintenance-windows?past=true', 'rules', 'commands']
  const places = ['installations', 'deployments', 'deployments/gateways', 'images', 'flights', 'dead-letters']
  const people = ['people', 'tenants', 'notifications/preferences', 'notifications/browsers', 'rotas', 'escalations']
  const answers = await Promise.all(
    [...things, ...places, ...people, 'audit'].map(async (list) => {
      const { status, text } = await admin.ask('GET', `/api/v1/${list}`)
      return [list, `${status} ${text}`] as const
    }),
  )
  return Object.fromEntries(answers)
}
