// Decides which changes of alarms people are told: what lasts, what nobody looks after, and a storm as one message.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { AlarmNotice, NoticeSink } from '../notifications/notice.ts'
import { alarmKey, isActive, tenantOf, type Alarm } from './alarm.ts'
import type { Instant } from './rules/rule-runner.ts'
import {
  byWeight,
  defaultStorm,
  largestGroup,
  severityRank,
  takes,
  worstOf,
  type Storm,
  type StormGroup,
  type StormLimits,
} from './storms.ts'

export interface NoticeLimits {
  /** A state is told when it has lasted for so long: what causes it, or comes with it, has come by then too. */
  readonly settleMs: number
  readonly storm: StormLimits
}

const defaultNoticeLimits: NoticeLimits = { settleMs: 10_000, storm: defaultStorm }

export interface NoticeDeskDependencies {
  readonly notices: Pick<NoticeSink, 'take'>
  /** Writes a storm that began, grew or ended. */
  readonly saveStorm: (storm: Storm) => void
  /** What people call the place of an alarm. */
  readonly placeOf: (alarm: Alarm) => {
    readonly site: LocalizedText | undefined
    readonly device: LocalizedText | undefined
  }
  readonly limits?: NoticeLimits
}

/**
 * People believe of each alarm that it lasts (`told: 'raised'`) or not. Where the truth has differed from that for
 * `settleMs`, a notice makes them know. An alarm that is acknowledged or suppressed changes no belief, and one that
 * cleared while it was suppressed is forgotten in silence. All of it follows from the alarms themselves, so that a
 * restart loses nothing; a notice has the same key each time.
 */
export class NoticeDesk {
  readonly #dependencies: NoticeDeskDependencies
  readonly #limits: NoticeLimits
  /** Monotonic ms since when the truth differs, by alarm id. Bound: the open alarms. */
  #differsSince = new Map<string, number>()
  /** Hub time at which an alarm was told for itself, by its key; forgotten after a storm's window. */
  readonly #toldAlone = new Map<string, number>()
  /** Those that have not ended. */
  readonly #storms = new Map<string, Storm>()

  constructor(dependencies: NoticeDeskDependencies) {
    this.#dependencies = dependencies
    this.#limits = dependencies.limits ?? defaultNoticeLimits
  }

  restore(storms: readonly Storm[]): void {
    for (const storm of storms) this.#storms.set(storm.id, storm)
  }

  storm(id: string): Storm | undefined {
    return this.#storms.get(id)
  }

