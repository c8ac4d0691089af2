// Alarm rules as the screens ask the hub for them: what holds, what a rule would have raised, and each revision.
import type {
  PreviewAnswer as PreviewItem,
  RuleItem as HubRule,
  RuleRevisionItem,
} from '../../../alarms/rules/rule-api-schemas.ts'
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'

export type RuleItem = HubRule
export type RulePreview = PreviewItem
export type RuleRevision = RuleRevisionItem
/** A rule as it is written down; the hub says what is wrong with it. */
export type RuleDocument = Readonly<Record<string, unknown>> & { readonly kind: HubRule['rule']['kind'] }

export interface RuleApi {
  /** What tenants have written, and the rules of the hub for those that have not. */
  list(): Promise<readonly RuleItem[]>
  /** Over the last `days`. Rejects with HubError. */
  preview(tenant: string, rule: RuleDocument, days: number): Promise<RulePreview>
  /** `revision`: that the writer has seen; 0 where there is none of the tenant's own. */
  save(at: RulePlace, rule: RuleDocument, by: string): Promise<void>
  /** Takes back what the tenant wrote. */
  remove(at: RulePlace, by: string): Promise<void>
  /** Newest first. */
  history(tenant: string, id: string): Promise<readonly RuleRevision[]>
}

interface RulePlace {
  readonly tenant: string
  readonly id: string
  readonly revision: number
}

const previewTimeoutMs = 40_000
const dayMs = 86_400_000

export function createRuleApi(within: Within): RuleApi {
  const change = ({ revision }: RulePlace, by: string) => ({
    ...(by.trim() === '' ? {} : { by: by.trim() }),
    ...(revision === 0 ? {} : { ifMatch: `"${revision}"` }),
  })
  return {
    list: async () => (await hub.getRules({}, within())).items,
    preview: async (tenant, rule, days) => {
      const from = String(Date.now() - days * dayMs)
      return await hub.postRulesPreview({ tenant, rule: { ...rule }, from }, within(previewTimeoutMs))
    },
    save: async (at, rule, by) => {
      await hub.putRulesByTenantById(at.tenant, at.id, { ...rule }, change(at, by), within())
    },
    remove: async (at, by) => {
      await hub.deleteRulesByTenantById(at.tenant, at.id, change(at, by), within())
    },
    history: async (tenant, id) => (await hub.getRulesByTenantByIdHistory(tenant, id, within())).items,
  }
}
