// From notices to messages that were received: who, once, when, and what happens where it does not work.
import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest'
import type { Severity } from '../../cloud/alarms/rules/rule.ts'
import { defaultRetries } from '../../cloud/notifications/backoff.ts'
import { deleteOld } from '../../cloud/notifications/delivery-retention.ts'
import type { AlarmNotice, Recipient } from '../../cloud/notifications/notice.ts'
import { anAlarm, aNotice } from '../../cloud/notifications/notice-fixture.ts'
import type { NotificationSettings } from '../../cloud/notifications/notification-settings.ts'
import type { HttpFault } from './http-receiver.ts'
import { startLineStub } from './line-stub.ts'
import { until } from './manual-clock.ts'
import { startPushService } from './push-service.ts'
import {
  person,
  runNotifications,
  type RunningNotifications,
  startMs,
  temporaryFolder,
} from './running-notifications.ts'
import { type SmtpFault, type SmtpReceiver, startSmtpReceiver } from './smtp-receiver.ts'
import { type TestCertificate, testCertificate } from './test-certificate.ts'
import { startWebhookReceiver } from './webhook-receiver.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const minuteMs = 60_000
/** 16:00 in Tokyo. */
const fourMs = Date.parse('2026-11-23T07:00:00Z')
const lineUser = (digit: string) => `U${digit.repeat(32)}`

let certificate: TestCertificate
let shared: { readonly folder: string; remove(): Promise<void> }
const stops: (() => Promise<void> | void)[] = []

beforeAll(async () => {
  shared = await temporaryFolder()
  certificate = await testCertificate(shared.folder)
})
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
afterAll(() => shared.remove())

/** A hub that sends e-mail to a real server. */
async function mailHub(given: {
  readonly people: readonly Recipient[]
  readonly settings?: Partial<NotificationSettings>
}): Promise<{ run: RunningNotifications; mail: SmtpReceiver; folder: string }> {
  const { folder, remove } = await temporaryFolder()
  stops.push(remove)
  const mail = await startSmtpReceiver(certificate, { security: 'none' })
  stops.push(() => mail.stop())
  const settings = { email: emailAt(mail), ...given.settings }
  const run = await runNotifications(folder, { people: given.people, settings })
  stops.push(() => run.stop())
  return { run, mail, folder }
}

function emailAt({ port }: SmtpReceiver): NotificationSettings['email'] {
  return { host: '127.0.0.1', port, security: 'none', from: 'musubi@city.example.jp', timeoutMs: 5_000 }
}

function notice(id: string, severity: Severity = 'major', change: Partial<AlarmNotice> = {}): AlarmNotice {
  return aNotice({ alarm: anAlarm({ id, severity }), ...change })
}

async function give(run: RunningNotifications, ...notices: readonly AlarmNotice[]): Promise<void> {
  for (const one of notices) run.notifications.sink.take(one)
  await run.notifications.sink.flush()
  await planned(run)
}

/** Nothing waits to be planned, and nothing that is due is on its way. */
async function planned(run: RunningNotifications): Promise<void> {
  await until(async () => {
    const open = await run.database.selectFrom('notices').select('key').where('planned', '=', 0).execute()
    const due = (await run.rows()).filter(
      ({ state, due_ms }) => state === 'sending' || (state === 'waiting' && due_ms <= run.clock.now()),
    )
    return open.length === 0 && due.length === 0
  }, 'rest')
}

async function advance(run: RunningNotifications, ms: number): Promise<void> {
  await run.clock.advance(ms)
  run.notifications.wake()
  const dueRows = async () =>
    (await run.rows()).filter(({ state, due_ms }) => state === 'held' && due_ms <= run.clock.now()).length
  await until(async () => (await dueRows()) === 0, 'release')
  const steps = () =>
    run.database
      .selectFrom('escalations')
      .select('policy')
      .where('state', '=', 'waiting')
      .where('due_ms', '<=', run.clock.now())
      .execute()
  await until(async () => (await steps()).length === 0, 'climb')
  await planned(run)
}

