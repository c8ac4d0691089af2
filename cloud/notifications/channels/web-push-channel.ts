// Web Push (RFC 8030, 8291, 8292): encrypted for one browser, carried by that browser's push service.
import { createHash } from 'node:crypto'
import webPush from 'web-push'
import type { Clock } from '../../../broker/contract/ports.ts'
import { type Channel, type Message, reasonOf, type SendOutcome } from './channel.ts'
import { cut } from '../texts/plain-text.ts'
import { type HttpPoster, outcomeOfFailure, type PostAnswer, retryAfterMs } from './http-post.ts'
import type { VapidKeys } from './vapid-keys.ts'

export interface PushSubscription {
  readonly endpoint: string
  readonly p256dh: string
  readonly auth: string
}

export interface WebPushDependencies {
  readonly keys: VapidKeys
  /** `mailto:` or `https:`: whom a push service turns to. */
  readonly contact: string
  readonly poster: HttpPoster
  /** The subscription of a target; undefined once it is gone. */
  readonly subscription: (id: string) => Promise<PushSubscription | undefined>
  /** The push service says that it is gone for good. */
  readonly forget: (id: string) => Promise<void>
  readonly clock: Clock
}

const concurrency = 8
/** RFC 8291 allows 4,096 bytes of cipher text in one record; services take no more. */
const maxPayloadBytes = 3_000
const dayS = 86_400
const urgencies = { critical: 'high', major: 'high', minor: 'normal', warning: 'normal', info: 'low' } as const

export function webPushChannel(dependencies: WebPushDependencies): Channel {
  const { keys, contact, poster, subscription, forget, clock } = dependencies
  return {
    name: 'push',
    concurrency,
    async send(target, message, _idempotencyKey, signal) {
      const found = await subscription(target)
      if (found === undefined) return { kind: 'refused', permanent: true, reason: 'the browser was unsubscribed' }
      let request
      try {
        request = webPush.generateRequestDetails(
          { endpoint: found.endpoint, keys: { p256dh: found.p256dh, auth: found.auth } },
          payloadOf(message),
          {
            vapidDetails: { subject: contact, ...keys },
            TTL: timeToLiveS(message, clock.now()),
            urgency: urgencies[message.severity],
            topic: topicOf(message.thread),
            contentEncoding: 'aes128gcm',
          },
        )
      } catch (thrown) {
        return { kind: 'refused', permanent: true, reason: reasonOf(thrown) }
      }
      const headers = stringHeaders(request.headers)
      try {
        const answer = await poster.post(new URL(found.endpoint), headers, request.body ?? Buffer.alloc(0), signal)
        if (answer.status === 404 || answer.status === 410) await forget(target)
        return outcomeOf(answer, clock.now())
      } catch (thrown) {
        return outcomeOfFailure(thrown)
      }
    },
    async close() {
      await Promise.resolve()
    },
  }
}

/** What the service worker of the dashboard shows. */
function payloadOf({ short, link, severity, thread, timeMs, language }: Message): string {
  const payload = (body: string) =>
    JSON.stringify({
      v: 1,
      title: short.title,
      body,
      link: link ?? null,
      severity,
      tag: topicOf(thread),
      timeMs,
      language,
    })
  const whole = payload(short.body)
  if (Buffer.byteLength(whole) <= maxPayloadBytes) return whole
  return payload(cut(short.body, 400))
}

/** The library gives numbers among them, whatever its types say. */
function stringHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

/** How long a push service keeps it for a browser that is away: a day, and no longer than it holds. */
function timeToLiveS({ expiresMs }: Message, nowMs: number): number {
  if (expiresMs === undefined) return dayS
  return Math.min(dayS, Math.max(0, Math.ceil((expiresMs - nowMs) / 1000)))
}

/** RFC 8030 §5.4: at most 32 characters of base64url; a message with the same topic replaces one that still waits. */
function topicOf(thread: string): string {
  return createHash('sha256').update(thread).digest('base64url').slice(0, 32)
}

function outcomeOf(answer: PostAnswer, nowMs: number): SendOutcome {
  const { status, headers } = answer
  const location = headers['location']
  const proof = { status, ...(typeof location === 'string' ? { location: reasonOf(location) } : {}) }
  if (status >= 200 && status < 300) return { kind: 'delivered', proof }
  const reason = `the push service answered ${status}`
  if (status === 429 || status >= 500 || status === 408) {
    return { kind: 'retry-later', afterMs: retryAfterMs(answer, nowMs), reason, proof }
  }
  // 401 and 403 are about our keys or our clock: the next try may find them right.
  if (status === 401 || status === 403) return { kind: 'retry-later', afterMs: 0, reason, proof }
  return { kind: 'refused', permanent: true, reason, proof }
}
