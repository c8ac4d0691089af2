// The alarm engine: hands fresh readings to the rules that watch them and keeps one alarm per (rule, subject).
import { randomUUID } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { FreshReadings, LatestValues } from '../ingest/latest-values.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { SeriesDirectory } from '../registry/series-directory.ts'
import { qualityCodes, type ReadingColumns } from '../store/store.ts'
import { isOpen, raiseAlarm, type Alarm } from './alarm.ts'
import type { AlarmStorage } from './alarm-storage.ts'
import { runRule } from './rules/rule-kinds.ts'
import {
  matchesSeries,
  type AlarmRule,
  type AlarmTransition,
  type Instant,
  type RuleContext,
  type RuleRunner,
} from './rules/rule.ts'

export interface AlarmEngineDependencies {
  readonly rules: readonly AlarmRule[]
  readonly storage: AlarmStorage
  readonly catalogue: SeriesCatalogue
  readonly latest: LatestValues
  readonly directory: SeriesDirectory
  readonly registry: GatewayRegistry
  readonly clock: Clock
  readonly log: Log
  readonly newId?: () => string
}

const tickMs = 1_000

/**
 * Readings in, alarms out. Per reading it costs one array look-up for a series without rules. The condition (raised,
 * cleared) and the acknowledgement are separate; an alarm that returns before it was acknowledged is the same alarm.
 * At most one dead-man rule watches a series: the first that matches.
 */
export class AlarmEngine {
  readonly #dependencies: AlarmEngineDependencies
  readonly #runners: readonly RuleRunner[]
  readonly #watchers: (readonly RuleRunner[] | undefined)[] = []
  readonly #open = new Map<string, Alarm>()
  readonly #memory = new Map<string, string>()
  readonly #listeners = new Set<(alarm: Alarm) => void>()
  #timer: Timer | undefined

  constructor(dependencies: AlarmEngineDependencies) {
    this.#dependencies = dependencies
    const context = this.#context()
    this.#runners = dependencies.rules.map((rule) => runRule(rule, context))
  }

