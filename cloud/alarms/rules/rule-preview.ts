// What a rule would have raised: the rule itself, run over what the store holds of the past, before anybody saves it.
import type { GatewayEvent } from '../../../broker/contract/event.ts'
import { AppError } from '../../../broker/contract/app-error.ts'
import type { Clock } from '../../../broker/contract/ports.ts'
import type { SeriesCatalogue } from '../../ingest/series-catalogue.ts'
import type { GatewayRegistry } from '../../registry/gateway-registry.ts'
import type { SeriesDirectory } from '../../registry/series-directory.ts'
import type { EventKey, Store, StoredEvent, StoredReading } from '../../store/store.ts'
import { rulesOf } from './combination.ts'
import { RuleStage, type PlayedInterval } from './rule-stage.ts'
import type { AlarmRule } from './rule.ts'

export interface PreviewSources {
  readonly store: Pick<Store, 'readings' | 'events'>
  readonly catalogue: Pick<SeriesCatalogue, 'size' | 'id' | 'owner'>
  readonly directory: Pick<SeriesDirectory, 'facts' | 'intervalS'>
  readonly registry: Pick<GatewayRegistry, 'get'>
  readonly clock: Clock
}

export interface PreviewQuery {
  readonly rule: AlarmRule
  /** The rules of its tenant, for those that it names. */
  readonly others: readonly AlarmRule[]
  readonly fromMs: number
  readonly toMs: number
}

export interface Preview {
  /** Event time up to which was judged; before `toMs` where a bound was reached. */
  readonly throughMs: number
  /** Of the series that the rule watches, how many were judged. */
  readonly series: number
  readonly seriesWatched: number
  readonly readings: number
  readonly events: number
  readonly intervals: readonly PlayedInterval[]
}

/** Bounds of one preview; the answer says how far it came. */
const previewLimits = {
  series: 500,
  readings: 1_000_000,
  events: 20_000,
  /** Of work and waiting, ms. */
  timeMs: 20_000,
  /** Readings asked for at a time. */
  page: 50_000,
} as const

/** At one time; each holds some megabytes. Owner: Previews. */
const maxPreviews = 2
/** Readings that are judged before others get their turn: about 5 ms. */
const turnReadings = 5_000
const dayMs = 86_400_000

export class Previews {
  readonly #sources: PreviewSources
  #running = 0

  constructor(sources: PreviewSources) {
    this.#sources = sources
  }

  /** Throws `request.rate` while others run, `rule.invalid` for a kind of which the store tells nothing. */
  async run(query: PreviewQuery): Promise<Preview> {
    if (query.rule.kind === 'gateway-offline') {
      throw new AppError(
        'rule.invalid',
        'the store does not tell when a gateway was connected: this rule has no preview',
      )
    }
    if (this.#running >= maxPreviews) throw new AppError('request.rate', 'other previews run; ask again in a minute')
    this.#running += 1
    try {
      return await new Play(query, this.#sources).run()
    } finally {
      this.#running -= 1
    }
  }
}

class Play {
  readonly #query: PreviewQuery
  readonly #sources: PreviewSources
  readonly #stage: RuleStage
  readonly #endAtMs: number
  readonly #counts = { readings: 0, events: 0, turn: 0 }

  constructor(query: PreviewQuery, sources: PreviewSources) {
    const { rule, others, fromMs } = query
    this.#query = query
    this.#sources = sources
    const named = rule.kind === 'composite' ? new Set(rulesOf(rule.of)) : new Set<string>()
    const parts = others.filter(({ id, kind }) => named.has(id) && kind !== 'gateway-offline')
    this.#stage = new RuleStage([...parts, rule], {
      played: rule.id,
      startMs: fromMs,
      sources: {
        facts: (series) => sources.directory.facts(series),
        intervalS: (series) => sources.directory.intervalS(series),
        seriesByKey: (key) => sources.catalogue.id(key),
        gateway: (id) => sources.registry.get(id),
      },
    })
    this.#endAtMs = sources.clock.monotonic() + previewLimits.timeMs
  }

