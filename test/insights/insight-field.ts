// Fields without sensors for tests of the insight engine: gateways with sites, hourly readings in memory, a real hub database.
import { silentLog } from '../../broker/contract/ports.ts'
import type { Reading } from '../../broker/contract/senml.ts'
import { FieldBook } from '../../cloud/insights/field-book.ts'
import type { FieldSettings } from '../../cloud/insights/field-settings.ts'
import { hourMs, type AnyInsight } from '../../cloud/insights/insight.ts'
import { InfrastructureBook } from '../../cloud/insights/infrastructure-book.ts'
import { resultLabel } from '../../cloud/insights/result-labels.ts'
import { placeSettings } from '../../cloud/insights/place-settings.ts'
import { InsightEngine } from '../../cloud/insights/insight-engine.ts'
import { InsightJournal } from '../../cloud/insights/insight-journal.ts'
import { insightList } from '../../cloud/insights/insight-list.ts'
import { SeriesCatalogue } from '../../cloud/ingest/series-catalogue.ts'
import { GatewayRegistry } from '../../cloud/registry/gateway-registry.ts'
import { openHubDatabase, type HubDatabase } from '../../cloud/registry/hub-database.ts'
import { SeriesDirectory } from '../../cloud/registry/series-directory.ts'
import type { Buckets, StoredReading } from '../../cloud/store/store.ts'
import { createManualClock, type ManualClock } from '../edge/manual-clock.ts'

const units: Readonly<Record<string, string>> = {
  'water-level': 'm',
  'air-temperature': 'Cel',
  'rain-intensity': 'm/s',
  'wind-speed': 'm/s',
  'solar-radiation': 'W/m2',
}

export interface InsightField {
  readonly engine: InsightEngine
  readonly journal: InsightJournal
  readonly fields: FieldBook
  readonly clock: ManualClock
  readonly database: HubDatabase
  /** Results in the order in which they were stored. */
  readonly kept: { readonly key: string; readonly timeMs: number; readonly value: number }[]
  /** Hours asked of the store, by series key. */
  readonly asked: Map<string, number>
  /** An hour of a channel: its mean, and min and max beside it. Tells the engine, as ingest would. */
  put(name: string, timeMs: number, value: number): void
  set(site: string, settings: FieldSettings): Promise<void>
  close(): Promise<void>
}

export const tenantGateway = 'kimitsu/paddy-koito'
const identity = { tenant: 'kimitsu', gateway: 'paddy-koito' }

export async function openInsightField(options: {
  readonly startMs: number
  readonly paddies: readonly string[]
  readonly channels?: readonly string[]
  readonly insights?: readonly AnyInsight[]
  /** A file, so that a second engine can go on where the first stopped. */
  readonly place?: string
  /** Called when the store has answered of a series, before the engine has its answer. */
  readonly answered?: (key: string) => void
}): Promise<InsightField> {
  const clock = createManualClock(options.startMs)
  const database = await openHubDatabase(options.place ?? ':memory:')
  const catalogue = new SeriesCatalogue()
  const heard = { heardMs: () => 0, heardAtMs: () => Number.NEGATIVE_INFINITY }
  const registry = new GatewayRegistry({ database, ...heard, clock, log: silentLog })
  const directory = new SeriesDirectory({ catalogue, registry, own: resultLabel })
  const channels = options.channels ?? ['air-temperature', 'rain-intensity', 'wind-speed', 'solar-radiation']
  const gateway = catalogue.gateway(identity)
  describe(registry, options.paddies, channels)
  const source = memorySource()
  const asked = new Map<string, number>()
  const fields = new FieldBook({ database, clock })
  await fields.restore()
  const journal = new InsightJournal(database)
  await journal.restore()
  const kept: { key: string; timeMs: number; value: number }[] = []
  const engine = new InsightEngine({
    insights: options.insights ?? insightList,
    store: {
      ...source,
      buckets(query) {
        const key = catalogue.key(query.series)
        asked.set(key, (asked.get(key) ?? 0) + Math.round((query.toMs - query.fromMs) / hourMs))
        const answer = source.buckets(query)
        options.answered?.(key)
        return answer
      },
    },
    sources: { catalogue, directory, registry },
    settings: placeSettings({ fields, infrastructure: new InfrastructureBook({ database, clock }) }),
    journal,
    keep(_identity, readings) {
      for (const reading of readings) keep(reading)
      return Promise.resolve()
    },
    clock,
    log: silentLog,
  })
  function keep({ name, unit, timeMs, value }: Reading): void {
    source.put(catalogue.resolve(gateway, name, unit), timeMs, value ?? Number.NaN)
    kept.push({ key: name, timeMs, value: value ?? Number.NaN })
  }
  for (const paddy of options.paddies) catalogue.resolve(gateway, `${paddy}-level:water-level`, 'm')
  for (const channel of channels) catalogue.resolve(gateway, `station:${channel}`, units[channel])
  return {
    engine,
    journal,
    fields,
    clock,
    database,
    kept,
    asked,
    put(name, timeMs, value) {
      const series = catalogue.resolve(gateway, name, units[name.slice(name.indexOf(':') + 1)])
      source.put(series, timeMs, value)
      engine.observe({ rows: 1, series: Int32Array.of(series), timeMs: Float64Array.of(timeMs) })
    },
    async set(site, settings) {
      await fields.set(`${tenantGateway}/${site}`, settings, { by: 'test', seen: undefined })
      engine.settingsChanged(`${tenantGateway}/${site}`)
    },
    async close() {
      await engine.stop()
      await registry.close()
      await database.destroy()
    },
  }
}

