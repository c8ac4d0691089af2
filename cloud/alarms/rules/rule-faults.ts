// What is wrong with rules, every fault at once: their shape, what a schema cannot say, and what they say of one another.
import type { TSchema } from 'typebox'
import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'
import { combinationHolds, rulesOf } from './combination.ts'
import { compileExpression, ExpressionRefusal } from './expression.ts'
import type { LimitPlan } from './limit-schedule.ts'
import { isTimeZone } from '../../calendar/local-time.ts'
import { faultLine, ruleFault, type RuleFault, type RuleFaultCode } from './rule-fault.ts'
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

/** Faults of one rule with defaults; none: it is an AlarmRule but for the rules that it names. */
export function ruleFaults(rule: unknown): readonly RuleFault[] {
  const kind = isRecord(rule) ? rule['kind'] : undefined
  const schema =
    typeof kind === 'string' && Object.hasOwn(ruleSchemas, kind) ? ruleSchemas[kind as RuleKind] : undefined
  if (schema === undefined) {
    const kinds = Object.keys(ruleSchemas).join(', ')
    return [ruleFault('/kind', 'no-kind', `must be one of ${kinds}, for example "threshold"`)]
  }
  const faults = allErrors(schema, rule).flatMap(shapeFaults)
  const each = new Map(faults.map((fault) => [faultLine(fault), fault]))
  return each.size > 0 ? [...each.values()] : meaningFaults(rule as AlarmRule)
}

type ShapeError = ReturnType<typeof Value.Errors>[number]

/** By the keyword of a schema; any other: the value is wrong. */
const shapeCodes: Partial<Record<ShapeError['keyword'], RuleFaultCode>> = {
  minLength: 'missing',
  minItems: 'missing',
  minProperties: 'missing',
  maxLength: 'too-long',
  maxItems: 'too-long',
  maxProperties: 'too-long',
  minimum: 'minimum',
  exclusiveMinimum: 'more-than',
  maximum: 'maximum',
  boolean: 'unknown-field',
}

