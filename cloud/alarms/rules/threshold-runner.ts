// Runs one threshold rule over every series that it matches, with its companion channel where it names one.
import { qualityCodes } from '../../store/store.ts'
import type { SeriesFacts } from '../../registry/series-directory.ts'
import { DelayedConditions, type DelayedCondition, type Verdict } from './delayed-conditions.ts'
import { limitsAt, type LimitPlan, type Place } from './limit-schedule.ts'
import { parametersAt, placeOf } from './place-parameters.ts'
import type { FreshReading, Instant, RuleContext, RuleRunner } from './rule-runner.ts'
import { isUnitFaulty } from './rule-unit.ts'
import type { ThresholdRule } from './rule.ts'
import { isInScope, isOfTenant, matchesSeries, matchGlob, type SeriesMatch } from './series-match.ts'
import { compareToLimits } from './threshold.ts'

interface Watched {
  readonly series: number
  readonly facts: SeriesFacts
  readonly plan: LimitPlan
  readonly place: Place
  readonly companionKey: string | undefined
  readonly condition: DelayedCondition
  /** Its values are in another unit than the limits: nothing is compared. */
  readonly unitFaulty: boolean
  /** Its newest value; NaN: unusable. */
  value: number
  timeMs: number
}

interface Companion {
  value: number
  readonly primaries: Set<number>
}

export function runThreshold(rule: ThresholdRule, context: RuleContext): RuleRunner {
  return new ThresholdRunner(rule, context)
}

class ThresholdRunner implements RuleRunner {
  readonly rule: ThresholdRule
  readonly interests: readonly SeriesMatch[]
  readonly #context: RuleContext
  readonly #conditions: DelayedConditions
  readonly #watched = new Map<number, Watched>()
  /** By the key of the companion, which may have sent nothing yet. */
  readonly #companions = new Map<string, Companion>()
  readonly #companionKeys = new Map<number, string>()

  constructor(rule: ThresholdRule, context: RuleContext) {
    this.rule = rule
    this.#context = context
    this.#conditions = new DelayedConditions(rule, context)
    const companion = rule.while === undefined ? [] : [{ ...rule.match, channel: rule.while.channel }]
    this.interests = [rule.match, ...companion]
  }

  watches(facts: SeriesFacts): boolean {
    const isCompanion = this.rule.while !== undefined && this.#couldBeCompanion(facts)
    if (isCompanion) this.#companionKeys.set(facts.id, facts.key)
    if (!this.#matches(facts)) return isCompanion
    return this.#watch(facts) || isCompanion
  }

  observe(reading: FreshReading, now: Instant): void {
    const { series, timeMs, again } = reading
    const value = reading.quality === qualityCodes.good ? reading.value : Number.NaN
    const entry = this.#watched.get(series)
    if (entry !== undefined) {
      entry.value = value
      entry.timeMs = timeMs
      this.#judge(entry, timeMs, again, now)
    }
    const key = this.#companionKeys.get(series)
    const companion = key === undefined ? undefined : this.#companions.get(key)
    if (companion === undefined) return
    // A companion that is merely uncertain still says whether its lamp is fed.
    companion.value = reading.quality === qualityCodes.bad ? Number.NaN : reading.value
    for (const id of companion.primaries) {
      const primary = this.#watched.get(id)
      if (primary !== undefined) this.#judge(primary, Math.max(timeMs, primary.timeMs), again, now)
    }
  }

  tick(now: Instant): boolean {
    return this.#conditions.tick(now)
  }

  forget(gateway: string): void {
    for (const entry of this.#watched.values()) {
      if (entry.facts.gateway === gateway && !this.#matches(this.#context.facts(entry.series))) this.#leave(entry)
    }
  }

  release(tenant: string): void {
    for (const entry of this.#watched.values()) {
      if (!isOfTenant(entry.facts.gateway, tenant)) continue
      this.#conditions.release(entry.condition)
      this.#drop(entry)
    }
  }

  #matches(facts: SeriesFacts): boolean {
    return isInScope(this.rule.scope, facts.gateway) && matchesSeries(this.rule.match, facts)
  }

  #couldBeCompanion(facts: SeriesFacts): boolean {
    if (!isInScope(this.rule.scope, facts.gateway)) return false
    return matchesSeries({ ...this.rule.match, channel: this.rule.while?.channel ?? '' }, facts)
  }

