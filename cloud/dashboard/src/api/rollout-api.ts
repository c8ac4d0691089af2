// Roll-outs as the screens ask the hub for them: what goes to which gateways, and the decisions of a person about it.
import type { RolloutItem as HubRollout } from '../../../deployments/deployment-schemas.ts'
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'

export type RolloutItem = HubRollout
export type RolloutMember = HubRollout['gateways'][number]
export type RolloutDecision = 'halt' | 'resume' | 'abort'

export interface RolloutApi {
  /** Newest first; the last hundred. */
  list(): Promise<readonly RolloutItem[]>
  /** `by`: who decides, where nobody is signed in. Resolves with what the roll-out is then. Rejects with HubError. */
  decide(id: string, decision: RolloutDecision, by: string): Promise<RolloutItem>
}

export function createRolloutApi(within: Within): RolloutApi {
  const ways = {
    halt: hub.postDeploymentsByIdHalt,
    resume: hub.postDeploymentsByIdResume,
    abort: hub.postDeploymentsByIdAbort,
  } as const satisfies Record<RolloutDecision, unknown>
  return {
    list: async () => (await hub.getDeployments(within())).items,
    decide: (id, decision, by) => ways[decision](id, { by }, within()),
  }
}
