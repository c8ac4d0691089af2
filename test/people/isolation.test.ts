// Nobody of one tenant sees, changes or learns of anything of another: every route of the API is walked by each of their roles.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { roles } from '../../cloud/people/rights.ts'
import { birth, eventually, gatewayTopic, sample, telemetry, temporaryFolder } from '../cloud/running-cloud.ts'
import { type Answer, type Browser, browserAt } from './browser.ts'
import { futtsu, hash, startTwoTenants, type TwoTenants } from './two-tenants.ts'

const gateway = 'kimitsu/paddy-koito'
const series = `${gateway}/probe-1:water-level`
const none = '00000000-0000-4000-8000-000000000000'

/**
 * How a route is asked: `thing`, an id of Kimitsu and one that nothing has, takes the place of {id} in path and body. Without
 * it: a list or something of one's own, whose answer must hold nothing of Kimitsu.
 */
interface Case {
  readonly thing?: readonly [real: string, absent: string]
  readonly path?: string
  readonly body?: unknown
  /** Answered to everybody. */
  readonly public?: true
  /** Does something to the one who asks alone. */
  readonly own?: true
  /** Kimitsu's own admin gets no 200: its file is not there, or it is too much work to make one. */
  readonly noFile?: true
}

function casesOf({ alarm, window, order, event }: TwoTenants['ids']): Readonly<Record<string, Case>> {
  const alarmThing = { thing: [alarm, none] } as const
  const orderThing = { thing: [order, none] } as const
  const eventThing = { thing: [event, event.replace('kimitsu', 'kimitsx')] } as const
  const gatewayThing = { thing: [gateway, 'kimitsu/nothing'] } as const
  const imageThing = { thing: [`kimitsu/${hash}`, `kimitsu/${'b'.repeat(64)}`] } as const
  const flightThing = { thing: ['kimitsu/f1', 'kimitsu/f2'] } as const
  const rollout = { thing: ['krollout', 'nothing'] } as const
  const tenantThing = { thing: ['kimitsu', 'nowhere'] } as const
  const person = { thing: ['k-admin', 'k-nobody'] } as const
  const password = { password: 'not the password' }
  const site = { thing: [`${gateway}/paddy-1`, `${gateway}/nothing`] } as const
  const installation = { thing: ['11111111-1111-4111-8111-111111111111', none] } as const
  const byTenant = (kind: string, path = '') => `/api/v1/${kind}/{id}/low${path}`
  const photo = { photo: Buffer.from('no picture').toString('base64') }
  const rule = { id: 'low', kind: 'threshold', below: 2 }
  return {
    'GET /healthz': { public: true },
    'GET /metrics': {},
    'GET /api/v1/ui': { public: true },
    'GET /api/v1/latest': {},
    'GET /api/v1/sites': {},
    'GET /api/v1/series': {},
    'GET /api/v1/gateways': {},
    'GET /api/v1/dead-letters': {},
    'GET /api/v1/stream': { noFile: true },
    'GET /api/v1/series/{id}/readings': { thing: [series, `${gateway}/probe-1:none`] },
    'GET /api/v1/readings/export': {
      path: '/api/v1/readings/export?series={id}',
      thing: [series, `${gateway}/x:none`],
      noFile: true,
    },
    'GET /api/v1/alarms': { path: '/api/v1/alarms?state=all' },
    'GET /api/v1/alarms/{id}': alarmThing,
    'GET /api/v1/alarms/{id}/log': alarmThing,
    'GET /api/v1/storms': {},
    'POST /api/v1/alarms/{id}/ack': { ...alarmThing, body: { comment: 'x' } },
    'POST /api/v1/alarms/{id}/shelve': { ...alarmThing, body: { until: Date.now() + 1e6, reason: 'x' } },
    'POST /api/v1/alarms/{id}/unshelve': { ...alarmThing, body: {} },
    'POST /api/v1/alarms/{id}/assign': { ...alarmThing, body: { assignee: 'x' } },
    'POST /api/v1/alarms/{id}/comment': { ...alarmThing, body: { text: 'x' } },
    'POST /api/v1/alarms/{id}/photos': { ...alarmThing, body: photo },
    'GET /api/v1/alarms/{id}/photos/{hash}': { ...alarmThing, noFile: true },
    'GET /api/v1/maintenance-windows': { path: '/api/v1/maintenance-windows?past=true' },
    'POST /api/v1/maintenance-windows': {
      ...gatewayThing,
      body: { scope: 'gateway', place: '{id}', to: Date.now() + 1e6, reason: 'x' },
    },
    'DELETE /api/v1/maintenance-windows/{id}': { thing: [window, none] },
    'GET /api/v1/rules': {},
    'GET /api/v1/rules/{tenant}/{id}': { ...tenantThing, path: byTenant('rules') },
    'GET /api/v1/rules/{tenant}/{id}/history': { ...tenantThing, path: byTenant('rules', '/history'), noFile: true },
    'PUT /api/v1/rules/{tenant}/{id}': { ...tenantThing, path: byTenant('rules'), body: rule },
    'DELETE /api/v1/rules/{tenant}/{id}': { ...tenantThing, path: byTenant('rules') },
    'POST /api/v1/rules/preview': { ...tenantThing, body: { tenant: '{id}', rule } },
    'GET /api/v1/work-orders': { path: '/api/v1/work-orders?state=all' },
    'POST /api/v1/work-orders': { ...alarmThing, body: { alarms: ['{id}'] } },
    'GET /api/v1/work-orders/{id}': orderThing,
    'PATCH /api/v1/work-orders/{id}': { ...orderThing, body: { comment: 'x' } },
    'POST /api/v1/work-orders/{id}/photos': { ...orderThing, body: photo },
    'GET /api/v1/work-orders/{id}/photos/{hash}': { ...orderThing, noFile: true },
    'GET /api/v1/notifications': { noFile: true },
    'GET /api/v1/notifications/preferences': { noFile: true },
    'PUT /api/v1/notifications/preferences': { own: true, body: {} },
    'GET /api/v1/notifications/browsers': { noFile: true },
    'POST /api/v1/notifications/browsers': { own: true, body: {} },
    'DELETE /api/v1/notifications/browsers/{id}': { thing: [none, none] },
    'PUT /api/v1/notifications/line': { own: true, body: {} },
    'POST /api/v1/notifications/test': { own: true, body: {} },
    'GET /api/v1/deliveries': {},
    'GET /api/v1/notifications/deliveries': { noFile: true },
    'GET /api/v1/rotas': {},
    'GET /api/v1/rotas/{tenant}/{id}/calendar': { ...tenantThing, path: byTenant('rotas', '/calendar'), noFile: true },
    'PUT /api/v1/rotas/{tenant}/{id}': { ...tenantThing, path: byTenant('rotas'), body: {} },
    'DELETE /api/v1/rotas/{tenant}/{id}': { ...tenantThing, path: byTenant('rotas') },
    'GET /api/v1/escalations': {},
    'PUT /api/v1/escalations/{tenant}/{id}': { ...tenantThing, path: byTenant('escalations'), body: {} },
    'DELETE /api/v1/escalations/{tenant}/{id}': { ...tenantThing, path: byTenant('escalations') },
    'GET /api/v1/events': {},
    'GET /api/v1/events/{id}': eventThing,
    'GET /api/v1/events/{id}/thumbnail': { ...eventThing, noFile: true },
    'POST /api/v1/events/{id}/correction': { ...eventThing, body: { verdict: 'good' } },
    'POST /api/v1/gateways/{id}/commands': { ...gatewayThing, body: { kind: 'restart' } },
    'GET /api/v1/gateways/{id}/log': { ...gatewayThing, noFile: true },
    'GET /api/v1/commands': {},
    'GET /api/v1/commands/{id}': { thing: ['kimitsu-command', 'nothing'] },
    'GET /api/v1/commands/{id}/file': { thing: ['kimitsu-command', 'nothing'], noFile: true },
    'GET /api/v1/flights': {},
    'GET /api/v1/flights/{id}': flightThing,
    'GET /api/v1/flights/{id}/footprint': flightThing,
    'GET /api/v1/images': {},
    'GET /api/v1/images/{id}': imageThing,
    'GET /api/v1/images/{id}/file': { ...imageThing, noFile: true },
    'GET /api/v1/images/{id}/thumbnail': { ...imageThing, noFile: true },
    'POST /api/v1/installations': { own: true, body: {} },
    'GET /api/v1/installations': {},
    'GET /api/v1/installations/{id}': installation,
    'GET /api/v1/installations/{id}/photo': { ...installation, noFile: true },
    'GET /api/v1/deployments': {},
    'POST /api/v1/deployments': { ...gatewayThing, body: newRollout },
    'GET /api/v1/deployments/{id}': rollout,
    'POST /api/v1/deployments/{id}/halt': { ...rollout, body: { by: 'x' } },
    'POST /api/v1/deployments/{id}/resume': { ...rollout, body: { by: 'x' } },
    'POST /api/v1/deployments/{id}/abort': { ...rollout, body: { by: 'x' } },
    'GET /api/v1/deployments/gateways': {},
    'GET /api/v1/deployments/next-revision': {
      ...gatewayThing,
      path: '/api/v1/deployments/next-revision?gateways={id}',
    },
    'GET /api/v1/deployments/audit': {},
    'GET /api/v1/artefacts/{sha256}': { own: true, path: `/api/v1/artefacts/${hash}`, noFile: true },
    'PUT /api/v1/artefacts/{sha256}': { own: true, path: `/api/v1/artefacts/${hash}` },
    'POST /api/v1/session': { public: true, body: {} },
    'POST /api/v1/session/link': { public: true, body: {} },
    'GET /api/v1/session': {},
    'DELETE /api/v1/session': { own: true, path: '/api/v1/session?last' },
    'GET /api/v1/sessions': {},
    'DELETE /api/v1/sessions/{id}': { thing: [none, none] },
    'POST /api/v1/me/password': { own: true, body: { now: 'x', next: 'x' } },
    'POST /api/v1/me/totp': { own: true, body: password },
    'POST /api/v1/me/totp/confirm': { own: true, body: { ...password, code: '123456' } },
    'DELETE /api/v1/me/totp': { own: true, body: password },
    'GET /api/v1/tenants': {},
    'POST /api/v1/tenants': { own: true, body: { id: 'new', name: { ja: 'x', en: 'x' }, kind: 'city' } },
    'PUT /api/v1/tenants/{id}': { ...tenantThing, body: { name: { ja: 'x', en: 'x' }, kind: 'city' } },
    'GET /api/v1/people': {},
    'POST /api/v1/people': {
      ...tenantThing,
      body: { id: 'intruder', name: 'x', memberships: [{ tenant: '{id}', role: 'viewer' }] },
    },
    'GET /api/v1/people/{id}': person,
    'PATCH /api/v1/people/{id}': { ...person, body: { name: 'x' } },
    'DELETE /api/v1/people/{id}': person,
    'POST /api/v1/people/{id}/reset': person,
    'GET /api/v1/tokens': {},
    'POST /api/v1/tokens': {
      ...tenantThing,
      body: { name: 'x', tenant: '{id}', rights: ['see'], expires: Date.now() + 1e6 },
    },
    'DELETE /api/v1/tokens/{id}': { thing: [none, none] },
    'GET /api/v1/advice': {},
    'GET /api/v1/advice/log': { ...site, path: '/api/v1/advice/log?site={id}', noFile: true },
    'GET /api/v1/insights': {},
    'GET /api/v1/insights/runs': { ...site, path: '/api/v1/insights/runs?site={id}', noFile: true },
    'GET /api/v1/field-settings/{site}': { ...site, path: '/api/v1/field-settings/{id}', noFile: true },
    'PUT /api/v1/field-settings/{site}': { ...site, path: '/api/v1/field-settings/{id}', body: {} },
    'GET /api/v1/audit': {},
    'GET /api/v1/audit.jsonl': {},
  }
}

