// Runs the insights: each hour what has become due, at once what changed settings or late readings touch, and nothing else.
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { Reading } from '../../broker/contract/senml.ts'
import type { GatewayIdentity } from '../../broker/contract/topics.ts'
import { parseGatewayKey } from '../ingest/series-catalogue.ts'
import type { ReadingColumns, Store } from '../store/store.ts'
import {
  lookBackOf,
  readingsOf,
  resultAt,
  runOf,
  type Computation,
  type SettingsSource,
  type Task,
} from './computation.ts'
import { HourMemory } from './hour-memory.ts'
import { dayMs, hourMs, type AnyInsight, type Hours, type InsightResult } from './insight.ts'
import { type AdviceNote, type InsightJournal, type InsightRun, keyOf } from './insight-journal.ts'
import { buildPlaceIndex, inputSeries, type PlacedInsight, type PlaceIndex, type PlaceSources } from './place-index.ts'
import { lastTime, stepMs, timesBetween } from './result-times.ts'
import { withRevisions } from './result-series.ts'
import { TouchedHours } from './touched-hours.ts'

export interface EngineDependencies {
  readonly insights: readonly AnyInsight[]
  readonly store: Pick<Store, 'buckets' | 'hourly' | 'readings'>
  readonly sources: PlaceSources & { readonly catalogue: { id(key: string): number | undefined } }
  readonly settings: SettingsSource
  readonly journal: InsightJournal
  /** Stores readings that the hub itself found out under a gateway; resolves when they are durable. */
  readonly keep: (identity: GatewayIdentity, readings: readonly Reading[]) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

export interface EngineCounters {
  steps: number
  failures: number
  results: number
  late: number
  readings: number
}

/** How often it is looked for what is due; an hour counts as closed so long after its end, so that most readings are there. */
const stepEveryMs = 10 * 60_000
const graceMs = 5 * 60_000
/** After the first readings of a start, and after a change of settings. */
const soonMs = 2_000
/** Results that became due while the hub was off are computed for so long back. */
const catchUpMs = 7 * 24 * hourMs
/** Results computed before others get their turn. */
const resultsPerTurn = 200
/** Of one call of `keep`; ingest's back-pressure is between two. */
const readingsPerCall = 5_000

export class InsightEngine {
  readonly counters: EngineCounters = { steps: 0, failures: 0, results: 0, late: 0, readings: 0 }
  readonly #dependencies: EngineDependencies
  readonly #memory: HourMemory
  readonly #touched = new TouchedHours()
  readonly #changedSites = new Set<string>()
  /** Insights whose advice this process has computed once. */
  readonly #advised = new Set<string>()
  /** Stays in use for what comes in until the next question builds it anew. */
  #index: PlaceIndex | undefined
  #isIndexOld = false
  #indexedSeries = -1
  /** The hour that was in progress at the last step. */
  #readHour: number | undefined
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #stopped = false
  #yielded = 0

  constructor(dependencies: EngineDependencies) {
    this.#dependencies = dependencies
    this.#memory = new HourMemory(dependencies.store)
  }

  start(): void {
    this.#schedule(soonMs)
  }

  /** Waits for the step under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#running
  }

  /** Gateways, sites or devices have changed. */
  placesChanged(): void {
    this.#isIndexOld = true
  }

  /** Somebody set a field. What it advises follows in seconds. */
  settingsChanged(site: string): void {
    this.#changedSites.add(site)
    this.#schedule(soonMs)
  }

