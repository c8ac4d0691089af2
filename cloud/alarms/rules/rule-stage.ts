// A stage on which rules play stored readings through: the runners of the engine, with a clock that is the readings' own.
import type { GatewayEvent } from '../../../broker/contract/event.ts'
import type { Timer } from '../../../broker/contract/ports.ts'
import { LatestValues } from '../../ingest/latest-values.ts'
import type { GatewayRecord } from '../../registry/gateway-registry.ts'
import type { SeriesFacts } from '../../registry/series-directory.ts'
import type { StoredReading } from '../../store/store.ts'
import { runRule } from './rule-kinds.ts'
import type { AlarmSubject, AlarmTransition, Instant, RuleContext, RuleRunner } from './rule-runner.ts'
import type { AlarmRule } from './rule.ts'

/** What the stage asks of the hub as it is now: descriptions of series and places, nothing that changes by asking. */
export interface StageSources {
  facts(series: number): SeriesFacts
  intervalS(series: number): number | undefined
  seriesByKey(key: string): number | undefined
  gateway(id: string): GatewayRecord | undefined
}

export interface PlayedInterval {
  readonly subject: AlarmSubject
  readonly raisedMs: number
  /** Undefined: it lasted at the end. */
  clearedMs: number | undefined
  readonly value: number | undefined
}

/** Silence is looked for so often in the time of the readings. */
const tickMs = 10_000

/**
 * Readings come in the order of their event times, none is late, and every gateway is connected throughout: what a store
 * does not tell – when a reading arrived, when a gateway was away – is not played.
 */
export class RuleStage {
  readonly #runners: readonly RuleRunner[]
  readonly #watchers = new Map<number, readonly RuleRunner[]>()
  readonly #latest = new LatestValues()
  readonly #lasting = new Map<string, PlayedInterval>()
  readonly #observedAtMs = new Map<string, number>()
  readonly #memory = new Map<string, string>()
  readonly #gateways = new Map<string, GatewayRecord | undefined>()
  readonly #played: string
  readonly #row = {
    rows: 1,
    series: new Int32Array(1),
    timeMs: new Float64Array(1),
    value: new Float64Array(1),
    quality: new Uint8Array(1),
    text: new Map<number, string>(),
  }
  readonly #startMs: number
  readonly #intervals: PlayedInterval[] = []
  #nowMs: number
  #tickedMs: number

  /** `rules`: with those that it names; the intervals are those of `played`. */
  constructor(
    rules: readonly AlarmRule[],
    given: { readonly played: string; readonly startMs: number; readonly sources: StageSources },
  ) {
    this.#played = given.played
    this.#startMs = given.startMs
    this.#nowMs = given.startMs
    this.#tickedMs = given.startMs
    const context = this.#context(given.sources)
    this.#runners = rules.map((rule) => runRule(rule, context))
  }

  /** In the order in which they were raised. */
  get intervals(): readonly PlayedInterval[] {
    return this.#intervals
  }

  /** Series that any rule on the stage wants. */
  watches(facts: SeriesFacts): boolean {
    const watchers = this.#runners.filter((runner) => runner.watches(facts))
    if (watchers.length > 0) this.#watchers.set(facts.id, watchers)
    return watchers.length > 0
  }

  play(reading: StoredReading, gateway: string): void {
    this.advance(reading.timeMs)
    const { series, timeMs, quality } = reading
    const value = reading.value ?? Number.NaN
    this.#row.series[0] = series
    this.#row.timeMs[0] = timeMs
    this.#row.value[0] = value
    this.#row.quality[0] = quality
    if (this.#latest.update(this.#row, timeMs).count === 0) return
    this.#observedAtMs.set(gateway, this.#now().atMs)
    const fresh = { series, timeMs, value, quality, again: false }
    for (const runner of this.#watchers.get(series) ?? []) runner.observe(fresh, this.#now())
  }

  playEvent(gateway: string, event: GatewayEvent): void {
    this.advance(event.timeMs)
    for (const runner of this.#runners) runner.observeEvent?.({ gateway, event }, this.#now())
  }

  /** Time passes up to `timeMs`. */
  advance(timeMs: number): void {
    while (this.#tickedMs + tickMs <= timeMs) {
      this.#tickedMs += tickMs
      this.#nowMs = this.#tickedMs
      for (const runner of this.#runners) runner.tick(this.#now())
    }
    this.#nowMs = Math.max(this.#nowMs, timeMs)
  }

  #now(): Instant {
    return { ms: this.#nowMs, atMs: this.#nowMs - this.#startMs }
  }

  #transition(transition: AlarmTransition): void {
    const { rule, subject, active, timeMs, value } = transition
    const key = `${rule.id} ${subject.key}`
    const lasting = this.#lasting.get(key)
    if (active && lasting === undefined) {
      const interval: PlayedInterval = { subject, raisedMs: timeMs, clearedMs: undefined, value }
      this.#lasting.set(key, interval)
      if (rule.id === this.#played && transition.texts === undefined) this.#intervals.push(interval)
    } else if (!active && lasting !== undefined) {
      lasting.clearedMs = timeMs
      this.#lasting.delete(key)
    }
    for (const runner of this.#runners) runner.observeCondition?.(transition, this.#now())
  }

  #connected(id: string, sources: StageSources): GatewayRecord | undefined {
    if (this.#gateways.has(id)) return this.#gateways.get(id)
    const record = sources.gateway(id)
    const always = { sinceMs: Number.NEGATIVE_INFINITY, sinceAtMs: Number.NEGATIVE_INFINITY }
    const connected =
      record === undefined ? undefined : { ...record, state: 'online' as const, reason: undefined, ...always }
    this.#gateways.set(id, connected)
    return connected
  }

  #context(sources: StageSources): RuleContext {
    return {
      latest: this.#latest,
      clock: { now: () => this.#nowMs, monotonic: () => this.#nowMs - this.#startMs, setTimer: () => noTimer },
      startedAtMs: 0,
      facts: (series) => sources.facts(series),
      intervalS: (series) => sources.intervalS(series),
      seriesByKey: (key) => sources.seriesByKey(key),
      gateways: () => [],
      gateway: (id) => this.#connected(id, sources),
      observedAtMs: (id) => this.#observedAtMs.get(id) ?? Number.NEGATIVE_INFINITY,
      isActive: (rule, subject) => this.#lasting.has(`${rule.id} ${subject}`),
      activeSubjects: () => [],
      wake: () => undefined,
      transition: (transition) => this.#transition(transition),
      past: () => undefined,
      memory: (rule, subject) => this.#memory.get(`${rule.id} ${subject}`),
      remember: (rule, subject, memory) => void this.#memory.set(`${rule.id} ${subject}`, memory),
    }
  }
}

const noTimer: Timer = { cancel: () => undefined }
