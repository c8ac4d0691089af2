// What gateways and field engineers of Kimitsu would have brought, put into the hub's database before it starts.
import { createHash } from 'node:crypto'
import { publicIdOf } from '../../cloud/people/passkeys.ts'
import { hashOf } from '../../cloud/people/secrets.ts'
import { durably, type HubTransaction, openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { checksOf } from '../field/signed-checks.ts'

export const gateway = 'kimitsu/paddy-koito'
export const site = `${gateway}/paddy-1`
/** A message that was given up. */
export const deadDelivery = '22222222-2222-8222-8222-222222222222'
const credential = 'a credential of Kimitsu'
/** As the API calls it. */
export const passkey = publicIdOf(credential)
export const installation = '11111111-1111-4111-8111-111111111111'

interface Picture {
  /** sha-256. */
  readonly image: string
  readonly bytes: number
}

/** Returns a token of Kimitsu's admin whose time is over. */
export async function seedTwoTenants(place: string, picture: Picture): Promise<string> {
  const database = await openHubDatabase(place)
  const lapsed = 'musubi_lapsed'
  await durably(database, async (to) => {
    await addImages(to, picture)
    await addCommand(to, picture)
    await addInstallation(to, picture)
    await addPhoto(to, picture)
    await addRollout(to)
    await addInsights(to)
    await addOpenData(to)
    await addDelivery(to)
    await to
      .insertInto('api_tokens')
      .values({
        id: 'lapsed',
        hash: hashOf(lapsed),
        person: 'k-admin',
        name: 'lapsed',
        tenant: 'kimitsu',
        rights: 'see',
        created_ms: 1,
        expires_ms: 2,
        used_ms: null,
      })
      .execute()
    const made = { public_key: '', counter: 0, transports: '', name: 'a phone', created_ms: 1, used_ms: null }
    await to
      .insertInto('passkeys')
      .values({ ...made, id: credential, person: 'k-admin', rp_id: 'hub.kimitsu.test' })
      .execute()
  })
  await database.destroy()
  return lapsed
}

async function addDelivery(to: HubTransaction): Promise<void> {
  const about = {
    id: deadDelivery,
    subject: 'test:kimitsu',
    notice: null,
    kind: 'test',
    tenant: 'kimitsu',
    severity: 'info',
  }
  const address = { person: 'k-admin', channel: 'email', target: 'admin@kimitsu.test', held_for: null, bundle: null }
  const nowMs = Date.now()
  const times = { due_ms: nowMs, created_ms: nowMs, settled_ms: nowMs, attempts: 12 }
  const end = { state: 'dead', next_channels: '[]', error: 'refused', proof: null }
  await to
    .insertInto('deliveries')
    .values({ ...about, ...address, ...times, ...end })
    .execute()
}

async function addImages(to: HubTransaction, { image, bytes }: Picture): Promise<void> {
  const facts = JSON.stringify({ timeMs: 1, timeFrom: 'exif', flight: 'f1' })
  const about = { tenant: 'kimitsu', gateway, name: 'a.jpg', bytes, time_ms: 1, flight: 'f1', site: null }
  const where = { lat: 35, lon: 139, facts, footprint: null }
  const row = { ...about, ...where, sha256: image, media_type: 'image/jpeg', received_ms: 1 }
  await to.insertInto('images').values(row).execute()
  const flight = { tenant: 'kimitsu', id: 'f1', gateway, camera: null, first_ms: 1, last_ms: 1, images: 1, bytes }
  await to
    .insertInto('flights')
    .values({ ...flight, footprint: null })
    .execute()
}

async function addCommand(to: HubTransaction, { image, bytes }: Picture): Promise<void> {
  await to
    .insertInto('commands')
    .values({
      id: 'kimitsu-command',
      gateway,
      kind: 'frame',
      arguments: '{}',
      asked_by: 'sato',
      remote: '',
      asked_ms: Date.now(),
      state: 'done',
      code: null,
      message: null,
      answered_ms: Date.now(),
      file: JSON.stringify({ name: 'frame.jpg', type: 'image/jpeg', bytes, sha256: image }),
    })
    .execute()
}

async function addInstallation(to: HubTransaction, { image }: Picture): Promise<void> {
  const record = {
    record: Buffer.from(JSON.stringify(checksOf('paddy-koito'))).toString('base64url'),
    certificate: '',
    signature: '',
  }
  await to
    .insertInto('installations')
    .values({
      id: installation,
      gateway,
      kind: 'new',
      signed_off_ms: 1,
      received_ms: 1,
      engineer: 'sato',
      note: null,
      place: JSON.stringify({ name: '小糸', lat: 35, lon: 139, source: 'gps' }),
      replaced: null,
      photo: image,
      record_id: 'r1',
      record: JSON.stringify(record),
      serial_number: '01',
      body_hash: createHash('sha256').digest('hex'),
    })
    .execute()
}

async function addPhoto(to: HubTransaction, { image, bytes }: Picture): Promise<void> {
  const row = {
    kind: 'installation',
    owner: installation,
    hash: image,
    bytes,
    kept_ms: Date.now(),
    by_whom: 'sato',
  } as const
  await to.insertInto('photos').values(row).execute()
}

async function addRollout(to: HubTransaction): Promise<void> {
  const times = { created_ms: 1, wave_started_ms: 1 }
  const decided = { name: 'of kimitsu', state: 'halted', created_by: 'sato', reason: null }
  const waves = { wave: 0, waves: 1, max_failures: 0, accepted_failures: 0, patience_s: 60 }
  await to
    .insertInto('rollouts')
    .values({ id: 'krollout', ...decided, ...waves, ...times })
    .execute()
  const state = { v: 1, gateway, revision: 1, items: [], probationS: 60 }
  const document = JSON.stringify({ v: 1, document: JSON.stringify(state), keyId: '0', signature: '' })
  const offered = { rollout: 'krollout', gateway, wave: 0, revision: 1, document, state: 'offered' }
  await to
    .insertInto('rollout_gateways')
    .values({ ...offered, code: null, message: null, updated_ms: 1 })
    .execute()
  const reported = JSON.stringify({ v: 1, timeMs: 1, running: { revision: 1, items: [] } })
  await to.insertInto('reported_states').values({ gateway, document: reported, received_ms: 1 }).execute()
  const entry = {
    time_ms: 1,
    turn: 1,
    actor: 'sato',
    remote: '',
    action: 'created',
    rollout: 'krollout',
    detail: 'kimitsu',
  }
  await to.insertInto('deployment_audit').values(entry).execute()
}

async function addOpenData(to: HubTransaction): Promise<void> {
  const changed = { changed_ms: 1, changed_by: 'sato' }
  const place = {
    tenant: 'kimitsu',
    kind: 'wifi',
    id: 'w1',
    name: '小糸',
    lat: 35,
    lon: 139,
    columns: '{"名称":"小糸"}',
  }
  await to
    .insertInto('places')
    .values({ ...place, ...changed })
    .execute()
  const hall = { name: { ja: '小糸', en: 'Koito' }, kind: 'spot', public: false }
  const spot = { tenant: 'kimitsu', id: 'hall', settings: JSON.stringify(hall) }
  await to
    .insertInto('crowding_spots')
    .values({ ...spot, state: null, state_ms: null, state_by: null })
    .execute()
  const off = { subject: 'list:kimitsu/wifi', tenant: 'kimitsu', settings: '{"public":false}' }
  await to
    .insertInto('publications')
    .values({ ...off, ...changed })
    .execute()
}

async function addInsights(to: HubTransaction): Promise<void> {
  const what = { site, insight: 'water-depth', tenant: 'kimitsu', version: 1 }
  const times = { from_ms: 1, to_ms: 2, input_from_ms: 1, computed_ms: 2 }
  await to
    .insertInto('insight_runs')
    .values({ ...what, run: 1, settings_revision: 0, cause: 'schedule', ...times })
    .execute()
  const advice = { level: 'watch', code: 'low', text: { ja: '君津', en: 'kimitsu' } }
  await to
    .insertInto('insight_advice')
    .values({ ...what, number: 1, time_ms: 2, level: 'watch', code: 'low', body: JSON.stringify(advice) })
    .execute()
}