const firstLine = (raw: string) => {
  const part = raw.slice(raw.indexOf('text/plain'))
  const body = part.slice(part.indexOf('\r\n\r\n') + 4)
  const isBase64 = /base64/i.test(part.slice(0, part.indexOf('\r\n\r\n')))
  const text = isBase64
    ? Buffer.from(body.slice(0, body.indexOf('\r\n--')), 'base64').toString('utf8')
    : decodeQuoted(body)
  return text.split(/\r?\n/)[0]
}
const decodeQuoted = (text: string) =>
  Buffer.from(
    text
      .replaceAll('=\r\n', '')
      .replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')

describe('a notice', () => {
  it('reaches whoever must act, by what it says to do', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({
      people: [sato, person('looker', { tenants: [{ tenant: 'kimitsu', role: 'viewer' }] })],
    })
    await give(run, notice('a'))
    expect(mail.letters.map(({ to }) => to)).toEqual([['sato@example.jp']])
    expect(firstLine(mail.letters[0]?.raw ?? '')).toBe('水口を開けて入水してください')
    const [row] = await run.rows()
    expect(row).toMatchObject({ state: 'delivered', attempts: 1, channel: 'email', alarm: 'a' })
    expect(row?.proof).toContain('queued as 1')
  })

  it('makes one delivery however often it is told, also after a restart', async () => {
    const sato = person('sato')
    const { run, mail, folder } = await mailHub({ people: [sato] })
    await give(run, notice('a'), notice('a'))
    await give(run, notice('a'))
    await stops.pop()?.()
    const again = await runNotifications(folder, { people: [sato], settings: { email: emailAt(mail) } })
    stops.push(() => again.stop())
    await give(again, notice('a'), notice('b'))
    expect(mail.letters).toHaveLength(2)
    expect(await again.rows()).toHaveLength(2)
  })

  it('is for the people of its tenant alone, and for those of every tenant', async () => {
    const people = [
      person('sato'),
      person('factory', { tenants: [{ tenant: 'steel', role: 'admin' }] }),
      person('mayor', { tenants: [{ tenant: '*', role: 'admin' }] }),
    ]
    const { run, mail } = await mailHub({ people })
    await run.prefer(people[1]!, { topics: [{ severity: 'info' }] })
    await give(run, notice('a'))
    expect(mail.letters.flatMap(({ to }) => to).sort()).toEqual(['mayor@example.jp', 'sato@example.jp'])
  })

  it('follows the topics of a person: place, kind, rule and severity', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato] })
    const site = 'kimitsu/paddy-koito/paddy-1'
    await run.prefer(sato, {
      topics: [
        { sites: [site], severity: 'minor' },
        { ruleKinds: ['dead-man'], severity: 'info' },
        { rules: ['soil-ec-high'], siteKinds: ['paddy'], severity: 'warning' },
      ],
    })
    await give(
      run,
      notice('minor-here', 'minor'),
      notice('warning-here', 'warning'),
      aNotice({ alarm: anAlarm({ id: 'elsewhere', site: 'kimitsu/x/y' }) }),
      aNotice({ alarm: anAlarm({ id: 'silent', kind: 'dead-man', severity: 'info' }) }),
      aNotice({ alarm: anAlarm({ id: 'salt', rule: 'soil-ec-high', severity: 'warning', site: 'kimitsu/x/y' }) }),
    )
    expect((await run.rows()).map(({ alarm }) => alarm).sort()).toEqual(['minor-here', 'salt', 'silent'])
    expect(mail.letters).toHaveLength(3)
  })

  it('that something is over goes to those who were told of it, unless they do not want it', async () => {
    const [sato, suzuki, tanaka] = [person('sato'), person('suzuki'), person('tanaka')]
    const { run, mail } = await mailHub({ people: [sato, suzuki, tanaka] })
    await run.prefer(suzuki, { cleared: false })
    await run.prefer(tanaka, { topics: [] })
    await give(
      run,
      notice('a'),
      notice('a', 'major', { kind: 'assigned', key: 'a:1:assigned:tanaka', assignee: 'tanaka' }),
    )
    await give(run, notice('a', 'major', { kind: 'cleared' }))
    const told = (await run.rows()).map(({ person: id, kind }) => `${id} ${kind}`)
    expect(told.sort()).toEqual(['sato cleared', 'sato raised', 'suzuki raised', 'tanaka assigned', 'tanaka cleared'])
    expect(mail.letters).toHaveLength(5)
  })

  it('for somebody without any address is in the log as given up', async () => {
    const { run } = await mailHub({ people: [person('sato', { email: undefined })] })
    await give(run, notice('a'))
    expect(await run.rows()).toMatchObject([
      { state: 'dead', channel: 'none', error: expect.stringContaining('no address') as string },
    ])
  })

  it('is not told to somebody who has left by the time that it is sent', async () => {
    const people = [person('sato')]
    const { run, mail } = await mailHub({ people })
    mail.faults.push('temporary')
    await give(run, notice('a'))
    people.pop()
    await advance(run, 10_000)
    expect(await run.rows()).toMatchObject([{ state: 'dead', error: 'this person is no longer known' }])
    expect(mail.letters).toHaveLength(0)
  })
})