  #watch(facts: SeriesFacts): boolean {
    const parameters = parametersAt(this.rule, facts)
    const known = this.#watched.get(facts.id)
    if (parameters.disabled === true) {
      if (known !== undefined) this.#leave(known)
      return false
    }
    const { key, gateway, device, site } = facts
    const delays = { onDelayMs: parameters.onDelayS * 1000, offDelayMs: parameters.offDelayS * 1000 }
    const companionKey = companionKeyOf(this.rule, facts)
    const entry: Watched = {
      series: facts.id,
      facts,
      plan: parameters,
      place: parameters.schedule === undefined ? {} : placeOf(facts, this.#context),
      companionKey,
      condition: this.#conditions.open({ key, gateway, device, site, series: key }, delays, known?.condition),
      unitFaulty: isUnitFaulty(this.rule, limitsText(this.rule), facts, this.#context),
      value: known?.value ?? Number.NaN,
      timeMs: known?.timeMs ?? Number.NEGATIVE_INFINITY,
    }
    this.#watched.set(facts.id, entry)
    if (companionKey !== undefined) this.#pair(companionKey, facts.id)
    if (entry.unitFaulty && entry.condition.memory.phase === 'rising') {
      this.#conditions.end(entry.condition, this.#context.clock.now())
    }
    return true
  }

  #pair(companionKey: string, primary: number): void {
    const companion = this.#companions.get(companionKey) ?? { value: Number.NaN, primaries: new Set() }
    if (companion.primaries.size === 0) {
      const { latest } = this.#context
      const id = this.#context.seriesByKey(companionKey)
      if (id !== undefined && latest.isUsable(id)) companion.value = latest.value(id)
    }
    companion.primaries.add(primary)
    this.#companions.set(companionKey, companion)
  }

  #leave(entry: Watched): void {
    this.#conditions.end(entry.condition, this.#context.clock.now())
    this.#drop(entry)
  }

  #drop(entry: Watched): void {
    this.#watched.delete(entry.series)
    if (entry.companionKey === undefined) return
    const companion = this.#companions.get(entry.companionKey)
    companion?.primaries.delete(entry.series)
    if (companion?.primaries.size === 0) this.#companions.delete(entry.companionKey)
  }

  #judge(entry: Watched, timeMs: number, again: boolean, now: Instant): void {
    const { condition, value } = entry
    this.#conditions.judge(condition, { verdict: this.#verdict(entry, timeMs), timeMs, value, again }, now)
  }

  #verdict({ companionKey, unitFaulty, value, plan, place }: Watched, timeMs: number): Verdict {
    if (unitFaulty || Number.isNaN(value)) return 'unknown'
    const limits = limitsAt(plan, place, timeMs)
    if (this.rule.while === undefined || companionKey === undefined) return compareToLimits(value, limits)
    const companion = this.#companions.get(companionKey)?.value ?? Number.NaN
    if (Number.isNaN(companion)) return 'unknown'
    const fits = compareToLimits(companion, { ...this.rule.while, hysteresis: 0 }) === 'on'
    return fits ? compareToLimits(value, limits) : 'off'
  }
}

function companionKeyOf(rule: ThresholdRule, facts: SeriesFacts): string | undefined {
  if (rule.while === undefined) return undefined
  const captured = matchGlob(rule.match.channel ?? '*', facts.channel) ?? ''
  const name = facts.key.slice(0, facts.key.length - facts.channel.length)
  return name + rule.while.channel.replace('*', captured)
}

/** What must stay as it is for the rule to be written in the same unit as before. */
function limitsText({ below, above, hysteresis, schedule, places }: ThresholdRule): string {
  const varying = schedule === undefined && places === undefined ? [] : [schedule ?? null, places ?? null]
  return JSON.stringify([below ?? null, above ?? null, hysteresis, ...varying])
}
