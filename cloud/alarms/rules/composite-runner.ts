// Runs one rule over the alarms of other rules: which of them last at the same series, device, site or gateway.
import { combinationHolds, rulesOf } from './combination.ts'
import { DelayedConditions, type DelayedCondition } from './delayed-conditions.ts'
import type { AlarmSubject, AlarmTransition, Instant, RuleContext, RuleRunner } from './rule-runner.ts'
import type { CompositeRule } from './rule.ts'
import { isInScope } from './series-match.ts'
import { isWaiting } from './threshold.ts'

interface Group {
  readonly condition: DelayedCondition
  /** By rule, the subjects whose alarm lasts, and since which event time. */
  readonly active: Map<string, Map<string, number>>
}

/**
 * It follows conditions, not notices: an alarm that is shelved or suppressed counts. A rule that has nothing to say about a
 * place counts as not active there.
 */
export function runComposite(rule: CompositeRule, context: RuleContext): RuleRunner {
  const conditions = new DelayedConditions(rule, context, 'clock')
  const parts: ReadonlySet<string> = new Set(rulesOf(rule.of))
  const groups = new Map<string, Group>()
  const delays = { onDelayMs: rule.onDelayS * 1000, offDelayMs: rule.offDelayS * 1000 }
  let isRestored = false

  function groupOf(subject: AlarmSubject): Group {
    const known = groups.get(subject.key)
    if (known !== undefined) return known
    const condition = conditions.open(subject, delays)
    const group = { condition, active: new Map<string, Map<string, number>>() }
    groups.set(subject.key, group)
    return group
  }

  function set(group: Group, part: string, subject: string, sinceMs: number | undefined): void {
    const subjects = group.active.get(part) ?? new Map<string, number>()
    group.active.set(part, subjects)
    if (sinceMs === undefined) subjects.delete(subject)
    else subjects.set(subject, sinceMs)
  }

  /** It holds since the last of what it needs began; no change of it lies before the one before. */
  function judge(group: Group, changedMs: number, again: boolean, now: Instant): void {
    const holds = combinationHolds(rule.of, (part) => (group.active.get(part)?.size ?? 0) > 0)
    const times = [changedMs, group.condition.memory.sinceMs]
    if (holds) for (const subjects of group.active.values()) times.push(...subjects.values())
    const judgement = { verdict: holds ? 'on' : 'off', timeMs: Math.max(...times), value: undefined, again } as const
    conditions.judge(group.condition, judgement, now)
  }

  /** What lasts since before the start, or since before this rule was made. */
  function restore(now: Instant): void {
    if (isRestored) return
    isRestored = true
    const touched = new Set<Group>()
    for (const { rule: part, subject, sinceMs } of context.activeSubjects(new Set([...parts, rule.id]))) {
      if (!isInScope(rule.scope, subject.gateway)) continue
      const about = part === rule.id ? subject : subjectOf(rule, subject)
      if (about === undefined) continue
      const group = groupOf(about)
      touched.add(group)
      if (parts.has(part)) set(group, part, subject.key, sinceMs)
    }
    for (const group of touched) {
      const { memory } = group.condition
      judge(group, isWaiting(memory) ? memory.sinceMs : now.ms, true, now)
    }
  }

  return {
    rule,
    interests: [],
    watches: () => false,
    observe: () => undefined,
    observeCondition(transition: AlarmTransition, now) {
      const { rule: part, subject, active, timeMs } = transition
      if (!parts.has(part.id) || !isInScope(rule.scope, subject.gateway) || transition.texts !== undefined) return
      restore(now)
      const about = subjectOf(rule, subject)
      if (about === undefined) return
      const group = groupOf(about)
      set(group, part.id, subject.key, active ? timeMs : undefined)
      judge(group, timeMs, false, now)
    },
    tick(now) {
      restore(now)
      return conditions.tick(now)
    },
    forget: () => undefined,
  }
}

/** Undefined where the member says nothing about a place of this sort: an alarm of a gateway is about no device. */
function subjectOf({ by }: CompositeRule, { gateway, device, series, site }: AlarmSubject): AlarmSubject | undefined {
  const none = { device: undefined, series: undefined, site: undefined }
  if (by === 'gateway') return { key: `gateway:${gateway}`, gateway, ...none }
  if (by === 'site') return site === undefined ? undefined : { ...none, key: `site:${site}`, gateway, site }
  if (device === undefined) return undefined
  if (by === 'device') return { ...none, key: `device:${gateway}/${device}`, gateway, device, site }
  return series === undefined ? undefined : { key: series, gateway, device, series, site }
}
