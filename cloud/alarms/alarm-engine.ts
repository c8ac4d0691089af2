// The alarm engine: hands fresh readings to the rules that watch them, and what the rules say to the alarm book.
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { FreshReadings, LatestValues } from '../ingest/latest-values.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { SeriesDirectory } from '../registry/series-directory.ts'
import { qualityCodes, type ReadingColumns } from '../store/store.ts'
import { isActive, type Alarm } from './alarm.ts'
import type { AlarmBook } from './alarm-book.ts'
import type { AlarmStorage } from './alarm-storage.ts'
import { runRule } from './rules/rule-kinds.ts'
import { indexRules, type RuleIndex } from './rules/rule-index.ts'
import type {
  AlarmTransition,
  FreshReading,
  Instant,
  ObservedEvent,
  RuleContext,
  RuleRunner,
} from './rules/rule-runner.ts'
import type { AlarmRule } from './rules/rule.ts'
import { isInScope, matchesSeries } from './rules/series-match.ts'

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

/** Who is to be asked about a series, an alarm, an event, a condition of another rule. */
interface Finders {
  readonly index: RuleIndex
  readonly byRule: ReadonlyMap<AlarmRule, RuleRunner>
  readonly byId: ReadonlyMap<string, readonly RuleRunner[]>
  readonly ofEvents: readonly RuleRunner[]
  readonly ofConditions: readonly RuleRunner[]
}

function findersOf(runners: readonly RuleRunner[]): Finders {
  return {
    index: indexRules(runners),
    byRule: new Map(runners.map((runner) => [runner.rule, runner])),
    byId: Map.groupBy(runners, ({ rule }) => rule.id),
    ofEvents: runners.filter((runner) => 'observeEvent' in runner),
    ofConditions: runners.filter((runner) => 'observeCondition' in runner),
  }
}

function ofDeadMan(rules: readonly AlarmRule[]): readonly AlarmRule[] {
  return rules.filter(({ kind }) => kind === 'dead-man')
}

function isSame(a: readonly AlarmRule[], b: readonly AlarmRule[]): boolean {
  return a.length === b.length && a.every((rule, index) => rule === b[index])
}

/** A rule that is switched off is kept by whoever has it, and not run. */
function inService(rules: readonly AlarmRule[]): readonly AlarmRule[] {
  return rules.filter(({ disabled }) => disabled !== true)
}

/**
 * Readings in, transitions of conditions out. Per reading it costs one array look-up for a series without rules. At most
 * one dead-man rule watches a series: the first that matches.
 */
export class AlarmEngine {
  readonly #dependencies: AlarmEngineDependencies
  readonly #context: RuleContext
  #runners: readonly RuleRunner[]
  #finders: Finders
  readonly #watchers: (readonly RuleRunner[] | undefined)[] = []
  readonly #memory = new Map<string, string>()
  /** Rules that wait for something, and those that have not been ticked yet. */
  readonly #awake = new Set<AlarmRule>()
  readonly #failedAtMs = new Map<RuleRunner, number>()
  #timer: Timer | undefined

