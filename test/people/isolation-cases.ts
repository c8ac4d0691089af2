// How each route of the API is asked for something of Kimitsu: one line for each, and a route without one fails the build.
import { ofBulletins } from './bulletin-cases.ts'
import { ofOpenData } from './open-data-cases.ts'
import { ofReports } from './report-cases.ts'
import type { KimitsuIds } from './two-tenants.ts'
import { ownPolicy, ownRota, ownRule } from './two-tenants.ts'
import { deadDelivery, gateway, installation, passkey, site } from './two-tenants-rows.ts'

/**
 * `thing`: an id of Kimitsu and one, as long, that nothing has; it takes the place of {id} in path and body. What is
 * answered to strangers for the one and for the other is equal byte by byte, and Kimitsu's admin gets it in the end.
 * Without a thing: a list, in which Kimitsu's admin finds something of Kimitsu (`holds`) and strangers do not.
 */
export interface Case {
  readonly thing?: readonly [real: string, absent: string]
  readonly path?: string
  /** A function: of the id, where it is not enough to write it somewhere. */
  readonly body?: object | ((id: string) => object)
  readonly headers?: Readonly<Record<string, string>>
  readonly holds?: string
  /** In the end it is asked by Kimitsu's admin, or by the city's where only they may; undefined: by Kimitsu's. */
  readonly by?: 'city'
  /** When in the end, where that matters: what takes things away comes last. */
  readonly turn?: number
  /** Answered to everybody, alike. */
  readonly public?: true
  /** The same for whoever has the right: nothing of a tenant is in it. */
  readonly general?: true
  /** Does something to the one who asks alone. */
  readonly own?: true
  /** Why nobody gets it in the end. Such a case proves little: say in which test somebody does. */
  readonly withoutControl?: string
}

const hash = 'a'.repeat(64)

/** Of another id, as long, that nothing has. */
function beside(id: string): readonly [string, string] {
  const last = id.at(-1) === '0' ? '1' : '0'
  return [id, id.slice(0, -1) + last]
}

export function casesOf(ids: KimitsuIds): Readonly<Record<string, Case>> {
  return {
    ...ofReadings(),
    ...ofAlarms(ids),
    ...ofRules(),
    ...ofNotification(ids),
    ...ofGateways(ids),
    ...ofFactories(),
    ...ofPeople(ids),
    ...ofOpenData(),
    ...ofBulletins(beside(ids.bulletin)),
    ...ofReports(ids),
  }
}

function ofReadings(): Readonly<Record<string, Case>> {
  const series = { thing: [`${gateway}/probe-1:water-level`, `${gateway}/probe-1:water-levex`] } as const
  const place = { thing: [site, `${gateway}/paddy-9`] } as const
  return {
    'GET /healthz': { public: true },
    'GET /open-data/about': { public: true },
    'GET /metrics': { by: 'city', holds: 'musubi_' },
    'GET /api/v1/backups': { by: 'city', holds: 'external' },
    'POST /api/v1/backups': { by: 'city', holds: '"id"' },
    'GET /api/v1/ui': { public: true },
    'GET /api/v1/now': {},
    'GET /api/v1/latest': {},
    'GET /api/v1/sites': {},
    'GET /api/v1/series': {},
    'GET /api/v1/gateways': {},
    'GET /api/v1/dead-letters': {},
    'GET /api/v1/stream': { withoutControl: 'it never ends; live-isolation.test.ts follows it' },
    'GET /api/v1/series/{id}/readings': series,
    'GET /api/v1/series/{id}/marks': { ...series, path: '/api/v1/series/{id}/marks' },
    'GET /api/v1/readings/export': { path: '/api/v1/readings/export?format=csv&series={id}', ...series },
    'GET /api/v1/advice': {},
    'GET /api/v1/advice/log': { ...place, path: '/api/v1/advice/log?site={id}' },
    'GET /api/v1/insights': { general: true },
    'GET /api/v1/insights/runs': { ...place, path: '/api/v1/insights/runs?site={id}' },
    'GET /api/v1/reports/streetlights': {},
    'GET /api/v1/reports/streetlights.csv': {},
    'GET /api/v1/reports/access-points': {},
    'GET /api/v1/reports/access-points.csv': {},
    'GET /api/v1/reports/availability': {},
    'GET /api/v1/forecasts': { ...place, path: '/api/v1/forecasts?site={id}' },
    'GET /api/v1/infrastructure-settings/{place}': { ...place, path: '/api/v1/infrastructure-settings/{id}' },
    'PUT /api/v1/infrastructure-settings/{place}': {
      ...place,
      path: '/api/v1/infrastructure-settings/{id}',
      body: {},
    },
    'GET /api/v1/field-settings': {},
    'GET /api/v1/field-settings/{site}': { ...place, path: '/api/v1/field-settings/{id}' },
    'PUT /api/v1/field-settings/{site}': { ...place, path: '/api/v1/field-settings/{id}', body: { soil: 'clay' } },
  }
}