  async run(): Promise<Preview> {
    const { fromMs, toMs } = this.#query
    const watched = this.#seriesWatched()
    const series = watched.slice(0, previewLimits.series)
    const events = await this.#events()
    let throughMs = fromMs
    while (throughMs < toMs && this.#hasRoom()) {
      throughMs = await this.#slice({ series, events, fromMs: throughMs, toMs: Math.min(throughMs + dayMs, toMs) })
    }
    this.#stage.advance(throughMs)
    const { readings, events: judgedEvents } = this.#counts
    const { intervals } = this.#stage
    const sizes = { series: series.length, seriesWatched: watched.length, readings, events: judgedEvents }
    return { throughMs, ...sizes, intervals }
  }

  #seriesWatched(): readonly number[] {
    const { catalogue, directory } = this.#sources
    const tenant = this.#query.rule.scope?.tenant
    const watched: number[] = []
    for (let series = 0; series < catalogue.size; series += 1) {
      if (tenant !== undefined && catalogue.owner(series).identity.tenant !== tenant) continue
      if (this.#stage.watches(directory.facts(series))) watched.push(series)
    }
    return watched
  }

  #hasRoom(): boolean {
    return this.#counts.readings < previewLimits.readings && this.#sources.clock.monotonic() < this.#endAtMs
  }

  /** A day at most; the event time up to which it came. */
  async #slice(part: {
    readonly series: readonly number[]
    readonly events: readonly StoredEvent[]
    readonly fromMs: number
    readonly toMs: number
  }): Promise<number> {
    const { series, fromMs } = part
    let { toMs } = part
    const readings: StoredReading[] = []
    for (const id of series) {
      if (!this.#hasRoom()) return fromMs
      const page = await this.#sources.store.readings({ series: id, fromMs, toMs, limit: previewLimits.page })
      // A full page ends the slice where it ends; the next one begins there.
      const last = page.at(-1)
      if (page.length === previewLimits.page && last !== undefined && last.timeMs > fromMs) toMs = last.timeMs
      for (const reading of page) readings.push(reading)
    }
    const events = part.events.filter(({ timeMs }) => timeMs >= fromMs && timeMs < toMs)
    await this.#play(
      readings.filter(({ timeMs }) => timeMs < toMs).sort((a, b) => a.timeMs - b.timeMs),
      events,
    )
    this.#stage.advance(toMs)
    return toMs
  }

  async #play(readings: readonly StoredReading[], events: readonly StoredEvent[]): Promise<void> {
    let next = 0
    const playEventsBefore = (timeMs: number): void => {
      for (let event = events[next]; event !== undefined && event.timeMs <= timeMs; event = events[next]) {
        this.#stage.playEvent(event.gateway, JSON.parse(event.body) as GatewayEvent)
        this.#counts.events += 1
        next += 1
      }
    }
    for (const reading of readings) {
      playEventsBefore(reading.timeMs)
      this.#stage.play(reading, this.#sources.catalogue.owner(reading.series).key)
      this.#counts.readings += 1
      this.#counts.turn += 1
      if (this.#counts.turn < turnReadings) continue
      this.#counts.turn = 0
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    playEventsBefore(Number.POSITIVE_INFINITY)
  }

  /** The newest within the bound, oldest first; the store gives those of all tenants, the rule's scope leaves the others out. */
  async #events(): Promise<readonly StoredEvent[]> {
    const { rule, fromMs, toMs } = this.#query
    if (rule.kind !== 'event') return []
    const found: StoredEvent[] = []
    let after: EventKey | undefined
    while (found.length < previewLimits.events) {
      const page = await this.#sources.store.events({ kind: rule.event, fromMs, toMs, after, limit: 1_000 })
      found.push(...page)
      after = page.at(-1)
      if (page.length < 1_000) break
    }
    return found.reverse()
  }
}
