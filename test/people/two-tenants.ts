// A hub with everything that a tenant can have, all of it Kimitsu's, and people of both tenants in every role.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import type { SignedRecord } from '../../broker/contract/commissioning-record.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodeEvent } from '../../broker/contract/event-codec.ts'
import { type Clock, systemClock } from '../../broker/contract/ports.ts'
import type { StatusDocument } from '../../broker/contract/documents.ts'
import { commandResultTopic, parseTopic, topicOf } from '../../broker/contract/topics.ts'
import { noSources } from '../../cloud/bulletins/sources/source-settings.ts'
import { defaultUploadLimits } from '../../cloud/images/uploads.ts'
import { noNotifications } from '../../cloud/notifications/notification-settings.ts'
import { type Role, rights, roleHas, roles } from '../../cloud/people/rights.ts'
import { installationSettingsOf } from '../../bin/installation-options.ts'
import { authorityFolder } from '../../bin/commands/ca.ts'
import {
  birth,
  eventually,
  gatewayTopic,
  type RunningCloud,
  runCloud,
  sample,
  telemetry,
} from '../cloud/running-cloud.ts'
import { checksOf, createSigner } from '../field/signed-checks.ts'
import { type Answer, type Browser, browserAt, newPerson, programAt } from './browser.ts'
import { ownBulletin, ownSource } from './bulletin-cases.ts'
import { gateway, seedTwoTenants } from './two-tenants-rows.ts'

export interface TwoTenants {
  readonly hub: RunningCloud
  readonly cityAdmin: Browser
  /** Kimitsu's own people. */
  readonly own: Readonly<Record<Role, Browser>>
  /** People of Futtsu. */
  readonly strangers: Readonly<Record<Role, Browser>>
  /** Tokens of Futtsu's admin: with each right that there is, and with one. */
  readonly strangePrograms: Readonly<Record<'every right' | 'see', Browser>>
  /** Whom no door is open any more: all of them would be admins of Kimitsu. */
  readonly shutOut: Readonly<Record<string, Browser>>
  /** A token of Kimitsu's admin that may only see. */
  readonly ownProgram: Browser
  readonly ids: KimitsuIds
}

/** Of things of Kimitsu. */
export interface KimitsuIds {
  readonly alarm: string
  /** Of no work order. */
  readonly looseAlarm: string
  readonly storm: string
  readonly window: string
  readonly order: string
  readonly event: string
  /** Without its tenant. */
  readonly bulletin: string
  /** What citizens reported. */
  readonly report: string
  readonly looseReport: string
  readonly image: string
  /** Of an alarm and of an order. */
  readonly photo: string
  /** sha-256 of `artefactOf('kimitsu')`, which its engineer has uploaded. */
  readonly artefact: string
  /** Of its admin. */
  readonly token: string
  readonly session: string
  readonly browser: string
  /** Checks that a gateway of Kimitsu signed, and some that one signed which never came. */
  readonly records: ReadonlyMap<string, SignedRecord>
  /** A photo, base64. */
  readonly picture: string
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
export const futtsu = (kind: string) => `musubi/v1/futtsu/harbour/${kind}`
/** Enough for a storm. */
const probes = ['probe-1', 'probe-2', 'probe-3', 'probe-4', 'probe-5', 'probe-6']

export async function startTwoTenants(folder: string): Promise<TwoTenants> {
  const authority = authorityFolder(folder)
  const records = new Map<string, SignedRecord>()
  for (const name of ['paddy-koito', 'paddy-koitx']) {
    const signer = await createSigner(authority, join(folder, name), name)
    records.set(`kimitsu/${name}`, await signer.sign(checksOf(name)))
  }
  const picture = await sharp({ create: { width: 160, height: 120, channels: 3, background: 'green' } })
    .jpeg()
    .toBuffer()
  const image = createHash('sha256').update(picture).digest('hex')
  const installations = installationSettingsOf(folder)
  const files = [
    join(folder, 'images', 'kept', 'kimitsu', image.slice(0, 2), image),
    join(folder, 'command-files', 'kimitsu-command'),
    join(installations.folder, `${image}.jpg`),
  ]
  for (const file of files) {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, picture)
  }
  const lapsed = await seedTwoTenants(join(folder, 'hub.sqlite'), { image, bytes: picture.length })
  const { hub, skip } = await startHub(folder, installations)
  const things = await fill(hub, picture, skip)
  const people = await fillPeople(hub, lapsed)
  const { open: _open, ...ids } = { ...things, ...people.ids, image, picture: picture.toString('base64'), records }
  return { hub, ...people, ids }
}

