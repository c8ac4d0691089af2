// The insights of a hub, put together: engine, journal, settings of fields, and what the API asks of them.
import { Counter, Gauge, Registry } from 'prom-client'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { TenantScope } from '../people/principal.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { SeriesDirectory } from '../registry/series-directory.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import type { ReadingColumns, Store } from '../store/store.ts'
import { FieldBook } from './field-book.ts'
import type { FieldSettings } from './field-settings.ts'
import type { ForecastItem } from './forecasts/forecast-schemas.ts'
import { forecastsOf } from './forecasts/forecasts.ts'
import { InfrastructureBook } from './infrastructure-book.ts'
import type { InfrastructureSettings } from './infrastructure-settings.ts'
import { adviceLevels, type AnyInsight } from './insight.ts'
import { type EngineDependencies, InsightEngine } from './insight-engine.ts'
import { heldOf, InsightJournal, type RunCause } from './insight-journal.ts'
import { insightList } from './insight-list.ts'
import type {
  AdviceItem,
  AdviceLogItem,
  FieldSettingsItem,
  InfrastructureSettingsItem,
  InsightItem,
  InsightRunItem,
} from './insight-schemas.ts'
import { withModelled } from './past-headings.ts'
import { Reports } from './reports/reports.ts'
import { watchedOf } from './reports/watched.ts'
import { placeSettings } from './place-settings.ts'
import { seriesNameOf } from './result-series.ts'
import type { SettingsChange } from './settings-book.ts'

export interface InsightsDependencies {
  readonly store: Pick<Store, 'buckets' | 'hourly' | 'readings'>
  readonly database: HubDatabase
  readonly catalogue: SeriesCatalogue
  readonly directory: SeriesDirectory
  readonly registry: GatewayRegistry
  readonly keep: EngineDependencies['keep']
  readonly clock: Clock
  readonly log: Log
  /** Default: all that come with the project. */
  readonly insights?: readonly AnyInsight[]
}

export async function openInsights(dependencies: InsightsDependencies): Promise<Insights> {
  const { database, clock } = dependencies
  const fields = new FieldBook({ database, clock })
  await fields.restore()
  const journal = new InsightJournal(database)
  await journal.restore()
  const infrastructure = new InfrastructureBook({ database, clock })
  await infrastructure.restore()
  return new Insights(dependencies, { fields, infrastructure, journal })
}

interface Books {
  readonly fields: FieldBook
  readonly infrastructure: InfrastructureBook
  readonly journal: InsightJournal
}

/** Most urgent first; what can't be told comes last. */
const weightOf = Object.fromEntries([...adviceLevels].reverse().map((level, place) => [level, place]))

export class Insights {
  readonly metrics = new Registry()
  readonly engine: InsightEngine
  readonly reports: Reports
  readonly #dependencies: InsightsDependencies
  readonly #list: readonly AnyInsight[]
  readonly #fields: FieldBook
  readonly #infrastructure: InfrastructureBook
  readonly #journal: InsightJournal

  constructor(dependencies: InsightsDependencies, { fields, infrastructure, journal }: Books) {
    const { store, catalogue, directory, registry, keep, clock, log, insights = insightList } = dependencies
    this.#dependencies = dependencies
    this.#list = insights
    this.#fields = fields
    this.#infrastructure = infrastructure
    this.#journal = journal
    const sources = { catalogue, directory, registry }
    const settings = placeSettings({ fields, infrastructure })
    this.engine = new InsightEngine({ insights, store, sources, settings, journal, keep, clock, log })
    const { database } = dependencies
    const { gateways, stations } = watchedOf({ registry, directory })
    const hours = async (series: number, span: Parameters<InsightEngine['hoursOfSeries']>[1]) =>
      await this.engine.hoursOfSeries(series, span)
    const placed = () => this.engine.placed()
    this.reports = new Reports({ store, catalogue, database, settings, placed, gateways, stations, hours }, clock)
    registry.onChange((_gateway, { described }) => {
      if (described) this.engine.placesChanged()
    })
    this.#registerMetrics()
  }

  start(): void {
    this.engine.start()
  }

  stop(): Promise<void> {
    return this.engine.stop()
  }

  /** Takes what ingest has committed. */
  observe(columns: ReadingColumns): void {
    this.engine.observe(columns)
  }

  hasPlace(site: string): boolean {
    return this.engine.placed().some(({ place }) => place.id === site)
  }

