// The past of entities (ETSI GS CIM 009, 5.2.20 and 4.5.19): attribute by attribute, as instances, value pairs or aggregates.
import type { EntityPlan } from './entity-plans.ts'
import { instant } from './entity-plans.ts'
import { listOf } from './entity-query.ts'
import { modelValue } from './entity-values.ts'
import { NgsiError } from './ngsi-problem.ts'
import type { TemporalQuery } from './ngsi-schemas.ts'

export interface TemporalChoice {
  readonly fromMs: number
  readonly toMs: number
  readonly lastN: number | undefined
  readonly form: 'normalized' | 'temporalValues' | 'aggregatedValues'
  readonly methods: readonly AggregationMethod[]
  /** Undefined: the whole span. */
  readonly periodMs: number | undefined
}

const dayMs = 86_400_000
const mostDays = 31
const mostReadings = 10_000
const mostAggregated = 100_000
const mostPeriods = 2_000

const methods = {
  totalCount: (values: readonly number[]) => values.length,
  distinctCount: (values: readonly number[]) => new Set(values).size,
  sum: (values: readonly number[]) => sumOf(values),
  sumsq: (values: readonly number[]) => sumOf(values.map((value) => value ** 2)),
  avg: (values: readonly number[]) => sumOf(values) / values.length,
  min: (values: readonly number[]) => values.reduce((least, value) => Math.min(least, value)),
  max: (values: readonly number[]) => values.reduce((most, value) => Math.max(most, value)),
  /** Of the values themselves, not of a sample. */
  stddev(values: readonly number[]): number {
    const mean = sumOf(values) / values.length
    return Math.sqrt(sumOf(values.map((value) => (value - mean) ** 2)) / values.length)
  },
} as const
type AggregationMethod = keyof typeof methods

/** Without `timerel` the last 24 hours; `before`: the 24 hours before. Throws BadRequestData. */
export function temporalChoiceOf(query: TemporalQuery, options: readonly string[], nowMs: number): TemporalChoice {
  if (query.timeproperty !== undefined && query.timeproperty !== 'observedAt') {
    throw new NgsiError('OperationNotSupported', 'timeproperty is observedAt')
  }
  const isAggregated = options.includes('aggregatedValues')
  const form = isAggregated ? 'aggregatedValues' : options.includes('temporalValues') ? 'temporalValues' : 'normalized'
  const chosen = listOf(query.aggrMethods) ?? []
  const unknown = chosen.find((name) => !Object.hasOwn(methods, name))
  if (unknown !== undefined) throw new NgsiError('BadRequestData', `${unknown} is no method of aggregation`)
  if (isAggregated && chosen.length === 0) throw new NgsiError('BadRequestData', 'aggregatedValues needs aggrMethods')
  const span = spanOf(query, nowMs)
  const periodMs = query.aggrPeriodDuration === undefined ? undefined : durationMs(query.aggrPeriodDuration)
  if (periodMs !== undefined && (span.toMs - span.fromMs) / periodMs > mostPeriods) {
    throw new NgsiError('BadRequestData', `at most ${mostPeriods} periods are answered at once`)
  }
  const { lastN } = query
  if (lastN !== undefined && !/^[1-9]\d{0,5}$/.test(lastN))
    throw new NgsiError('BadRequestData', 'lastN is a number from 1')
  return {
    ...span,
    form,
    lastN: lastN === undefined ? undefined : Number(lastN),
    methods: chosen as readonly AggregationMethod[],
    periodMs,
  }
}

function spanOf(
  { timerel, timeAt, endTimeAt }: TemporalQuery,
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  if (timerel === undefined) {
    if (timeAt !== undefined) throw new NgsiError('BadRequestData', 'timeAt needs timerel: before, after or between')
    return { fromMs: nowMs - dayMs, toMs: nowMs + 1 }
  }
  const atMs = timeOf(timeAt, 'timeAt')
  const span = { fromMs: atMs, toMs: nowMs + 1 }
  if (timerel === 'before') return { fromMs: atMs - dayMs, toMs: atMs }
  // What comes after a time long ago is answered for its newest days.
  if (timerel === 'after') return { ...span, fromMs: Math.max(atMs + 1, span.toMs - mostDays * dayMs) }
  if (timerel !== 'between') throw new NgsiError('BadRequestData', 'timerel is before, after or between')
  const toMs = timeOf(endTimeAt, 'endTimeAt')
  if (atMs >= toMs) throw new NgsiError('BadRequestData', 'timeAt is before endTimeAt')
  if (toMs - atMs > mostDays * dayMs)
    throw new NgsiError('BadRequestData', `at most ${mostDays} days are answered at once`)
  return { fromMs: atMs, toMs }
}

