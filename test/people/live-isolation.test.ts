// The live stream: each reader hears what is of their tenant alone, and no longer than they may.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodeEvent } from '../../broker/contract/event-codec.ts'
import {
  birth,
  gatewayTopic,
  type RunningCloud,
  runCloud,
  sample,
  telemetry,
  temporaryFolder,
} from '../cloud/running-cloud.ts'
import { type Browser, browserAt, newPerson } from './browser.ts'
import { follow } from './followed-stream.ts'

const futtsuTopic = (kind: string) => `musubi/v1/futtsu/harbour/${kind}`
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

describe('the live stream of a hub with two tenants', () => {
  let place: { readonly folder: string; remove(): Promise<void> }
  let hub: RunningCloud
  let cityAdmin: Browser
  let own: Browser
  let stranger: Browser
  const sequences = new Map<string, number>()

  beforeAll(async () => {
    place = await temporaryFolder()
    hub = await runCloud(place.folder, { rules })
    const open = browserAt(hub.url)
    for (const id of ['kimitsu', 'futtsu']) {
      await open.ask('POST', '/api/v1/tenants', { id, name: { ja: id, en: id }, kind: 'farm' })
    }
    cityAdmin = await newPerson(open, hub.url, 'city-admin', [{ tenant: '*', role: 'admin' }])
    own = await newPerson(cityAdmin, hub.url, 'k-viewer', [{ tenant: 'kimitsu', role: 'viewer' }])
    stranger = await newPerson(cityAdmin, hub.url, 'f-admin', [{ tenant: 'futtsu', role: 'admin' }])
  })
  afterAll(async () => {
    await hub.stop()
    await place.remove()
  })

  const stream = () => `${hub.url}/api/v1/stream`
  /** A gateway, a reading, an alarm and an event of a tenant. */
  const happen = (topic: (kind: string) => string, level: number) => {
    const sequence = (sequences.get(topic('event')) ?? 0) + 2
    sequences.set(topic('event'), sequence)
    const verdict = {
      kind: 'inspection',
      source: 'probe-1',
      timeMs: Date.now(),
      model: { id: 'washer', version: '1' },
      score: 0.5,
      class: 'scratch',
      state: 'reject',
      latencyMs: 1,
    } as const
    const event = encodeEnvelope({ epoch: 'epoch-1', seq: sequence, prev: sequence - 1, pack: encodeEvent(verdict) })
    void hub.cloud.tap({ topic: topic('status'), payload: birth() })
    void hub.cloud.tap({
      topic: topic('telemetry'),
      payload: telemetry(sequence - 1, [sample('probe-1:water-level', level)]),
    })
    void hub.cloud.tap({ topic: topic('event'), payload: event })
  }
  const newToken = async (owner: Browser, tenant: string) => {
    const body = { name: 'reader', tenant, rights: ['see'], expires: Date.now() + 3_600_000 }
    const { token, item } = (await owner.ask('POST', '/api/v1/tokens', body)).body as {
      readonly token: string
      readonly item: { readonly id: string }
    }
    return { token, id: item.id, cookie: undefined }
  }

  it('brings a reader the readings, alarms, events and gateways of their tenant and none of another, now and after a gap', async () => {
    const site = encodeURIComponent('kimitsu/paddy-koito/paddy-1')
    const series = encodeURIComponent('kimitsu/paddy-koito/probe-1:water-level')
    const control = await follow(stream(), own)
    const token = await newToken(stranger, 'futtsu')
    const strangers = await Promise.all([
      follow(stream(), stranger),
      follow(stream(), token),
      follow(`${stream()}?site=${site}`, stranger),
      follow(`${stream()}?series=${series}`, stranger),
    ])
    happen(gatewayTopic, 0.25)
    const types = ['event: gateway', 'event: reading', 'event: alarm', 'event: event', '0.25']
    for (const type of types) expect(await control.until(type)).toContain('kimitsu/paddy-koito')
    happen(futtsuTopic, 0.75)
    const [whole, program, ...asked] = strangers
    for (const follower of [whole, program]) {
      for (const type of types.slice(0, 4)) await follower?.until(type)
      const heard = (await follower?.until('"value":0.75')) ?? ''
      expect(heard).toContain('futtsu/harbour')
      expect(heard).not.toContain('kimitsu')
    }
    const heard = (await whole?.until('"value":0.75')) ?? ''
    // What they asked for by name: gateways of theirs alone, and nothing else before or with them.
    for (const follower of asked)
      expect(await follower.until('event: gateway')).not.toMatch(/kimitsu|event: (?:reading|alarm)/)
    expect(await control.until('0.25')).not.toContain('futtsu')
    const first = /id: (\w+)\.(\d+)/.exec(heard)
    const before = `${first?.[1]}.${Math.max(0, Number(first?.[2]) - 5)}`
    const resumed = await follow(stream(), stranger, { 'last-event-id': before })
    const again = await resumed.until('"value":0.75')
    expect(again).not.toMatch(/kimitsu|event: reset/)
    const resumedControl = await follow(stream(), own, { 'last-event-id': before })
    expect(await resumedControl.until('0.25')).not.toContain('futtsu')
    await Promise.all([control, ...strangers, resumed, resumedControl].map((follower) => follower.leave()))
  })

  it.each([
    ['the sign-in is ended from another browser', async (person: Browser) => await endSessions(person)],
    ['the person signs out', async (person: Browser) => await person.ask('DELETE', '/api/v1/session')],
    ['the person is suspended', async () => await cityAdmin.ask('PATCH', '/api/v1/people/reader', { suspended: true })],
    [
      'the last role in the tenant is taken',
      async () =>
        await cityAdmin.ask('PATCH', '/api/v1/people/reader', { memberships: [{ tenant: 'futtsu', role: 'viewer' }] }),
    ],
    ['the password is voided', async () => await cityAdmin.ask('POST', '/api/v1/people/reader/reset')],
    ['the person is removed', async () => await cityAdmin.ask('DELETE', '/api/v1/people/reader')],
  ] as const)('ends when %s, and another reader goes on', async (_when, take) => {
    const person = await newPerson(cityAdmin, hub.url, 'reader', [{ tenant: 'kimitsu', role: 'viewer' }])
    const [following, other] = [await follow(stream(), person), await follow(stream(), own)]
    const { status } = await take(person)
    expect(status).toBeLessThan(300)
    await following.ended()
    happen(gatewayTopic, 0.5)
    await other.until('"value":0.5')
    await other.leave()
    await cityAdmin.ask('DELETE', '/api/v1/people/reader')
  })

  it('ends for a program when its token is revoked, and when its person is suspended', async () => {
    const maker = await newPerson(cityAdmin, hub.url, 'maker', [{ tenant: 'kimitsu', role: 'viewer' }])
    const [first, second] = [await newToken(maker, 'kimitsu'), await newToken(maker, 'kimitsu')]
    const [one, two] = [await follow(stream(), first), await follow(stream(), second)]
    await maker.ask('DELETE', `/api/v1/tokens/${first.id}`)
    await one.ended()
    happen(gatewayTopic, 0.625)
    await two.until('"value":0.625')
    await cityAdmin.ask('PATCH', '/api/v1/people/maker', { suspended: true })
    await two.ended()
  })

  async function endSessions(person: Browser) {
    const password = 'correct horse battery staple reader'
    const second = browserAt(hub.url)
    await second.ask('POST', '/api/v1/session', { name: 'reader', password })
    expect(person.cookie).not.toBe(second.cookie)
    return await second.ask('DELETE', '/api/v1/sessions/others')
  }
})
