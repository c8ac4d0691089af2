// What happens to messages where channels do not work, one fault at a time and all at once.
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { defaultRetries } from '../../cloud/notifications/backoff.ts'
import { deleteOld } from '../../cloud/notifications/delivery-retention.ts'
import type { NotificationSettings } from '../../cloud/notifications/notification-settings.ts'
import type { HttpFault } from './http-receiver.ts'
import { startLineStub } from './line-stub.ts'
import { advance, emailAt, give, mailHub, minuteMs, notice, planned, stops, undoAll } from './mail-hub.ts'
import { until } from './manual-clock.ts'
import { startPushService } from './push-service.ts'
import { person, runNotifications, startMs, temporaryFolder } from './running-notifications.ts'
import { type SmtpFault, type SmtpReceiver, startSmtpReceiver } from './smtp-receiver.ts'
import { type TestCertificate, testCertificate } from './test-certificate.ts'
import { startWebhookReceiver } from './webhook-receiver.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const lineUser = (digit: string) => `U${digit.repeat(32)}`

let certificate: TestCertificate
let shared: { readonly folder: string; readonly remove: () => Promise<void> }

beforeAll(async () => {
  shared = await temporaryFolder()
  certificate = await testCertificate(shared.folder)
})
afterEach(undoAll)
afterAll(() => shared.remove())

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

  it('waits in memory while the disk is full, and is told when there is room', async () => {
    const { run, mail } = await mailHub({ people: [person('sato')] })
    const room = (pages: number) => sql.raw(`PRAGMA max_page_count = ${pages}`).execute(run.database)
    await room(1)
    const many = Array.from({ length: 40 }, (_, index) => notice(`full-${index}`))
    for (const one of many) run.notifications.sink.take(one)
    await expect(run.notifications.sink.flush()).rejects.toMatchObject({ code: 'store.unavailable' })
    expect(mail.letters).toEqual([])
    await room(1_000_000)
    await give(run)
    await until(async () => mail.letters.length === 40, 'a letter for each')
    expect(new Set(mail.letters.map((letter) => letter.header('message-id'))).size).toBe(40)
  })

  it('leaves a log of no more rows than its bound, the oldest of what is settled first', async () => {
    const { run } = await mailHub({ people: [person('sato')] })
    for (let index = 0; index < 6; index++) {
      await give(run, notice(`old-${index}`, 'major', { timeMs: run.clock.now() }))
      await run.clock.advance(1_000)
    }
    expect(await deleteOld(run.database, run.clock.now() - 90 * 86_400_000, 2)).toBe(8)
    expect((await run.rows()).map(({ notice: key }) => key)).toEqual(['old-4:1:raised', 'old-5:1:raised'])
    const notices = await run.database.selectFrom('notices').select('key').orderBy('key').execute()
    expect(notices.map(({ key }) => key)).toEqual(['old-4:1:raised', 'old-5:1:raised'])
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
    const mail = await startSmtpReceiver(undefined, { security: 'none' })
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

describe('everything at once', () => {
  it('under faults each notice arrives at least once, and once where a channel knows its key', async () => {
    const { folder, remove } = await temporaryFolder()
    stops.push(remove)
    const mail = await startSmtpReceiver(undefined, { security: 'none' })
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