function timeOf(text: string | undefined, name: string): number {
  const timeMs = /^\d{4}-\d{2}-\d{2}T/.test(text ?? '') ? Date.parse(text ?? '') : Number.NaN
  if (Number.isNaN(timeMs)) throw new NgsiError('BadRequestData', `${name} is a time such as 2026-11-23T00:00:00Z`)
  return timeMs
}

/** Days, hours, minutes and seconds of ISO 8601: those that are of equal length. */
function durationMs(text: string): number {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text)
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = (match ?? []).slice(1).map((part) => Number(part ?? 0))
  const lengthMs = days * dayMs + hours * 3_600_000 + minutes * 60_000 + seconds * 1_000
  if (match === null || lengthMs === 0)
    throw new NgsiError('BadRequestData', 'aggrPeriodDuration is a duration such as PT1H')
  return lengthMs
}

/** Undefined where nothing was measured. Throws TooManyResults. */
export async function temporalEntity(
  plan: EntityPlan,
  attrs: readonly string[] | undefined,
  choice: TemporalChoice,
): Promise<object | undefined> {
  const shown: [string, unknown][] = []
  for (const [name, attribute] of Object.entries(plan.measured)) {
    if (attrs !== undefined && !attrs.includes(name)) continue
    const most = choice.form === 'aggregatedValues' ? mostAggregated : mostReadings
    const found = await attribute.series.readings({ fromMs: choice.fromMs, toMs: choice.toMs, limit: most + 1 })
    if (found.length > most) {
      throw new NgsiError(
        'TooManyResults',
        `${name} has more than ${most} values in this time; ask for less, or aggregatedValues`,
      )
    }
    if (found.length === 0) continue
    const points = (choice.lastN === undefined ? found : found.slice(-choice.lastN)).map(
      ({ timeMs, value }) => [modelValue(value, attribute), timeMs] as const,
    )
    shown.push([name, formOf(points, attribute.unit.code, choice)])
  }
  return shown.length === 0 ? undefined : { id: plan.id, type: plan.type, ...Object.fromEntries(shown) }
}

function formOf(
  points: readonly (readonly [value: unknown, timeMs: number])[],
  unitCode: string | undefined,
  choice: TemporalChoice,
): unknown {
  const code = unitCode === undefined ? {} : { unitCode }
  if (choice.form === 'normalized') {
    return points.map(([value, timeMs]) => ({ type: 'Property', value, observedAt: instant(timeMs), ...code }))
  }
  if (choice.form === 'temporalValues') {
    return { type: 'Property', values: points.map(([value, timeMs]) => [value, instant(timeMs)]), ...code }
  }
  const numbers = points.filter((point): point is readonly [number, number] => typeof point[0] === 'number')
  const periods = periodsOf(numbers, choice)
  const aggregates = choice.methods.map((method) => [
    method,
    periods.map(({ beginMs, endMs, values }) => [methods[method](values), instant(beginMs), instant(endMs)]),
  ])
  return { type: 'Property', ...Object.fromEntries(aggregates) }
}

/** Those that have values, counted from the beginning of the span. */
function periodsOf(numbers: readonly (readonly [number, number])[], { fromMs, toMs, periodMs }: TemporalChoice) {
  const lengthMs = periodMs ?? toMs - fromMs
  const periods = new Map<number, number[]>()
  for (const [value, timeMs] of numbers) {
    const index = Math.floor((timeMs - fromMs) / lengthMs)
    const values = periods.get(index)
    if (values === undefined) periods.set(index, [value])
    else values.push(value)
  }
  return Array.from(periods, ([index, values]) => {
    const beginMs = fromMs + index * lengthMs
    return { beginMs, endMs: Math.min(beginMs + lengthMs, toMs), values }
  })
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
