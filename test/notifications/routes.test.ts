// Notification in a running hub: its routes, and an alarm that becomes a letter.
import { afterEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../broker/contract/ports.ts'
import type { NotificationSettings } from '../../cloud/notifications/notification-settings.ts'
import { birth, gatewayTopic, runCloud, type RunningCloud, sample, telemetry } from '../cloud/running-cloud.ts'
import { emailAt, firstLine, stops, undoAll } from './mail-hub.ts'
import { until } from './manual-clock.ts'
import { noSettings, person, temporaryFolder } from './running-notifications.ts'
import { type SmtpReceiver, startSmtpReceiver } from './smtp-receiver.ts'

const rules = `
- id: low
  kind: threshold
  severity: major
  match: { channel: water-level }
  below: 1
  onDelayS: 0
  offDelayS: 0
  title: { ja: 低い, en: Low }
  advice: { ja: 入水してください, en: Let water in }
`

afterEach(undoAll)

/** Twenty times as fast as life, so that what must last ten seconds lasts half a one. */
function hastyClock(): Clock {
  const startMs = Date.now()
  const begun = performance.now()
  const passed = () => (performance.now() - begun) * 20
  return {
    now: () => startMs + passed(),
    monotonic: passed,
    setTimer(callback, delayMs) {
      const handle = setTimeout(callback, delayMs / 20)
      return { cancel: () => clearTimeout(handle) }
    },
  }
}

async function start(
  clock?: Clock,
  change: Partial<NotificationSettings> = {},
): Promise<{ hub: RunningCloud; mail: SmtpReceiver }> {
  const { folder, remove } = await temporaryFolder()
  stops.push(remove)
  const mail = await startSmtpReceiver(undefined, { security: 'none' })
  stops.push(mail.stop)
  const settings = {
    ...noSettings,
    email: emailAt(mail),
    push: { contact: 'mailto:musubi@city.example.jp' },
    contacts: [person('sato'), person('suzuki')],
    ...change,
  }
  const more = { notifications: { settings, folder } }
  const hub = await runCloud(folder, { rules, more, ...(clock === undefined ? {} : { clock }) })
  stops.push(() => hub.stop())
  return { hub, mail }
}

async function ask(
  hub: RunningCloud,
  method: string,
  path: string,
  body?: unknown,
  more: Readonly<Record<string, string>> = {},
) {
  const headers = { ...more, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  const response = await fetch(`${hub.url}/api/v1${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as never }
}

describe('a hub with notification', () => {
  it('sends what its rules find to whoever must act', async () => {
    const { hub, mail } = await start(hastyClock())
    void hub.cloud.tap({ topic: gatewayTopic('status'), payload: birth() })
    void hub.cloud.tap({
      topic: gatewayTopic('telemetry'),
      payload: telemetry(1, [sample('probe-1:water-level', 0.5)]),
    })
    await until(() => mail.letters.length >= 2, 'two letters')
    const letter = mail.letters[0]
    expect(firstLine(letter?.raw ?? '')).toBe('入水してください')
    expect(new Set(mail.letters.flatMap(({ to }) => to))).toEqual(new Set(['sato@example.jp', 'suzuki@example.jp']))
    const log = await until(async () => {
      const { body } = await ask(hub, 'GET', '/deliveries?state=delivered')
      const { items } = body as { items: { alarm: string; proof: { reply: string }; channel: string }[] }
      return items.length === 2 ? items : undefined
    })
    expect(log[0]?.proof.reply).toContain('queued')
    const { body: metrics } = { body: await (await fetch(`${hub.url}/metrics`)).text() }
    expect(metrics).toContain('musubi_notices_total 1')
  })

  it('keeps how each person is told', async () => {
    const { hub } = await start()
    const mine = await ask(hub, 'GET', '/notifications/preferences?person=sato')
    expect(mine).toMatchObject({
      status: 200,
      body: { saved: false, addresses: { email: 'sato@example.jp', browsers: 0 } },
    })
    const { preferences } = mine.body as { preferences: object }
    const changed = {
      ...preferences,
      digest: 'daily',
      quietHours: { from: '22:00', to: '06:00', criticalAnyway: true },
    }
    expect((await ask(hub, 'PUT', '/notifications/preferences?person=sato', changed)).status).toBe(200)
    expect(await ask(hub, 'GET', '/notifications/preferences?person=sato')).toMatchObject({
      body: { saved: true, preferences: { digest: 'daily' } },
    })
    const other = await ask(hub, 'GET', '/notifications/preferences?person=suzuki')
    expect(other).toMatchObject({ body: { saved: false } })
    const wrong = await ask(hub, 'PUT', '/notifications/preferences?person=sato', { ...changed, timeZone: 'Mars' })
    expect(wrong).toMatchObject({ status: 400, body: { code: 'payload.schema' } })
    expect((await ask(hub, 'GET', '/notifications/preferences')).status).toBe(404)
  })

  it('takes browsers and a LINE id, and gives them back', async () => {
    const { hub } = await start()
    const info = await ask(hub, 'GET', '/notifications')
    expect(info.body).toMatchObject({
      channels: ['push', 'email'],
      pushKey: expect.stringMatching(/^[\w-]{80,}$/) as string,
    })
    const subscription = {
      endpoint: 'https://push.example.jp/1',
      keys: { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) },
      label: 'phone',
    }
    const made = await ask(hub, 'POST', '/notifications/browsers?person=sato', subscription)
    const again = await ask(hub, 'POST', '/notifications/browsers?person=sato', subscription)
    expect(made.status).toBe(200)
    const { id } = made.body as { id: string }
    expect(again.body).toMatchObject({ id })
    const renewed = { endpoint: 'https://push.example.jp/2', keys: subscription.keys, replaces: id }
    const stolen = await ask(hub, 'POST', '/notifications/browsers?person=suzuki', renewed)
    expect(stolen.body).toMatchObject({ label: '' })
    const own = { ...renewed, endpoint: 'https://push.example.jp/3' }
    expect((await ask(hub, 'POST', '/notifications/browsers?person=sato', own)).body).toMatchObject({ label: 'phone' })
    expect((await ask(hub, 'GET', '/notifications/browsers?person=sato')).body).toMatchObject({
      items: [{ label: 'phone' }],
    })
    expect((await ask(hub, 'POST', '/notifications/browsers?person=sato', subscription)).body).toMatchObject({ id })
    expect((await ask(hub, 'DELETE', `/notifications/browsers/${id}?person=suzuki`)).status).toBe(404)
    expect((await ask(hub, 'DELETE', `/notifications/browsers/${id}?person=sato`)).status).toBe(204)
    const address = { address: `U${'a'.repeat(32)}` }
    expect((await ask(hub, 'PUT', '/notifications/line?person=sato', address)).status).toBe(200)
    expect((await ask(hub, 'PUT', '/notifications/line?person=sato', { address: 'sato' })).status).toBe(400)
  })

  it('takes no browser whose push service is in its own machine or network, or is not reached by TLS', async () => {
    const { hub } = await start(undefined, { allowAddresses: [], allowHttp: false })
    const own = [
      'https://127.0.0.2/1',
      'https://[::1]/1',
      'https://[::ffff:10.0.0.1]/1',
      'https://169.254.169.254/latest',
    ]
    for (const endpoint of [...own, 'https://2130706433/1', 'http://push.example.jp/1']) {
      const keys = { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) }
      const refused = await ask(hub, 'POST', '/notifications/browsers?person=sato', { endpoint, keys })
      expect(refused, endpoint).toMatchObject({ status: 422, body: { code: 'notification.address' } })
    }
    expect((await ask(hub, 'GET', '/notifications/browsers?person=sato')).body).toEqual({ items: [] })
  })

  it("gives nobody another person's browser, but to whoever sits at it", async () => {
    const { hub } = await start()
    const endpoint = 'https://push.example.jp/shared'
    const own = { endpoint, keys: { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) } }
    expect((await ask(hub, 'POST', '/notifications/browsers?person=sato', own)).status).toBe(200)
    const forged = { endpoint, keys: { p256dh: 'C'.repeat(87), auth: 'c'.repeat(22) } }
    const taken = await ask(hub, 'POST', '/notifications/browsers?person=suzuki', forged)
    expect(taken).toMatchObject({ status: 422, body: { code: 'notification.address' } })
    expect((await ask(hub, 'GET', '/notifications/browsers?person=sato')).body).toMatchObject({ items: [{}] })
    expect((await ask(hub, 'POST', '/notifications/browsers?person=suzuki', own)).status).toBe(200)
    expect((await ask(hub, 'GET', '/notifications/browsers?person=sato')).body).toEqual({ items: [] })
  })

  it('sends once more what was given up, under the same key, and nothing else', async () => {
    const { hub, mail } = await start()
    mail.faults.push('permanent')
    const { body } = await ask(hub, 'POST', '/notifications/test?person=suzuki', { channel: 'email' })
    const [id = ''] = (body as { readonly deliveries: readonly string[] }).deliveries
    const row = async (state: string) => {
      const { items } = (await ask(hub, 'GET', `/deliveries?state=${state}`)).body as {
        readonly items: readonly object[]
      }
      return items[0]
    }
    expect(await until(async () => await row('dead'))).toMatchObject({
      id,
      person: 'suzuki',
      name: 'suzuki',
      attempts: 1,
    })
    expect((await ask(hub, 'POST', `/deliveries/${id}/retry`)).status).toBe(202)
    expect(await until(async () => await row('delivered'))).toMatchObject({ id, attempts: 1, error: null })
    expect(mail.letters).toHaveLength(1)
    expect(await ask(hub, 'POST', `/deliveries/${id}/retry`)).toMatchObject({
      status: 409,
      body: { code: 'delivery.state' },
    })
    expect((await ask(hub, 'POST', `/deliveries/${id.replaceAll(/[0-9a-f]/g, '0')}/retry`)).status).toBe(404)
  })

  it('sends a message to oneself', async () => {
    const { hub, mail } = await start()
    const sent = await ask(hub, 'POST', '/notifications/test?person=suzuki', { channel: 'email' })
    expect(sent.status).toBe(202)
    await until(() => mail.letters.length === 1)
    expect(mail.letters[0]?.to).toEqual(['suzuki@example.jp'])
    const none = await ask(hub, 'POST', '/notifications/test?person=suzuki', { channel: 'push' })
    expect(none.body).toEqual({ deliveries: [] })
  })

  it('keeps rotas and escalations whose people and rotas exist', async () => {
    const { hub } = await start()
    const rota = {
      name: '当番',
      timeZone: 'Asia/Tokyo',
      startDate: '2026-11-16',
      handOver: '09:00',
      weekly: ['sato', 'suzuki'],
      overrides: [],
    }
    expect((await ask(hub, 'PUT', '/rotas/kimitsu/night', { ...rota, colour: 'red' })).status).toBe(400)
    expect((await ask(hub, 'PUT', '/rotas/kimitsu/night', { ...rota, weekly: ['nobody'] })).status).toBe(400)
    expect((await ask(hub, 'PUT', '/rotas/kimitsu/night', { ...rota, startDate: '2026-02-31' })).status).toBe(400)
    expect(await ask(hub, 'PUT', '/rotas/kimitsu/night', rota)).toMatchObject({
      status: 200,
      body: { names: { sato: 'sato', suzuki: 'suzuki' }, revision: 1 },
    })
    const seen = { 'if-match': '"1"' }
    const renamed = { ...rota, name: '夜の当番' }
    expect(await ask(hub, 'PUT', '/rotas/kimitsu/night', renamed, seen)).toMatchObject({ body: { revision: 2 } })
    expect(await ask(hub, 'PUT', '/rotas/kimitsu/night', rota, seen)).toMatchObject({
      status: 412,
      body: { code: 'settings.stale' },
    })
    expect(await ask(hub, 'GET', '/rotas')).toMatchObject({ body: { items: [{ rota: { name: '夜の当番' } }] } })
    expect((await ask(hub, 'GET', '/recipients')).body).toEqual({
      items: ['sato', 'suzuki'].map((id) => ({ id, name: id, tenants: ['kimitsu'] })),
    })
    const from = Date.parse('2026-11-23T03:00:00Z')
    const calendar = await ask(hub, 'GET', `/rotas/kimitsu/night/calendar?from=${from}&days=3`)
    expect(calendar.body).toMatchObject({
      items: [{ date: '2026-11-23', holiday: { ja: '勤労感謝の日' }, shifts: [{ people: ['suzuki'] }] }, {}, {}],
    })
    const policy = {
      name: '道路',
      topic: { severity: 'major' },
      steps: [
        { afterMinutes: 0, to: [{ rota: 'night' }] },
        { afterMinutes: 15, to: [{ person: 'sato' }] },
      ],
    }
    const falling = { ...policy, steps: policy.steps.toReversed() }
    expect((await ask(hub, 'PUT', '/escalations/kimitsu/roads', falling)).status).toBe(400)
    const elsewhere = { ...policy, steps: [{ afterMinutes: 0, to: [{ rota: 'day' }] }] }
    expect((await ask(hub, 'PUT', '/escalations/kimitsu/roads', elsewhere)).status).toBe(400)
    expect((await ask(hub, 'PUT', '/escalations/kimitsu/roads', policy)).status).toBe(200)
    expect(await ask(hub, 'GET', '/escalations')).toMatchObject({
      body: { items: [{ id: 'roads', tenant: 'kimitsu' }] },
    })
    expect((await ask(hub, 'DELETE', '/escalations/kimitsu/roads')).status).toBe(204)
    expect((await ask(hub, 'DELETE', '/rotas/kimitsu/none')).status).toBe(404)
  })
})
