// The limits that threshold rules set for one series over a span, as lines that a chart can draw.
import { limitsAt, type LimitPlan, type Place } from '../alarms/rules/limit-schedule.ts'
import { parametersAt } from '../alarms/rules/place-parameters.ts'
import { isInScope, matchesSeries } from '../alarms/rules/series-match.ts'
import type { AlarmRule, ThresholdRule } from '../alarms/rules/rule.ts'
import type { SeriesFacts } from '../registry/series-directory.ts'
import type { LimitItem } from './chart-schemas.ts'

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** A schedule is looked at so often over the span. */
const looks = 240
const shortestLookMs = 60_000
/** More lines than this say nothing. */
const mostLimits = 12

const worstFirst = ['critical', 'major', 'minor', 'warning', 'info']

/** Of the rules that judge this series; none of a rule written in another unit. Worst first. */
export function limitsOf(
  rules: readonly AlarmRule[],
  facts: SeriesFacts,
  place: Place,
  span: Span,
): readonly LimitItem[] {
  return rules
    .filter((rule): rule is ThresholdRule => rule.kind === 'threshold' && judges(rule, facts))
    .toSorted((a, b) => worstFirst.indexOf(a.severity) - worstFirst.indexOf(b.severity))
    .flatMap((rule) => linesOf(rule, parametersAt(rule, facts), place, span))
    .slice(0, mostLimits)
}

function judges(rule: ThresholdRule, facts: SeriesFacts): boolean {
  if (!isInScope(rule.scope, facts.gateway) || !matchesSeries(rule.match, facts)) return false
  if (parametersAt(rule, facts).disabled === true) return false
  return rule.unit === undefined || facts.unit === undefined || rule.unit === facts.unit
}

function linesOf(rule: ThresholdRule, plan: LimitPlan, place: Place, span: Span): readonly LimitItem[] {
  const { id, title, severity } = rule
  return (['above', 'below'] as const).flatMap((side) => {
    const steps = stepsOf(plan, place, span, side)
    return steps.length === 0 ? [] : [{ rule: id, title, severity, side, steps: [...steps] }]
  })
}

function stepsOf(plan: LimitPlan, place: Place, { fromMs, toMs }: Span, side: 'above' | 'below'): LimitItem['steps'] {
  const lookMs = plan.schedule === undefined ? toMs - fromMs : Math.max(shortestLookMs, (toMs - fromMs) / looks)
  const steps: LimitItem['steps'] = []
  for (let timeMs = fromMs; timeMs < toMs; timeMs += lookMs) {
    const value = limitsAt(plan, place, timeMs)[side]
    const before = steps.at(-1)
    const to = Math.min(toMs, timeMs + lookMs)
    if (value === undefined) continue
    if (before !== undefined && before.value === value && before.to === timeMs) before.to = to
    else steps.push({ from: timeMs, to, value })
  }
  return steps
}
