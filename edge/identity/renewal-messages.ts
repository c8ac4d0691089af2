// What the agent asks of the process that renews its certificate, and what that answers.
import type { PairFiles } from '../../provisioning/whole-file.ts'

export interface RenewalRequest {
  /** `host:port` of the hub's EST listener. */
  readonly hub: string
  readonly files: PairFiles & { readonly caFile: string }
}

/** `pending`: the certificate had expired, and a person must approve the new one. */
export type RenewalAnswer = { readonly kind: 'renewed' } | { readonly kind: 'pending'; readonly retryAfterS: number }