async function startHub(folder: string, installations: ReturnType<typeof installationSettingsOf>) {
  const images = {
    folder: join(folder, 'images'),
    limits: { ...defaultUploadLimits, reserveBytes: 0 },
    openBucket: undefined,
  }
  const email = { host: '127.0.0.1', port: 1, security: 'none', from: 'hub@musubi.test', timeoutMs: 1_000 } as const
  const notifications = { settings: { ...noNotifications, email }, folder }
  const deploymentFolder = join(folder, 'deployments')
  const answering = { hub: undefined as RunningCloud | undefined }
  const publish = (topic: string) => void setImmediate(() => answer(topic, answering.hub))
  const source = { id: ownSource, tenant: 'kimitsu', name: { ja: ownSource, en: ownSource }, url: 'https://127.0.0.1/' }
  const feed = {
    ...source,
    everyS: 86_400,
    holdsMs: 3_600_000,
    language: 'ja',
    contains: [],
    isPublic: false,
    isTold: false,
  }
  const bulletins = { ...noSources, sources: [feed] }
  const backups = await backupsIn(folder)
  const more = { images, installations, deploymentFolder, notifications, bulletins, backups, publish }
  let aheadMs = 0
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    monotonic: () => systemClock.monotonic() + aheadMs,
  }
  const hub = await runCloud(folder, { rules, more, clock })
  answering.hub = hub
  return { hub, skip: (ms: number) => void (aheadMs += ms) }
}

async function backupsIn(folder: string) {
  const shelf = join(folder, 'backups')
  await mkdir(shelf)
  const files = { storeFile: join(folder, 'readings.duckdb'), databaseFile: join(folder, 'hub.sqlite') }
  return { ...files, dataFolder: folder, imagesElsewhere: false, shelf, dailyMinute: undefined, keep: 1 }
}

/** The gateways of both tenants do whatever they are asked for, and their logs say one line. */
function answer(topic: string, hub: RunningCloud | undefined): void {
  const parsed = parseTopic(topic)
  if (parsed?.kind !== 'command') return
  const { identity, id } = parsed
  const result = encodeDocument({ v: 1, state: 'accepted', timeMs: Date.now() })
  void hub?.cloud.tap({ topic: commandResultTopic(identity, id), payload: result })
  const lines = encodeDocument({ v: 1, lines: [`of ${identity.tenant}`], dropped: 0, ended: true })
  void hub?.cloud.tap({ topic: topicOf(identity, 'log'), payload: lines })
}

/** Of each kind of place that a list or report is about. */
const sites = (['paddy', 'streetlight', 'wifi'] as const).map((kind) => ({
  id: `${kind}-1`,
  kind,
  name: { ja: `場所 ${kind}`, en: `Place ${kind}` },
  position: { lat: 35.3, lon: 139.9 },
}))

const ownDevices: NonNullable<StatusDocument['devices']> = [
  {
    id: 'probe-1',
    site: 'paddy-1',
    profile: 'qdy30a-level',
    label: { ja: '水位計', en: 'Level probe' },
    series: [{ name: 'probe-1:water-level', unit: 'm', intervalS: 10, label: { ja: '水位', en: 'Water level' } }],
  },
  { id: 'line-1', site: 'paddy-1', profile: 'inspection', label: { ja: '検査', en: 'Inspection' }, series: [] },
]
const inspection = { id: 'line-1', camera: 'camera-1', pictures: { most: 'all', now: 'all' } } as const

