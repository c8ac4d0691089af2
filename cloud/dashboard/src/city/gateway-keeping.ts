// Does a gateway get rid of what it measures, and for how long will its certificate still let it: the judgements behind the words.
import { gatewayDevice } from '../../../../broker/contract/gateway-device.ts'
import type { GatewayItem, LatestItem } from '../api/shapes.ts'
import type { GatewayHealth } from './gateway-health.ts'

type Condition = NonNullable<GatewayItem['condition']>
type Certificate = NonNullable<Condition['certificate']>

/** away: it cannot send, and keeps; fault: its disk does not take anything; lossy: something is gone for good. */
export type OutboxVerdict = 'unknown' | 'away' | 'fault' | 'behind' | 'lossy' | 'well'

export interface OutboxState {
  readonly verdict: OutboxVerdict
  /** As it last said; undefined: it did not. */
  readonly messages: number | undefined
  readonly readings: number | undefined
  readonly bytes: number | undefined
  /** Of the oldest that waits. */
  readonly ageS: number | undefined
  readonly drops: readonly Drop[]
}

/** Why something is gone, whatever its priority was. */
export interface Drop {
  readonly what: 'readings' | 'events'
  readonly reason: string
  readonly count: number
}

/** What waits for longer than this is held up, however little it is. */
const behindFromS = 120

export function outboxState(
  { gateway, isBehind }: Pick<GatewayHealth, 'gateway' | 'isBehind'>,
  series: readonly LatestItem[],
): OutboxState {
  const own = (channel: string): number | undefined =>
    series.find((item) => item.device === gatewayDevice && item.channel === channel)?.value ?? undefined
  const facts = {
    messages: own('outbox-messages') ?? gateway.outboxDepth ?? undefined,
    readings: own('outbox-readings'),
    bytes: own('outbox-size'),
    ageS: own('outbox-age'),
    drops: dropsOf(gateway.condition, own('readings-evicted')),
  }
  const late = isBehind || (facts.ageS ?? 0) > behindFromS
  return { ...facts, verdict: verdictOf(gateway, facts, { late, hasFault: own('outbox-fault') === 1 }) }
}

function verdictOf(
  { state }: Pick<GatewayItem, 'state'>,
  { messages, drops }: Pick<OutboxState, 'messages' | 'drops'>,
  { late, hasFault }: { readonly late: boolean; readonly hasFault: boolean },
): OutboxVerdict {
  if (messages === undefined) return 'unknown'
  if (state === 'offline') return 'away'
  if (hasFault) return 'fault'
  if (late) return 'behind'
  return drops.length > 0 ? 'lossy' : 'well'
}

/** A gateway that tells no reasons still counts the readings that it evicted. */
function dropsOf(condition: Condition | null, evicted: number | undefined): readonly Drop[] {
  if (condition === null)
    return (evicted ?? 0) > 0 ? [{ what: 'readings', reason: 'evicted', count: evicted ?? 0 }] : []
  const plain = condition.dropped.map(({ what, reason, count }) => ({
    what,
    reason: reason.replace(/-(low|normal|high)$/, ''),
    count,
  }))
  return [...Map.groupBy(plain, ({ what, reason }) => `${what} ${reason}`).values()].flatMap((all) =>
    all.slice(0, 1).map((first) => ({ ...first, count: all.reduce((sum, { count }) => sum + count, 0) })),
  )
}

/** due: under a third of its life is left, the time in which it renews itself. */
export type CertificateVerdict = 'ended' | 'failed' | 'waiting' | 'due' | 'well'

const dayMs = 86_400_000

export function certificateState(
  { notBeforeMs, notAfterMs, renewal }: Certificate,
  nowMs: number,
): { readonly verdict: CertificateVerdict; readonly daysLeft: number } {
  const leftMs = notAfterMs - nowMs
  const daysLeft = Math.max(0, Math.floor(leftMs / dayMs))
  if (leftMs <= 0) return { verdict: 'ended', daysLeft }
  if (renewal.state !== 'kept') return { verdict: renewal.state, daysLeft }
  return { verdict: leftMs < (notAfterMs - notBeforeMs) / 3 ? 'due' : 'well', daysLeft }
}