  constructor(dependencies: AlarmEngineDependencies) {
    this.#dependencies = dependencies
    this.#context = this.#makeContext()
    this.#runners = inService(dependencies.rules).map((rule) => runRule(rule, this.#context))
    this.#finders = findersOf(this.#runners)
    for (const { rule } of this.#runners) this.#awake.add(rule)
  }

  /** Takes up where the last run stopped: open alarms, the rules' memory, then the latest value of every series once more. */
  async restore(): Promise<void> {
    const { storage, book, clock } = this.#dependencies
    const stored = await storage.load(book.raisedSinceMs)
    for (const { rule, subject, memory: text } of stored.memory) this.#memory.set(`${rule} ${subject}`, text)
    book.restore(stored)
    book.clearUnless((alarm) => this.#isWatched(alarm))
    const now = { ms: clock.now(), atMs: clock.monotonic() }
    this.#reobserveAll(new Set(this.#runners), now)
  }

  /**
   * Replaces the rules while the engine runs. A rule that is the same object as before goes on undisturbed; a new or changed one looks at
   * the newest reading of each series; the alarms of one that is gone are cleared.
   */
  setRules(rules: readonly AlarmRule[]): void {
    const { book, clock } = this.#dependencies
    const used = inService(rules)
    const before = this.#runners
    const known = new Map(before.map((runner) => [runner.rule, runner]))
    // Which dead-man rule watches a series depends on the others: a change of one is a change of all. What a composite
    // rule has seen of the others is no longer true.
    const sameDeadMan = isSame(ofDeadMan(used), ofDeadMan(before.map(({ rule }) => rule)))
    this.#runners = used.map((rule) => {
      const isNew = (rule.kind === 'dead-man' && !sameDeadMan) || rule.kind === 'composite'
      return (isNew ? undefined : known.get(rule)) ?? runRule(rule, this.#context)
    })
    this.#finders = findersOf(this.#runners)
    const kept = new Set(before)
    const after = new Set(this.#runners)
    const gone = before.filter((runner) => !after.has(runner))
    const fresh = this.#runners.filter((runner) => !kept.has(runner))
    for (const runner of gone) runner.save?.()
    for (const { rule } of fresh) this.#awake.add(rule)
    this.#forgetWatchers([...gone, ...fresh])
    this.#reobserveAll(new Set(fresh), { ms: clock.now(), atMs: clock.monotonic() })
    book.clearUnless((alarm) => this.#isWatched(alarm))
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
    for (const runner of this.#runners) runner.save?.()
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
    for (const runner of this.#finders.ofEvents) this.#guarded(runner, () => runner.observeEvent?.(observed, now))
  }

  /** A gateway described itself: its series may now match other rules. */
  described(gateway: string): void {
    for (const runner of this.#runners) runner.forget(gateway)
    for (const series of this.#dependencies.directory.seriesOf(gateway)) {
      this.#watchers[series] = undefined
      this.#watchersOf(series)
    }
  }

  /** A series is measured in another unit: each rule must look whether it still understands its values. */
  unitChanged(series: number): void {
    this.#watchers[series] = undefined
    this.#watchersOf(series)
  }

  #tick(): void {
    const { clock } = this.#dependencies
    const now = { ms: clock.now(), atMs: clock.monotonic() }
    for (const rule of this.#awake) {
      const runner = this.#finders.byRule.get(rule)
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

  /** Of the series that these rules may watch or have watched; the others go on as before. */
  #forgetWatchers(changed: readonly RuleRunner[]): void {
    const { catalogue, directory } = this.#dependencies
    const index = indexRules(changed)
    for (let series = 0; series < catalogue.size; series += 1) {
      if (index(directory.facts(series)).length > 0) this.#watchers[series] = undefined
    }
  }

  #watchersOf(series: number): readonly RuleRunner[] {
    const known = this.#watchers[series]
    if (known !== undefined) return known
    const facts = this.#dependencies.directory.facts(series)
    let hasDeadMan = false
    const watchers = this.#finders.index(facts).filter((runner) => {
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
    const runner = this.#finders.byId.get(id)?.find(({ rule }) => isInScope(rule.scope, gateway))
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

  /** A reading of an earlier time proves nothing about silence, so dead-man rules do not see it. */
  #reobserveAll(runners: ReadonlySet<RuleRunner>, now: Instant): void {
    const { catalogue, latest } = this.#dependencies
    // All are known before the first is judged: a rule over several series must see which there are.
    for (let series = 0; series < catalogue.size; series += 1) this.#watchersOf(series)
    for (let series = 0; series < catalogue.size; series += 1) {
      const timeMs = latest.timeMs(series)
      if (timeMs === Number.NEGATIVE_INFINITY) continue
      const quality = qualityCodes[latest.quality(series)]
      const reading = { series, timeMs, value: latest.value(series), quality, again: true }
      for (const runner of this.#watchersOf(series)) {
        if (runners.has(runner) && runner.rule.kind !== 'dead-man') this.#show(runner, reading, now)
      }
    }
  }

  #transition(transition: AlarmTransition): void {
    const { book, clock } = this.#dependencies
    book.transition(transition)
    const now = { ms: clock.now(), atMs: clock.monotonic() }
    for (const runner of this.#finders.ofConditions) {
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
        book.open().flatMap((alarm) => {
          const { rule, subject: key, gateway, device, series, site, raisedMs: sinceMs } = alarm
          const subject = { key, gateway, device, series, site }
          return isActive(alarm) && rules.has(rule) ? [{ rule, subject, sinceMs }] : []
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
