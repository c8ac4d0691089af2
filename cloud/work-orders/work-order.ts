// A work order: what somebody goes out to mend, from the alarm to the proof that it is mended.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { Severity } from '../alarms/rules/rule.ts'

export const workOrderStates = ['open', 'dispatched', 'fixed', 'verified', 'cancelled'] as const
export type WorkOrderState = (typeof workOrderStates)[number]

/** What may follow; `fixed` goes back to `dispatched` where it was not mended after all. */
const next: Readonly<Record<WorkOrderState, readonly WorkOrderState[]>> = {
  open: ['dispatched', 'fixed', 'cancelled'],
  dispatched: ['open', 'fixed', 'cancelled'],
  fixed: ['dispatched', 'verified'],
  verified: [],
  cancelled: [],
}

export interface WorkOrder {
  readonly id: string
  /** What people call it by; rises by one. */
  readonly number: number
  readonly tenant: string
  readonly state: WorkOrderState
  readonly title: LocalizedText
  readonly severity: Severity
  /** Of its first alarm; undefined for an order that no alarm began. */
  readonly gateway: string | undefined
  /** `{tenant}/{gateway}/{site}` */
  readonly site: string | undefined
  /** Ids of the alarms that it is about. */
  readonly alarms: readonly string[]
  readonly assignee: string | undefined
  /** When the trouble began (event time), Unix ms; the repair time counts from here. */
  readonly begunMs: number
  /** Hub times at which it came into each state, the last time that it did. */
  readonly openedMs: number
  readonly dispatchedMs: number | undefined
  readonly fixedMs: number | undefined
  readonly closedMs: number | undefined
}

export function mayBecome(order: WorkOrder, state: WorkOrderState): boolean {
  return next[order.state].includes(state)
}

export function isClosed({ state }: Pick<WorkOrder, 'state'>): boolean {
  return state === 'verified' || state === 'cancelled'
}

/** In a state from `nowMs` on (hub time). */
export function inState(order: WorkOrder, state: WorkOrderState, nowMs: number): WorkOrder {
  switch (state) {
    case 'open':
      return { ...order, state, dispatchedMs: undefined }
    case 'dispatched':
      return { ...order, state, dispatchedMs: nowMs, fixedMs: undefined }
    case 'fixed':
      return { ...order, state, fixedMs: nowMs }
    case 'verified':
    case 'cancelled':
      return { ...order, state, closedMs: nowMs }
    default:
      return state satisfies never
  }
}

/** From the beginning of the trouble to its repair, ms; undefined as long as it is not fixed. */
export function repairMs({ begunMs, fixedMs }: WorkOrder): number | undefined {
  return fixedMs === undefined ? undefined : Math.max(0, fixedMs - begunMs)
}
