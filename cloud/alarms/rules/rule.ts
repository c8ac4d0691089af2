// What an alarm rule is: the schema of each kind. docs/alarms.md says in a table what each does.
import { Type, type Static } from 'typebox'
import { LocalizedText } from '../../../broker/contract/documents.ts'
import { eventKinds, eventStates } from '../../../broker/contract/event-limits.ts'
import { Combination } from './combination.ts'
import { LimitFields } from './limit-schedule.ts'
import { SeriesMatch, type RuleScope } from './series-match.ts'

/** Worst first. X.733's names for four of them; info needs nobody. */
export const severities = ['critical', 'major', 'minor', 'warning', 'info'] as const
export type Severity = (typeof severities)[number]
export const Severity = Type.Enum([...severities])

const strict = { additionalProperties: false } as const
const Seconds = Type.Number({ minimum: 0, maximum: 30 * 86_400 })
/** Of the series: in which limits are written; absent: the unit that a series had when the rule first met it. */
const Unit = Type.Optional(Type.String({ minLength: 1, maxLength: 64 }))
const Delays = { onDelayS: Seconds, offDelayS: Seconds }

const RuleId = Type.String({ pattern: '^[a-z0-9-]{1,64}$' })

const common = {
  id: RuleId,
  severity: Severity,
  title: LocalizedText,
  /** What to do. */
  advice: LocalizedText,
  /** True: it is kept and judges nothing. */
  disabled: Type.Optional(Type.Boolean()),
  /** Rules that say the same better: while an alarm of one of them lasts at the same series, people are not told of this one. */
  hiddenBy: Type.Optional(Type.Array(RuleId, { minItems: 1, maxItems: 16 })),
}

/** What a place sets otherwise than the rule; of several that fit, the first. */
const overridesOf = <Fields extends Parameters<typeof Type.Object>[0]>(fields: Fields) =>
  Type.Optional(
    Type.Array(Type.Object({ match: SeriesMatch, set: Type.Partial(Type.Object(fields, strict)) }, strict), {
      maxItems: 1_000,
    }),
  )

const { hysteresis: Hysteresis, ...limitFields } = LimitFields
const thresholdParameters = { ...limitFields, hysteresis: Hysteresis, ...Delays, disabled: common.disabled }

/**
 * Raises when the value lies below `below` (or above `above`) for `onDelayS`, clears when it lies beyond the limit by
 * `hysteresis` for `offDelayS`. With `while`, only as long as a companion channel of the same device fits too; a `*` in its
 * name stands for what `*` stood for in `match.channel`.
 */
export const ThresholdRule = Type.Object(
  {
    ...common,
    kind: Type.Literal('threshold'),
    match: SeriesMatch,
    ...LimitFields,
    unit: Unit,
    ...Delays,
    while: Type.Optional(
      Type.Object(
        { channel: Type.String(), above: Type.Optional(Type.Number()), below: Type.Optional(Type.Number()) },
        strict,
      ),
    ),
    places: overridesOf(thresholdParameters),
  },
  strict,
)
export type ThresholdRule = Static<typeof ThresholdRule> & Scoped

const rateFields = {
  /** Of event time, over which the change is measured. */
  windowS: Type.Number({ minimum: 2, maximum: 7 * 86_400 }),
  /** The limits are per this many seconds: 3600 for "per hour". */
  perS: Type.Number({ exclusiveMinimum: 0, maximum: 366 * 86_400 }),
  /** Rises faster than … */
  above: Type.Optional(Type.Number()),
  /** … or falls faster than (a negative number). */
  below: Type.Optional(Type.Number()),
  hysteresis: Type.Number({ minimum: 0, default: 0 }),
}

/** Raises when a value changes faster than a limit, measured over a window of event time whatever the spacing of its readings. */
export const RateRule = Type.Object(
  {
    ...common,
    kind: Type.Literal('rate'),
    match: SeriesMatch,
    ...rateFields,
    unit: Unit,
    ...Delays,
    places: overridesOf({ ...rateFields, ...Delays, disabled: common.disabled }),
  },
  strict,
)
export type RateRule = Static<typeof RateRule> & Scoped

/** Raises when a series, or a device with all its series, has given no usable reading for `intervals` × its interval. */
export const DeadManRule = Type.Object(
  {
    ...common,
    kind: Type.Literal('dead-man'),
    match: SeriesMatch,
    intervals: Type.Number({ minimum: 1.5, maximum: 100 }),
    atLeastS: Seconds,
  },
  strict,
)
export type DeadManRule = Static<typeof DeadManRule> & Scoped

