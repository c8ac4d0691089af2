// Signing in and out, as requests to the hub.
import type { Me } from './shapes.ts'

/** Rejects with HubError: `sign-in.failed`, `sign-in.second-factor`, `sign-in.locked`, `people.link`, `people.password`. */
export interface SessionApi {
  /** Rejects with `sign-in.required` where nobody is signed in. */
  me(): Promise<Me>
  signIn(given: { readonly name: string; readonly password: string; readonly code?: string }): Promise<Me>
  /** By a one-time link, which sets the password. */
  useLink(given: { readonly link: string; readonly password: string }): Promise<Me>
  signOut(): Promise<void>
}

type Request = (path: string, init?: RequestInit) => Promise<Response>

export function createSessionApi(request: Request): SessionApi {
  const post = async (path: string, body: object): Promise<Me> => {
    const headers = { 'content-type': 'application/json' }
    const response = await request(path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as Me
  }
  return {
    me: async () => (await (await request('session')).json()) as Me,
    signIn: (given) => post('session', given),
    useLink: (given) => post('session/link', given),
    async signOut() {
      await request('session', { method: 'DELETE' })
    },
  }
}
