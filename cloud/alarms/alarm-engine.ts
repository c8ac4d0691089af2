// The alarm engine: hands fresh readings to the rules that watch them, and what the rules say to the alarm book.
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { FreshReadings, LatestValues } from '../ingest/latest-values.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { SeriesDirectory } from '../registry/series-directory.ts'
import { qualityCodes, type ReadingColumns } from '../store/store.ts'
import type { Alarm } from './alarm.ts'
import type { AlarmBook } from './alarm-book.ts'
import type { AlarmStorage } from './alarm-storage.ts'
import { runRule } from './rules/rule-kinds.ts'
import { RuleRoster } from './rules/rule-roster.ts'
import type {
  AlarmTransition,
  FreshReading,
  Instant,
  ObservedEvent,
  RuleContext,
  RuleRunner,
  RuleSetChange,
} from './rules/rule-runner.ts'
import type { AlarmRule } from './rules/rule.ts'
import { matchesSeries } from './rules/series-match.ts'
import { touchedSeries, type ChangedRunner } from './rules/touched-series.ts'

export interface AlarmEngineDependencies {
  readonly rules: readonly AlarmRule[]
  readonly storage: AlarmStorage
  readonly book: AlarmBook
  readonly catalogue: SeriesCatalogue
  readonly latest: LatestValues
  readonly directory: SeriesDirectory
  readonly registry: GatewayRegistry
  readonly clock: Clock
  readonly log: Log
}

const tickMs = 1_000
/** A rule that fails at each reading is logged so often. */
const failureLogMs = 60_000

/**
 * Readings in, transitions of conditions out. Per reading it costs one array look-up for a series without rules. At most
 * one dead-man rule watches a series: the first that matches.
 */
export class AlarmEngine {
  readonly #dependencies: AlarmEngineDependencies
  readonly #context: RuleContext
  readonly #roster: RuleRoster
  readonly #watchers: (readonly RuleRunner[] | undefined)[] = []
  readonly #memory = new Map<string, string>()
  /** Rules that wait for something, and those that have not been ticked yet. */
  readonly #awake = new Set<AlarmRule>()
  readonly #failedAtMs = new Map<RuleRunner, number>()
  #timer: Timer | undefined

