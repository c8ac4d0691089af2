// Runs one rule over several series of a device or a site: one alarm per place at which its expression holds.
import type { SeriesFacts } from '../../registry/series-directory.ts'
import { qualityCodes } from '../../store/store.ts'
import { DelayedConditions, type DelayedCondition, type Verdict } from './delayed-conditions.ts'
import { compileExpression, type Expression } from './expression.ts'
import type { AlarmSubject, FreshReading, Instant, RuleContext, RuleRunner } from './rule-runner.ts'
import type { ExpressionRule } from './rule.ts'
import { isInScope, isOfTenant, matchesSeries, type SeriesMatch } from './series-match.ts'

interface Value {
  readonly series: number
  readonly name: string
  /** NaN: unusable, or nothing yet. */
  value: number
  timeMs: number
}

interface Group {
  readonly condition: DelayedCondition
  readonly values: Map<number, Value>
  /** Event time of the newest reading of any of them. */
  timeMs: number
}

/** What a value may lag behind the newest of its place where its interval is not known, or is short. */
const leastAgeMs = 5 * 60_000
const intervalsOfAge = 3

/** Throws `config.invalid` for an expression that cannot be. The value of its alarms is that of the series that decided last. */
export function runExpression(rule: ExpressionRule, context: RuleContext): RuleRunner {
  return new ExpressionRunner(rule, context)
}

class ExpressionRunner implements RuleRunner {
  readonly rule: ExpressionRule
  readonly interests: readonly SeriesMatch[]
  readonly #context: RuleContext
  readonly #conditions: DelayedConditions
  readonly #when: Expression
  readonly #clearWhen: Expression | undefined
  readonly #groups = new Map<string, Group>()
  readonly #groupOf = new Map<number, Group>()

  constructor(rule: ExpressionRule, context: RuleContext) {
    this.rule = rule
    const names = Object.keys(rule.series)
    this.interests = Object.values(rule.series).map((pattern) => ({ ...rule.match, ...patternMatch(pattern) }))
    this.#context = context
    this.#conditions = new DelayedConditions(rule, context)
    this.#when = compileExpression(rule.when, names)
    this.#clearWhen = rule.clearWhen === undefined ? undefined : compileExpression(rule.clearWhen, names)
  }

  watches(facts: SeriesFacts): boolean {
    const subject = subjectOf(this.rule, facts)
    const name = this.#nameOf(facts)
    const before = this.#groupOf.get(facts.id)
    if (subject === undefined || name === undefined || before?.condition.subject.key !== subject.key)
      this.#leave(facts.id)
    if (subject === undefined || name === undefined) return false
    const { onDelayS, offDelayS } = this.rule
    const group = this.#groups.get(subject.key) ?? {
      condition: this.#conditions.open(subject, { onDelayMs: onDelayS * 1000, offDelayMs: offDelayS * 1000 }),
      values: new Map<number, Value>(),
      timeMs: Number.NEGATIVE_INFINITY,
    }
    this.#groups.set(subject.key, group)
    this.#groupOf.set(facts.id, group)
    const nothing = { value: Number.NaN, timeMs: Number.NEGATIVE_INFINITY }
    group.values.set(facts.id, { ...nothing, ...group.values.get(facts.id), series: facts.id, name })
    return true
  }

  observe(reading: FreshReading, now: Instant): void {
    const group = this.#groupOf.get(reading.series)
    const value = group?.values.get(reading.series)
    if (group === undefined || value === undefined) return
    value.value = reading.quality === qualityCodes.bad ? Number.NaN : reading.value
    value.timeMs = reading.timeMs
    group.timeMs = Math.max(group.timeMs, reading.timeMs)
    const verdict = this.#verdict(group)
    const judgement = { verdict, timeMs: group.timeMs, value: value.value, again: reading.again }
    this.#conditions.judge(group.condition, judgement, now)
  }

  tick(now: Instant): boolean {
    return this.#conditions.tick(now)
  }

  forget(gateway: string): void {
    for (const [key, group] of this.#groups) {
      if (group.condition.subject.gateway !== gateway) continue
      for (const series of group.values.keys()) {
        const facts = this.#context.facts(series)
        if (subjectOf(this.rule, facts)?.key !== key || this.#nameOf(facts) === undefined) this.#leave(series)
      }
    }
  }

  release(tenant: string): void {
    for (const [key, group] of this.#groups) {
      if (!isOfTenant(group.condition.subject.gateway, tenant)) continue
      this.#conditions.release(group.condition)
      for (const series of group.values.keys()) this.#groupOf.delete(series)
      this.#groups.delete(key)
    }
  }

  #nameOf(facts: SeriesFacts): string | undefined {
    const { rule } = this
    if (!isInScope(rule.scope, facts.gateway) || !matchesSeries(rule.match, facts)) return undefined
    const found = Object.entries(rule.series).find(([, pattern]) => matchesSeries(patternMatch(pattern), facts))
    return found?.[0]
  }

  #verdict(group: Group): Verdict {
    const values = this.#known(group)
    const holds = this.#when.evaluate(values)
    if (holds === undefined) return 'unknown'
    if (holds) return 'on'
    if (this.#clearWhen === undefined) return 'off'
    const clears = this.#clearWhen.evaluate(values)
    return clears === undefined ? 'unknown' : clears ? 'off' : 'hold'
  }

  /** By name; what is too old beside the newest, unusable, or there more than once is left out. */
  #known(group: Group): Readonly<Record<string, number>> {
    const known: Record<string, number> = {}
    const names = new Set<string>()
    for (const { series, name, value, timeMs } of group.values.values()) {
      const isTwice = names.has(name)
      names.add(name)
      if (isTwice) known[name] = Number.NaN
      else if (group.timeMs - timeMs <= this.#maxAgeMs(series)) known[name] = value
    }
    return known
  }

  #maxAgeMs(series: number): number {
    if (this.rule.maxAgeS !== undefined) return this.rule.maxAgeS * 1000
    const intervalS = this.#context.intervalS(series)
    return Math.max(leastAgeMs, (intervalS ?? 0) * intervalsOfAge * 1000)
  }

  #leave(series: number): void {
    const group = this.#groupOf.get(series)
    if (group === undefined) return
    group.values.delete(series)
    this.#groupOf.delete(series)
    if (group.values.size > 0) return
    this.#groups.delete(group.condition.subject.key)
    this.#conditions.end(group.condition, this.#context.clock.now())
  }
}

/** `channel` or `device:channel`. */
function patternMatch(pattern: string): SeriesMatch {
  const cut = pattern.indexOf(':')
  return cut < 0 ? { channel: pattern } : { device: pattern.slice(0, cut), channel: pattern.slice(cut + 1) }
}

function subjectOf({ by }: ExpressionRule, { gateway, device, site }: SeriesFacts): AlarmSubject | undefined {
  if (by === 'device') return { key: `device:${gateway}/${device}`, gateway, device, series: undefined, site }
  if (site === undefined) return undefined
  return { key: `site:${site}`, gateway, device: undefined, series: undefined, site }
}
