// Webhooks for other systems, signed as Standard Webhooks 1.0.0 says, so that any of its libraries verifies them.
import { createHash, createHmac } from 'node:crypto'
import type { Clock } from '../../../broker/contract/ports.ts'
import { type Channel, type SendOutcome } from './channel.ts'
import { type HttpPoster, outcomeOfFailure, type PostAnswer, retryAfterMs } from './http-post.ts'

export interface WebhookTarget {
  readonly id: string
  readonly url: string
  /** `whsec_` and base64 of 24 to 64 bytes; while a secret is changed, the new one first. */
  readonly secrets: readonly string[]
}

const concurrency = 8

export function webhookChannel(
  targets: readonly WebhookTarget[],
  { poster, clock }: { readonly poster: HttpPoster; readonly clock: Clock },
): Channel {
  const known = new Map(targets.map((target) => [target.id, target]))
  return {
    name: 'webhook',
    concurrency,
    async send(target, message, idempotencyKey, signal) {
      const hook = known.get(target)
      if (hook === undefined)
        return { kind: 'refused', permanent: true, reason: 'this webhook is no longer configured' }
      const body = Buffer.from(JSON.stringify(message.document))
      const headers = {
        'content-type': 'application/json',
        ...signatureHeaders({ id: idempotencyKey, timeMs: clock.now(), body, secrets: hook.secrets }),
      }
      try {
        const answer = await poster.post(new URL(hook.url), headers, body, signal)
        return outcomeOf(answer, createHash('sha256').update(body).digest('hex'), clock.now())
      } catch (thrown) {
        return outcomeOfFailure(thrown)
      }
    },
    async close() {
      await Promise.resolve()
    },
  }
}

/** The three headers over the exact bytes of the body; one signature for each secret. */
export function signatureHeaders(given: {
  readonly id: string
  readonly timeMs: number
  readonly body: Uint8Array
  readonly secrets: readonly string[]
}): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const { id, timeMs, body, secrets } = given
  const timestamp = String(Math.floor(timeMs / 1000))
  const signatures = secrets.map((secret) => {
    const hmac = createHmac('sha256', secretBytes(secret))
    return `v1,${hmac.update(`${id}.${timestamp}.`).update(body).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

/** 24 to 64 bytes after `whsec_`. */
export function isWebhookSecret(text: string): boolean {
  const { length } = secretBytes(text)
  return /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text) && length >= 24 && length <= 64
}

function secretBytes(secret: string): Buffer {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
}

function outcomeOf(answer: PostAnswer, bodyHash: string, nowMs: number): SendOutcome {
  const { status } = answer
  const proof = { status, sha256: bodyHash }
  if (status >= 200 && status < 300) return { kind: 'delivered', proof }
  const reason = `the receiver answered ${status}`
  // 410 is how a receiver says that it wants no more; everything else may be a receiver that is being repaired.
  if (status === 410) return { kind: 'refused', permanent: true, reason, proof }
  return { kind: 'retry-later', afterMs: retryAfterMs(answer, nowMs), reason, proof }
}
