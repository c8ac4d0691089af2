// One thing that is wrong with a rule: where, as a stable code for pages that say it in words, and in English for files and logs.

/** docs/alarms.md says what each means. */
export const ruleFaultCodes = [
  // Of a field by itself.
  'missing',
  'unknown-field',
  'wrong-value',
  'minimum',
  'more-than',
  'maximum',
  'too-long',
  // Of what fields say together.
  'no-object',
  'no-kind',
  'other-id',
  'no-limit',
  'no-rate-limit',
  'no-when',
  'empty-time',
  'time-zone',
  'stage-twice',
  'count-over-of',
  'clear-over-count',
  // Of combinations.
  'no-combination',
  'names-itself',
  'holds-in-peace',
  'part-missing',
  'part-composite',
  // Of expressions.
  'syntax',
  'too-complex',
  'foreign-text',
  'foreign-value',
  'foreign-function',
  'foreign-name',
  'wrong-operand',
  'no-truth',
  'unused-name',
] as const
export type RuleFaultCode = (typeof ruleFaultCodes)[number]

export interface RuleFault {
  /** Where in the rule, as `/count/of`; empty: the whole. */
  readonly path: string
  readonly code: RuleFaultCode
  /** What the words for the code are filled with. */
  readonly values: Readonly<Record<string, string | number>>
  readonly message: string
  /** The id of another rule that the fault is in. */
  readonly rule?: string
}

export function ruleFault(
  path: string,
  code: RuleFaultCode,
  message: string,
  values: RuleFault['values'] = {},
): RuleFault {
  return { path, code, values, message }
}

/** As `/path: what is wrong`. */
export function faultLine({ rule, path, message }: RuleFault): string {
  return `${faultPlace({ rule, path })}: ${message}`
}

/** The path, after the id of the rule where that is another. */
export function faultPlace({ rule, path }: { readonly rule?: string | undefined; readonly path: string }): string {
  return rule === undefined ? path : `${rule} ${path}`
}