describe('quiet hours and digests', () => {
  it('keep everything but what is critical until they end, and then tell it together', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato] })
    const quietHours = { from: '14:00', to: '16:00', criticalAnyway: true }
    await run.prefer(sato, { quietHours, topics: [{ severity: 'info' }] })
    await give(run, notice('a'), notice('b', 'warning'), notice('c', 'critical'))
    expect(mail.letters).toHaveLength(1)
    await give(run, notice('b', 'warning', { kind: 'cleared', timeMs: startMs + minuteMs }))
    await advance(run, fourMs - startMs)
    expect(mail.letters).toHaveLength(2)
    expect(firstLine(mail.letters[1]?.raw ?? '')).toBe('まずこれを: 水口を開けて入水してください(1号田 / 水位計)')
    const rows = await run.rows()
    expect(rows.filter(({ state }) => state === 'bundled')).toHaveLength(3)
    expect(rows.find(({ kind }) => kind === 'bundle')).toMatchObject({ state: 'delivered', severity: 'major' })
    expect(mail.letters[1]?.header('Subject')).toBeDefined()
  })

  it('let a single message go as itself', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato] })
    await run.prefer(sato, { quietHours: { from: '14:00', to: '16:00', criticalAnyway: false } })
    await give(run, notice('a', 'critical'))
    expect(mail.letters).toHaveLength(0)
    await advance(run, fourMs - startMs)
    expect(await run.rows()).toMatchObject([{ state: 'delivered', kind: 'raised' }])
  })

  it('a digest leaves every hour; what is urgent does not wait for it', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato] })
    await run.prefer(sato, { digest: 'hourly', atOnce: 'critical', topics: [{ severity: 'info' }] })
    await give(run, notice('a'), notice('b', 'minor'), notice('c', 'critical'))
    expect(mail.letters).toHaveLength(1)
    await advance(run, 54 * minuteMs)
    expect(mail.letters).toHaveLength(1)
    await advance(run, minuteMs)
    expect(mail.letters).toHaveLength(2)
  })
})

