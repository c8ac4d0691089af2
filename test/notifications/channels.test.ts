// Each channel against a real server of its kind, with every fault that such a server is known for.
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addressGuard } from '../../cloud/notifications/channels/address-guard.ts'
import type { Channel, Message } from '../../cloud/notifications/channels/channel.ts'
import { emailChannel, isMailbox } from '../../cloud/notifications/channels/email-channel.ts'
import { type HttpPoster, httpPoster } from '../../cloud/notifications/channels/http-post.ts'
import { lineChannel } from '../../cloud/notifications/channels/line-channel.ts'
import { keepVapidKeys, type VapidKeys } from '../../cloud/notifications/channels/vapid-keys.ts'
import { webPushChannel } from '../../cloud/notifications/channels/web-push-channel.ts'
import {
  isWebhookSecret,
  signatureHeaders,
  webhookChannel,
} from '../../cloud/notifications/channels/webhook-channel.ts'
import { idempotencyKey } from '../../cloud/notifications/delivery-queue.ts'
import { aNotice } from '../../cloud/notifications/notice-fixture.ts'
import { composeNotice } from '../../cloud/notifications/texts/compose.ts'
import { systemClock } from '../../broker/contract/ports.ts'
import type { HttpFault } from './http-receiver.ts'
import { startLineStub } from './line-stub.ts'
import { type PushService, startPushService } from './push-service.ts'
import { temporaryFolder } from './running-notifications.ts'
import { type SmtpFault, startSmtpReceiver } from './smtp-receiver.ts'
import { testCertificate, type TestCertificate } from './test-certificate.ts'
import { startWebhookReceiver } from './webhook-receiver.ts'

const message: Message = composeNotice(
  aNotice(),
  { language: 'ja', timeZone: 'Asia/Tokyo' },
  { publicUrl: 'https://hub.example.jp', unitOf: () => 'm', nowMs: Date.now() },
)
const key = idempotencyKey({ subject: 's', person: 'p', channel: 'c', target: 't' })
const other = idempotencyKey({ subject: 's2', person: 'p', channel: 'c', target: 't' })
const never = new AbortController().signal

let certificate: TestCertificate
let folder: { readonly folder: string; remove(): Promise<void> }
let poster: HttpPoster
const stops: (() => Promise<void> | void)[] = []

beforeAll(async () => {
  folder = await temporaryFolder()
  certificate = await testCertificate(folder.folder)
  poster = httpPoster({ guard: addressGuard(['127.0.0.1']), allowHttp: true, ca: certificate.cert })
})
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
afterAll(async () => {
  poster.close()
  await folder.remove()
})