const signed = { v: 1, keyId: '0'.repeat(16), signature: `${'A'.repeat(86)}==` }
const state = { v: 1, gateway: '{id}', revision: 9, probationS: 60, items: [] }
const newRollout = { name: 'x', by: 'x', documents: [{ ...signed, document: JSON.stringify(state) }] }

describe('two tenants on one hub', () => {
  let place: { readonly folder: string; remove(): Promise<void> }
  let city: TwoTenants
  let operations: readonly string[]
  let cases: Readonly<Record<string, Case>>

  beforeAll(async () => {
    place = await temporaryFolder()
    city = await startTwoTenants(place.folder)
    cases = casesOf(city.ids)
    const page = await fetch(`${city.hub.url}/docs/json`)
    const { paths } = (await page.json()) as { readonly paths: Readonly<Record<string, object>> }
    operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
  })
  afterAll(async () => {
    await city.hub.stop()
    await place.remove()
  })

  const ask = async (browser: Browser, operation: string, id: string): Promise<Answer> => {
    const [method = '', route = ''] = operation.split(' ')
    const { path = route, body } = cases[operation] ?? {}
    const url = path.replaceAll('{id}', encodeURIComponent(id)).replaceAll('{hash}', hash)
    const filled = body === undefined ? undefined : (JSON.parse(JSON.stringify(body).replaceAll('{id}', id)) as unknown)
    return await browser.ask(method, url, filled)
  }

  it('a route that is not walked here does not pass', () => {
    expect(operations.filter((operation) => cases[operation] === undefined)).toEqual([])
    expect(operations.length).toBeGreaterThan(80)
  })

  it('nobody gets an answer but where everybody does', async () => {
    const wrong = []
    for (const operation of operations) {
      const { status } = await ask(browserAt(city.hub.url), operation, cases[operation]?.thing?.[0] ?? '')
      const isRight =
        cases[operation]?.public === true ? status !== 401 || operation.startsWith('POST') : status === 401
      if (!isRight) wrong.push(`${operation}: ${status}`)
    }
    expect(wrong).toEqual([])
  })

  it("Kimitsu's own admin sees each thing that the others are then asked for", async () => {
    const wrong = []
    for (const operation of operations.filter((name) => name.startsWith('GET '))) {
      const { thing, noFile, public: isPublic } = cases[operation] ?? {}
      if (noFile || isPublic || operation === 'GET /metrics') continue
      const { status, text } = await ask(city.kimitsuAdmin, operation, thing?.[0] ?? '')
      if (status !== 200) wrong.push(`${operation}: ${status} ${text.slice(0, 200)}`)
    }
    expect(wrong).toEqual([])
  })

  it.each(roles)(
    'as %s of the other tenant, what is there and what is not are the same, and no list names it',
    async (role) => {
      const before = await snapshot(city.cityAdmin)
      const wrong = []
      for (const operation of operations) {
        const one = cases[operation]
        if (operation === 'GET /api/v1/stream' || operation === 'DELETE /api/v1/session') continue
        const [real = '', absent = ''] = one?.thing ?? []
        const found = await ask(city.strangers[role], operation, real)
        const fault = faultOf(found, operation, one)
        if (fault !== undefined) wrong.push(`${operation}: ${fault}`)
        if (one?.thing === undefined) continue
        const missing = await ask(city.strangers[role], operation, absent)
        const [of, ofNone] = [plain(found, real), plain(missing, absent)]
        if (of !== ofNone) wrong.push(`${operation}: ${of} but ${ofNone}`)
      }
      expect(wrong).toEqual([])
      expect(await snapshot(city.cityAdmin)).toEqual(before)
    },
  )

  it('the live stream brings each reader what is of their tenant, now and after a gap', async () => {
    const { hub, strangers } = city
    const abort = new AbortController()
    const follow = async (headers: Readonly<Record<string, string>>) => {
      const cookie = strangers.viewer.cookie ?? ''
      const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(15_000)])
      const response = await fetch(`${hub.url}/api/v1/stream`, { headers: { cookie, ...headers }, signal })
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      let heard = ''
      return async (until: string) => {
        while (!heard.includes(until)) heard += (await reader?.read())?.value ?? ''
        return heard
      }
    }
    const live = await follow({})
    await live('retry:')
    void hub.cloud.tap({ topic: gatewayTopic('status'), payload: birth() })
    void hub.cloud.tap({
      topic: gatewayTopic('telemetry'),
      payload: telemetry(3, [sample('probe-1:water-level', 0.7)]),
    })
    void hub.cloud.tap({ topic: futtsu('status'), payload: birth() })
    void hub.cloud.tap({ topic: futtsu('telemetry'), payload: telemetry(1, [sample('probe-1:water-level', 9.25)]) })
    const heard = await live('9.25')
    expect(heard).toContain('futtsu/harbour')
    expect(heard).not.toContain('kimitsu')
    const first = /id: (\S+)/.exec(heard)?.[1] ?? ''
    await eventually(async () => expect((await strangers.viewer.ask('GET', '/api/v1/latest')).text).toContain('9.25'))
    const resumed = await follow({
      'last-event-id': first.replace(/\d+$/, (digits) => String(Math.max(0, Number(digits) - 1))),
    })
    const again = await resumed('9.25')
    expect(again).not.toContain('kimitsu')
    abort.abort()
  })
})

