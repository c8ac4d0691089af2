// A rule while somebody writes it: a document that is changed field by field, and what a new one of each kind begins with.
import type { RuleDocument } from '../api/rule-api.ts'

export type RuleKind = RuleDocument['kind']

export const ruleKinds = [
  'threshold',
  'rate',
  'dead-man',
  'event',
  'composite',
  'expression',
  'gateway-offline',
] as const satisfies readonly RuleKind[]

const texts = { title: { ja: '', en: '' }, advice: { ja: '', en: '' } }
const delays = { onDelayS: 60, offDelayS: 60 }
const common = { severity: 'minor', ...texts }

const beginnings: Readonly<Record<RuleKind, Readonly<Record<string, unknown>>>> = {
  threshold: { ...common, match: {}, hysteresis: 0, ...delays },
  rate: { ...common, match: {}, windowS: 3_600, perS: 3_600, hysteresis: 0, onDelayS: 0, offDelayS: 0 },
  'dead-man': { ...common, match: {}, intervals: 3, atLeastS: 60 },
  event: { ...common, event: 'inspection', match: {}, onDelayS: 0, offDelayS: 0 },
  composite: { ...common, by: 'site', of: { all: [] }, ...delays },
  expression: { ...common, by: 'site', match: {}, series: { a: '', b: '' }, when: 'a < b', ...delays },
  'gateway-offline': { ...common, reason: 'lost', onDelayS: 60 },
}

export function newRule(kind: RuleKind): RuleDocument {
  return { kind, ...structuredClone(beginnings[kind]) }
}

/** An id that nobody else has taken; people read the title. */
export function newId(kind: RuleKind): string {
  return `${kind}-${Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** `/match/site` and so on; undefined where it is not there. */
export function valueAt(rule: unknown, path: string): unknown {
  return path
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (at, key) => (isRecord(at) || Array.isArray(at) ? (at as Record<string, unknown>)[key] : undefined),
      rule,
    )
}

/** Empty where there is no text. */
export function textAt(rule: unknown, path: string): string {
  const value = valueAt(rule, path)
  return typeof value === 'string' ? value : ''
}

/** With another value at a path; undefined and empty texts take the field away. */
export function withValue<T>(rule: T, path: string, value: unknown): T {
  const [key = '', ...rest] = path.split('/').slice(1)
  const inner = valueAt(rule, `/${key}`)
  const next = rest.length === 0 ? value : withValue(inner ?? {}, `/${rest.join('/')}`, value)
  if (Array.isArray(rule)) return rule.with(Number(key), next) as T
  const { [key]: _before, ...others } = rule as Record<string, unknown>
  return (next === undefined || next === '' ? others : { ...(rule as object), [key]: next }) as T
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A flat AND or OR of rules, each perhaps with a NOT: what the form can show. */
export interface FlatCombination {
  readonly join: 'all' | 'any'
  readonly parts: readonly { readonly rule: string; readonly not: boolean }[]
}

/** Undefined: it is nested, and stays as it is written. */
export function flatOf(of: unknown): FlatCombination | undefined {
  if (!isRecord(of)) return undefined
  const join = 'all' in of ? 'all' : 'any' in of ? 'any' : undefined
  const parts = (join === undefined ? [of] : (of[join] as unknown[])).map(partOf)
  if (parts.some((part) => part === undefined)) return undefined
  return { join: join ?? 'all', parts: parts.filter((part) => part !== undefined) }
}

function partOf(part: unknown): FlatCombination['parts'][number] | undefined {
  if (!isRecord(part)) return undefined
  if (typeof part['rule'] === 'string') return { rule: part['rule'], not: false }
  const inner = part['not']
  return isRecord(inner) && typeof inner['rule'] === 'string' ? { rule: inner['rule'], not: true } : undefined
}

export function combinationOf({ join, parts }: FlatCombination): unknown {
  return { [join]: parts.map(({ rule, not }) => (not ? { not: { rule } } : { rule })) }
}

/** The English text is that of the Japanese one where nobody has written another. */
export function completed(rule: RuleDocument): RuleDocument {
  const both = (path: string) => {
    const ja = textAt(rule, `${path}/ja`).trim()
    const en = textAt(rule, `${path}/en`).trim()
    return { ja: ja || en, en: en || ja }
  }
  return { ...rule, title: both('/title'), advice: both('/advice') }
}