  /** Takes a committed group: what is of an hour that was read before is late. */
  observe({ rows, series, timeMs }: Pick<ReadingColumns, 'rows' | 'series' | 'timeMs'>): void {
    const readMs = (this.#readHour ?? 0) * hourMs
    const readers = this.#index?.readers
    if (readers === undefined) return
    for (let row = 0; row < rows; row += 1) {
      const time = timeMs[row] as number
      if (time >= readMs) continue
      const id = series[row] as number
      if (readers.has(id)) this.#touched.add(id, Math.floor(time / hourMs))
    }
  }

  /** Everything that is due at `nowMs`, to its end. Throws `store.unavailable`; what was not finished is due again. */
  async step(nowMs = this.#dependencies.clock.now()): Promise<void> {
    const index = this.#places()
    const nowHour = Math.floor(nowMs / hourMs)
    await this.#read(index, nowHour)
    const touched = this.#touched.take()
    const changed = [...this.#changedSites]
    this.#changedSites.clear()
    try {
      const late = await this.#lateTasks(index, touched, nowHour)
      const revised = [...late, ...this.#settingsTasks(index, changed)]
      for (const task of revised) await this.#finish([this.#compute(task)], true, nowMs)
      await this.#runDue(index, nowMs)
      await this.#advise(index, nowMs)
    } catch (thrown) {
      this.#touched.restore(touched)
      for (const site of changed) this.#changedSites.add(site)
      throw thrown
    }
    this.counters.steps += 1
  }

  /** The hours of a place's input, for questions beside the schedule. Undefined: there is no such series. */
  async hoursOf(
    site: string,
    insight: string,
    input: string,
    span: { readonly fromMs: number; readonly toMs: number },
  ): Promise<Hours | undefined> {
    const placed = this.#places().placed.find(({ place, insight: { id } }) => place.id === site && id === insight)
    const series = placed?.series[input]
    return series === undefined ? undefined : await this.hoursOfSeries(series, span)
  }

  /** The hours of any series in [fromMs, toMs), for questions beside the schedule. */
  async hoursOfSeries(series: number, span: { readonly fromMs: number; readonly toMs: number }): Promise<Hours> {
    const memory = new HourMemory(this.#dependencies.store)
    const [fromHour, toHour] = [Math.floor(span.fromMs / hourMs), Math.ceil(span.toMs / hourMs)]
    await memory.hold(series, fromHour, toHour)
    return memory.window(series, fromHour, toHour) as Hours
  }

  placed(): readonly PlacedInsight[] {
    return this.#places().placed
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return
    this.#timer?.cancel()
    this.#timer = this.#dependencies.clock.setTimer(() => this.#run(), delayMs)
  }

  #run(): void {
    if (this.#running !== undefined) return this.#schedule(soonMs)
    const { clock, log, journal } = this.#dependencies
    const work = async () => {
      try {
        await this.step()
        if (this.counters.steps % 144 === 1) await journal.expire(clock.now())
      } catch (thrown) {
        this.counters.failures += 1
        if (!this.#stopped) log.warn({ err: thrown }, 'insights could not be computed; they are tried again')
      }
    }
    this.#running = work().then(() => {
      this.#running = undefined
      this.#schedule(this.#changedSites.size > 0 ? soonMs : stepEveryMs)
    })
  }

  #places(): PlaceIndex {
    const { insights, sources } = this.#dependencies
    const isFresh = !this.#isIndexOld && this.#indexedSeries === sources.catalogue.size
    if (this.#index !== undefined && isFresh) return this.#index
    this.#isIndexOld = false
    this.#indexedSeries = sources.catalogue.size
    this.#index = buildPlaceIndex(insights, sources)
    return this.#index
  }

  async #read({ lookBackHours }: PlaceIndex, nowHour: number): Promise<void> {
    const known = this.#memory.size
    const wanted = new Map<number, number>()
    for (const [series, hours] of lookBackHours) {
      this.#memory.forget(series, nowHour - hours - 24)
      wanted.set(series, nowHour - hours - 24)
    }
    const before = this.#readHour
    // From here on what comes in of earlier hours is late: the questions below may have been answered without it.
    this.#readHour = nowHour
    try {
      await this.#memory.holdAll(wanted, nowHour + 1)
      if (known > 0) await this.#memory.reloadAll(Math.min(before ?? nowHour, nowHour), nowHour + 1)
    } catch (thrown) {
      this.#readHour = before
      throw thrown
    }
  }

  /** Which results late readings touch: those whose window holds one of their hours. */
  async #lateTasks(index: PlaceIndex, touched: TouchedHours, nowHour: number): Promise<readonly Task[]> {
    const spans = new Map<PlacedInsight, { fromHour: number; toHour: number }>()
    for (const [series, { fromHour, toHour }] of touched.entries()) {
      await this.#memory.reload(series, fromHour, toHour + 1)
      for (const placed of index.readers.get(series) ?? []) {
        const lookBack = lookBackOf(placed, series)
        const last = Math.min(toHour + 1 + lookBack, nowHour)
        const known = spans.get(placed)
        spans.set(placed, {
          fromHour: Math.min(fromHour, known?.fromHour ?? fromHour),
          toHour: Math.max(last, known?.toHour ?? last),
        })
      }
    }
    const tasks: Task[] = []
    for (const [placed, { fromHour, toHour }] of spans) {
      const computed = this.#dependencies.journal.computed(placed.place.id, placed.insight.id)
      if (computed === undefined) continue
      const fromMs = Math.max(fromHour * hourMs, Math.min(computed.fromMs, firstMs(placed.insight, nowHour * hourMs)))
      const all = timesBetween(placed.insight, fromMs, Math.min(toHour * hourMs, computed.toMs))
      const times = placed.insight.keepsPast === true ? all.filter((timeMs) => timeMs === computed.toMs) : all
      if (times[0] === undefined) continue
      await this.#reachBack(placed, times[0], nowHour)
      tasks.push({ placed, times, cause: 'late' })
    }
    return tasks
  }

  /** Loads the hours of old results that the memory no longer holds. */
  async #reachBack(placed: PlacedInsight, timeMs: number, nowHour: number): Promise<void> {
    for (const [name, id] of inputSeries(placed)) {
      const hours = placed.insight.inputs[name]?.lookBackHours ?? 0
      await this.#memory.hold(id, timeMs / hourMs - hours, nowHour + 1)
    }
  }

