// LINE by the Messaging API: a push message of an official account, accepted once however often it is tried.
import type { Clock } from '../../../broker/contract/ports.ts'
import { type Channel, type Message, reasonOf, type SendOutcome } from './channel.ts'
import { type HttpPoster, outcomeOfFailure, type PostAnswer, retryAfterMs } from './http-post.ts'

export interface LineSettings {
  /** `https://api.line.me` */
  readonly baseUrl: string
  /** Channel access token. */
  readonly token: string
}

const concurrency = 4
/** A text message holds at most 5,000 characters, counted in UTF-16 units. */
const maxCharacters = 4_900
const anHourMs = 3_600_000

/** Targets are user ids (`U` and 32 hexadecimal digits), or ids of groups or rooms. */
function isLineTarget(text: string): boolean {
  return /^[UCR][0-9a-f]{32}$/.test(text)
}

export function lineChannel(
  { baseUrl, token }: LineSettings,
  { poster, clock }: { readonly poster: HttpPoster; readonly clock: Clock },
): Channel {
  const url = new URL('/v2/bot/message/push', baseUrl)
  return {
    name: 'line',
    concurrency,
    async send(target, message, idempotencyKey, signal) {
      if (!isLineTarget(target)) return { kind: 'refused', permanent: true, reason: 'this is no LINE user id' }
      const body = Buffer.from(JSON.stringify({ to: target, messages: [{ type: 'text', text: textOf(message) }] }))
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'x-line-retry-key': idempotencyKey,
      }
      try {
        return outcomeOf(await poster.post(url, headers, body, signal), clock.now())
      } catch (thrown) {
        return outcomeOfFailure(thrown)
      }
    },
    async close() {
      await Promise.resolve()
    },
  }
}

function textOf({ short, link }: Message): string {
  const text = [short.title, short.body, ...(link === undefined ? [] : [link])].join('\n')
  return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters).replace(/[\uD800-\uDBFF]$/, '')}…`
}

function outcomeOf(answer: PostAnswer, nowMs: number): SendOutcome {
  const { status } = answer
  const proof = proofOf(answer)
  // 409: a request with this retry key was accepted before, so the message is on its way once.
  if ((status >= 200 && status < 300) || status === 409) return { kind: 'delivered', proof }
  const said = saidBy(answer.body)
  const reason = said === '' ? `LINE answered ${status}` : `LINE answered ${status}: ${said}`
  if (status === 429) {
    // The same status tells of the rate per second and of the month's quota, which no quick retry brings back.
    const isQuota = /monthly limit/i.test(said)
    return {
      kind: 'retry-later',
      afterMs: Math.max(retryAfterMs(answer, nowMs), isQuota ? anHourMs : 0),
      reason,
      proof,
    }
  }
  if (status >= 500 || status === 408 || status === 401 || status === 403) {
    return { kind: 'retry-later', afterMs: retryAfterMs(answer, nowMs), reason, proof }
  }
  return { kind: 'refused', permanent: true, reason, proof }
}

function proofOf({ status, headers }: PostAnswer): Record<string, string | number> {
  const proof: Record<string, string | number> = { status }
  const names = { requestId: 'x-line-request-id', acceptedRequestId: 'x-line-accepted-request-id' } as const
  for (const [name, header] of Object.entries(names)) {
    const value = headers[header]
    if (typeof value === 'string') proof[name] = reasonOf(value)
  }
  return proof
}

/** `{"message": "…"}` of an error. */
function saidBy(body: Buffer): string {
  try {
    const said: unknown = JSON.parse(body.toString('utf8'))
    if (typeof said === 'object' && said !== null && 'message' in said) return reasonOf(said.message)
  } catch {
    // Not every proxy before LINE answers in JSON.
  }
  return ''
}
