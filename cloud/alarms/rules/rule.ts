// What an alarm rule is: the schema of each kind, and the interface by which the engine runs any of them.
import { Type, type Static } from 'typebox'
import { LocalizedText, SiteKind } from '../../../broker/contract/documents.ts'
import type { Clock } from '../../../broker/contract/ports.ts'
import type { LatestValues } from '../../ingest/latest-values.ts'
import type { GatewayRecord } from '../../registry/gateway-registry.ts'
import type { SeriesFacts } from '../../registry/series-directory.ts'

/** Worst first. X.733's names for four of them; info needs nobody. */
export const severities = ['critical', 'major', 'minor', 'warning', 'info'] as const
export type Severity = (typeof severities)[number]
/** TypeBox cannot tell the union of a mapped array; the type is said here. */
export const Severity = Type.Unsafe<Severity>(Type.Union(severities.map((severity) => Type.Literal(severity))))

const strict = { additionalProperties: false } as const
const Seconds = Type.Number({ minimum: 0, maximum: 30 * 86_400 })

const common = {
  id: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
  severity: Severity,
  title: LocalizedText,
  /** What to do. */
  advice: LocalizedText,
}

/** Which series: each part given must fit. `*` in a pattern stands for any run of characters. */
export const SeriesMatch = Type.Object(
  {
    siteKind: Type.Optional(SiteKind),
    device: Type.Optional(Type.String()),
    channel: Type.Optional(Type.String()),
  },
  strict,
)
export type SeriesMatch = Static<typeof SeriesMatch>

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
    below: Type.Optional(Type.Number()),
    above: Type.Optional(Type.Number()),
    /** In which `below`, `above` and `hysteresis` are written; absent: the unit that a series had when the rule first met it. */
    unit: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    hysteresis: Type.Number({ minimum: 0, default: 0 }),
    onDelayS: Seconds,
    offDelayS: Seconds,
    while: Type.Optional(
      Type.Object(
        { channel: Type.String(), above: Type.Optional(Type.Number()), below: Type.Optional(Type.Number()) },
        strict,
      ),
    ),
  },
  strict,
)
export type ThresholdRule = Static<typeof ThresholdRule>

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
export type DeadManRule = Static<typeof DeadManRule>

/** Raises when a gateway has been offline, for this reason, for `onDelayS`. */
export const GatewayOfflineRule = Type.Object(
  {
    ...common,
    kind: Type.Literal('gateway-offline'),
    reason: Type.Union([Type.Literal('lost'), Type.Literal('shutdown')]),
    onDelayS: Seconds,
  },
  strict,
)
export type GatewayOfflineRule = Static<typeof GatewayOfflineRule>

export type AlarmRule = ThresholdRule | DeadManRule | GatewayOfflineRule

/** What an alarm is about; `key` is unique per rule. */
export interface AlarmSubject {
  readonly key: string
  readonly gateway: string
  readonly device: string | undefined
  readonly series: string | undefined
  readonly site: string | undefined
}

/** The condition of one (rule, subject) began or ended. `timeMs` is event time where a reading decided, hub time where silence did. */
export interface AlarmTransition {
  readonly rule: AlarmRule
  readonly subject: AlarmSubject
  readonly active: boolean
  readonly timeMs: number
  readonly value: number | undefined
  /** What a person reads instead of the rule's own texts, where the alarm is about the rule itself. */
  readonly texts?: Pick<AlarmRule, 'title' | 'advice'>
}

/** What the engine gives a rule. `remember` is durable and handed back through `memory` after a restart. */
export interface RuleContext {
  readonly latest: LatestValues
  readonly clock: Clock
  /** Monotonic ms. */
  readonly startedAtMs: number
  facts(series: number): SeriesFacts
  intervalS(series: number): number | undefined
  seriesByKey(key: string): number | undefined
  gateways(): readonly GatewayRecord[]
  gateway(id: string): GatewayRecord | undefined
  /** Arrival (monotonic ms) of the newest message of readings that the rules have seen; −Infinity: none since start. */
  observedAtMs(gateway: string): number
  isActive(rule: AlarmRule, subject: string): boolean
  transition(transition: AlarmTransition): void
  memory(rule: AlarmRule, subject: string): string | undefined
  remember(rule: AlarmRule, subject: string, memory: string): void
}

/** One instant: hub time (Unix ms), which may jump, and monotonic ms, for durations. */
export interface Instant {
  readonly ms: number
  readonly atMs: number
}

/** One rule at work. */
export interface RuleRunner {
  readonly rule: AlarmRule
  /** Called once at first sight of a series, and again after its gateway's birth: does the rule want its readings? */
  watches(facts: SeriesFacts): boolean
  /** A reading that became the newest of its series. */
  observe(series: number, timeMs: number, now: Instant): void
  /** A usable reading arrived, though it may be older than the newest of its series. */
  alive?(series: number, now: Instant): void
  /** About once a second. */
  tick(now: Instant): void
  /** A gateway described itself anew: what was derived from its series must be asked for again. */
  forget(gateway: string): void
}

/** What `*` stood for, or undefined where the text does not fit. A pattern without `*` gives an empty string. */
export function matchGlob(pattern: string, text: string): string | undefined {
  const [head = '', ...tails] = pattern.split('*')
  if (tails.length === 0) return pattern === text ? '' : undefined
  const tail = tails.at(-1) ?? ''
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return undefined
  const captured = text.slice(head.length, text.length - tail.length)
  return tails.slice(0, -1).every((part) => captured.includes(part)) ? captured : undefined
}

export function matchesSeries(match: SeriesMatch, facts: SeriesFacts): boolean {
  return (
    (match.siteKind === undefined || match.siteKind === facts.siteKind) &&
    (match.device === undefined || matchGlob(match.device, facts.device) !== undefined) &&
    (match.channel === undefined || matchGlob(match.channel, facts.channel) !== undefined)
  )
}
