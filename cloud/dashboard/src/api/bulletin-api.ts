// Messages of the disaster broadcast, as requests to the hub.
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'

export type BulletinItem = Awaited<ReturnType<typeof hub.getBulletins>>['items'][number]
export type BulletinBody = Parameters<typeof hub.postBulletins>[0]
export type BulletinSource = hub.BulletinSource

export interface BulletinPage {
  readonly items: readonly BulletinItem[]
  /** Null: there is no further page. */
  readonly next: string | null
}

/** Every method rejects with HubError where the hub refuses. */
export interface BulletinApi {
  /** Newest first. */
  list(state: 'current' | 'all', cursor?: string): Promise<BulletinPage>
  /** `body.identifier`: the same again is sent once. */
  send(body: BulletinBody): Promise<void>
  sources(): Promise<readonly BulletinSource[]>
}

const pageLimit = 50

export function createBulletinApi(within: Within): BulletinApi {
  return {
    list: (state, cursor) =>
      hub.getBulletins({ state, limit: pageLimit, ...(cursor === undefined ? {} : { cursor }) }, within()),
    async send(body) {
      await hub.postBulletins(body, {}, within())
    },
    sources: async () => (await hub.getBulletinSources(within())).items,
  }
}