describe('the rate of a person', () => {
  it('lets some through, and tells the rest in one message soon after; nothing is lost', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato], settings: { rate: { burst: 2, perMinute: 1 } } })
    const ids = Array.from({ length: 10 }, (_, index) => `alarm-${index}`)
    await give(run, ...ids.map((id) => notice(id)))
    expect(mail.letters).toHaveLength(2)
    await advance(run, minuteMs)
    expect(mail.letters).toHaveLength(3)
    const rows = await run.rows()
    expect(rows.filter(({ held_for }) => held_for === 'rate').map(({ state }) => state)).toEqual(
      Array.from({ length: 8 }, () => 'bundled'),
    )
    const metrics = await run.notifications.metrics[0]?.metrics()
    expect(metrics).toContain('musubi_notifications_held_rate_total 8')
    expect(metrics).toContain('musubi_notification_sends_total{channel="email",outcome="delivered"} 3')
  })

  it('above the bound of a queue tells a number, which is counted', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato], settings: { rate: { burst: 1, perMinute: 1 } } })
    await give(run, ...Array.from({ length: 505 }, (_, index) => notice(`alarm-${index}`)))
    const rows = await run.rows()
    const dropped = rows.filter(({ state }) => state === 'dropped').length
    const held = rows.filter(({ state }) => state === 'held').length
    expect(held + dropped).toBe(504)
    expect(dropped).toBeGreaterThan(0)
    await advance(run, minuteMs)
    expect(mail.letters).toHaveLength(2)
    expect(await run.notifications.metrics[0]?.metrics()).toContain(`musubi_notifications_overflow_total ${dropped}`)
    expect((await run.rows()).filter(({ state, bundle }) => state === 'dropped' && bundle === null)).toHaveLength(0)
  })
})

describe('what does not work', () => {
  it('is tried again with growing waits, and is a dead letter in the end', async () => {
    const { run, mail } = await mailHub({ people: [person('sato')] })
    mail.faults.push(...Array.from({ length: 12 }, (): SmtpFault => 'temporary'))
    await give(run, notice('a'))
    const waits: number[] = []
    for (;;) {
      const [row] = await run.rows()
      if (row?.state !== 'waiting') break
      waits.push(row.due_ms - run.clock.now())
      await advance(run, row.due_ms - run.clock.now())
    }
    expect(waits.map((ms) => ms / 1000)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900])
    expect(await run.rows()).toMatchObject([{ state: 'dead', attempts: defaultRetries.tries }])
    expect(mail.letters).toHaveLength(0)
  })

  it('is tried when the other side asked for it', async () => {
    const { folder, remove } = await temporaryFolder()
    stops.push(remove)
    const line = await startLineStub('t')
    stops.push(() => line.stop())
    const sato = person('sato')
    const run = await runNotifications(folder, {
      people: [sato],
      settings: { line: { baseUrl: line.url, token: 't' } },
    })
    stops.push(() => run.stop())
    await run.notifications.persons.saveAddress('sato', 'line', lineUser('a'))
    line.faults.push({ status: 429, headers: { 'retry-after': '300' } })
    await give(run, notice('a'))
    const [row] = await run.rows()
    expect((row?.due_ms ?? 0) - run.clock.now()).toBe(300_000)
    await advance(run, 300_000)
    expect(line.messages).toHaveLength(1)
  })

  it('ends a try that gets no answer, and repeats it under the same key', async () => {
    const { folder, remove } = await temporaryFolder()
    stops.push(remove)
    const line = await startLineStub('t')
    stops.push(() => line.stop())
    const run = await runNotifications(folder, {
      people: [person('sato')],
      settings: { line: { baseUrl: line.url, token: 't' } },
    })
    stops.push(() => run.stop())
    await run.notifications.persons.saveAddress('sato', 'line', lineUser('a'))
    line.faults.push('silence')
    run.notifications.sink.take(notice('a'))
    await run.notifications.sink.flush()
    await until(() => line.messages.length === 1, 'the silent request')
    await run.clock.advance(30_000)
    await planned(run)
    await advance(run, 5_000)
    expect(await run.rows()).toMatchObject([
      { state: 'delivered', attempts: 2, proof: expect.stringContaining('409') as string },
    ])
    expect(line.messages).toHaveLength(1)
  })

  it('goes by the next channel: at once where it is refused, after two tries where it only waits', async () => {
    const { folder, remove } = await temporaryFolder()
    stops.push(remove)
    const mail = await startSmtpReceiver(certificate, { security: 'none' })
    const service = await startPushService(certificate)
    const line = await startLineStub('t')
    stops.push(
      () => mail.stop(),
      () => service.stop(),
      () => line.stop(),
    )
    const sato = person('sato')
    const settings: Partial<NotificationSettings> = {
      email: emailAt(mail),
      push: { contact: 'mailto:musubi@city.example.jp' },
      line: { baseUrl: line.url, token: 't' },
      ca: certificate.cert,
    }
    const run = await runNotifications(folder, { people: [sato], settings })
    stops.push(() => run.stop())
    const { persons, pushKey = '' } = run.notifications
    for (const name of ['phone', 'laptop']) {
      await persons.subscribe('sato', { ...service.subscribe(name, pushKey), label: name })
    }
    await persons.saveAddress('sato', 'line', lineUser('a'))
    await give(run, notice('a'))
    expect(service.pushes).toHaveLength(2)
    expect(line.messages).toHaveLength(0)

    service.forget('phone')
    await give(run, notice('b'))
    expect(service.pushes).toHaveLength(3)
    expect(line.messages).toHaveLength(0)
    expect(await persons.subscriptions('sato')).toHaveLength(1)

    service.forget('laptop')
    line.faults.push({ status: 500 }, { status: 500 })
    await give(run, notice('c'))
    expect(mail.letters).toHaveLength(0)
    await advance(run, 5_000)
    expect(mail.letters).toHaveLength(1)
    await advance(run, 10_000)
    expect(line.messages).toHaveLength(1)
  })

  it('by every channel at once does not fall back', async () => {
    const { run, mail } = await mailHub({ people: [person('sato')] })
    await run.prefer(person('sato'), { spread: 'all' })
    await give(run, notice('a'))
    expect(mail.letters).toHaveLength(1)
  })
})

