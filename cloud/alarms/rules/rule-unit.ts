// Whether a rule with limits and its series speak of the same unit; a rule that does not is faulty and says so as an alarm.
import type { SeriesFacts } from '../../registry/series-directory.ts'
import type { RuleContext } from './rule-runner.ts'
import type { RateRule, ThresholdRule } from './rule.ts'

/** What is remembered of a rule that names no unit: in which one it met the series, as long as its limits stay as they are. */
interface WrittenIn {
  readonly unit: string
  readonly limits: string
}

type RuleWithUnit = ThresholdRule | RateRule

/**
 * True where the rule cannot judge this series. Raises or clears the alarm that tells of it. `limits`: the rule's, as text;
 * once they change, the rule is taken to be written anew.
 */
export function isUnitFaulty(rule: RuleWithUnit, limits: string, facts: SeriesFacts, context: RuleContext): boolean {
  const writtenIn = unitOf(rule, limits, facts, context)
  const faulty = writtenIn !== undefined && facts.unit !== undefined && facts.unit !== writtenIn
  const { key, gateway, device, site } = facts
  const subject = { key: `unit:${key}`, gateway, device, site, series: key }
  if (context.isActive(rule, subject.key) !== faulty) {
    const texts = faultTexts(rule.id, writtenIn ?? '', facts.unit ?? '')
    context.transition({ rule, subject, active: faulty, timeMs: context.clock.now(), value: undefined, texts })
  }
  return faulty
}

function unitOf(
  rule: RuleWithUnit,
  limits: string,
  { key, unit }: SeriesFacts,
  context: RuleContext,
): string | undefined {
  if (rule.unit !== undefined) return rule.unit
  const stored = context.memory(rule, `unit:${key}`)
  const known = stored === undefined ? undefined : (JSON.parse(stored) as WrittenIn)
  if (known?.limits === limits) return known.unit
  if (unit !== undefined) context.remember(rule, `unit:${key}`, JSON.stringify({ unit, limits } satisfies WrittenIn))
  return unit
}

function faultTexts(id: string, writtenIn: string, unit: string): Pick<RuleWithUnit, 'title' | 'advice'> {
  return {
    title: { ja: '警報規則の単位が系列と違う', en: 'An alarm rule is written in another unit than its series' },
    advice: {
      ja: `規則「${id}」の限界値は ${writtenIn} ですが、系列は ${unit} です。規則の値と unit を直してください。それまで判定しません`,
      en: `Rule "${id}" is written in ${writtenIn}, the series is in ${unit}: correct its limits and its unit. Until then it judges nothing`,
    },
  }
}
