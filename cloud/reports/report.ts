// What a citizen reports: something broken, seen at a place, and what becomes of it.
import type { LeftOutReason } from '../photo-privacy/photo-counts.ts'
import type { Position } from '../places/place.ts'
import type { WorkOrderState } from '../work-orders/work-order.ts'

export const reportKinds = ['road', 'street-light', 'other'] as const
export type ReportKind = (typeof reportKinds)[number]

export const reportStates = ['received', 'looked-at', 'ordered', 'mended', 'declined', 'merged', 'withdrawn'] as const
export type ReportState = (typeof reportStates)[number]

/** Nothing more is done about these, unless an order that was mended is taken up again. */
export const closedStates = ['mended', 'declined', 'merged', 'withdrawn'] as const satisfies readonly ReportState[]

export interface CitizenReport {
  readonly id: string
  /** What people call it by; rises by one. */
  readonly number: number
  readonly tenant: string
  readonly kind: ReportKind
  readonly text: string
  readonly position: Position
  /** ID of the street light that was chosen from the city's list. */
  readonly lamp: string | undefined
  /** How to reach who reported it, where they wanted that; goes when the report is old. */
  readonly contact: string | undefined
  readonly photos: number
  /** Of the photos that came with it and are not kept, why; one each. */
  readonly leftOut: readonly LeftOutReason[]
  readonly state: ReportState
  /** What the city answers: why it is declined, or what was done. */
  readonly answer: string | undefined
  /** Of the report that tells of the same. */
  readonly mergedInto: string | undefined
  readonly workOrder: string | undefined
  readonly receivedMs: number
  readonly changedMs: number
  readonly closedMs: number | undefined
}

export function isClosed(state: ReportState): boolean {
  return (closedStates as readonly ReportState[]).includes(state)
}

/** What staff may make of it; an order moves it on by itself. */
const next: Readonly<Record<ReportState, readonly ReportState[]>> = {
  received: ['looked-at', 'ordered', 'mended', 'declined', 'merged', 'withdrawn'],
  'looked-at': ['ordered', 'mended', 'declined', 'merged', 'withdrawn'],
  ordered: ['withdrawn'],
  mended: ['looked-at', 'withdrawn'],
  declined: ['looked-at', 'withdrawn'],
  merged: ['looked-at', 'withdrawn'],
  withdrawn: [],
}

export function mayBecome(from: ReportState, to: ReportState): boolean {
  return next[from].includes(to)
}

/** A cancelled order leaves the report as it was before: somebody has looked at it. */
export function stateByOrder(order: WorkOrderState): ReportState {
  switch (order) {
    case 'open':
    case 'dispatched':
      return 'ordered'
    case 'fixed':
    case 'verified':
      return 'mended'
    case 'cancelled':
      return 'looked-at'
    default:
      return order satisfies never
  }
}

const earthRadiusM = 6_371_000
const radians = (degrees: number): number => (degrees * Math.PI) / 180

/** Great-circle distance in metres (haversine). */
export function distanceM(a: Position, b: Position): number {
  const h =
    Math.sin(radians(b.lat - a.lat) / 2) ** 2 +
    Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(radians(b.lon - a.lon) / 2) ** 2
  return 2 * earthRadiusM * Math.asin(Math.min(1, Math.sqrt(h)))
}

/** Characters that no reader sees, or that turn the direction of what follows: they make a text look like another. */
const unseen = /[^\P{C}\n]/gu

/** As somebody typed it, without what cannot be seen. */
export function plainText(typed: string): string {
  return typed.replaceAll(unseen, '').trim()
}