  #settingsTasks(index: PlaceIndex, sites: readonly string[]): readonly Task[] {
    if (sites.length === 0) return []
    return index.placed.flatMap((placed): Task[] => {
      if (!sites.includes(placed.place.id)) return []
      const computed = this.#dependencies.journal.computed(placed.place.id, placed.insight.id)
      return computed === undefined ? [] : [{ placed, times: [computed.toMs], cause: 'settings' }]
    })
  }

  async #runDue(index: PlaceIndex, nowMs: number): Promise<void> {
    let ready: Computation[] = []
    let size = 0
    for (const placed of index.placed) {
      const task = this.#dueTask(placed, nowMs)
      if (task === undefined) continue
      const [first = nowMs] = task.times
      if (placed.insight.reachBackDays !== undefined) await this.#reachBack(placed, first, Math.floor(nowMs / hourMs))
      const computation = this.#compute(task)
      ready.push(computation)
      size += computation.results.length
      if ((this.#yielded += computation.results.length) > resultsPerTurn) await this.#yield()
      if (size < 20_000) continue
      await this.#finish(ready, false, nowMs)
      ready = []
      size = 0
    }
    if (ready.length > 0) await this.#finish(ready, false, nowMs)
  }

  #dueTask(placed: PlacedInsight, nowMs: number): Task | undefined {
    const { insight, place } = placed
    const throughMs = lastTime(insight, nowMs - graceMs)
    const computed = this.#dependencies.journal.computed(place.id, insight.id)
    const afterMs =
      computed === undefined ? firstMs(insight, throughMs) : Math.max(computed.toMs, throughMs - catchUpMs)
    const due = timesBetween(insight, afterMs, throughMs)
    // Nobody made a forecast while the hub was off.
    const times = insight.keepsPast === true ? due.slice(-1) : due
    return times.length === 0 ? undefined : { placed, times, cause: 'schedule' }
  }