/** Raises when a gateway has been offline, for this reason, for `onDelayS`. */
export const GatewayOfflineRule = Type.Object(
  {
    ...common,
    kind: Type.Literal('gateway-offline'),
    reason: Type.Enum(['lost', 'shutdown']),
    onDelayS: Seconds,
  },
  strict,
)
export type GatewayOfflineRule = Static<typeof GatewayOfflineRule> & Scoped

const EventKindName = Type.Enum([...eventKinds])
const EventStateName = Type.Enum([...eventStates])

/** Which events count as bad: one of the states, or one of the classes, or the score. Nothing given: `raised` and `reject`. */
const BadEvent = Type.Object(
  {
    states: Type.Optional(Type.Array(EventStateName, { minItems: 1 })),
    classes: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 64 })),
    scoreAbove: Type.Optional(Type.Number()),
  },
  strict,
)

/**
 * About what the models at the gateways decide, one alarm per source. Without `count` the newest event says it: a bad one
 * raises, another one clears. With `count` at least `atLeast` of the last `of` events were bad; fewer than `clearBelow` clear.
 */
export const EventRule = Type.Object(
  {
    ...common,
    kind: Type.Literal('event'),
    event: EventKindName,
    match: Type.Object(
      {
        siteKind: SeriesMatch.properties.siteKind,
        site: SeriesMatch.properties.site,
        gateway: SeriesMatch.properties.gateway,
        profile: SeriesMatch.properties.profile,
        /** As the gateway calls it: a device or camera, or `device:channel`. */
        source: SeriesMatch.properties.device,
        model: SeriesMatch.properties.device,
      },
      strict,
    ),
    bad: Type.Optional(BadEvent),
    count: Type.Optional(
      Type.Object(
        {
          atLeast: Type.Integer({ minimum: 1, maximum: 200 }),
          of: Type.Integer({ minimum: 1, maximum: 200 }),
          clearBelow: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
          /** Events that are older than this beside the newest do not count. */
          withinS: Type.Optional(Seconds),
        },
        strict,
      ),
    ),
    ...Delays,
  },
  strict,
)
export type EventRule = Static<typeof EventRule> & Scoped

/** Raises when other rules' alarms stand together as `of` says, at the same series, device, site or gateway. */
export const CompositeRule = Type.Object(
  {
    ...common,
    kind: Type.Literal('composite'),
    by: Type.Enum(['series', 'device', 'site', 'gateway']),
    of: Combination,
    ...Delays,
  },
  strict,
)
export type CompositeRule = Static<typeof CompositeRule> & Scoped

/** Raises when an expression over several series of a device or site holds; see expression.ts for the language. */
export const ExpressionRule = Type.Object(
  {
    ...common,
    kind: Type.Literal('expression'),
    by: Type.Enum(['device', 'site']),
    /** Which devices or sites. */
    match: Type.Omit(SeriesMatch, ['channel']),
    /** Name in the expression → `channel` or `device:channel` (patterns). One that fits several series of a place is unknown. */
    series: Type.Record(
      Type.String({ pattern: '^[a-z][A-Za-z0-9]{0,31}$' }),
      Type.String({ minLength: 1, maxLength: 128 }),
      {
        minProperties: 1,
        maxProperties: 16,
        additionalProperties: false,
      },
    ),
    /** Raises while it is true. */
    when: Type.String({ minLength: 1, maxLength: 500 }),
    /** Clears when it is true; absent: when `when` is false. */
    clearWhen: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
    /** A value older than this beside the newest is unknown; absent: three intervals of its series, at least five minutes. */
    maxAgeS: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 30 * 86_400 })),
    ...Delays,
  },
  strict,
)
export type ExpressionRule = Static<typeof ExpressionRule> & Scoped

interface Scoped {
  /** Set by the hub, never by a file or a request. */
  readonly scope?: RuleScope
}

export const ruleSchemas = {
  threshold: ThresholdRule,
  rate: RateRule,
  'dead-man': DeadManRule,
  'gateway-offline': GatewayOfflineRule,
  event: EventRule,
  composite: CompositeRule,
  expression: ExpressionRule,
} as const
export type RuleKind = keyof typeof ruleSchemas

export type AlarmRule =
  | ThresholdRule
  | RateRule
  | DeadManRule
  | GatewayOfflineRule
  | EventRule
  | CompositeRule
  | ExpressionRule