  storms(): readonly Storm[] {
    return [...this.#storms.values()].sort((a, b) => b.startedMs - a.startedMs)
  }

  /** Somebody was given an alarm to look after, and as many besides. */
  assigned(
    alarm: Alarm,
    { assignee, timeMs, alsoCount }: { readonly assignee: string; readonly timeMs: number; readonly alsoCount: number },
  ): void {
    const key = `${alarm.id}:${alarm.occurrence}:assigned:${assignee}:${timeMs}`
    this.#dependencies.notices.take({ ...this.#notice('assigned', alarm, timeMs, alsoCount), key, assignee })
  }

  /** Called about once a second with all alarms that are open or told. Returns those that it changed. */
  settle(alarms: readonly Alarm[], now: Instant): readonly Alarm[] {
    const changed = new Map<string, Alarm>()
    const waiting: Alarm[] = []
    const due = new Set<Alarm>()
    const differs = new Map<string, number>()
    for (const alarm of alarms) {
      const truth = truthOf(alarm)
      if (truth === undefined || truth === alarm.told) continue
      if (truth === 'quiet' && alarm.suppressions.length > 0) {
        changed.set(alarm.id, { ...alarm, told: 'quiet' })
        continue
      }
      const sinceMs = this.#differsSince.get(alarm.id) ?? now.atMs
      differs.set(alarm.id, sinceMs)
      if (now.atMs - sinceMs >= this.#limits.settleMs) due.add(alarm)
      else if (truth === 'raised') waiting.push(alarm)
    }
    this.#differsSince = differs
    for (const alarm of due) if (truthOf(alarm) === 'quiet') this.#tellCleared(alarm, now, changed)
    const raised = new Set([...due].filter((alarm) => truthOf(alarm) === 'raised'))
    if (raised.size > 0) this.#tellRaised({ due: raised, waiting, alarms }, now, changed)
    this.#endStorms(alarms, now, changed)
    return [...changed.values()]
  }

  #tellRaised(
    {
      due,
      waiting,
      alarms,
    }: { readonly due: Set<Alarm>; readonly waiting: readonly Alarm[]; readonly alarms: readonly Alarm[] },
    now: Instant,
    changed: Map<string, Alarm>,
  ): void {
    for (const alarm of [...due].sort(byWeight)) if (this.#join(alarm, { alarms, changed }, now)) due.delete(alarm)
    const early = this.#toldLately(alarms, now)
    let candidates = [...due, ...waiting, ...early]
    for (;;) {
      const group = largestGroup(candidates, due, this.#limits.storm.size)
      if (group === undefined) break
      this.#begin(group, now, changed)
      const members = new Set(group.members)
      candidates = candidates.filter((alarm) => !members.has(alarm))
      for (const alarm of members) due.delete(alarm)
    }
    for (const alarm of due) {
      changed.set(alarm.id, { ...alarm, told: 'raised', storm: undefined })
      this.#toldAlone.set(alarmKey(alarm), now.ms)
      this.#dependencies.notices.take(this.#notice('raised', alarm, now.ms, hiddenBehind(alarm, alarms)))
    }
  }

  /** Those told for themselves a moment ago: the beginning of what is now seen to be a storm. */
  #toldLately(alarms: readonly Alarm[], now: Instant): readonly Alarm[] {
    for (const [key, toldMs] of this.#toldAlone) {
      const ageMs = now.ms - toldMs
      if (ageMs < 0 || ageMs > this.#limits.storm.windowMs) this.#toldAlone.delete(key)
    }
    if (this.#toldAlone.size === 0) return []
    return alarms.filter((alarm) => isActive(alarm) && alarm.told === 'raised' && this.#toldAlone.has(alarmKey(alarm)))
  }

  #begin({ cause, groupKey, members }: StormGroup, now: Instant, changed: Map<string, Alarm>): void {
    const lead = members.toSorted(byWeight)[0]
    if (lead === undefined) return
    const storm: Storm = {
      id: `${lead.id}-${lead.occurrence}`,
      cause,
      groupKey,
      tenant: tenantOf(lead),
      startedMs: now.ms,
      joinedMs: now.ms,
      endedMs: undefined,
      severity: lead.severity,
      members: members.length,
      toldMembers: members.length,
    }
    this.#keep(storm)
    for (const alarm of members) changed.set(alarm.id, { ...alarm, told: 'raised', storm: storm.id })
    this.#tellStorm('raised', storm, lead, now)
  }

  /**
   * True where a storm that lasts takes this alarm in. People are told again only if it is worse than everything that lasts of the
   * storm, whoever looks after that, or the storm much larger than they know. What is told then leads the storm from there on.
   */
  #join(
    alarm: Alarm,
    { alarms, changed }: { readonly alarms: readonly Alarm[]; readonly changed: Map<string, Alarm> },
    now: Instant,
  ): boolean {
    const { storm: limits } = this.#limits
    const known = [...this.#storms.values()].find((storm) => takes(storm, alarm, now.ms, limits))
    if (known === undefined) return false
    const others = alarms.filter(({ id }) => id !== alarm.id).map((one) => changed.get(one.id) ?? one)
    const worst = worstOf(known, others.filter(isActive))
    changed.set(alarm.id, { ...alarm, told: 'raised', storm: known.id })
    const members = known.members + 1
    const isWorse = worst === undefined || severityRank[alarm.severity] < severityRank[worst.severity]
    const isLarger = members >= known.toldMembers * limits.growth
    const severity = isWorse ? alarm.severity : worst.severity
    const toldMembers = isWorse || isLarger ? members : known.toldMembers
    const storm = { ...known, members, severity, joinedMs: now.ms, toldMembers }
    this.#keep(storm)
    if (isWorse || isLarger) this.#tellStorm('worsened', storm, alarm, now)
    return true
  }

  #tellCleared(alarm: Alarm, now: Instant, changed: Map<string, Alarm>): void {
    changed.set(alarm.id, { ...alarm, told: 'quiet' })
    if (alarm.storm !== undefined && this.#storms.has(alarm.storm)) return
    this.#dependencies.notices.take(this.#notice('cleared', alarm, now.ms, 0))
  }

  /** A storm is over when none of its members lasts any more. */
  #endStorms(alarms: readonly Alarm[], now: Instant, changed: ReadonlyMap<string, Alarm>): void {
    if (this.#storms.size === 0) return
    const newest = alarms.map((alarm) => changed.get(alarm.id) ?? alarm)
    const members = Map.groupBy(newest, ({ storm }) => storm)
    for (const storm of this.#storms.values()) {
      const those = members.get(storm.id) ?? []
      if (those.some((alarm) => alarm.told === 'raised' || isActive(alarm))) continue
      const ended = { ...storm, endedMs: now.ms }
      this.#storms.delete(storm.id)
      this.#dependencies.saveStorm(ended)
      const last = those.filter(({ id }) => changed.has(id)).toSorted(byWeight)[0]
      if (last !== undefined && last.suppressions.length === 0) this.#tellStorm('cleared', ended, last, now)
    }
  }

  #keep(storm: Storm): void {
    this.#storms.set(storm.id, storm)
    this.#dependencies.saveStorm(storm)
  }

  #tellStorm(kind: 'raised' | 'worsened' | 'cleared', storm: Storm, lead: Alarm, now: Instant): void {
    const key = `storm:${storm.id}:${kind}:${storm.toldMembers}`
    this.#dependencies.notices.take({ ...this.#notice(kind, lead, now.ms, storm.members - 1), key, storm: storm.id })
  }

  #notice(kind: AlarmNotice['kind'], alarm: Alarm, timeMs: number, alsoCount: number): AlarmNotice {
    const key = `${alarm.id}:${alarm.occurrence}:${kind}`
    return { key, kind, timeMs, tenant: tenantOf(alarm), alarm, alsoCount, place: this.#dependencies.placeOf(alarm) }
  }
}

/** What people should believe; undefined: whatever they believe now. */
function truthOf(alarm: Alarm): Alarm['told'] | undefined {
  if (!isActive(alarm)) return 'quiet'
  return alarm.acknowledgedMs === undefined && alarm.suppressions.length === 0 ? 'raised' : undefined
}

/** How many alarms a gateway or device that is down hides. */
export function hiddenBehind(parent: Alarm, alarms: Iterable<Alarm>): number {
  let count = 0
  for (const alarm of alarms) if (isActive(alarm) && isBehind(alarm, parent)) count += 1
  return count
}

function isBehind(alarm: Alarm, parent: Alarm): boolean {
  if (alarm.gateway !== parent.gateway || alarm.id === parent.id || !isActive(parent)) return false
  if (parent.kind === 'gateway-offline') return alarm.suppressions.includes('gateway-offline')
  return parent.kind === 'dead-man' && alarm.device === parent.device && alarm.suppressions.includes('device-silent')
}
