// People, tenants and the audit log, as requests to the hub.
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'
import type { PersonItem, TenantItem } from './shapes.ts'

export type NewPersonBody = Parameters<typeof hub.postPeople>[0]
export type PersonChangeBody = Parameters<typeof hub.patchPeopleById>[1]
export type TenantBody = Parameters<typeof hub.postTenants>[0]
export type Membership = NewPersonBody['memberships'][number]

/** Good once. */
interface OneTimeLink {
  readonly link: string
  readonly expiresAt: number
}

/** One record. */
export type AuditItem = Awaited<ReturnType<typeof hub.getAudit>>['items'][number]

/** What is absent leaves out nothing. */
export interface AuditQuery {
  readonly person?: string
  readonly about?: string
  readonly fromMs?: number
  /** Exclusive. */
  readonly toMs?: number
  readonly before?: number
}

export interface AuditPage {
  readonly items: readonly AuditItem[]
  /** Null: there is nothing before. */
  readonly next: number | null
}

/** Rejects with HubError: `people.conflict`, `people.forbidden`. */
export interface PeopleApi {
  list(): Promise<readonly PersonItem[]>
  tenants(): Promise<readonly TenantItem[]>
  invite(body: NewPersonBody): Promise<OneTimeLink>
  change(id: string, body: PersonChangeBody): Promise<void>
  reset(id: string): Promise<OneTimeLink>
  remove(id: string): Promise<void>
  addTenant(body: TenantBody): Promise<void>
  changeTenant(body: TenantBody): Promise<void>
  audit(query: AuditQuery): Promise<AuditPage>
  auditCheck(): ReturnType<typeof hub.getAuditCheck>
}

const pageRows = 50

export function createPeopleApi(within: Within): PeopleApi {
  return {
    list: async () => (await hub.getPeople(within())).items,
    tenants: async () => (await hub.getTenants(within())).items,
    invite: (body) => hub.postPeople(body, within()),
    change: async (id, body) => void (await hub.patchPeopleById(id, body, within())),
    reset: (id) => hub.postPeopleByIdReset(id, within()),
    remove: async (id) => void (await hub.deletePeopleById(id, within())),
    addTenant: async (body) => void (await hub.postTenants(body, within())),
    changeTenant: async ({ id, ...body }) => void (await hub.putTenantsById(id, body, within())),
    audit: ({ fromMs, toMs, ...query }) =>
      hub.getAudit(
        {
          ...query,
          limit: pageRows,
          ...(fromMs === undefined ? {} : { $from: fromMs }),
          ...(toMs === undefined ? {} : { to: toMs }),
        },
        within(),
      ),
    auditCheck: () => hub.getAuditCheck(within(60_000)),
  }
}