describe('e-mail', () => {
  const start = async (security: 'tls' | 'starttls' | 'none') => {
    const server = await startSmtpReceiver(certificate, { security })
    stops.push(() => server.stop())
    const account = security === 'none' ? {} : { user: 'musubi', password: 'right' }
    const settings = { host: '127.0.0.1', port: server.port, from: 'Musubi <musubi@city.example.jp>' }
    const channel = emailChannel({ ...settings, ...account, security, ca: certificate.cert, timeoutMs: 5_000 })
    stops.push(() => channel.close())
    return { server, channel }
  }

  it.each(['tls', 'starttls', 'none'] as const)('arrives by a session with %s', async (security) => {
    const { server, channel } = await start(security)
    const outcome = await channel.send('sato@example.jp', message, key, never)
    expect(outcome).toMatchObject({
      kind: 'delivered',
      proof: { reply: expect.stringContaining('queued as 1') as string },
    })
    const [letter] = server.letters
    expect(letter).toMatchObject({
      to: ['sato@example.jp'],
      from: 'musubi@city.example.jp',
      secure: security !== 'none',
    })
    expect(letter?.header('Message-ID')).toBe(`<${key}@city.example.jp>`)
    expect(letter?.header('Auto-Submitted')).toBe('auto-generated')
    expect(letter?.raw).toContain('text/html')
    expect(server.logins).toEqual(security === 'none' ? [] : [{ user: 'musubi', secure: true }])
  })

  it('is not sent, nor its password, where the server offers no encryption', async () => {
    const server = await startSmtpReceiver(certificate, { security: 'none' })
    stops.push(() => server.stop())
    const account = { user: 'musubi', password: 'right', from: 'musubi@city.example.jp' }
    const channel = emailChannel({
      host: '127.0.0.1',
      port: server.port,
      security: 'starttls',
      ...account,
      timeoutMs: 5_000,
    })
    stops.push(() => channel.close())
    expect((await channel.send('sato@example.jp', message, key, never)).kind).toBe('retry-later')
    expect(server.letters).toHaveLength(0)
    expect(server.logins).toHaveLength(0)
  })

  it('is not sent to a server whose certificate nobody vouches for', async () => {
    const server = await startSmtpReceiver(certificate, { security: 'tls' })
    stops.push(() => server.stop())
    const settings = { host: '127.0.0.1', port: server.port, from: 'musubi@city.example.jp', timeoutMs: 5_000 }
    const channel = emailChannel({ ...settings, security: 'tls' })
    stops.push(() => channel.close())
    expect((await channel.send('sato@example.jp', message, key, never)).kind).toBe('retry-later')
    expect(server.letters).toHaveLength(0)
  })

  it.each<[SmtpFault, string]>([
    ['temporary', 'retry-later'],
    ['permanent', 'refused'],
    ['refused-recipient', 'refused'],
    ['taken-then-reset', 'retry-later'],
  ])('with the fault "%s" is %s, and the next letter arrives', async (fault, expected) => {
    const { server, channel } = await start('starttls')
    server.faults.push(fault)
    const outcome = await channel.send('sato@example.jp', message, key, never)
    expect(outcome.kind).toBe(expected)
    expect((await channel.send('sato@example.jp', message, other, never)).kind).toBe('delivered')
    // What was taken although its answer was lost carries the same id when it is sent again.
    if (fault === 'taken-then-reset') {
      await channel.send('sato@example.jp', message, key, never)
      expect(server.letters.map((letter) => letter.header('Message-ID'))).toEqual(
        [key, other, key].map((id) => `<${id}@city.example.jp>`),
      )
    }
  })

  it('is given up for now when the server says nothing and the time is over', async () => {
    const { server, channel } = await start('starttls')
    server.faults.push('silence')
    const controller = new AbortController()
    const sending = channel.send('sato@example.jp', message, key, controller.signal)
    while (server.letters.length === 0) await new Promise((resolve) => setImmediate(resolve))
    controller.abort()
    expect((await sending).kind).toBe('retry-later')
  })

  it('with a wrong password waits for the right one instead of losing messages', async () => {
    const server = await startSmtpReceiver(certificate, { security: 'starttls' })
    stops.push(() => server.stop())
    const account = { user: 'musubi', password: 'wrong', from: 'musubi@city.example.jp', ca: certificate.cert }
    const channel = emailChannel({
      host: '127.0.0.1',
      port: server.port,
      security: 'starttls',
      ...account,
      timeoutMs: 5_000,
    })
    stops.push(() => channel.close())
    const outcome = await channel.send('sato@example.jp', message, key, never)
    expect(outcome.kind).toBe('retry-later')
    expect(JSON.stringify(outcome)).not.toContain('wrong')
  })

  it('takes only what is one address, and lets no header in', async () => {
    const { server, channel } = await start('starttls')
    for (const target of ['a@b.jp\r\nBcc: c@d.jp', 'a@b.jp, c@d.jp', 'a b@c.jp', 'x', '<a@b.jp>', 'a@b.jp>']) {
      expect(isMailbox(target)).toBe(false)
      expect((await channel.send(target, message, key, never)).kind).toBe('refused')
    }
    const hostile = { ...message, subject: 'x\r\nBcc: all@example.jp\r\n\r\nbody', text: '.\r\nRCPT TO:<x@y.jp>\r\n' }
    expect((await channel.send('sato@example.jp', hostile, key, never)).kind).toBe('delivered')
    expect(server.letters[0]?.to).toEqual(['sato@example.jp'])
    expect(server.letters[0]?.header('Bcc')).toBeUndefined()
    expect(server.letters).toHaveLength(1)
  })
})

