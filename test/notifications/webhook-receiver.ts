// A receiver of Standard Webhooks that verifies each signature and takes each id once, as the specification asks of one.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type HttpReceiver, startHttpReceiver } from './http-receiver.ts'

export interface WebhookReceiver extends HttpReceiver {
  /** Each id once. */
  readonly taken: readonly {
    readonly id: string
    readonly document: { readonly type: string; readonly data: { readonly notice: string } }
  }[]
  /** Deliveries with an id that was taken before. */
  readonly repeats: () => number
  readonly refusals: () => number
}

export async function startWebhookReceiver(secret: string, nowMs: () => number): Promise<WebhookReceiver> {
  const taken = new Map<string, { id: string; document: never }>()
  let repeats = 0
  let refusals = 0
  const receiver = await startHttpReceiver(({ headers, body }, response) => {
    const id = String(headers['webhook-id'])
    const timestamp = Number(headers['webhook-timestamp'])
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
    const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
    const given = String(headers['webhook-signature'])
      .split(' ')
      .map((one) => Buffer.from(one.replace('v1,', ''), 'base64'))
    const isSigned = given.some((one) => one.length === expected.length && timingSafeEqual(one, expected))
    if (!isSigned || Math.abs(nowMs() / 1000 - timestamp) > 300) {
      refusals += 1
      return void response?.writeHead(401).end()
    }
    if (taken.has(id)) repeats += 1
    else taken.set(id, { id, document: JSON.parse(body.toString('utf8')) as never })
    return void response?.writeHead(204).end()
  })
  return {
    ...receiver,
    get taken() {
      return [...taken.values()]
    },
    repeats: () => repeats,
    refusals: () => refusals,
  }
}