/** What gateways bring and whoever is at the hub adds, while nobody signs in yet. */
async function fill(hub: RunningCloud, picture: Buffer, skip: (ms: number) => void) {
  const timeMs = Date.now()
  const tap = (kind: string, payload: Uint8Array) => void hub.cloud.tap({ topic: gatewayTopic(kind), payload })
  tap('status', birth({ sites, devices: [...ownDevices], inspections: [inspection] }))
  tap(
    'telemetry',
    telemetry(
      1,
      probes.map((probe) => sample(`${probe}:water-level`, 0.5)),
    ),
  )
  tap('telemetry', Buffer.from('no envelope of kimitsu'))
  const verdict = {
    kind: 'inspection',
    source: 'probe-1',
    timeMs,
    model: { id: 'washer', version: '1' },
    score: 0.5,
    class: 'scratch',
    state: 'reject',
    latencyMs: 1,
    detail: { frame: 'frame-1' },
  } as const
  tap('event', encodeEnvelope({ epoch: 'epoch-1', seq: 2, prev: 1, pack: encodeEvent(verdict, picture) }))
  const open = browserAt(hub.url)
  const [alarm = '', looseAlarm = ''] = await eventually(async () => await idsAt(open, '/api/v1/alarms', probes.length))
  const [event = ''] = await eventually(async () => await idsAt(open, '/api/v1/events', 1))
  // Alarms that came together are a storm once they have lasted for ten seconds.
  const [storm = ''] = await eventually(async () => {
    skip(200)
    return await idsAt(open, '/api/v1/storms', 1)
  })
  const soon = { from: timeMs + 3_600_000, to: timeMs + 7_200_000 }
  const planned = { scope: 'gateway', place: gateway, reason: 'test', ...soon }
  const window = idOf(await open.ask('POST', '/api/v1/maintenance-windows', planned))
  const order = idOf(await open.ask('POST', '/api/v1/work-orders', { alarms: [alarm] }))
  const photoBody = { photo: picture.toString('base64') }
  const { body } = made(await open.ask('POST', `/api/v1/alarms/${alarm}/photos`, photoBody))
  made(await open.ask('POST', `/api/v1/work-orders/${order}/photos`, photoBody))
  made(await open.ask('PUT', '/api/v1/rules/kimitsu/own', ownRule))
  made(await open.ask('PUT', '/api/v1/rotas/kimitsu/own', ownRota))
  made(await open.ask('PUT', '/api/v1/escalations/kimitsu/own', ownPolicy))
  for (const id of ['kimitsu', 'futtsu']) {
    made(await open.ask('POST', '/api/v1/tenants', { id, name: { ja: id, en: id }, kind: 'farm' }))
  }
  const bulletin = await bulletinOf(open)
  const [report = '', looseReport = ''] = await reportsOf(open, photoBody.photo)
  return {
    bulletin,
    report,
    looseReport,
    open,
    alarm,
    looseAlarm,
    storm,
    window,
    order,
    event,
    photo: String(body['hash']),
  }
}

async function bulletinOf(open: Browser): Promise<string> {
  const { body } = made(await open.ask('POST', '/api/v1/bulletins', ownBulletin))
  const [item] = (body as unknown as { readonly items: readonly { readonly id: string }[] }).items
  return item?.id.split('/')[1] ?? ''
}

async function reportsOf(open: Browser, photo: string): Promise<readonly string[]> {
  for (const position of [
    { lat: 35.3, lon: 139.9 },
    { lat: 35.31, lon: 139.91 },
  ]) {
    const secret = randomBytes(32).toString('base64url')
    const body = { secret, kind: 'road', text: 'x', position, photos: [photo] }
    made(await open.ask('POST', '/api/v1/citizen-reports', body))
  }
  return await idsAt(open, '/api/v1/citizen-reports', 2)
}

export const ownRule = {
  id: 'own',
  kind: 'threshold',
  match: { channel: 'water-level' },
  below: 0.2,
  onDelayS: 0,
  offDelayS: 0,
  ...titlesOf('own'),
}
export const ownRota = {
  name: 'Kimitsu',
  timeZone: 'Asia/Tokyo',
  startDate: '2026-11-23',
  handOver: '09:00',
  weekly: ['k-admin'],
  overrides: [],
}
export const ownPolicy = {
  name: 'Kimitsu',
  topic: { severity: 'major' },
  steps: [{ afterMinutes: 5, to: [{ rota: 'own' }] }],
}

function titlesOf(text: string) {
  return { severity: 'warning', title: { ja: text, en: text }, advice: { ja: text, en: text } }
}

export function artefactOf(tenant: string): Buffer {
  return Buffer.from(`configuration of ${tenant}`)
}

export async function uploadArtefact(url: string, { cookie = '' }: Browser, content: Buffer): Promise<string> {
  const sha256 = createHash('sha256').update(content).digest('hex')
  const headers = { origin: url, cookie, 'content-type': 'application/octet-stream' }
  const body = new Uint8Array(content)
  const answer = await fetch(`${url}/api/v1/artefacts/${sha256}`, { method: 'PUT', headers, body })
  if (answer.status !== 201) throw new Error(await answer.text())
  return sha256
}

