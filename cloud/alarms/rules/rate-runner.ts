// Runs one rate-of-change rule over every series that it matches.
import type { SeriesFacts } from '../../registry/series-directory.ts'
import { qualityCodes } from '../../store/store.ts'
import { DelayedConditions, type DelayedCondition, type Verdict } from './delayed-conditions.ts'
import { parametersAt } from './place-parameters.ts'
import type { FreshReading, Instant, RuleContext, RuleRunner } from './rule-runner.ts'
import { isUnitFaulty } from './rule-unit.ts'
import type { RateRule } from './rule.ts'
import { isInScope, isOfTenant, matchesSeries, type SeriesMatch } from './series-match.ts'
import { SlopeWindow, type StoredWindow } from './slope.ts'
import { compareToLimits } from './threshold.ts'

interface Watched {
  readonly facts: SeriesFacts
  readonly parameters: RateRule
  readonly condition: DelayedCondition
  readonly unitFaulty: boolean
  readonly slope: SlopeWindow
  /** Monotonic ms from which on its window is due to be remembered; undefined: it is as remembered. */
  rememberAtMs: number | undefined
}

/** A window changes with each reading: it is remembered so often, and when the hub stops. A crash loses so much of it. */
const rememberEveryMs = 10_000

/** The value of its alarms is the rate, in the unit of the series per `perS`. */
export function runRate(rule: RateRule, context: RuleContext): RuleRunner {
  return new RateRunner(rule, context)
}

class RateRunner implements RuleRunner {
  readonly rule: RateRule
  readonly interests: readonly SeriesMatch[]
  readonly #context: RuleContext
  readonly #conditions: DelayedConditions
  readonly #watched = new Map<number, Watched>()

  constructor(rule: RateRule, context: RuleContext) {
    this.rule = rule
    this.interests = [rule.match]
    this.#context = context
    this.#conditions = new DelayedConditions(rule, context)
  }

  watches(facts: SeriesFacts): boolean {
    if (!this.#matches(facts)) return false
    const parameters = parametersAt<RateRule>(this.rule, facts)
    const known = this.#watched.get(facts.id)
    if (parameters.disabled === true) {
      if (known !== undefined) this.#leave(facts.id, known)
      return false
    }
    const { key, gateway, device, site } = facts
    const subject = { key, gateway, device, site, series: key }
    const delays = { onDelayMs: parameters.onDelayS * 1000, offDelayMs: parameters.offDelayS * 1000 }
    const unitFaulty = isUnitFaulty(this.rule, limitsText(this.rule), facts, this.#context)
    const condition = this.#conditions.open(subject, delays, known?.condition)
    const isSameWindow = known?.parameters.windowS === parameters.windowS
    const slope = isSameWindow ? known.slope : this.#remembered(facts.key, parameters)
    const rememberAtMs = known?.rememberAtMs
    this.#watched.set(facts.id, { facts, parameters, condition, unitFaulty, slope, rememberAtMs })
    if (unitFaulty && condition.memory.phase === 'rising') this.#conditions.end(condition, this.#context.clock.now())
    return true
  }

  observe(reading: FreshReading, now: Instant): void {
    const entry = this.#watched.get(reading.series)
    if (entry === undefined || entry.unitFaulty) return
    const { timeMs, again } = reading
    if (reading.quality === qualityCodes.good && !Number.isNaN(reading.value)) {
      if (entry.slope.add(timeMs, reading.value)) this.#keep(entry, now)
    }
    const rate = this.#rate(entry, reading)
    this.#conditions.judge(
      entry.condition,
      { verdict: verdictOf(rate, entry.parameters), timeMs, value: rate, again },
      now,
    )
  }

  tick(now: Instant): boolean {
    return this.#conditions.tick(now)
  }

  save(): void {
    for (const entry of this.#watched.values()) if (entry.rememberAtMs !== undefined) this.#remember(entry)
  }

  forget(gateway: string): void {
    for (const [series, entry] of this.#watched) {
      if (entry.facts.gateway === gateway && !this.#matches(this.#context.facts(series))) this.#leave(series, entry)
    }
  }

  release(tenant: string): void {
    for (const [series, entry] of this.#watched) {
      if (!isOfTenant(entry.facts.gateway, tenant)) continue
      if (entry.rememberAtMs !== undefined) this.#remember(entry)
      this.#conditions.release(entry.condition)
      this.#watched.delete(series)
    }
  }

  /** Undefined where the newest reading is unusable or the window is not covered. */
  #rate({ slope, parameters }: Watched, { timeMs }: FreshReading): number | undefined {
    if (slope.newestMs !== timeMs) return undefined
    const perMs = slope.slopePerMs()
    return perMs === undefined ? undefined : perMs * parameters.perS * 1000
  }

  #matches(facts: SeriesFacts): boolean {
    return isInScope(this.rule.scope, facts.gateway) && matchesSeries(this.rule.match, facts)
  }

  #leave(series: number, entry: Watched): void {
    this.#conditions.end(entry.condition, this.#context.clock.now())
    this.#watched.delete(series)
  }

  #keep(entry: Watched, now: Instant): void {
    // Each at a time of its own, so that not all are written at once.
    entry.rememberAtMs ??= now.atMs + rememberEveryMs + (entry.facts.id % 100) * (rememberEveryMs / 100)
    if (now.atMs >= entry.rememberAtMs) this.#remember(entry)
  }

  #remember(entry: Watched): void {
    entry.rememberAtMs = undefined
    const { windowS } = entry.parameters
    this.#context.remember(this.rule, windowKey(entry.facts.key), JSON.stringify({ windowS, ...entry.slope.stored() }))
  }

  /** A window of another length was cut into other slots: it begins anew. */
  #remembered(key: string, { windowS }: RateRule): SlopeWindow {
    const stored = this.#context.memory(this.rule, windowKey(key))
    const windowMs = windowS * 1000
    if (stored === undefined) return new SlopeWindow(windowMs)
    const memory = JSON.parse(stored) as StoredWindow & { readonly windowS: number }
    return new SlopeWindow(windowMs, memory.windowS === windowS ? memory : undefined)
  }
}

function verdictOf(rate: number | undefined, { below, above, hysteresis }: RateRule): Verdict {
  return rate === undefined ? 'unknown' : compareToLimits(rate, { below, above, hysteresis })
}

function windowKey(series: string): string {
  return `window:${series}`
}

function limitsText({ below, above, hysteresis, perS, places }: RateRule): string {
  return JSON.stringify([below ?? null, above ?? null, hysteresis, perS, places ?? null])
}