  /** Takes up where the last run stopped: open alarms, the rules' memory, then the latest value of every series once more. */
  async restore(): Promise<void> {
    const { storage, catalogue, latest, clock } = this.#dependencies
    const { open, memory } = await storage.load()
    for (const { rule, subject, memory: text } of memory) this.#memory.set(`${rule} ${subject}`, text)
    for (const alarm of open) this.#open.set(`${alarm.rule} ${alarm.subject}`, alarm)
    const now = { ms: clock.now(), atMs: clock.monotonic() }
    for (const alarm of open) {
      if (alarm.clearedMs === undefined && !this.#isWatched(alarm)) this.#keep({ ...alarm, clearedMs: now.ms })
    }
    for (let series = 0; series < catalogue.size; series += 1) {
      const timeMs = latest.timeMs(series)
      const watchers = this.#watchersOf(series)
      if (timeMs > Number.NEGATIVE_INFINITY) this.#reobserve(watchers, series, timeMs, now)
    }
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
      for (const runner of watchers) runner.observe(series, timeMs, now)
    }
    if (count < columns.rows) this.#noteLife(columns, now)
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

  onChange(listener: (alarm: Alarm) => void): void {
    this.#listeners.add(listener)
  }

  /** Alarms whose condition lasts or that nobody has acknowledged, newest first. */
  open(): readonly Alarm[] {
    return [...this.#open.values()].sort((a, b) => b.raisedMs - a.raisedMs)
  }

  newest(limit: number): Promise<readonly Alarm[]> {
    return this.#dependencies.storage.newest(limit)
  }

  /** Idempotent. Throws `not-found`. */
  async acknowledge(id: string, by: string | undefined, comment: string | undefined): Promise<Alarm> {
    const alarm = [...this.#open.values()].find((open) => open.id === id)
    if (alarm === undefined) {
      const closed = await this.#dependencies.storage.find(id)
      if (closed !== undefined) return closed
      throw new AppError('not-found', `there is no alarm ${id}`)
    }
    if (alarm.acknowledgedMs !== undefined) return alarm
    const acknowledgedMs = this.#dependencies.clock.now()
    return this.#keep({ ...alarm, acknowledgedMs, acknowledgedBy: by, comment })
  }

  #tick(): void {
    const { clock, log } = this.#dependencies
    const now = { ms: clock.now(), atMs: clock.monotonic() }
    for (const runner of this.#runners) {
      try {
        runner.tick(now)
      } catch (thrown) {
        log.error({ err: thrown, rule: runner.rule.id }, 'an alarm rule failed')
      }
    }
  }

  #watchersOf(series: number): readonly RuleRunner[] {
    const known = this.#watchers[series]
    if (known !== undefined) return known
    const facts = this.#dependencies.directory.facts(series)
    let hasDeadMan = false
    const watchers = this.#runners.filter((runner) => {
      if (runner.rule.kind === 'dead-man' && hasDeadMan) return false
      const watches = runner.watches(facts)
      if (watches && runner.rule.kind === 'dead-man') hasDeadMan = true
      return watches
    })
    this.#watchers[series] = watchers
    return watchers
  }

  /** False where the rules were changed while the hub was down, so that no rule would ever clear this alarm. */
  #isWatched({ rule: id, series, device, gateway }: Alarm): boolean {
    const { catalogue, directory } = this.#dependencies
    const runner = this.#runners.find(({ rule }) => rule.id === id)
    if (runner === undefined || runner.rule.kind === 'gateway-offline') return runner !== undefined
    const { match } = runner.rule
    const ofDevice = () => directory.seriesOf(gateway).filter((one) => directory.facts(one).device === device)
    const subjects = series === undefined ? ofDevice() : [catalogue.id(series)]
    return subjects.some(
      (one) =>
        one !== undefined && matchesSeries(match, directory.facts(one)) && this.#watchersOf(one).includes(runner),
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

  /** A reading of an earlier run proves nothing about silence, so dead-man rules do not see it. */
  #reobserve(watchers: readonly RuleRunner[], series: number, timeMs: number, now: Instant): void {
    for (const runner of watchers) if (runner.rule.kind !== 'dead-man') runner.observe(series, timeMs, now)
  }

  #transition(transition: AlarmTransition): void {
    const key = `${transition.rule.id} ${transition.subject.key}`
    const known = this.#open.get(key)
    if (!transition.active) {
      if (known !== undefined && known.clearedMs === undefined) this.#keep({ ...known, clearedMs: transition.timeMs })
      return
    }
    if (known?.clearedMs === undefined && known !== undefined) return
    const raised = raiseAlarm(known?.id ?? (this.#dependencies.newId ?? randomUUID)(), transition)
    this.#keep(raised)
  }

  #keep(alarm: Alarm): Alarm {
    const key = `${alarm.rule} ${alarm.subject}`
    if (isOpen(alarm)) this.#open.set(key, alarm)
    else this.#open.delete(key)
    this.#dependencies.storage.saveAlarm(alarm)
    for (const listener of this.#listeners) listener(alarm)
    return alarm
  }

  #context(): RuleContext {
    const { latest, clock, directory, catalogue, registry, storage } = this.#dependencies
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
      isActive: (rule, subject) => {
        const alarm = this.#open.get(`${rule.id} ${subject}`)
        return alarm !== undefined && alarm.clearedMs === undefined
      },
      transition: (transition) => this.#transition(transition),
      memory: (rule, subject) => this.#memory.get(`${rule.id} ${subject}`),
      remember: (rule, subject, memory) => {
        this.#memory.set(`${rule.id} ${subject}`, memory)
        storage.saveMemory({ rule: rule.id, subject, memory })
      },
    }
  }
}