  advice(scope: TenantScope): AdviceItem[] {
    const insights = new Map(this.#list.map((insight) => [insight.id, insight]))
    const names = new Map(this.engine.placed().map(({ place }) => [place.id, place.name]))
    return this.#journal
      .held()
      .flatMap(({ site, insight: id, advice, sinceMs, timeMs, version }): AdviceItem[] => {
        const insight = insights.get(id)
        const siteName = names.get(site)
        if (advice === null || insight === undefined || siteName === undefined || !scope.allowsKey(site)) return []
        const { level, code, text, number } = advice
        const { title, source } = insight
        const what = { site, siteName, insight: id, title, level, code, text, number: number ?? null }
        return [{ ...what, since: sinceMs, time: timeMs, version, source: source.ja, sourceText: source }]
      })
      .sort((a, b) => (weightOf[a.level] ?? 0) - (weightOf[b.level] ?? 0) || b.since - a.since)
  }

  async log(site: string, limit: number): Promise<AdviceLogItem[]> {
    const query = this.#dependencies.database.selectFrom('insight_advice').selectAll().where('site', '=', site)
    const rows = await query.orderBy('time_ms', 'desc').orderBy('insight').limit(limit).execute()
    return rows.map(heldOf).map(({ insight, timeMs, version, advice }) => ({
      insight,
      time: timeMs,
      version,
      advice: advice === null ? null : { ...advice, number: advice.number ?? null },
    }))
  }

  async runs(site: string, limit: number): Promise<InsightRunItem[]> {
    const query = this.#dependencies.database.selectFrom('insight_runs').selectAll().where('site', '=', site)
    const rows = await query.orderBy('computed_ms', 'desc').orderBy('insight').limit(limit).execute()
    const gateway = site.slice(0, site.lastIndexOf('/'))
    return rows.map((row) => ({
      insight: row.insight,
      version: row.version,
      settingsRevision: row.settings_revision,
      cause: row.cause as RunCause,
      from: row.from_ms,
      to: row.to_ms,
      inputFrom: row.input_from_ms,
      computed: row.computed_ms,
      series: Object.keys(this.#list.find(({ id }) => id === row.insight)?.outputs ?? {}).map(
        (output) => `${gateway}/${seriesNameOf(site, row.insight, output)}`,
      ),
    }))
  }

  list(): InsightItem[] {
    return this.#list.map(({ id, version, title, source, siteKind, every, inputs, outputs }) => ({
      id,
      version,
      title,
      source: source.ja,
      sourceText: source,
      siteKind,
      every,
      inputs: Object.entries(inputs).map(([name, input]) => ({ ...input, name, channel: input.channel.source })),
      outputs: Object.entries(outputs).map(([name, { unit, label }]) => ({ name, unit: unit ?? null, label })),
    }))
  }

  fields(scope: TenantScope): FieldSettingsItem[] {
    const ids = this.engine.placed().flatMap(({ place, insight }) => (insight.id === 'heading' ? [place.id] : []))
    return ids.filter((id) => scope.allowsKey(id)).map((id) => this.settings(id))
  }

  settings(site: string): FieldSettingsItem {
    const { settings, revision, changedMs, changedBy } = this.#fields.get(site)
    return { site, settings, revision, changed: changedMs, changedBy }
  }

  /** On the medium when it resolves. Throws `not-found` for a place without insights, `settings.stale`. */
  async set(site: string, given: FieldSettings, change: SettingsChange): Promise<FieldSettingsItem> {
    const placed = this.engine.placed().find(({ place, insight }) => place.id === site && insight.id === 'heading')
    if (placed === undefined) throw new AppError('not-found', `there is no field ${site}`)
    const settings = await withModelled(given, {
      latDeg: placed.place.lat,
      hours: (span) => this.engine.hoursOf(site, 'heading', 'temperature', span),
    })
    await this.#fields.set(site, settings, change)
    this.engine.settingsChanged(site)
    return this.settings(site)
  }

  /** Of any kind, also one without insights. */
  hasSite(site: string): boolean {
    const cut = site.lastIndexOf('/')
    return this.#dependencies.registry.get(site.slice(0, cut))?.sites.has(site.slice(cut + 1)) === true
  }

  hasTenant(tenant: string): boolean {
    return this.engine.placed().some((one) => one.tenant === tenant)
  }

  /** Of a tenant or a place. */
  infrastructure(place: string): InfrastructureSettingsItem {
    const { settings, revision, changedMs, changedBy } = this.#infrastructure.get(place)
    const { settings: effective } = this.#infrastructure.effective(place)
    return { place, settings, effective, revision, changed: changedMs, changedBy }
  }

  /** On the medium when it resolves. Throws `settings.stale`. */
  async setInfrastructure(
    place: string,
    settings: InfrastructureSettings,
    change: SettingsChange,
  ): Promise<InfrastructureSettingsItem> {
    await this.#infrastructure.set(place, settings, change)
    for (const site of new Set(this.engine.placed().map((one) => one.place.id))) {
      if (site === place || site.startsWith(`${place}/`)) this.engine.settingsChanged(site)
    }
    return this.infrastructure(place)
  }

  async forecasts(site: string): Promise<ForecastItem[]> {
    const { clock, catalogue } = this.#dependencies
    return await forecastsOf(site, clock.now(), {
      placed: () => this.engine.placed(),
      hours: (series, span) => this.engine.hoursOfSeries(series, span),
      keyOf: (series) => catalogue.key(series),
    })
  }

  #registerMetrics(): void {
    const { counters } = this.engine
    const rows = [
      ['steps', 'musubi_insight_steps_total', 'Runs of everything that was due'],
      ['failures', 'musubi_insight_failures_total', 'Runs that failed and are tried again'],
      ['results', 'musubi_insight_results_total', 'Results computed'],
      ['late', 'musubi_insight_late_results_total', 'Of these, computed again because readings came late'],
      ['readings', 'musubi_insight_readings_total', 'Values stored as series'],
    ] as const
    for (const [counted, name, help] of rows) {
      const counter: Counter = new Counter({
        name,
        help,
        registers: [this.metrics],
        collect() {
          counter.reset()
          counter.inc(counters[counted])
        },
      })
    }
    const journal = this.#journal
    const gauge: Gauge = new Gauge({
      name: 'musubi_insight_advice',
      help: 'Advice that holds, by level',
      labelNames: ['level'],
      registers: [this.metrics],
      collect() {
        gauge.reset()
        for (const { advice } of journal.held()) if (advice !== null) gauge.inc({ level: advice.level })
      },
    })
  }
}
