// Signing in and out, as requests to the hub.
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'
import type { PasskeyOffer, PasskeyResponse } from './account-api.ts'
import type { Me } from './shapes.ts'

/** Rejects with HubError: `sign-in.failed`, `sign-in.second-factor`, `sign-in.locked`, `people.link`, `people.password`. */
export interface SessionApi {
  /** Rejects with `sign-in.required` where nobody is signed in. */
  me(): Promise<Me>
  signIn(given: { readonly name: string; readonly password: string; readonly code?: string }): Promise<Me>
  /** By a one-time link, which sets the password. */
  useLink(given: { readonly link: string; readonly password: string }): Promise<Me>
  signOut(): Promise<void>
  /** What the browser is asked for. */
  invitePasskey(): Promise<PasskeyOffer>
  enterByPasskey(ticket: string, response: PasskeyResponse): Promise<Me>
  /** Where to go. `link`: of an invitation, which is accepted there. Rejects with `identity-provider.unavailable`, `people.link`. */
  toProvider(next: string, link?: string): Promise<string>
}

/** The hub waits 10 s for the provider. */
const providerLimitMs = 15_000

export function createSessionApi(within: Within): SessionApi {
  return {
    me: () => hub.getSession(within()),
    signIn: (given) => hub.postSession(given, within()),
    useLink: (given) => hub.postSessionLink(given, within()),
    invitePasskey: () => hub.postSessionPasskeyOptions(within()),
    enterByPasskey: (ticket, response) => hub.postSessionPasskey({ ticket, response }, within()),
    toProvider: async (next, link) =>
      (await hub.postSessionProvider(link === undefined ? { next } : { next, link }, within(providerLimitMs))).location,
    async signOut() {
      await hub.deleteSession(within())
    },
  }
}
