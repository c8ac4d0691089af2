// Addresses that people configure for webhooks and push: what is refused, and when it is judged.
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { addressGuard, isPublic } from '../../cloud/notifications/channels/address-guard.ts'
import type { Message } from '../../cloud/notifications/channels/channel.ts'
import { httpPoster, retryAfterMs } from '../../cloud/notifications/channels/http-post.ts'
import { webhookChannel } from '../../cloud/notifications/channels/webhook-channel.ts'
import { aNotice } from '../../cloud/notifications/notice-fixture.ts'
import { composeNotice } from '../../cloud/notifications/texts/compose.ts'
import { startWebhookReceiver } from './webhook-receiver.ts'

const message: Message = composeNotice(
  aNotice(),
  { language: 'ja', timeZone: 'Asia/Tokyo' },
  { publicUrl: undefined, unitOf: () => 'm', nowMs: Date.now() },
)
const key = '00000000-0000-8000-8000-000000000000'
const never = new AbortController().signal
const stops: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

describe('addresses that people configure', () => {
  const guarded = httpPoster({ guard: addressGuard([]), allowHttp: true })
  afterAll(() => guarded.close())

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    'ff02::1',
  ])('%s is not public', (address) => {
    expect(isPublic(address)).toBe(false)
  })

  it.each(['1.1.1.1', '203.104.209.1', '172.32.0.1', '2606:4700::1111', '2400:4070::1'])('%s is public', (address) => {
    expect(isPublic(address)).toBe(true)
  })

  it.each([
    'http://127.0.0.1:1/',
    'http://[::1]:1/',
    'http://[::ffff:127.0.0.1]:1/',
    'http://2130706433:1/',
    'http://0x7f.1:1/',
    'http://localhost:1/',
    'ftp://example.jp/',
  ])('%s is refused for good', async (url) => {
    const hook = { id: 'x', url, secrets: [`whsec_${Buffer.alloc(32).toString('base64')}`] }
    const channel = webhookChannel([hook], { poster: guarded, clock: systemClock })
    expect((await channel.send('x', message, key, never)).kind).toBe('refused')
  })

  it('are judged by what their name means when it is connected to, not before', async () => {
    const receiver = await startWebhookReceiver(`whsec_${Buffer.alloc(32, 7).toString('base64')}`, Date.now)
    stops.push(() => receiver.stop())
    let asked = 0
    const guard = addressGuard([], (_host, done) => {
      asked += 1
      done(null, [
        { address: '1.1.1.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ])
    })
    const rebinding = httpPoster({ guard, allowHttp: true })
    const url = receiver.url.replace('127.0.0.1', 'rebind.example')
    const hook = { id: 'x', url, secrets: [`whsec_${Buffer.alloc(32, 7).toString('base64')}`] }
    const channel = webhookChannel([hook], { poster: rebinding, clock: systemClock })
    expect((await channel.send('x', message, key, never)).kind).toBe('refused')
    expect(asked).toBe(1)
    expect(receiver.taken).toHaveLength(0)
  })

  it('may be allowed by the network that they are in', () => {
    const guard = addressGuard(['192.168.10.0/24', '::1'])
    expect(guard.allowsHost('192.168.10.7')).toBe(true)
    expect(guard.allowsHost('192.168.11.7')).toBe(false)
    expect(guard.allowsHost('[::1]')).toBe(true)
  })

  it('are not spoken to without TLS unless that is allowed', async () => {
    const strict = httpPoster({ guard: addressGuard(['127.0.0.1']), allowHttp: false })
    const hook = { id: 'x', url: 'http://127.0.0.1:1/', secrets: [`whsec_${Buffer.alloc(32).toString('base64')}`] }
    const channel = webhookChannel([hook], { poster: strict, clock: systemClock })
    expect((await channel.send('x', message, key, never)).kind).toBe('refused')
  })
})

describe('Retry-After', () => {
  it('is read as seconds or as a date', () => {
    const nowMs = Date.parse('2026-11-23T00:00:00Z')
    const after = (text: string) => retryAfterMs({ headers: { 'retry-after': text } }, nowMs)
    expect(after('30')).toBe(30_000)
    expect(after('Mon, 23 Nov 2026 00:01:00 GMT')).toBe(60_000)
    expect(after('Sun, 22 Nov 2026 00:01:00 GMT')).toBe(0)
    expect(after('soon')).toBe(0)
    expect(retryAfterMs({ headers: {} }, nowMs)).toBe(0)
  })
})
