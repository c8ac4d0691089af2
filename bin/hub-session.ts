// A sign-in of the command line at a hub that runs: as the person at the terminal, who is asked for password and code, and ended afterwards.
import { AppError, type ErrorCode, errorCodes } from '../broker/contract/app-error.ts'

export interface HubSession {
  /** The answer's body. Throws what the hub answers. */
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>
  close(): Promise<void>
}

const timeoutMs = 30_000

/** `secret` asks at the terminal. Throws `sign-in.failed`, `sign-in.locked`, `store.unavailable`. */
export async function signInAt(
  hub: string,
  person: string,
  secret: (question: string) => Promise<string>,
): Promise<HubSession> {
  let cookie = ''
  const ask: HubSession['ask'] = async (method, path, body) => {
    const response = await fetch(`${hub}${path}`, {
      method,
      // As a page of this hub: what a person changes comes from nowhere else.
      headers: {
        origin: new URL(hub).origin,
        ...(cookie === '' ? {} : { cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((thrown: unknown) => {
      throw new AppError('store.unavailable', `the hub at ${hub} cannot be reached (--hub)`, { cause: thrown })
    })
    for (const set of response.headers.getSetCookie()) [cookie = ''] = set.split(';', 1)
    return answerOf(response.status, await response.text())
  }
  const given = { name: person, password: await secret(`password of ${person}: `) }
  await ask('POST', '/api/v1/session', given).catch(async (thrown: unknown) => {
    if (!(thrown instanceof AppError) || thrown.code !== 'sign-in.second-factor') throw thrown
    return await ask('POST', '/api/v1/session', { ...given, code: await secret(`${thrown.message}: `) })
  })
  return { ask, close: async () => void (await ask('DELETE', '/api/v1/session')) }
}

/** The body of a success. Throws the problem of anything else. */
export function answerOf(status: number, text: string): unknown {
  const body = text === '' ? undefined : (JSON.parse(text) as unknown)
  if (status < 400) return body
  const { code, detail } = (body ?? {}) as { readonly code?: string; readonly detail?: string }
  const known = code !== undefined && Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'internal'
  throw new AppError(known, detail ?? `the hub answered ${status}`)
}
