// What LINE documents of its push endpoint: a token, a retry key that is accepted once, and the errors with their bodies.
import { randomUUID } from 'node:crypto'
import { type HttpReceiver, startHttpReceiver } from './http-receiver.ts'

export interface LineStub extends HttpReceiver {
  /** Messages that reached users, each retry key once. */
  readonly messages: readonly { readonly to: string; readonly text: string; readonly retryKey: string }[]
  readonly requests: () => number
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export async function startLineStub(token: string): Promise<LineStub> {
  const accepted = new Map<string, string>()
  const messages: { to: string; text: string; retryKey: string }[] = []
  let requests = 0
  const receiver = await startHttpReceiver(({ path, headers, body }, response) => {
    requests += 1
    const requestId = randomUUID()
    const answer = (status: number, document: unknown, more: Record<string, string> = {}) =>
      response
        ?.writeHead(status, { 'content-type': 'application/json', 'x-line-request-id': requestId, ...more })
        .end(JSON.stringify(document))
    if (path !== '/v2/bot/message/push') return void answer(404, { message: 'Not found' })
    if (headers.authorization !== `Bearer ${token}`) return void answer(401, { message: 'Authentication failed' })
    const retryKey = String(headers['x-line-retry-key'])
    if (!uuid.test(retryKey)) return void answer(400, { message: 'The retry key must be a UUID' })
    const before = accepted.get(retryKey)
    if (before !== undefined) {
      const known = { 'x-line-accepted-request-id': before }
      return void answer(409, { message: 'The retry key is already accepted' }, known)
    }
    const { to, messages: sent } = JSON.parse(body.toString('utf8')) as { to: string; messages: { text: string }[] }
    accepted.set(retryKey, requestId)
    for (const { text } of sent) messages.push({ to, text, retryKey })
    return void answer(200, { sentMessages: [{ id: String(messages.length) }] })
  })
  return { ...receiver, messages, requests: () => requests }
}
