// What the hub finds wrong with a rule, in words: the field as the form calls it, and what to do about it.
import type { RuleFaultCode } from '../../../alarms/rules/rule-fault.ts'
import type { Fault } from '../api/hub-api.ts'
import type { RuleItem } from '../api/rule-api.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'
import { secondsText } from './rule-words.ts'

const words: Readonly<Record<RuleFaultCode, TextKey>> = {
  missing: 'rule.fault.missing',
  'unknown-field': 'rule.fault.unknown-field',
  'wrong-value': 'rule.fault.wrong-value',
  minimum: 'rule.fault.minimum',
  'more-than': 'rule.fault.more-than',
  maximum: 'rule.fault.maximum',
  'too-long': 'rule.fault.too-long',
  'no-object': 'rule.fault.no-object',
  'no-kind': 'rule.fault.no-kind',
  'other-id': 'rule.fault.other-id',
  'no-limit': 'rule.fault.no-limit',
  'no-rate-limit': 'rule.fault.no-rate-limit',
  'no-when': 'rule.fault.no-when',
  'empty-time': 'rule.fault.empty-time',
  'time-zone': 'rule.fault.time-zone',
  'stage-twice': 'rule.fault.stage-twice',
  'count-over-of': 'rule.fault.count-over-of',
  'clear-over-count': 'rule.fault.clear-over-count',
  'no-combination': 'rule.fault.no-combination',
  'names-itself': 'rule.fault.names-itself',
  'holds-in-peace': 'rule.fault.holds-in-peace',
  'part-missing': 'rule.fault.part-missing',
  'part-composite': 'rule.fault.part-composite',
  syntax: 'rule.fault.syntax',
  'too-complex': 'rule.fault.too-complex',
  'foreign-text': 'rule.fault.foreign-text',
  'foreign-value': 'rule.fault.foreign-value',
  'foreign-function': 'rule.fault.foreign-function',
  'foreign-name': 'rule.fault.foreign-name',
  'wrong-operand': 'rule.fault.wrong-operand',
  'no-truth': 'rule.fault.no-truth',
  'unused-name': 'rule.fault.unused-name',
}

/** By the beginning of the path: the longest that fits. */
const fields: Readonly<Record<string, TextKey>> = {
  '/title/ja': 'rule.titleJa',
  '/title/en': 'rule.titleEn',
  '/advice/ja': 'rule.adviceJa',
  '/advice/en': 'rule.adviceEn',
  '/severity': 'rule.severity',
  '/match/site': 'rule.site',
  '/match/siteKind': 'rule.siteKind',
  '/match/profile': 'rule.ofProfile',
  '/match/device': 'rule.device',
  '/match/gateway': 'rule.gateway',
  '/match/source': 'rule.source',
  '/match/channel': 'rule.channel',
  '/below': 'rule.belowThis',
  '/above': 'rule.aboveThis',
  '/hysteresis': 'rule.hysteresis',
  '/onDelayS': 'rule.onDelay',
  '/offDelayS': 'rule.offDelay',
  '/windowS': 'rule.window',
  '/perS': 'rule.per',
  '/intervals': 'rule.intervals',
  '/atLeastS': 'rule.atLeast',
  '/reason': 'rule.reason',
  '/event': 'rule.event',
  '/count/of': 'rule.ofLast',
  '/count/atLeast': 'rule.atLeastBad',
  '/count/clearBelow': 'rule.clearBelow',
  '/by': 'rule.byPlace',
  '/of': 'rule.parts',
  '/series': 'rule.series',
  '/when': 'rule.when',
  '/clearWhen': 'rule.clearWhen',
  '/schedule': 'rule.schedule',
}

/** `rules`: those whose titles may be named. A fault without a code that is known here is told as the hub wrote it. */
export function faultText({ path, message, code, values = {} }: Fault, rules: readonly RuleItem[]): string {
  const key = isKnown(code) ? words[code] : undefined
  const titleOf = (id: string) => localized(rules.find((rule) => rule.id === id)?.rule.title ?? { ja: id, en: id })
  const own = path.slice(path.indexOf('/'))
  const { limit, part, rule } = values
  const filled = {
    ...values,
    // Durations are kept in seconds and typed in minutes, hours or days.
    ...(typeof limit === 'number' && own.endsWith('S') && { limit: secondsText(limit) }),
    ...(typeof part === 'string' && { part: titleOf(part) }),
  }
  const what = key === undefined ? message : t(key, filled)
  const fault = own.startsWith('/') ? t('rule.faultAt', { field: fieldText(own), what }) : what
  return typeof rule === 'string' ? t('rule.faultOf', { rule: titleOf(rule), fault }) : fault
}

function isKnown(code: string | undefined): code is RuleFaultCode {
  return code !== undefined && Object.hasOwn(words, code)
}

function fieldText(path: string): string {
  const fitting = Object.keys(fields).filter((field) => path === field || path.startsWith(`${field}/`))
  const key = fields[fitting.toSorted((a, b) => b.length - a.length)[0] ?? '']
  return key === undefined ? path : t(key)
}