describe('escalation', () => {
  const policy = (steps: readonly (readonly [number, string])[]) => ({
    name: '道路課',
    topic: { severity: 'major' as const },
    steps: steps.map(([afterMinutes, id]) => ({ afterMinutes, to: [{ person: id }] })),
  })
  const night = { from: '14:00', to: '16:00', criticalAnyway: false }

  async function withPolicy(): Promise<{ run: RunningNotifications; mail: SmtpReceiver }> {
    const people = ['sato', 'suzuki', 'tanaka'].map((id) => person(id))
    const { run, mail } = await mailHub({ people })
    for (const one of people) await run.prefer(one, { topics: [], quietHours: night })
    await run.notifications.duty.savePolicy(
      'kimitsu',
      'roads',
      policy([
        [0, 'sato'],
        [15, 'suzuki'],
        [30, 'tanaka'],
      ]),
    )
    return { run, mail }
  }
  const to = (mail: SmtpReceiver) => mail.letters.map((letter) => letter.to[0]?.split('@')[0])

  it('climbs its steps while nobody acknowledges, whatever their quiet hours', async () => {
    const { run, mail } = await withPolicy()
    await give(run, notice('a'))
    expect(to(mail)).toEqual(['sato'])
    await advance(run, 14 * minuteMs)
    expect(to(mail)).toEqual(['sato'])
    await advance(run, minuteMs)
    expect(to(mail)).toEqual(['sato', 'suzuki'])
    await advance(run, 15 * minuteMs)
    expect(to(mail)).toEqual(['sato', 'suzuki', 'tanaka'])
    await advance(run, 60 * minuteMs)
    expect(to(mail)).toHaveLength(3)
  })

  it.each([
    ['acknowledgement', { acknowledgedMs: 1, clearedMs: undefined, suppressions: [], told: 'raised' }],
    ['clearing', { acknowledgedMs: undefined, clearedMs: 1, suppressions: [], told: 'quiet' }],
  ] as const)('is stopped by %s', async (_what, state) => {
    const { run, mail } = await withPolicy()
    await give(run, notice('a'))
    run.alarms.set('a', state)
    await advance(run, 60 * minuteMs)
    expect(to(mail)).toEqual(['sato'])
  })

  it('waits while the alarm is shelved, and goes on when it is not', async () => {
    const { run, mail } = await withPolicy()
    await give(run, notice('a'))
    run.alarms.set('a', { acknowledgedMs: undefined, clearedMs: undefined, suppressions: ['shelved'], told: 'raised' })
    await advance(run, 20 * minuteMs)
    expect(to(mail)).toEqual(['sato'])
    run.alarms.delete('a')
    await advance(run, minuteMs)
    expect(to(mail)).toEqual(['sato', 'suzuki'])
  })

  it('begins anew with a newer notice of the same alarm', async () => {
    const { run, mail } = await withPolicy()
    await give(run, notice('a'))
    await advance(run, 10 * minuteMs)
    await give(run, notice('a', 'critical', { kind: 'worsened', timeMs: run.clock.now() }))
    await advance(run, 10 * minuteMs)
    expect(to(mail)).toEqual(['sato', 'sato'])
    await advance(run, 5 * minuteMs)
    expect(to(mail)).toEqual(['sato', 'sato', 'suzuki'])
  })

  it('tells whoever is on call at that moment', async () => {
    const { run, mail } = await withPolicy()
    await run.notifications.duty.saveRota('kimitsu', 'night', {
      name: '当番',
      timeZone: 'Asia/Tokyo',
      startDate: '2026-11-16',
      handOver: '14:20',
      weekly: ['tanaka', 'suzuki'],
      overrides: [],
    })
    const steps = [
      { afterMinutes: 0, to: [{ rota: 'night' }] },
      { afterMinutes: 15, to: [{ rota: 'night' }] },
    ]
    await run.notifications.duty.savePolicy('kimitsu', 'roads', { name: 'x', topic: { severity: 'major' }, steps })
    // Monday 14:05: the week changes hands at 14:20, in the minute of the second step.
    await give(run, notice('a'))
    await advance(run, 15 * minuteMs)
    expect(to(mail)).toEqual(['tanaka', 'suzuki'])
  })
})