function ofAlarms({
  alarm,
  looseAlarm,
  storm,
  window,
  order,
  photo,
  picture,
}: KimitsuIds): Readonly<Record<string, Case>> {
  const alarmThing = { thing: beside(alarm) }
  const orderThing = { thing: beside(order) }
  const body = { photo: picture }
  return {
    'GET /api/v1/alarms': { path: '/api/v1/alarms?state=all' },
    'GET /api/v1/alarms/{id}': alarmThing,
    'GET /api/v1/alarms/{id}/log': alarmThing,
    'GET /api/v1/storms': {},
    'POST /api/v1/storms/{id}/acts': { thing: beside(storm), body: { act: 'acknowledge' } },
    'POST /api/v1/alarms/{id}/ack': { ...alarmThing, body: { comment: 'x' } },
    'POST /api/v1/alarms/{id}/shelve': { ...alarmThing, body: { until: Date.now() + 1e6, reason: 'x' } },
    'POST /api/v1/alarms/{id}/unshelve': { ...alarmThing, body: {}, turn: 1 },
    'POST /api/v1/alarms/{id}/assign': { ...alarmThing, body: { assignee: 'x' } },
    'POST /api/v1/alarms/{id}/comment': { ...alarmThing, body: { text: 'x' } },
    'POST /api/v1/alarms/{id}/photos': { ...alarmThing, body },
    'GET /api/v1/alarms/{id}/photos': alarmThing,
    'GET /api/v1/alarms/{id}/photos/{hash}': { ...alarmThing, path: `/api/v1/alarms/{id}/photos/${photo}` },
    'DELETE /api/v1/alarms/{id}/photos/{hash}': { ...alarmThing, path: `/api/v1/alarms/{id}/photos/${photo}` },
    'GET /api/v1/maintenance-windows': { path: '/api/v1/maintenance-windows?past=true' },
    'POST /api/v1/maintenance-windows': {
      ...gatewayThing,
      body: { scope: 'gateway', place: '{id}', to: Date.now() + 1e6, reason: 'x' },
    },
    'DELETE /api/v1/maintenance-windows/{id}': { thing: beside(window) },
    'GET /api/v1/work-orders': { path: '/api/v1/work-orders?state=all' },
    'POST /api/v1/work-orders': { thing: beside(looseAlarm), body: { alarms: ['{id}'] } },
    'GET /api/v1/work-orders/{id}': orderThing,
    'PATCH /api/v1/work-orders/{id}': { ...orderThing, body: { comment: 'x' } },
    'POST /api/v1/work-orders/{id}/photos': { ...orderThing, body },
    'GET /api/v1/work-orders/{id}/photos': orderThing,
    'GET /api/v1/work-orders/{id}/photos/{hash}': { ...orderThing, path: `/api/v1/work-orders/{id}/photos/${photo}` },
    'DELETE /api/v1/work-orders/{id}/photos/{hash}': {
      ...orderThing,
      path: `/api/v1/work-orders/{id}/photos/${photo}`,
    },
  }
}

const gatewayThing = { thing: [gateway, 'kimitsu/paddy-koitx'] } as const
/** A tenant whose name strangers know, in which they may do nothing; and none. */
const tenantThing = { thing: ['kimitsu', 'kimitsx'] } as const
/** Something of Kimitsu, and something that Kimitsu has not. */
const named = { thing: ['own', 'owx'] } as const

function ofRules(): Readonly<Record<string, Case>> {
  const rule = { ...named, path: '/api/v1/rules/kimitsu/{id}', headers: { 'if-match': '*' } }
  return {
    'GET /api/v1/rules': {},
    'GET /api/v1/rules/{tenant}/{id}': rule,
    'GET /api/v1/rules/{tenant}/{id}/history': { ...rule, path: '/api/v1/rules/kimitsu/{id}/history' },
    'PUT /api/v1/rules/{tenant}/{id}': { ...rule, body: { ...ownRule, id: '{id}', below: 0.1 } },
    'DELETE /api/v1/rules/{tenant}/{id}': rule,
    'POST /api/v1/rules/preview': { ...tenantThing, body: { tenant: '{id}', rule: ownRule } },
  }
}

