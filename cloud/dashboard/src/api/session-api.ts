// Signing in and out, as requests to the hub.
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'
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

export function createSessionApi(within: Within): SessionApi {
  return {
    me: () => hub.getSession(within()),
    signIn: (given) => hub.postSession(given, within()),
    useLink: (given) => hub.postSessionLink(given, within()),
    async signOut() {
      await hub.deleteSession(within())
    },
  }
}