describe('everything at once', () => {
  it('under faults each notice arrives at least once, and once where a channel knows its key', async () => {
    const { folder, remove } = await temporaryFolder()
    stops.push(remove)
    const mail = await startSmtpReceiver(certificate, { security: 'none' })
    const line = await startLineStub('t')
    const people = [person('sato'), person('suzuki')]
    const broker: { readonly topic: string; readonly id: string }[] = []
    let brokerFaults = 0
    let clockNow = () => startMs
    const hook = await startWebhookReceiver(secret, () => clockNow())
    stops.push(
      () => mail.stop(),
      () => line.stop(),
      () => hook.stop(),
    )
    const run = await runNotifications(folder, {
      people,
      settings: {
        email: emailAt(mail),
        line: { baseUrl: line.url, token: 't' },
        webhooks: [{ id: 'cmms', url: hook.url, secrets: [secret] }],
        mqtt: true,
        systems: [
          { channel: 'webhook', target: 'cmms', tenants: ['kimitsu'], severity: 'info' },
          { channel: 'mqtt', target: '*', tenants: ['*'], severity: 'info' },
        ],
        retries: { ...defaultRetries, tries: 30 },
      },
      publish: (topic, payload) => {
        brokerFaults += 1
        if (brokerFaults % 3 === 0) return Promise.reject(new Error('no connection'))
        broker.push({ topic, id: (JSON.parse(Buffer.from(payload).toString('utf8')) as { id: string }).id })
        return Promise.resolve()
      },
    })
    stops.push(() => run.stop())
    clockNow = () => run.clock.now()
    for (const one of people) await run.prefer(one, { spread: 'all', topics: [{ severity: 'info' }] })
    await run.notifications.persons.saveAddress('sato', 'line', lineUser('a'))
    await run.notifications.persons.saveAddress('suzuki', 'line', lineUser('b'))
    const http: readonly HttpFault[] = ['reset', 'taken-then-reset', { status: 500 }, { status: 429 }]
    const smtp: readonly SmtpFault[] = ['temporary', 'taken-then-reset']
    for (let index = 0; index < 30; index += 1) {
      line.faults.push(http[index % 4]!)
      hook.faults.push(http[(index + 1) % 4]!)
      mail.faults.push(smtp[index % 2]!)
    }
    const ids = Array.from({ length: 25 }, (_, index) => `alarm-${index}`)
    await give(run, ...ids.map((id) => notice(id)), ...ids.map((id) => notice(id)))
    for (let round = 0; round < 60; round += 1) {
      if ((await run.rows()).every(({ state }) => state === 'delivered')) break
      await advance(run, 15 * minuteMs)
    }
    const rows = await run.rows()
    expect(rows).toHaveLength(25 * (2 + 2 + 1 + 1))
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['delivered']))
    const idsOf = (channel: string) =>
      rows
        .filter((row) => row.channel === channel)
        .map(({ id }) => id)
        .sort()
    expect(messageIds(mail)).toEqual(idsOf('email'))
    expect(mail.letters.length).toBeGreaterThan(50)
    expect(line.messages.map(({ retryKey }) => retryKey).sort()).toEqual(idsOf('line'))
    expect(hook.taken.map(({ id }) => id).sort()).toEqual(idsOf('webhook'))
    expect(hook.repeats()).toBeGreaterThan(0)
    expect([...new Set(broker.map(({ id }) => id))].sort()).toEqual(idsOf('mqtt'))
    expect(new Set(broker.map(({ topic }) => topic))).toEqual(new Set(['musubi/v1/kimitsu/notice']))
  })

  const messageIds = (mail: SmtpReceiver) =>
    [...new Set(mail.letters.map((letter) => /<(.*)@/.exec(letter.header('Message-ID') ?? '')?.[1] ?? ''))].sort()
})