function ofNotification({ browser }: KimitsuIds): Readonly<Record<string, Case>> {
  const rota = { ...named, path: '/api/v1/rotas/kimitsu/{id}' }
  const policy = { ...named, path: '/api/v1/escalations/kimitsu/{id}' }
  return {
    'GET /api/v1/notifications': { general: true },
    'GET /api/v1/notifications/preferences': {},
    'PUT /api/v1/notifications/preferences': { own: true, body: {} },
    'GET /api/v1/notifications/browsers': {},
    'POST /api/v1/notifications/browsers': { own: true, body: {} },
    'DELETE /api/v1/notifications/browsers/{id}': { thing: beside(browser) },
    'PUT /api/v1/notifications/line': { own: true, body: {} },
    'POST /api/v1/notifications/test': { own: true, body: {} },
    'GET /api/v1/deliveries': {},
    'POST /api/v1/deliveries/{id}/retry': { thing: beside(deadDelivery) },
    'GET /api/v1/recipients': {},
    'GET /api/v1/notifications/deliveries': {},
    'GET /api/v1/rotas': {},
    'GET /api/v1/rotas/{tenant}/{id}/calendar': { ...rota, path: '/api/v1/rotas/kimitsu/{id}/calendar' },
    'PUT /api/v1/rotas/{tenant}/{id}': { ...rota, body: ownRota },
    'DELETE /api/v1/rotas/{tenant}/{id}': rota,
    'GET /api/v1/escalations': {},
    'PUT /api/v1/escalations/{tenant}/{id}': { ...policy, body: ownPolicy },
    'DELETE /api/v1/escalations/{tenant}/{id}': policy,
  }
}

function ofFactories(): Readonly<Record<string, Case>> {
  const factory = { thing: [site, `${gateway}/paddy-9`] } as const
  const line = { thing: [`${gateway}/line-1`, `${gateway}/line-9`] } as const
  const name = { ja: '日勤', en: 'Day' }
  return {
    'GET /api/v1/factories': {},
    'GET /api/v1/factories/{site}/yield': { ...factory, path: '/api/v1/factories/{id}/yield' },
    'GET /api/v1/factories/{site}/parts': { ...factory, path: '/api/v1/factories/{id}/parts' },
    'GET /api/v1/factories/{site}/settings': { ...factory, path: '/api/v1/factories/{id}/settings' },
    'PUT /api/v1/factories/{site}/settings': {
      ...factory,
      path: '/api/v1/factories/{id}/settings',
      body: { shifts: [{ id: 'day', name, from: '08:00', to: '20:00' }], defects: [] },
    },
    'GET /api/v1/lines/{line}/teaching': { ...line, path: '/api/v1/lines/{id}/teaching' },
    'POST /api/v1/lines/{line}/teaching': { ...line, path: '/api/v1/lines/{id}/teaching', body: { step: 'fit' } },
    'PUT /api/v1/lines/{line}/pictures': { ...line, path: '/api/v1/lines/{id}/pictures', body: { pictures: 'none' } },
  }
}

const signed = { v: 1, keyId: '0'.repeat(16), signature: `${'A'.repeat(86)}==` }
const state = { v: 1, gateway: '{id}', revision: 9, probationS: 60, items: [] }
const newRollout = { name: 'x', by: 'x', documents: [{ ...signed, document: JSON.stringify(state) }] }

function ofGateways({ event, image, records, artefact }: KimitsuIds): Readonly<Record<string, Case>> {
  const eventThing = { thing: beside(event) }
  const imageThing = { thing: beside(`kimitsu/${image}`) }
  const flightThing = { thing: ['kimitsu/f1', 'kimitsu/f2'] } as const
  const rollout = { thing: ['krollout', 'knothing'], body: { by: 'x' } } as const
  const command = { thing: ['kimitsu-command', 'kimitsu-nothing'] } as const
  const installed = { thing: beside(installation) }
  const signedOff = {
    id: '22222222-2222-4222-8222-222222222222',
    kind: 'new',
    engineer: 'x',
    signedOff: Date.now(),
    place: { name: 'x', lat: 35, lon: 139, source: 'gps' },
  }
  return {
    'GET /api/v1/events': {},
    'GET /api/v1/events/{id}': eventThing,
    'GET /api/v1/events/{id}/thumbnail': eventThing,
    'GET /api/v1/events/{id}/cover': eventThing,
    'POST /api/v1/events/{id}/correction': { ...eventThing, body: { judgement: 'good' } },
    'POST /api/v1/gateways/{id}/commands': { ...gatewayThing, body: { kind: 'restart' } },
    'GET /api/v1/gateways/{id}/log': gatewayThing,
    'GET /api/v1/commands': {},
    'GET /api/v1/commands/{id}': command,
    'GET /api/v1/commands/{id}/file': command,
    'GET /api/v1/flights': {},
    'GET /api/v1/flights/{id}': flightThing,
    'GET /api/v1/flights/{id}/footprint': flightThing,
    'GET /api/v1/images': {},
    'GET /api/v1/images/{id}': imageThing,
    'GET /api/v1/images/{id}/file': imageThing,
    'GET /api/v1/images/{id}/thumbnail': imageThing,
    'POST /api/v1/installations': { ...gatewayThing, body: (id) => ({ ...signedOff, record: records.get(id) }) },
    'GET /api/v1/installations': {},
    'GET /api/v1/installations/{id}': installed,
    'GET /api/v1/installations/{id}/photo': installed,
    'DELETE /api/v1/installations/{id}/photo': installed,
    'GET /api/v1/deployments': {},
    'POST /api/v1/deployments': { ...gatewayThing, body: newRollout, turn: 4 },
    'GET /api/v1/deployments/{id}': { thing: rollout.thing },
    'POST /api/v1/deployments/{id}/resume': { ...rollout, turn: 1 },
    'POST /api/v1/deployments/{id}/halt': { ...rollout, turn: 2 },
    'POST /api/v1/deployments/{id}/abort': { ...rollout, turn: 3 },
    'GET /api/v1/deployments/gateways': {},
    'GET /api/v1/deployments/next-revision': {
      ...gatewayThing,
      path: '/api/v1/deployments/next-revision?gateways={id}',
    },
    'GET /api/v1/deployments/audit': {},
    'GET /api/v1/artefacts/{sha256}': { thing: beside(artefact), path: '/api/v1/artefacts/{id}' },
    'PUT /api/v1/artefacts/{sha256}': { own: true, path: `/api/v1/artefacts/${hash}` },
  }
}