async function fillPeople(hub: RunningCloud, lapsed: string) {
  const { url } = hub
  const cityAdmin = await newPerson(browserAt(url), url, 'city-admin', [{ tenant: '*', role: 'admin' }])
  const own = await inEveryRole(cityAdmin, url, 'kimitsu')
  const strangers = await inEveryRole(cityAdmin, url, 'futtsu')
  const { admin } = own
  made(await cityAdmin.ask('PATCH', '/api/v1/people/k-admin', { email: 'admin@kimitsu.test' }))
  const { id: token } = (await newToken(admin, 'kimitsu', ['see'])).item
  const subscription = {
    endpoint: 'https://push.musubi.test/kimitsu',
    keys: { p256dh: 'A'.repeat(87), auth: 'A'.repeat(22) },
    label: 'of kimitsu',
  }
  const browser = String(made(await admin.ask('POST', '/api/v1/notifications/browsers', subscription)).body['id'])
  made(await admin.ask('POST', '/api/v1/notifications/test', { channel: 'email' }))
  const second = { name: 'k-admin', password: 'correct horse battery staple k-admin' }
  made(await browserAt(url).ask('POST', '/api/v1/session', second))
  const sessions = (await admin.ask('GET', '/api/v1/sessions')).body as unknown as {
    readonly items: readonly { readonly id: string; readonly isThis: boolean }[]
  }
  const session = sessions.items.find(({ isThis }) => !isThis)?.id ?? ''
  const artefact = await uploadArtefact(url, own.engineer, artefactOf('kimitsu'))
  const revoked = await newToken(admin, 'kimitsu', ['see'])
  made(await admin.ask('DELETE', `/api/v1/tokens/${revoked.item.id}`))
  const suspended = await newPerson(cityAdmin, url, 'k-suspended', [{ tenant: 'kimitsu', role: 'admin' }])
  const ofSuspended = await newToken(suspended, 'kimitsu', ['see'])
  made(await cityAdmin.ask('PATCH', '/api/v1/people/k-suspended', { suspended: true }))
  const signedOut = await newPerson(cityAdmin, url, 'k-signed-out', [{ tenant: 'kimitsu', role: 'admin' }])
  const left = signedOut.cookie
  made(await signedOut.ask('DELETE', '/api/v1/session'))
  const everyRight = rights.filter((right) => roleHas('admin', right))
  return {
    cityAdmin,
    own,
    strangers,
    strangePrograms: {
      'every right': programAt(url, (await newToken(strangers.admin, 'futtsu', everyRight)).token),
      see: programAt(url, (await newToken(strangers.admin, 'futtsu', ['see'])).token),
    },
    ownProgram: programAt(url, (await newToken(admin, 'kimitsu', ['see'])).token),
    shutOut: {
      nobody: browserAt(url),
      'a cookie of nobody': browserAt(url, `musubi=${randomUUID()}`),
      'a session that was ended': browserAt(url, left),
      'a suspended person': suspended,
      'a token of a suspended person': programAt(url, ofSuspended.token),
      'a revoked token': programAt(url, revoked.token),
      'a token whose time is over': programAt(url, lapsed),
      'a token of nobody': programAt(url, `musubi_${randomUUID()}`),
    },
    ids: { token, session, browser, artefact },
  }
}

async function inEveryRole(cityAdmin: Browser, url: string, tenant: string): Promise<Record<Role, Browser>> {
  const people = {} as Record<Role, Browser>
  for (const role of roles) {
    people[role] = await newPerson(cityAdmin, url, `${tenant.slice(0, 1)}-${role}`, [{ tenant, role }])
  }
  return people
}

interface NewToken {
  readonly token: string
  readonly item: { readonly id: string }
}

async function newToken(owner: Browser, tenant: string, only: readonly string[]): Promise<NewToken> {
  const body = { name: `of ${tenant}`, tenant, rights: only, expires: Date.now() + 3_600_000 }
  return made(await owner.ask('POST', '/api/v1/tokens', body)).body as unknown as NewToken
}

async function idsAt(browser: Browser, path: string, least: number): Promise<readonly string[]> {
  const { items } = (await browser.ask('GET', path)).body as { readonly items: readonly { readonly id: string }[] }
  if (items.length < least) throw new Error(`${items.length} of ${least} at ${path}`)
  return items.map(({ id }) => id)
}

function made(answer: Answer): Answer {
  if (answer.status >= 300) throw new Error(answer.text)
  return answer
}

function idOf(answer: Answer): string {
  const { body } = made(answer)
  if (typeof body['id'] !== 'string') throw new Error(answer.text)
  return body['id']
}