describe('a message to oneself', () => {
  it('is sent by the channel that is asked for', async () => {
    const sato = person('sato')
    const { run, mail } = await mailHub({ people: [sato] })
    const ids = await run.notifications.planner.test(sato, 'email', 'kimitsu', 'test:1')
    run.notifications.wake()
    await until(() => mail.letters.length === 1)
    expect(ids).toHaveLength(1)
    expect(await run.notifications.planner.test(sato, 'line', 'kimitsu', 'test:2')).toEqual([])
  })
})

describe('the delivery log', () => {
  it('is kept for its days; what is not told yet stays, and so does its notice', async () => {
    const { run, mail } = await mailHub({ people: [person('sato')] })
    await give(run, notice('a'))
    mail.faults.push('temporary')
    await give(run, notice('b'))
    expect(await deleteOld(run.database, startMs + 100 * 86_400_000)).toBe(1)
    expect((await run.rows()).map(({ alarm }) => alarm)).toEqual(['b'])
    expect(await run.database.selectFrom('notices').select('alarm').execute()).toEqual([{ alarm: 'b' }])
  })

  it('pages, newest first, and shows a tenant nothing of another', async () => {
    const { run } = await mailHub({ people: [person('sato', { tenants: [{ tenant: '*', role: 'admin' }] })] })
    await give(run, ...['a', 'b', 'c'].map((id) => notice(id)), notice('d', 'major', { tenant: 'steel' }))
    const { deliveries } = run.notifications
    const page = await deliveries.newest({ tenants: ['kimitsu'], limit: 2 })
    const last = page.at(-1)!
    const rest = await deliveries.newest({
      tenants: ['kimitsu'],
      limit: 10,
      after: { createdMs: last.created_ms, id: last.id },
    })
    expect([...page, ...rest].map(({ alarm }) => alarm).sort()).toEqual(['a', 'b', 'c'])
    expect(await deliveries.newest({ tenants: [], limit: 10 })).toEqual([])
    expect(await deliveries.newest({ tenants: ['steel'], state: 'delivered', limit: 10 })).toHaveLength(1)
  })
})
