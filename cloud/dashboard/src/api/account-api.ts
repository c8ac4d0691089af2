// One's own account, as requests to the hub. `password`: where the hub asks for it again (`sign-in.again`).
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'
import type { Me, PasskeyItem, SessionItem, TokenItem } from './shapes.ts'

/** For the browser: made by the hub, passed on as it is. */
export interface PasskeyOffer {
  readonly ticket: string
  readonly options: object
}

/** Of the browser, passed on as it is. */
export type PasskeyResponse = Parameters<typeof hub.postSessionPasskey>[0]['response']

export interface NewToken {
  readonly name: string
  readonly tenant: string
  readonly rights: readonly string[]
  readonly expires: number
}

/** Rejects with HubError: `sign-in.again`, `sign-in.failed`, `sign-in.locked`, `sign-in.last-way`, `people.password`. */
export interface AccountApi {
  change(body: { readonly name?: string; readonly language?: 'ja' | 'en' }): Promise<Me>
  changePassword(now: string, next: string): Promise<void>
  offerTotp(password?: string): Promise<{ readonly secret: string; readonly uri: string }>
  confirmTotp(code: string, password?: string): Promise<readonly string[]>
  endTotp(password?: string): Promise<void>
  newRecoveryCodes(password?: string): Promise<readonly string[]>
  passkeys(): Promise<readonly PasskeyItem[]>
  offerPasskey(password?: string): Promise<PasskeyOffer>
  /** Recovery codes come with the first second factor. */
  keepPasskey(ticket: string, name: string, response: PasskeyResponse): Promise<readonly string[] | null>
  renamePasskey(id: string, name: string): Promise<void>
  removePasskey(id: string, password?: string): Promise<void>
  sessions(): Promise<readonly SessionItem[]>
  /** `others`: all but this one. */
  endSession(id: string): Promise<void>
  tokens(): Promise<readonly TokenItem[]>
  /** The token, shown once. */
  makeToken(body: NewToken): Promise<string>
  revokeToken(id: string): Promise<void>
  /** Since when one's account at the identity provider is linked. */
  linkedSince(): Promise<number | undefined>
  /** Where to go. */
  linkProvider(next: string, password?: string): Promise<string>
  unlinkProvider(password?: string): Promise<void>
}

const confirm = (password: string | undefined) => (password === undefined ? {} : { password })

export function createAccountApi(within: Within): AccountApi {
  return {
    change: (body) => hub.patchMe(body, within()),
    changePassword: async (now, next) => void (await hub.postMePassword({ now, next }, within())),
    offerTotp: (password) => hub.postMeTotp(confirm(password), within()),
    confirmTotp: async (code, password) =>
      (await hub.postMeTotpConfirm({ code, ...confirm(password) }, within())).codes,
    endTotp: async (password) => void (await hub.deleteMeTotp(confirm(password), within())),
    newRecoveryCodes: async (password) => (await hub.postMeRecoveryCodes(confirm(password), within())).codes,
    passkeys: async () => (await hub.getMePasskeys(within())).items,
    offerPasskey: (password) => hub.postMePasskeysOptions(confirm(password), within()),
    keepPasskey: async (ticket, name, response) =>
      (await hub.postMePasskeys({ ticket, name, response }, within())).recoveryCodes,
    renamePasskey: async (id, name) => void (await hub.patchMePasskeysById(id, { name }, within())),
    removePasskey: async (id, password) => void (await hub.deleteMePasskeysById(id, confirm(password), within())),
    sessions: async () => (await hub.getSessions(within())).items,
    endSession: async (id) => void (await hub.deleteSessionsById(id, within())),
    tokens: async () => (await hub.getTokens(within())).items,
    makeToken: async (body) =>
      (await hub.postTokens({ ...body, rights: [...body.rights] as TokenRights }, within())).token,
    revokeToken: async (id) => void (await hub.deleteTokensById(id, within())),
    linkedSince: async () => (await hub.getMeProvider(within())).items[0]?.linkedAt,
    linkProvider: async (next, password) =>
      (await hub.postMeProvider({ next, ...confirm(password) }, within())).location,
    unlinkProvider: async (password) => void (await hub.deleteMeProvider(confirm(password), within())),
  }
}

type TokenRights = Parameters<typeof hub.postTokens>[0]['rights']