describe('Web Push', () => {
  let keys: VapidKeys
  const forgotten: string[] = []
  const start = async (): Promise<{ service: PushService; channel: Channel }> => {
    keys = await keepVapidKeys(join(folder.folder, 'push-keys.json'))
    const service = await startPushService(certificate)
    stops.push(() => service.stop())
    const browsers = new Map([['phone', service.subscribe('phone', keys.publicKey)]])
    const channel = webPushChannel({
      keys,
      contact: 'mailto:musubi@city.example.jp',
      poster,
      subscription: (id) => Promise.resolve(browsers.get(id)),
      forget: (id) => Promise.resolve(void forgotten.push(id)),
      clock: systemClock,
    })
    return { service, channel }
  }

  it('arrives encrypted for one browser, with a token that the push service verifies', async () => {
    const { service, channel } = await start()
    const outcome = await channel.send('phone', message, key, never)
    expect(service.refusals).toEqual([])
    expect(outcome).toEqual({ kind: 'delivered', proof: { status: 201, location: '/message/1' } })
    const [push] = service.pushes
    expect(push?.payload).toMatchObject({ title: message.short.title, body: message.short.body, link: message.link })
    expect(push?.claims.aud).toBe(service.url)
    expect(push?.claims.sub).toBe('mailto:musubi@city.example.jp')
    expect(push?.claims.exp).toBeLessThanOrEqual(Date.now() / 1000 + 86_400)
    expect(push?.headers).toMatchObject({ ttl: '86400', urgency: 'high', 'content-encoding': 'aes128gcm' })
    expect(push?.headers['topic']).toMatch(/^[A-Za-z0-9_-]{1,32}$/)
  })

  it.each<[HttpFault, string, number]>([
    ['reset', 'retry-later', 0],
    ['taken-then-reset', 'retry-later', 0],
    [{ status: 429, headers: { 'retry-after': '120' } }, 'retry-later', 120_000],
    [{ status: 500 }, 'retry-later', 0],
    [{ status: 503, headers: { 'retry-after': '7' } }, 'retry-later', 7_000],
    [{ status: 413 }, 'refused', 0],
    [{ status: 403 }, 'retry-later', 0],
  ])('with the fault %j is %s', async (fault, kind, afterMs) => {
    const { service, channel } = await start()
    service.faults.push(fault)
    const outcome = await channel.send('phone', message, key, never)
    expect(outcome.kind).toBe(kind)
    if (outcome.kind === 'retry-later') expect(outcome.afterMs).toBe(afterMs)
    expect((await channel.send('phone', message, key, never)).kind).toBe('delivered')
  })

  it('forgets a browser that is gone', async () => {
    const { service, channel } = await start()
    service.forget('phone')
    expect((await channel.send('phone', message, key, never)).kind).toBe('refused')
    expect(forgotten).toEqual(['phone'])
    expect((await channel.send('tablet', message, key, never)).kind).toBe('refused')
  })

  it('keeps its keys: made once with mode 600, never replaced', async () => {
    const file = join(folder.folder, 'keys', 'push.json')
    const [a, b] = await Promise.all([keepVapidKeys(file), keepVapidKeys(file)])
    expect(a).toEqual(b)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await keepVapidKeys(file)).toEqual(a)
    await writeFile(file, '{"publicKey":"x"}')
    await expect(keepVapidKeys(file)).rejects.toThrow('holds no push keys')
    expect(await readFile(file, 'utf8')).toBe('{"publicKey":"x"}')
  })
})