function describe(registry: GatewayRegistry, paddies: readonly string[], channels: readonly string[]): void {
  const label = { ja: '', en: '' }
  const position = { lat: 35.29, lon: 139.955 }
  registry.status(identity, {
    v: 1,
    state: 'online',
    timeMs: 0,
    epoch: 'epoch-1',
    sites: [
      ...paddies.map((id) => ({ id, kind: 'paddy' as const, name: { ja: id, en: id }, position })),
      { id: 'station', kind: 'weather' as const, name: { ja: '気象', en: 'weather' }, position },
    ],
    devices: [
      ...paddies.map((id) => ({
        id: `${id}-level`,
        site: id,
        profile: 'level',
        label,
        series: [{ name: `${id}-level:water-level`, unit: 'm', intervalS: 600, label }],
      })),
      {
        id: 'station',
        site: 'station',
        profile: 'weather',
        label,
        series: channels.map((name) => ({ name: `station:${name}`, unit: units[name] ?? '', intervalS: 600, label })),
      },
    ],
  })
}

/** One reading an hour; the last one at a time counts. */
export function memorySource() {
  const series = new Map<number, Map<number, number>>()
  const of = (id: number) => {
    const known = series.get(id) ?? new Map<number, number>()
    series.set(id, known)
    return known
  }
  const bucketsOf = (id: number, fromMs: number, toMs: number): Buckets => {
    const timeMs: number[] = []
    const mean: number[] = []
    for (let time = Math.ceil(fromMs / hourMs) * hourMs; time < toMs; time += hourMs) {
      const value = of(id).get(time)
      if (value === undefined) continue
      timeMs.push(time)
      mean.push(value)
    }
    return { timeMs, min: mean, mean, max: mean, count: mean.map(() => 1) }
  }
  return {
    put: (id: number, timeMs: number, value: number) => void of(id).set(timeMs, value),
    buckets: (query: { readonly series: number; readonly fromMs: number; readonly toMs: number }) =>
      Promise.resolve(bucketsOf(query.series, query.fromMs, query.toMs)),
    hourly: ({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }) =>
      Promise.resolve(new Map([...series.keys()].map((id) => [id, bucketsOf(id, fromMs, toMs)]))),
    readings: (query: { readonly series: number; readonly fromMs: number; readonly toMs: number }) =>
      Promise.resolve(
        [...of(query.series)]
          .filter(([timeMs]) => timeMs >= query.fromMs && timeMs < query.toMs)
          .sort(([a], [b]) => a - b)
          .map(([timeMs, value]): StoredReading => ({ series: query.series, timeMs, value, quality: 0, text: null })),
      ),
  }
}