/** Nothing of Kimitsu in an answer; no change of anything but one's own. */
function faultOf({ status, text }: Answer, operation: string, one: Case | undefined): string | undefined {
  if (status >= 500) return `${status} ${text.slice(0, 200)}`
  if (status >= 400) return undefined
  if (/kimitsu|paddy-koito|小糸/.test(text)) return `names it: ${text.slice(0, 200)}`
  const isReading = operation.startsWith('GET ')
  return isReading || one?.own === true || one?.public === true ? undefined : `was done: ${status}`
}

/** An answer without the id that was asked for. */
function plain({ status, body, text }: Answer, id: string): string {
  const told = status < 400 ? text : `${String(body['code'])} ${String(body['detail'])}`
  return `${status} ${told}`.replaceAll(id, '…').replaceAll(/"time":\d+|_\d+/g, '')
}

/** What strangers might have changed. */
async function snapshot(admin: Browser): Promise<Readonly<Record<string, string>>> {
  const lists = [
    'alarms?state=all',
    'work-orders?state=all',
    'maintenance-windows',
    'rules',
    'commands',
    'installations',
  ]
  const more = ['deployments', 'people', 'tenants', 'images', 'flights', 'rotas', 'escalations', `alarms?state=all`]
  const answers = await Promise.all(
    [...lists, ...more].map(async (list) => [list, (await admin.ask('GET', `/api/v1/${list}`)).text] as const),
  )
  return Object.fromEntries(answers)
}