  constructor(dependencies: AlarmEngineDependencies) {
    this.#dependencies = dependencies
    this.#context = this.#makeContext()
    this.#roster = new RuleRoster((rule) => runRule(rule, this.#context))
    for (const rule of dependencies.rules) if (this.#roster.add(rule) !== undefined) this.#awake.add(rule)
  }

  /** Takes up where the last run stopped: open alarms, the rules' memory, then the latest value of every series once more. */
  async restore(): Promise<void> {
    const { storage, book, clock } = this.#dependencies
    const stored = await storage.load(book.raisedSinceMs)
    for (const { rule, subject, memory: text } of stored.memory) this.#memory.set(`${rule} ${subject}`, text)
    book.restore(stored)
    book.clearUnless((alarm) => this.#isWatched(alarm))
    const series = this.#dependencies.catalogue.size
    const all = Array.from({ length: series }, (_, id) => id)
    // All are known before the first is judged: a rule over several series must see which there are.
    for (const id of all) this.#watchersOf(id)
    this.#reobserve(all, new Set(this.#roster.all()), { ms: clock.now(), atMs: clock.monotonic() })
  }

  /**
   * Changes the rules while the engine runs; what the change does not touch goes on undisturbed. A fresh rule looks at the newest
   * reading of each of its series, and alarms that no rule watches any more are cleared.
   */
  changeRules({ gone, fresh, rescoped }: RuleSetChange): void {
    const { book, clock, catalogue, directory } = this.#dependencies
    const changed = this.#exchange({ gone, fresh, rescoped })
    const series = touchedSeries(changed, { catalogue, directory })
    for (const id of series) this.#watchAnew(id)
    const ids = new Set([...gone, ...fresh, ...rescoped.map(({ rule }) => rule)].map(({ id }) => id))
    const ofSilence = changed.some(({ runner }) => runner.rule.kind === 'dead-man')
    const isTouched = ({ rule, kind }: Alarm) => ids.has(rule) || (ofSilence && kind === 'dead-man')
    book.clearUnless((alarm) => !isTouched(alarm) || this.#isWatched(alarm))
    const runners = new Set(changed.map(({ runner }) => runner))
    this.#reobserve(series, runners, { ms: clock.now(), atMs: clock.monotonic() })
  }

  /** Rules leave and come. What a combination has seen of a rule that changes is no longer true: it begins anew. */
  #exchange({ gone, fresh, rescoped }: RuleSetChange): readonly ChangedRunner[] {
    const roster = this.#roster
    const changed: ChangedRunner[] = []
    const leave = (rule: AlarmRule) => {
      const runner = roster.remove(rule)
      if (runner === undefined) return
      runner.save?.()
      this.#failedAtMs.delete(runner)
      changed.push({ runner, tenant: undefined })
    }
    const come = (rule: AlarmRule) => {
      const runner = roster.add(rule)
      if (runner === undefined) return
      this.#awake.add(rule)
      changed.push({ runner, tenant: undefined })
    }
    for (const rule of gone) leave(rule)
    for (const rule of fresh) come(rule)
    const anew = new Set<AlarmRule>()
    for (const { rule, tenant } of rescoped) {
      const runner = roster.runnerOf(rule)
      runner?.release?.(tenant)
      if (runner !== undefined) changed.push({ runner, tenant })
      if (rule.kind === 'composite') anew.add(rule)
    }
    for (const { id } of [...gone, ...fresh, ...rescoped.map(({ rule }) => rule)]) {
      for (const { rule } of roster.overPart(id)) anew.add(rule)
    }
    for (const rule of anew) {
      leave(rule)
      come(rule)
    }
    return changed
  }

  start(): void {
    const tick = () => {
      this.#tick()
      this.#timer = this.#dependencies.clock.setTimer(tick, tickMs)
    }
    this.#timer = this.#dependencies.clock.setTimer(tick, tickMs)
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    for (const runner of this.#roster.all()) runner.save?.()
    await this.#dependencies.storage.close()
  }

  observe(fresh: FreshReadings, nowMs: number): void {
    const now = { ms: nowMs, atMs: this.#dependencies.clock.monotonic() }
    const { columns, rows, count } = fresh
    for (let index = 0; index < count; index += 1) {
      const row = rows[index] as number
      const series = columns.series[row] as number
      const watchers = this.#watchers[series] ?? this.#watchersOf(series)
      if (watchers.length === 0) continue
      const timeMs = columns.timeMs[row] as number
      const value = columns.value[row] as number
      const quality = columns.quality[row] as number
      const reading = { series, timeMs, value, quality, again: false }
      for (const runner of watchers) this.#show(runner, reading, now)
    }
    if (count < columns.rows) this.#noteLife(columns, now)
  }

  observeEvent(observed: ObservedEvent): void {
    const { clock } = this.#dependencies
    const now = { ms: clock.now(), atMs: clock.monotonic() }
    for (const runner of this.#roster.ofEvents()) this.#guarded(runner, () => runner.observeEvent?.(observed, now))
  }

  /** A gateway described itself: its series may now match other rules. */
  described(gateway: string): void {
    for (const runner of this.#roster.all()) runner.forget(gateway)
    for (const series of this.#dependencies.directory.seriesOf(gateway)) this.#watchAnew(series)
  }

  /** A series is measured in another unit: each rule must look whether it still understands its values. */
  unitChanged(series: number): void {
    this.#watchAnew(series)
  }

  #tick(): void {
    const { clock } = this.#dependencies
    const now = { ms: clock.now(), atMs: clock.monotonic() }
    for (const rule of this.#awake) {
      const runner = this.#roster.runnerOf(rule)
      try {
        if (runner?.tick(now) !== true) this.#awake.delete(rule)
      } catch (thrown) {
        if (runner !== undefined) this.#failed(runner, thrown)
      }
    }
    this.#dependencies.book.tick(now)
  }

  #show(runner: RuleRunner, reading: FreshReading, now: Instant): void {
    try {
      runner.observe(reading, now)
    } catch (thrown) {
      this.#failed(runner, thrown)
    }
  }

  #guarded(runner: RuleRunner, step: () => void): void {
    try {
      step()
    } catch (thrown) {
      this.#failed(runner, thrown)
    }
  }

  /** The other rules go on. */
  #failed(runner: RuleRunner, thrown: unknown): void {
    const { clock, log } = this.#dependencies
    const nowAtMs = clock.monotonic()
    if (nowAtMs - (this.#failedAtMs.get(runner) ?? Number.NEGATIVE_INFINITY) < failureLogMs) return
    this.#failedAtMs.set(runner, nowAtMs)
    log.error({ err: thrown, rule: runner.rule.id }, 'an alarm rule failed')
  }

  #watchAnew(series: number): void {
    const before = this.#watchers[series] ?? []
    this.#watchers[series] = undefined
    const after = this.#watchersOf(series)
    for (const runner of before) if (!after.includes(runner)) runner.releaseSeries?.(series)
  }

  #watchersOf(series: number): readonly RuleRunner[] {
    const known = this.#watchers[series]
    if (known !== undefined) return known
    const facts = this.#dependencies.directory.facts(series)
    let hasDeadMan = false
    const watchers = this.#roster.candidates(facts).filter((runner) => {
      if (runner.rule.kind === 'dead-man' && hasDeadMan) return false
      const watches = runner.watches(facts)
      if (watches && runner.rule.kind === 'dead-man') hasDeadMan = true
      return watches
    })
    this.#watchers[series] = watchers
    return watchers
  }

  /** False where the rules were changed while the hub was down, so that no rule would ever clear this alarm. */
  #isWatched({ rule: id, series, device, site, gateway }: Alarm): boolean {
    const { catalogue, directory } = this.#dependencies
    const runner = this.#roster.ofId(id, gateway)
    if (runner === undefined) return false
    const { rule } = runner
    if (rule.kind === 'gateway-offline' || rule.kind === 'event' || rule.kind === 'composite') return true
    const ofPlace = () =>
      directory.seriesOf(gateway).filter((one) => {
        const facts = directory.facts(one)
        return device === undefined ? facts.site === site : facts.device === device
      })
    const subjects = series === undefined ? ofPlace() : [catalogue.id(series)]
    return subjects.some(
      (one) =>
        one !== undefined && matchesSeries(rule.match, directory.facts(one)) && this.#watchersOf(one).includes(runner),
    )
  }