describe('LINE', () => {
  const user = `U${'0123456789abcdef'.repeat(2)}`
  const start = async (token = 'line-token') => {
    const stub = await startLineStub('line-token')
    stops.push(() => stub.stop())
    return { stub, channel: lineChannel({ baseUrl: stub.url, token }, { poster, clock: systemClock }) }
  }

  it('arrives once under its retry key, however often it is tried', async () => {
    const { stub, channel } = await start()
    const first = await channel.send(user, message, key, never)
    const second = await channel.send(user, message, key, never)
    expect(first).toMatchObject({ kind: 'delivered', proof: { status: 200 } })
    expect(second).toMatchObject({ kind: 'delivered', proof: { status: 409 } })
    expect(first.kind === 'delivered' && first.proof['requestId']).toBe(
      second.kind === 'delivered' && second.proof['acceptedRequestId'],
    )
    expect(stub.messages).toEqual([{ to: user, retryKey: key, text: expect.stringContaining('入水') as string }])
  })

  it.each<[HttpFault, string]>([
    ['reset', 'retry-later'],
    ['taken-then-reset', 'retry-later'],
    [{ status: 429, body: '{"message":"Too many requests"}' }, 'retry-later'],
    [{ status: 500 }, 'retry-later'],
    [{ status: 400, body: '{"message":"Failed to send messages"}' }, 'refused'],
  ])('with the fault %j is %s, and arrives once where it is tried again', async (fault, kind) => {
    const { stub, channel } = await start()
    stub.faults.push(fault)
    expect((await channel.send(user, message, key, never)).kind).toBe(kind)
    expect((await channel.send(user, message, key, never)).kind).toBe('delivered')
    expect(stub.messages).toHaveLength(1)
  })

  it("waits long where the month's quota is used up", async () => {
    const { stub, channel } = await start()
    stub.faults.push({ status: 429, body: '{"message":"You have reached your monthly limit."}' })
    expect(await channel.send(user, message, key, never)).toMatchObject({ kind: 'retry-later', afterMs: 3_600_000 })
  })

  it('with a wrong token waits for the right one, and never tells the token', async () => {
    const { channel } = await start('secret-but-wrong')
    const outcome = await channel.send(user, message, key, never)
    expect(outcome.kind).toBe('retry-later')
    expect(JSON.stringify(outcome)).not.toContain('secret-but-wrong')
  })

  it('takes no target that is no LINE id', async () => {
    const { stub, channel } = await start()
    expect((await channel.send('sato', message, key, never)).kind).toBe('refused')
    expect(stub.requests()).toBe(0)
  })
})

describe('a webhook', () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const start = async () => {
    const receiver = await startWebhookReceiver(secret, Date.now)
    stops.push(() => receiver.stop())
    const hook = { id: 'cmms', url: `${receiver.url}/hook`, secrets: [secret] }
    return { receiver, channel: webhookChannel([hook], { poster, clock: systemClock }) }
  }

  it('is signed as the specification shows in its example', () => {
    // The example of the Standard Webhooks libraries.
    const headers = signatureHeaders({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timeMs: 1_614_265_330_000,
      body: Buffer.from('{"test": 2432232314}'),
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    })
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  it('arrives with the notice in both languages', async () => {
    const { receiver, channel } = await start()
    const outcome = await channel.send('cmms', message, key, never)
    expect(outcome).toMatchObject({ kind: 'delivered', proof: { status: 204 } })
    expect(receiver.refusals()).toBe(0)
    expect(receiver.taken).toMatchObject([{ id: key, document: { type: 'alarm.raised' } }])
  })

  it.each<[HttpFault, string]>([
    ['reset', 'retry-later'],
    ['taken-then-reset', 'retry-later'],
    [{ status: 429, headers: { 'retry-after': 'Fri, 01 Jan 2100 00:00:00 GMT' } }, 'retry-later'],
    [{ status: 502 }, 'retry-later'],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'retry-later'],
    [{ status: 410 }, 'refused'],
  ])('with the fault %j is %s', async (fault, kind) => {
    const { receiver, channel } = await start()
    receiver.faults.push(fault)
    expect((await channel.send('cmms', message, key, never)).kind).toBe(kind)
    expect((await channel.send('cmms', message, key, never)).kind).toBe('delivered')
    expect(receiver.taken).toHaveLength(1)
    expect(receiver.repeats()).toBe(fault === 'taken-then-reset' ? 1 : 0)
  })

  it('ends a try whose time is over', async () => {
    const { receiver, channel } = await start()
    receiver.faults.push('silence')
    const controller = new AbortController()
    const sending = channel.send('cmms', message, key, controller.signal)
    while (receiver.taken.length === 0) await new Promise((resolve) => setImmediate(resolve))
    controller.abort()
    expect((await sending).kind).toBe('retry-later')
  })

  it('may carry two secrets while one is changed, each good by itself', async () => {
    const receiver = await startWebhookReceiver(secret, Date.now)
    stops.push(() => receiver.stop())
    const fresh = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
    const hook = { id: 'cmms', url: receiver.url, secrets: [fresh, secret] }
    const channel = webhookChannel([hook], { poster, clock: systemClock })
    expect((await channel.send('cmms', message, key, never)).kind).toBe('delivered')
    expect(isWebhookSecret(fresh)).toBe(true)
    expect(isWebhookSecret('whsec_c2hvcnQ=')).toBe(false)
  })
})
