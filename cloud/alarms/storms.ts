// Groups alarms that come together into storms, so that one cause is one message.
import { type Alarm, tenantOf } from './alarm.ts'

/** What the members of a storm have in common; the first that enough of them share, from the narrowest on. */
export const stormCauses = ['rule-at-site', 'site', 'rule-at-gateway', 'gateway', 'rule'] as const
export type StormCause = (typeof stormCauses)[number]

export interface Storm {
  readonly id: string
  readonly cause: StormCause
  /** What is common, in a text that is equal for all its members. */
  readonly groupKey: string
  readonly tenant: string
  /** Hub times. */
  readonly startedMs: number
  readonly joinedMs: number
  readonly endedMs: number | undefined
  /** Of the worst that lasted when the newest came. */
  readonly severity: Alarm['severity']
  readonly members: number
  /** How many it had when people were last told. */
  readonly toldMembers: number
}

export interface StormLimits {
  /** From so many on it is a storm … */
  readonly size: number
  /** … that came within this time. */
  readonly windowMs: number
  /** What comes so long after the newest member is no part of it any more. */
  readonly quietMs: number
  /** People are told again when it has grown to so many times what they were told. */
  readonly growth: number
}

export const defaultStorm: StormLimits = { size: 5, windowMs: 60_000, quietMs: 10 * 60_000, growth: 5 }

export const severityRank: Readonly<Record<Alarm['severity'], number>> = {
  critical: 0,
  major: 1,
  minor: 2,
  warning: 3,
  info: 4,
}

/** The most severe first, then the oldest: the one that a message about all of them shows. */
export function byWeight(one: Alarm, other: Alarm): number {
  return severityRank[one.severity] - severityRank[other.severity] || one.raisedMs - other.raisedMs
}

/** The worst member of a storm among these alarms. */
export function worstOf({ id }: Pick<Storm, 'id'>, alarms: readonly Alarm[]): Alarm | undefined {
  return alarms.filter(({ storm }) => storm === id).toSorted(byWeight)[0]
}

/** The group that an alarm would be part of for each cause. */
function groupKeyOf(cause: StormCause, alarm: Alarm): string | undefined {
  const { rule, site, gateway } = alarm
  switch (cause) {
    case 'rule-at-site':
      return site === undefined ? undefined : `${rule} ${site}`
    case 'site':
      return site
    case 'rule-at-gateway':
      return `${rule} ${gateway}`
    case 'gateway':
      return gateway
    case 'rule':
      return `${rule} ${tenantOf(alarm)}`
    default:
      return cause satisfies never
  }
}

export interface StormGroup {
  readonly cause: StormCause
  readonly groupKey: string
  readonly members: readonly Alarm[]
}

/**
 * The largest group of at least `size` with one of `due` in it; of two equal ones the narrower cause. Undefined: there is
 * no storm.
 */
export function largestGroup(alarms: readonly Alarm[], due: ReadonlySet<Alarm>, size: number): StormGroup | undefined {
  let largest: StormGroup | undefined
  for (const cause of stormCauses) {
    for (const [groupKey, members] of Map.groupBy(alarms, (alarm) => groupKeyOf(cause, alarm))) {
      if (groupKey === undefined || members.length < size || members.length <= (largest?.members.length ?? 0)) continue
      if (members.some((alarm) => due.has(alarm))) largest = { cause, groupKey, members }
    }
  }
  return largest
}

/** May this alarm still join? */
export function takes(storm: Storm, alarm: Alarm, nowMs: number, limits: StormLimits): boolean {
  return (
    storm.endedMs === undefined &&
    nowMs - storm.joinedMs <= limits.quietMs &&
    storm.tenant === tenantOf(alarm) &&
    groupKeyOf(storm.cause, alarm) === storm.groupKey
  )
}
