// How the engine runs a rule of any kind: what it gives the rule, and what the rule tells it.
import type { GatewayEvent } from '../../../broker/contract/event.ts'
import type { Clock } from '../../../broker/contract/ports.ts'
import type { LatestValues } from '../../ingest/latest-values.ts'
import type { GatewayRecord } from '../../registry/gateway-registry.ts'
import type { SeriesFacts } from '../../registry/series-directory.ts'
import type { AlarmRule } from './rule.ts'
import type { SeriesMatch } from './series-match.ts'

/** What an alarm is about; `key` is unique per rule and begins with, or holds after a `kind:`, the gateway `{tenant}/{gateway}`. */
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

/** A condition that began and ended before the hub knew of it. Event times, Unix ms. */
export interface PastEpisode extends Pick<AlarmTransition, 'rule' | 'subject' | 'value'> {
  readonly raisedMs: number
  readonly clearedMs: number
}

/** Event time since when the condition lasts, Unix ms. */
interface ActiveSubject {
  readonly rule: string
  readonly subject: AlarmSubject
  readonly sinceMs: number
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
  /** Of every alarm of these rules whose condition lasts; empty until the engine has restored them. */
  activeSubjects(rules: ReadonlySet<string>): readonly ActiveSubject[]
  /** Something is waited for: the rule wants to be ticked from now on. Each rule is awake at first. */
  wake(rule: AlarmRule): void
  transition(transition: AlarmTransition): void
  past(episode: PastEpisode): void
  memory(rule: AlarmRule, subject: string): string | undefined
  remember(rule: AlarmRule, subject: string, memory: string): void
}

/** What became of the rules in force by one change. */
export interface RuleSetChange {
  readonly gone: readonly AlarmRule[]
  readonly fresh: readonly AlarmRule[]
  /** Rules that go on, and hold for this tenant no more, or again. */
  readonly rescoped: readonly { readonly rule: AlarmRule; readonly tenant: string }[]
}

/** One instant: hub time (Unix ms), which may jump, and monotonic ms, for durations. */
export interface Instant {
  readonly ms: number
  readonly atMs: number
}

/** A reading that became the newest of its series. `value`: NaN where it has no number; `quality`: qualityCodes. */
export interface FreshReading {
  readonly series: number
  readonly timeMs: number
  readonly value: number
  readonly quality: number
  /** After a start: the rules have seen it in the run before, but for a crash. */
  readonly again: boolean
}

/** An event as a gateway told it. */
export interface ObservedEvent {
  /** `{tenant}/{gateway}` */
  readonly gateway: string
  readonly event: GatewayEvent
}

/** One rule at work. */
export interface RuleRunner {
  readonly rule: AlarmRule
  /** Series that it may watch, for the index of rules; what fits none of them is never offered to `watches`. */
  readonly interests: readonly SeriesMatch[]
  /** Called once at first sight of a series, and again after its gateway's birth: does the rule want its readings? */
  watches(facts: SeriesFacts): boolean
  observe(reading: FreshReading, now: Instant): void
  observeEvent?(observed: ObservedEvent, now: Instant): void
  /** Another rule's condition began or ended. */
  observeCondition?(transition: AlarmTransition, now: Instant): void
  /** A usable reading arrived, though it may be older than the newest of its series. */
  alive?(series: number, now: Instant): void
  /** About once a second while it is awake. False: it sleeps until it wakes itself by the context. */
  tick(now: Instant): boolean
  /** A gateway described itself anew: what was derived from its series must be asked for again. */
  forget(gateway: string): void
  /** The rule holds for this tenant no more: what it knows of it is let go, and nothing is cleared, for another rule may go on with it. */
  release?(tenant: string): void
  /** Another rule watches this series instead. */
  releaseSeries?(series: number): void
  /** The hub stops, or the rule is replaced: what is remembered only now and then is remembered now. */
  save?(): void
}
