// What is wrong with rules, every fault at once: their shape, what a schema cannot say, and what they say of one another.
import type { TSchema } from 'typebox'
import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'
import { combinationHolds, rulesOf } from './combination.ts'
import { compileExpression } from './expression.ts'
import type { LimitPlan } from './limit-schedule.ts'
import { isTimeZone } from '../../calendar/local-time.ts'
import {
  ruleSchemas,
  type AlarmRule,
  type CompositeRule,
  type EventRule,
  type ExpressionRule,
  type RateRule,
  type RuleKind,
  type ThresholdRule,
} from './rule.ts'

/** Fills in what may be left out. Anything else than a rule comes back as it is. */
export function withDefaults(entry: unknown): unknown {
  if (!isRecord(entry)) return entry
  return entry['kind'] === 'threshold' || entry['kind'] === 'rate' ? { hysteresis: 0, ...entry } : entry
}

/** Faults of one rule with defaults, each as `/path: what is wrong`; none: it is an AlarmRule but for the rules that it names. */
export function ruleFaults(rule: unknown): readonly string[] {
  const kind = isRecord(rule) ? rule['kind'] : undefined
  const schema =
    typeof kind === 'string' && Object.hasOwn(ruleSchemas, kind) ? ruleSchemas[kind as RuleKind] : undefined
  if (schema === undefined) {
    return [`/kind: must be one of ${Object.keys(ruleSchemas).join(', ')}, for example "threshold"`]
  }
  const faults = allErrors(schema, rule).map((fault) => `${fault.instancePath}: ${fault.message}`)
  return faults.length > 0 ? faults : meaningFaults(rule as AlarmRule)
}

/** TypeBox stops after 8 of them by itself. */
const maxErrors = 200

function allErrors(schema: TSchema, value: unknown): ReturnType<typeof Value.Errors> {
  const { maxErrors: usual } = Settings.Get()
  Settings.Set({ maxErrors })
  try {
    return Value.Errors(schema, value)
  } finally {
    Settings.Set({ maxErrors: usual })
  }
}

/** Faults of what composite rules name, as `{id} /path: what is wrong`. */
export function referenceFaults(rules: readonly AlarmRule[]): readonly string[] {
  const kinds = new Map(rules.map(({ id, kind }) => [id, kind]))
  return rules.flatMap((rule) => faultsOfParts(rule, (id) => kinds.get(id)))
}

/** The same of one rule; `kindOf` an id: undefined where there is no such rule. */
export function faultsOfParts(rule: AlarmRule, kindOf: (id: string) => RuleKind | undefined): readonly string[] {
  if (rule.kind !== 'composite') return []
  return rulesOf(rule.of).flatMap((part) => {
    const kind = kindOf(part)
    if (kind === undefined) return [`${rule.id} /of: there is no rule "${part}"`]
    return kind === 'composite'
      ? [`${rule.id} /of: "${part}" is composite itself; name the rules that it is made of`]
      : []
  })
}

function meaningFaults(rule: AlarmRule): readonly string[] {
  switch (rule.kind) {
    case 'threshold':
      return thresholdFaults(rule)
    case 'rate':
      return rateFaults(rule)
    case 'event':
      return eventFaults(rule)
    case 'composite':
      return compositeFaults(rule)
    case 'expression':
      return expressionFaults(rule)
    case 'dead-man':
    case 'gateway-offline':
      return []
    default:
      return rule satisfies never
  }
}

function thresholdFaults(rule: ThresholdRule): readonly string[] {
  const plans: readonly (readonly [string, Partial<LimitPlan>])[] = [
    ['', rule],
    ...(rule.places ?? []).map(({ set }, index) => [`/places/${index}/set`, set] as const),
  ]
  const hasLimits = plans.some(([, plan]) => hasLimit(plan) || plan.schedule?.some(hasLimit) === true)
  return [
    ...(hasLimits ? [] : [': a threshold rule has "below" or "above", for example below: 0.02']),
    ...plans.flatMap(([path, plan]) => planFaults(path, plan)),
  ]
}

function hasLimit({ below, above }: Partial<LimitPlan>): boolean {
  return below !== undefined || above !== undefined
}

function planFaults(path: string, { schedule, timeZone, stages }: Partial<LimitPlan>): readonly string[] {
  const faults = (schedule ?? []).flatMap(({ when }, index) => {
    const at = `${path}/schedule/${index}/when`
    if (Object.keys(when).length === 0) return [`${at}: names time, season, sun or stage`]
    if (when.time !== undefined && when.time.from === when.time.to) return [`${at}/time: is empty`]
    return []
  })
  const ids = (stages ?? []).map(({ id }) => id)
  if (timeZone !== undefined && !isTimeZone(timeZone))
    faults.push(`${path}/timeZone: nobody knows "${timeZone}", for example "Asia/Tokyo"`)
  if (new Set(ids).size < ids.length) faults.push(`${path}/stages: a stage is there twice`)
  return faults
}

function rateFaults({ below, above, places }: RateRule): readonly string[] {
  if ([{ below, above }, ...(places ?? []).map(({ set }) => set)].some(hasLimit)) return []
  return [': a rate rule has "above" or "below", for example above: 0.05']
}

function eventFaults({ count }: EventRule): readonly string[] {
  if (count === undefined) return []
  const faults = count.atLeast > count.of ? [`/count/atLeast: cannot be more than "of", which is ${count.of}`] : []
  if (count.clearBelow === undefined || count.clearBelow <= count.atLeast) return faults
  return [...faults, `/count/clearBelow: cannot be more than "atLeast", which is ${count.atLeast}`]
}

function compositeFaults({ id, of }: CompositeRule): readonly string[] {
  if (rulesOf(of).includes(id)) return ['/of: a rule cannot name itself']
  // Otherwise it would hold wherever nothing is wrong.
  return combinationHolds(of, () => false)
    ? ['/of: must not hold where no alarm lasts: join "not" with another rule by "all"']
    : []
}

function expressionFaults({ series, when, clearWhen }: ExpressionRule): readonly string[] {
  const names = Object.keys(series)
  const used = new Set<string>()
  const faults: string[] = []
  for (const [path, source] of [
    ['/when', when],
    ['/clearWhen', clearWhen],
  ] as const) {
    if (source === undefined) continue
    try {
      for (const name of compileExpression(source, names).names) used.add(name)
    } catch (thrown) {
      faults.push(`${path}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    }
  }
  const unused = names.filter((name) => !used.has(name))
  return faults.length > 0 || unused.length === 0 ? faults : [`/series: nothing names ${unused.join(', ')}`]
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
