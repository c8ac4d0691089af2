// A message of the disaster broadcast (防災行政無線, evacuation information) as the hub keeps it. Names are those of the
// Common Alerting Protocol 1.2 (OASIS, 1 July 2010, §3.2) in small letters; times are Unix ms.
import type { Severity } from '../alarms/rules/rule.ts'

export const kinds = ['alert', 'update', 'cancel'] as const
/** Of CAP's five: `system` and `draft` are never taken. */
export const statuses = ['actual', 'exercise', 'test'] as const
export const categories = [
  'geo',
  'met',
  'safety',
  'security',
  'rescue',
  'fire',
  'health',
  'env',
  'transport',
  'infra',
  'cbrne',
  'other',
] as const
export const urgencies = ['immediate', 'expected', 'future', 'past', 'unknown'] as const
/** Worst first. */
export const severities = ['extreme', 'severe', 'moderate', 'minor', 'unknown'] as const
export const certainties = ['observed', 'likely', 'possible', 'unlikely', 'unknown'] as const

export type BulletinKind = (typeof kinds)[number]
export type BulletinSeverity = (typeof severities)[number]

export interface BulletinText {
  readonly title: string
  readonly text: string
}

/** Degrees of WGS 84, latitude first as in CAP; a polygon is closed. */
export interface BulletinArea {
  readonly name: string
  readonly polygons?: readonly (readonly (readonly [lat: number, lon: number])[])[]
  readonly circles?: readonly { readonly lat: number; readonly lon: number; readonly radiusKm: number }[]
  /** CAP's `geocode`: name of the list → codes. */
  readonly geocodes?: Readonly<Record<string, readonly string[]>>
}

/** What a bulletin says, whatever format it came in. */
export interface BulletinContent {
  readonly status: (typeof statuses)[number]
  readonly categories: readonly (typeof categories)[number][]
  readonly urgency: (typeof urgencies)[number]
  readonly severity: BulletinSeverity
  readonly certainty: (typeof certainties)[number]
  /** By language tag; at least one. */
  readonly texts: Readonly<Record<string, BulletinText>>
  readonly areas: readonly BulletinArea[]
  /** Of whoever sent it. */
  readonly link: string | undefined
}

export interface BulletinReference {
  readonly sender: string
  readonly identifier: string
  /** Where the hub knows already which it is. */
  readonly id?: string
}

/** As it was read, before the hub knows whether it is new. */
export interface BulletinDraft {
  /** CAP's sender; empty for entries of a feed. */
  readonly sender: string
  /** CAP's identifier, the GUID of a feed's entry. */
  readonly identifier: string
  readonly kind: BulletinKind
  /** What it updates or cancels. */
  readonly references: readonly BulletinReference[]
  readonly content: BulletinContent
  /** Undefined: the feed does not say; it is when the hub saw it first. */
  readonly sentMs: number | undefined
  readonly effectiveMs: number | undefined
  /** Undefined: as long as its source says. */
  readonly expiresMs: number | undefined
  /** An entry of a feed may change under the same GUID; a message of CAP may not. */
  readonly changesInPlace: boolean
}

export interface Bulletin {
  readonly tenant: string
  /** Follows from the tenant, the source, the sender and the identifier. */
  readonly id: string
  /** Id of the source of the configuration, or `api`. */
  readonly source: string
  readonly sender: string
  readonly identifier: string
  readonly kind: BulletinKind
  /** Id of the first of those that update one another. */
  readonly thread: string
  readonly revision: number
  readonly content: BulletinContent
  readonly sentMs: number
  readonly effectiveMs: number
  readonly expiresMs: number
  readonly receivedMs: number
  readonly isPublic: boolean
  /** Something later took its place or called it off. */
  readonly ended: { readonly how: 'updated' | 'cancelled'; readonly atMs: number; readonly by: string } | undefined
}

export type BulletinState = 'current' | 'expired' | 'updated' | 'cancelled'

/** A cancellation is never current itself: it ends others. */
export function stateOf({ ended, kind, expiresMs }: Bulletin, nowMs: number): BulletinState {
  if (ended !== undefined) return ended.how
  if (kind === 'cancel') return 'cancelled'
  return expiresMs > nowMs ? 'current' : 'expired'
}

const noticeSeverities: Readonly<Record<BulletinSeverity, Severity>> = {
  extreme: 'critical',
  severe: 'major',
  moderate: 'minor',
  minor: 'warning',
  unknown: 'info',
}

/** In the words of alarms and of people's settings. */
export function noticeSeverityOf(severity: BulletinSeverity): Severity {
  return noticeSeverities[severity]
}

/** To be acted on at once against an extraordinary threat, and no exercise: it reaches people in their quiet hours. */
export function isPressing({ status, severity, urgency }: BulletinContent): boolean {
  return status === 'actual' && severity === 'extreme' && urgency === 'immediate'
}
