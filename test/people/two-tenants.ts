// A hub with everything that a tenant can have, all of it Kimitsu's, and people of another tenant in every role.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodeEvent } from '../../broker/contract/event-codec.ts'
import { defaultUploadLimits } from '../../cloud/images/uploads.ts'
import { type Role, roles } from '../../cloud/people/rights.ts'
import { durably, openHubDatabase } from '../../cloud/registry/hub-database.ts'
import {
  birth,
  eventually,
  gatewayTopic,
  type RunningCloud,
  runCloud,
  sample,
  telemetry,
} from '../cloud/running-cloud.ts'
import { type Browser, browserAt, newPerson } from './browser.ts'

export interface TwoTenants {
  readonly hub: RunningCloud
  readonly cityAdmin: Browser
  readonly kimitsuAdmin: Browser
  readonly strangers: Readonly<Record<Role, Browser>>
  /** Ids of things of Kimitsu. */
  readonly ids: Readonly<Record<'alarm' | 'window' | 'order' | 'event', string>>
}

const rules = `
- id: low
  kind: threshold
  severity: warning
  match: { channel: water-level }
  below: 1
  onDelayS: 0
  offDelayS: 0
  title: { ja: '低', en: 'Low' }
  advice: { ja: '見る', en: 'Look' }
`
export const hash = 'a'.repeat(64)
export const futtsu = (kind: string) => `musubi/v1/futtsu/harbour/${kind}`

export async function startTwoTenants(folder: string): Promise<TwoTenants> {
  const place = join(folder, 'hub.sqlite')
  await seed(place)
  const images = {
    folder: join(folder, 'images'),
    limits: { ...defaultUploadLimits, reserveBytes: 0 },
    openBucket: undefined,
  }
  const trust = () => Promise.reject(new Error('nobody signs off here'))
  const installations = { folder: join(folder, 'installations'), trust }
  const deploymentFolder = join(folder, 'deployments')
  const hub = await runCloud(folder, { rules, more: { images, installations, deploymentFolder } })
  void hub.cloud.tap({ topic: gatewayTopic('status'), payload: birth() })
  void hub.cloud.tap({ topic: gatewayTopic('telemetry'), payload: telemetry(1, [sample('probe-1:water-level', 0.5)]) })
  const timeMs = Date.now()
  const pack = encodeEvent({
    kind: 'inspection',
    source: 'probe-1',
    timeMs,
    model: { id: 'washer', version: '1' },
    score: 0.5,
    class: 'scratch',
    state: 'reject',
    latencyMs: 1,
  })
  void hub.cloud.tap({
    topic: gatewayTopic('event'),
    payload: encodeEnvelope({ epoch: 'epoch-1', seq: 2, prev: 1, pack }),
  })
  const open = browserAt(hub.url)
  const alarm = await eventually(async () => await firstId(open, '/api/v1/alarms'))
  const event = await eventually(async () => await firstId(open, '/api/v1/events'))
  const soon = { from: Date.now() + 3_600_000, to: Date.now() + 7_200_000 }
  const planned = { scope: 'gateway', place: 'kimitsu/paddy-koito', reason: 'test', ...soon }
  const window = idOf(await open.ask('POST', '/api/v1/maintenance-windows', planned))
  const order = idOf(await open.ask('POST', '/api/v1/work-orders', { alarms: [alarm] }))
  for (const id of ['kimitsu', 'futtsu']) {
    await open.ask('POST', '/api/v1/tenants', { id, name: { ja: id, en: id }, kind: 'farm' })
  }
  const cityAdmin = await newPerson(open, hub.url, 'city-admin', [{ tenant: '*', role: 'admin' }])
  const kimitsuAdmin = await newPerson(cityAdmin, hub.url, 'k-admin', [{ tenant: 'kimitsu', role: 'admin' }])
  const strangers = {} as Record<Role, Browser>
  for (const role of roles) {
    strangers[role] = await newPerson(cityAdmin, hub.url, `f-${role}`, [{ tenant: 'futtsu', role }])
  }
  return { hub, cityAdmin, kimitsuAdmin, strangers, ids: { alarm, window, order, event } }
}

async function firstId(browser: Browser, path: string): Promise<string> {
  const { items } = (await browser.ask('GET', path)).body as { readonly items: readonly { readonly id: string }[] }
  if (items[0] === undefined) throw new Error(`nothing at ${path} yet`)
  return items[0].id
}

function idOf({
  status,
  text,
  body,
}: {
  readonly status: number
  readonly text: string
  readonly body: object
}): string {
  if (status !== 201 || !('id' in body)) throw new Error(text)
  return String(body.id)
}

/** What gateways and field engineers would have brought. */
async function seed(place: string): Promise<void> {
  const database = await openHubDatabase(place)
  const gateway = 'kimitsu/paddy-koito'
  const facts = JSON.stringify({ timeMs: 1, timeFrom: 'exif', flight: 'f1' })
  const image = { tenant: 'kimitsu', gateway, name: 'a.jpg', bytes: 10, time_ms: 1, flight: 'f1', site: null }
  const where = { lat: 35, lon: 139, facts, footprint: null }
  const flight = { tenant: 'kimitsu', id: 'f1', gateway, camera: null, first_ms: 1, last_ms: 1, images: 1, bytes: 10 }
  const record = {
    record: Buffer.from(
      JSON.stringify({ passed: true, clock: { passed: true }, uplink: { passed: true }, devices: [] }),
    ).toString('base64url'),
  }
  await durably(database, async (to) => {
    await to
      .insertInto('images')
      .values({ ...image, ...where, sha256: hash, media_type: 'image/jpeg', received_ms: 1 })
      .execute()
    await to
      .insertInto('flights')
      .values({ ...flight, footprint: null })
      .execute()
    await to
      .insertInto('commands')
      .values({
        id: 'kimitsu-command',
        gateway,
        kind: 'doctor',
        arguments: '{}',
        asked_by: 'sato',
        remote: '',
        asked_ms: 1,
        state: 'done',
        code: null,
        message: null,
        answered_ms: 2,
        file: null,
      })
      .execute()
    await to
      .insertInto('installations')
      .values({
        id: '11111111-1111-4111-8111-111111111111',
        gateway,
        kind: 'new',
        signed_off_ms: 1,
        received_ms: 1,
        engineer: 'sato',
        note: null,
        place: JSON.stringify({ name: '小糸', lat: 35, lon: 139, source: 'gps' }),
        replaced: null,
        photo: null,
        record_id: 'r1',
        record: JSON.stringify(record),
        serial_number: '01',
        body_hash: createHash('sha256').digest('hex'),
      })
      .execute()
    const times = { created_ms: 1, wave_started_ms: 1 }
    await to
      .insertInto('rollouts')
      .values({
        id: 'krollout',
        name: 'of kimitsu',
        state: 'halted',
        created_by: 'sato',
        wave: 0,
        waves: 1,
        max_failures: 0,
        accepted_failures: 0,
        patience_s: 60,
        reason: null,
        ...times,
      })
      .execute()
    const state = { v: 1, gateway, revision: 1, items: [], probationS: 60 }
    const document = JSON.stringify({ v: 1, document: JSON.stringify(state), keyId: '0', signature: '' })
    await to
      .insertInto('rollout_gateways')
      .values({
        rollout: 'krollout',
        gateway,
        wave: 0,
        revision: 1,
        document,
        state: 'failed',
        code: null,
        message: null,
        updated_ms: 1,
      })
      .execute()
  })
  await database.destroy()
}