  #compute(task: Task): Computation {
    this.counters.results += task.times.length
    if (task.cause === 'late') this.counters.late += task.times.length
    return { task, results: task.times.map((timeMs) => ({ timeMs, result: this.#result(task.placed, timeMs) })) }
  }

  #result(placed: PlacedInsight, timeMs: number): InsightResult {
    return resultAt(placed, timeMs, { memory: this.#memory, settings: this.#dependencies.settings })
  }

  /** Series first, then the journal: what a crash leaves between the two is computed again, and is the same. */
  async #finish(computations: readonly Computation[], isRevision: boolean, nowMs: number): Promise<void> {
    const { journal, keep, settings } = this.#dependencies
    const byGateway = new Map<string, Reading[]>()
    const runs: InsightRun[] = []
    for (const computation of computations) {
      const fresh = readingsOf(computation)
      const found = isRevision ? await withRevisions(fresh, this.#dependencies, computation.task.placed.gateway) : fresh
      const list = byGateway.get(computation.task.placed.gateway)
      if (list === undefined) byGateway.set(computation.task.placed.gateway, [...found])
      else for (const reading of found) list.push(reading)
      runs.push(runOf(computation.task, settings, nowMs))
    }
    for (const [gateway, readings] of byGateway) {
      for (let start = 0; start < readings.length; start += readingsPerCall) {
        await keep(parseGatewayKey(gateway), readings.slice(start, start + readingsPerCall))
      }
      this.counters.readings += readings.length
    }
    await journal.write(
      runs,
      computations.flatMap((computation) => this.#noteOf(computation)),
    )
  }

  /** Only the newest result of a day's insight or of a forecast is advice; that of another hour's comes from the hour in progress. */
  #noteOf({ task: { placed }, results }: Computation): readonly AdviceNote[] {
    const { insight, place } = placed
    const last = results.at(-1)
    const computed = this.#dependencies.journal.computed(place.id, insight.id)
    if (isOfHourInProgress(insight) || last === undefined || last.timeMs < (computed?.toMs ?? 0)) return []
    this.#advised.add(keyOf(place.id, insight.id))
    const { advice } = last.result
    return [{ site: place.id, insight: insight.id, version: insight.version, timeMs: last.timeMs, advice }]
  }

  /** What holds in this hour, as far as it has come; and after a start what the days before said. */
  async #advise(index: PlaceIndex, nowMs: number): Promise<void> {
    const notes: AdviceNote[] = []
    const endMs = (Math.floor(nowMs / hourMs) + 1) * hourMs
    for (const placed of index.placed) {
      const { insight, place } = placed
      const key = keyOf(place.id, insight.id)
      const computed = this.#dependencies.journal.computed(place.id, insight.id)
      if (!isOfHourInProgress(insight) && (this.#advised.has(key) || computed === undefined)) continue
      const timeMs = isOfHourInProgress(insight) ? endMs : (computed?.toMs ?? endMs)
      const { advice } = this.#result(placed, timeMs)
      notes.push({
        site: place.id,
        insight: insight.id,
        version: insight.version,
        timeMs: Math.min(timeMs, nowMs),
        advice,
      })
      this.#advised.add(key)
      if ((this.#yielded += 1) > resultsPerTurn) await this.#yield()
    }
    await this.#dependencies.journal.write([], notes)
  }

  async #yield(): Promise<void> {
    this.#yielded = 0
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

function isOfHourInProgress({ every, keepsPast }: AnyInsight): boolean {
  return every === 'hour' && keepsPast !== true
}

/** Results later than this are made of a place that had none at `timeMs`. */
function firstMs(insight: AnyInsight, timeMs: number): number {
  return timeMs - Math.max(stepMs(insight), (insight.reachBackDays ?? 0) * dayMs)
}
