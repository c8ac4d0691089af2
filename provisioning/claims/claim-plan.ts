// What importing a table would do, decided before anything is written: the same table again must change nothing.
import { gatewayKey, type GatewayIdentity } from '../../broker/contract/topics.ts'
import type { Claim, NewClaim } from '../est/enrolment-store.ts'
import type { ClaimRow, TableFault } from './claim-table.ts'

export interface ClaimPlan {
  readonly create: readonly NewClaim[]
  /** Gateways, as `tenant/gateway`, whose claim is open and says the same. */
  readonly open: readonly string[]
  /** Gateways that have a certificate or have used a claim. They are left alone: a new claim would revoke what they have. */
  readonly enrolled: readonly string[]
  /** Gateways whose claim was never used and is void by now. */
  readonly expired: readonly string[]
  /** Rows that say something else than the open claim of their gateway. */
  readonly faults: readonly TableFault[]
}

export interface PlanRequest {
  readonly rows: readonly ClaimRow[]
  readonly claims: readonly Claim[]
  /** Has this gateway a certificate that is valid now, however it came by it? */
  readonly isCertified: (gateway: GatewayIdentity) => boolean
  /** Make new secrets for claims that are open or have expired; their labels become void. */
  readonly reissue: boolean
  readonly nowMs: number
  /** For rows without one of their own. */
  readonly expiresMs: number
}

export function planClaims(request: PlanRequest): ClaimPlan {
  const { rows, claims, isCertified, reissue, nowMs } = request
  const used = new Set(claims.filter(({ usedMs }) => usedMs !== undefined).map(({ identity }) => gatewayKey(identity)))
  const unused = new Map(
    claims.filter(({ usedMs }) => usedMs === undefined).map((claim) => [gatewayKey(claim.identity), claim]),
  )
  const plan = { create: [] as NewClaim[], open: [] as string[], enrolled: [] as string[], expired: [] as string[] }
  const faults: TableFault[] = []
  for (const row of rows) {
    const { line, identity, site, profile } = row
    const key = gatewayKey(identity)
    const claim = unused.get(key)
    const isOpen = claim !== undefined && claim.expiresMs > nowMs
    if (used.has(key) || (isCertified(identity) && !isOpen)) plan.enrolled.push(key)
    else if (claim === undefined || reissue) {
      plan.create.push({ identity, site, profile, expiresMs: row.expiresMs ?? request.expiresMs })
    } else if (!isOpen) plan.expired.push(key)
    else {
      const differing = differences(row, claim)
      if (differing === '') plan.open.push(key)
      else faults.push({ line, column: '', message: `${key} has an open claim with ${differing}; ${wayOut}` })
    }
  }
  return { ...plan, faults }
}

const wayOut = 'write the same, or give --reissue for new labels'

function differences({ site, profile, expiresMs }: ClaimRow, claim: Claim): string {
  const others = [
    ...(site === claim.site ? [] : [`the site "${claim.site}"`]),
    ...(profile === claim.profile ? [] : [`the profile "${claim.profile}"`]),
    ...(expiresMs === undefined || expiresMs === claim.expiresMs ? [] : ['another expiry']),
  ]
  return others.join(', ')
}
