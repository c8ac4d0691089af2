// The API of a hub that runs, for the command line: with the token of MUSUBI_TOKEN where there is one.
import { AppError } from '../broker/contract/app-error.ts'
import { answerOf } from './hub-session.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Where people reach the hub. */
export function hubAddress(flag: string | undefined): string {
  return (flag ?? process.env['MUSUBI_HUB'] ?? 'http://127.0.0.1:8080').replace(/\/$/, '')
}

/** The answer's body. Throws what the hub answers, `store.unavailable` where it cannot be reached. */
export async function askRunningHub(hub: string, method: Method, path: string, body?: object): Promise<unknown> {
  const token = process.env['MUSUBI_TOKEN']
  const response = await fetch(`${hub}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  }).catch((thrown: unknown) => {
    throw new AppError('store.unavailable', `the hub at ${hub} cannot be reached (--hub)`, { cause: thrown })
  })
  return answerOf(response.status, await response.text())
}