/** What a schema says, place by place. */
function shapeFaults({ keyword, instancePath, params, message }: ShapeError): readonly RuleFault[] {
  // Every branch of a combination that does not fit would tell of itself.
  if (instancePath === '/of' || instancePath.startsWith('/of/')) {
    return [
      ruleFault('/of', 'no-combination', 'joins rules by "all", "any" and "not", for example all: [{ rule: low }]'),
    ]
  }
  // Each of them has told of itself.
  if (keyword === 'additionalProperties') return []
  if (keyword === 'required') {
    return params.requiredProperties.map((name) => ruleFault(`${instancePath}/${name}`, 'missing', 'must be there'))
  }
  const said = keyword === 'boolean' ? 'no such field is known here' : message
  const values = 'limit' in params ? { limit: Number(params.limit) } : {}
  return [ruleFault(instancePath, shapeCodes[keyword] ?? 'wrong-value', said, values)]
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

/** Faults of what composite rules name. */
export function referenceFaults(rules: readonly AlarmRule[]): readonly RuleFault[] {
  const kinds = new Map(rules.map(({ id, kind }) => [id, kind]))
  return rules.flatMap((rule) => faultsOfParts(rule, (id) => kinds.get(id)))
}

/** The same of one rule; `kindOf` an id: undefined where there is no such rule. */
export function faultsOfParts(rule: AlarmRule, kindOf: (id: string) => RuleKind | undefined): readonly RuleFault[] {
  if (rule.kind !== 'composite') return []
  return rulesOf(rule.of).flatMap((part) => {
    const kind = kindOf(part)
    if (kind !== undefined && kind !== 'composite') return []
    const fault =
      kind === undefined
        ? ruleFault('/of', 'part-missing', `there is no rule "${part}"`, { part })
        : ruleFault('/of', 'part-composite', `"${part}" is composite itself; name the rules that it is made of`, {
            part,
          })
    return [{ ...fault, rule: rule.id }]
  })
}

function meaningFaults(rule: AlarmRule): readonly RuleFault[] {
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

function thresholdFaults(rule: ThresholdRule): readonly RuleFault[] {
  const plans: readonly (readonly [string, Partial<LimitPlan>])[] = [
    ['', rule],
    ...(rule.places ?? []).map(({ set }, index) => [`/places/${index}/set`, set] as const),
  ]
  const hasLimits = plans.some(([, plan]) => hasLimit(plan) || plan.schedule?.some(hasLimit) === true)
  return [
    ...(hasLimits
      ? []
      : [ruleFault('', 'no-limit', 'a threshold rule has "below" or "above", for example below: 0.02')]),
    ...plans.flatMap(([path, plan]) => planFaults(path, plan)),
  ]
}

function hasLimit({ below, above }: Partial<LimitPlan>): boolean {
  return below !== undefined || above !== undefined
}

function planFaults(path: string, { schedule, timeZone, stages }: Partial<LimitPlan>): readonly RuleFault[] {
  const faults = (schedule ?? []).flatMap(({ when }, index) => {
    const at = `${path}/schedule/${index}/when`
    if (Object.keys(when).length === 0) return [ruleFault(at, 'no-when', 'names time, season, sun or stage')]
    if (when.time !== undefined && when.time.from === when.time.to)
      return [ruleFault(`${at}/time`, 'empty-time', 'is empty')]
    return []
  })
  const ids = (stages ?? []).map(({ id }) => id)
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    const message = `nobody knows "${timeZone}", for example "Asia/Tokyo"`
    faults.push(ruleFault(`${path}/timeZone`, 'time-zone', message, { zone: timeZone }))
  }
  if (new Set(ids).size < ids.length) faults.push(ruleFault(`${path}/stages`, 'stage-twice', 'a stage is there twice'))
  return faults
}

function rateFaults({ below, above, places }: RateRule): readonly RuleFault[] {
  if ([{ below, above }, ...(places ?? []).map(({ set }) => set)].some(hasLimit)) return []
  return [ruleFault('', 'no-rate-limit', 'a rate rule has "above" or "below", for example above: 0.05')]
}

function eventFaults({ count }: EventRule): readonly RuleFault[] {
  if (count === undefined) return []
  const { atLeast, of, clearBelow = atLeast } = count
  const faults: RuleFault[] = []
  if (atLeast > of) {
    const message = `cannot be more than "of", which is ${of}`
    faults.push(ruleFault('/count/atLeast', 'count-over-of', message, { limit: of }))
  }
  if (clearBelow > atLeast) {
    const message = `cannot be more than "atLeast", which is ${atLeast}`
    faults.push(ruleFault('/count/clearBelow', 'clear-over-count', message, { limit: atLeast }))
  }
  return faults
}

function compositeFaults({ id, of }: CompositeRule): readonly RuleFault[] {
  if (rulesOf(of).includes(id)) return [ruleFault('/of', 'names-itself', 'a rule cannot name itself')]
  // Otherwise it would hold wherever nothing is wrong.
  return combinationHolds(of, () => false)
    ? [ruleFault('/of', 'holds-in-peace', 'must not hold where no alarm lasts: join "not" with another rule by "all"')]
    : []
}

function expressionFaults({ series, when, clearWhen }: ExpressionRule): readonly RuleFault[] {
  const names = Object.keys(series)
  const used = new Set<string>()
  const faults: RuleFault[] = []
  for (const [path, source] of [
    ['/when', when],
    ['/clearWhen', clearWhen],
  ] as const) {
    if (source === undefined) continue
    try {
      for (const name of compileExpression(source, names).names) used.add(name)
    } catch (thrown) {
      if (!(thrown instanceof ExpressionRefusal)) throw thrown
      faults.push(ruleFault(path, thrown.fault, thrown.message, thrown.values))
    }
  }
  const unused = names.filter((name) => !used.has(name))
  if (faults.length > 0 || unused.length === 0) return faults
  const unnamed = unused.join(', ')
  return [ruleFault('/series', 'unused-name', `nothing names ${unnamed}`, { names: unnamed })]
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