  /** Late and wrongly timed readings decide nothing, but what sends them is not silent. */
  #noteLife(columns: ReadingColumns, now: Instant): void {
    for (let row = 0; row < columns.rows; row += 1) {
      if (columns.quality[row] === qualityCodes.bad) continue
      const series = columns.series[row] as number
      for (const runner of this.#watchersOf(series)) runner.alive?.(series, now)
    }
  }

  /** The newest reading of each series once more. A reading of an earlier time proves nothing about silence: dead-man rules do not see it. */
  #reobserve(series: readonly number[], runners: ReadonlySet<RuleRunner>, now: Instant): void {
    const { latest } = this.#dependencies
    for (const id of series) {
      const timeMs = latest.timeMs(id)
      if (timeMs === Number.NEGATIVE_INFINITY) continue
      const reading = {
        series: id,
        timeMs,
        value: latest.value(id),
        quality: qualityCodes[latest.quality(id)],
        again: true,
      }
      for (const runner of this.#watchersOf(id)) {
        if (runners.has(runner) && runner.rule.kind !== 'dead-man') this.#show(runner, reading, now)
      }
    }
  }

  #transition(transition: AlarmTransition): void {
    const { book, clock } = this.#dependencies
    book.transition(transition)
    const now = { ms: clock.now(), atMs: clock.monotonic() }
    for (const runner of this.#roster.ofConditions()) {
      this.#guarded(runner, () => runner.observeCondition?.(transition, now))
    }
  }

  #makeContext(): RuleContext {
    const { latest, clock, directory, catalogue, registry, storage, book } = this.#dependencies
    return {
      latest,
      clock,
      startedAtMs: clock.monotonic(),
      facts: (series) => directory.facts(series),
      intervalS: (series) => directory.intervalS(series),
      seriesByKey: (key) => catalogue.id(key),
      gateways: () => registry.all(),
      gateway: (id) => registry.get(id),
      observedAtMs: (id) => catalogue.gatewayByKey(id)?.observedAtMs ?? Number.NEGATIVE_INFINITY,
      isActive: (rule, subject) => book.isActive(rule.id, subject),
      activeSubjects: (rules) =>
        book.lastingOf(rules).map((alarm) => {
          const { rule, subject: key, gateway, device, series, site, raisedMs: sinceMs } = alarm
          return { rule, subject: { key, gateway, device, series, site }, sinceMs }
        }),
      wake: (rule) => void this.#awake.add(rule),
      transition: (transition) => this.#transition(transition),
      past: (episode) => book.past(episode),
      memory: (rule, subject) => this.#memory.get(`${rule.id} ${subject}`),
      remember: (rule, subject, memory) => {
        this.#memory.set(`${rule.id} ${subject}`, memory)
        storage.saveMemory({ rule: rule.id, subject, memory })
      },
    }
  }
}