function ofPeople({ token, session }: KimitsuIds): Readonly<Record<string, Case>> {
  const person = { thing: ['k-viewer', 'k-viewex'] } as const
  const password = { password: 'not the password' }
  const named = { name: { ja: 'x', en: 'x' }, kind: 'city' }
  return {
    'POST /api/v1/session': { public: true, body: {} },
    'POST /api/v1/session/link': { public: true, body: {} },
    'GET /api/v1/session': {},
    'DELETE /api/v1/session': { own: true },
    'GET /api/v1/sessions': { holds: session },
    'DELETE /api/v1/sessions/{id}': { thing: beside(session) },
    'POST /api/v1/me/password': { own: true, body: { now: 'x', next: 'x' } },
    'POST /api/v1/me/totp': { own: true, body: password },
    'POST /api/v1/me/totp/confirm': { own: true, body: { ...password, code: '123456' } },
    'DELETE /api/v1/me/totp': { own: true, body: password },
    'POST /api/v1/me/recovery-codes': { own: true, body: password },
    'PATCH /api/v1/me': { own: true, body: {} },
    'POST /api/v1/session/passkey/options': { public: true },
    'POST /api/v1/session/passkey': { public: true, body: {} },
    'GET /api/v1/me/passkeys': { holds: passkey },
    'POST /api/v1/me/passkeys/options': { own: true, body: password },
    'POST /api/v1/me/passkeys': { own: true, body: {} },
    'PATCH /api/v1/me/passkeys/{id}': { thing: beside(passkey), body: { name: 'x' } },
    'DELETE /api/v1/me/passkeys/{id}': {
      thing: beside(passkey),
      body: { password: 'correct horse battery staple k-admin' },
    },
    'POST /api/v1/session/provider': { public: true, body: {} },
    'GET /api/v1/session/provider/callback': { public: true },
    'GET /api/v1/me/provider': { own: true },
    'POST /api/v1/me/provider': { own: true, body: password },
    'DELETE /api/v1/me/provider': { own: true, body: password },
    'GET /api/v1/tenants': {},
    'POST /api/v1/tenants': { by: 'city', holds: 'kimitsu-new', body: { id: 'kimitsu-new', ...named } },
    'PUT /api/v1/tenants/{id}': { ...tenantThing, by: 'city', body: named },
    'GET /api/v1/people': {},
    'POST /api/v1/people': {
      ...tenantThing,
      body: { id: 'intruder', name: 'x', memberships: [{ tenant: '{id}', role: 'viewer' }] },
    },
    'GET /api/v1/people/{id}': person,
    'PATCH /api/v1/people/{id}': { ...person, body: { name: 'x' } },
    'DELETE /api/v1/people/{id}': person,
    'POST /api/v1/people/{id}/reset': { ...person, turn: 5 },
    'GET /api/v1/tokens': {},
    'POST /api/v1/tokens': {
      ...tenantThing,
      body: { name: 'x', tenant: '{id}', rights: ['see'], expires: Date.now() + 1e6 },
    },
    'DELETE /api/v1/tokens/{id}': { thing: beside(token) },
    'GET /api/v1/audit': {},
    'GET /api/v1/audit/check': { general: true },
    'GET /api/v1/audit.jsonl': {},
  }
}
