// Asks the gateway that serves this page.

/** The gateway answered, but not with success. */
export class Refused extends Error {
  constructor(status, body) {
    super(body?.message ?? String(status))
    this.status = status
    this.code = body?.code
    this.retryAfterS = body?.retryAfterS
  }
}

const limitMs = 90_000

async function ask(path, init) {
  const response = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(limitMs), ...init })
  const body = await response.json().catch(() => undefined)
  if (!response.ok) throw new Refused(response.status, body)
  return body
}

export const get = (path, init) => ask(path, init)

export const post = (path, body = {}) =>
  ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
