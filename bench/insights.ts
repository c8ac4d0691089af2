// Insights at the size of a region: 2,000 fields each hour on one core, and what a week that comes late makes to be computed again.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { silentLog, systemClock, type Clock } from '../broker/contract/ports.ts'
import type { Reading } from '../broker/contract/senml.ts'
import type { GatewayIdentity } from '../broker/contract/topics.ts'
import { FieldBook } from '../cloud/insights/field-book.ts'
import { hourMs } from '../cloud/insights/insight.ts'
import { InfrastructureBook } from '../cloud/insights/infrastructure-book.ts'
import { resultLabel } from '../cloud/insights/result-labels.ts'
import { placeSettings } from '../cloud/insights/place-settings.ts'
import { InsightEngine } from '../cloud/insights/insight-engine.ts'
import { InsightJournal } from '../cloud/insights/insight-journal.ts'
import { insightList } from '../cloud/insights/insight-list.ts'
import { SeriesCatalogue } from '../cloud/ingest/series-catalogue.ts'
import { GatewayRegistry } from '../cloud/registry/gateway-registry.ts'
import { openHubDatabase } from '../cloud/registry/hub-database.ts'
import { SeriesDirectory } from '../cloud/registry/series-directory.ts'
import { openDuckDbStore } from '../cloud/store/duckdb/duckdb-store.ts'
import type { Store } from '../cloud/store/store.ts'
import { printReport } from './report.ts'

const fieldsPerGateway = 20
/** An hour before midnight: the hour that is timed ends a day. */
const startMs = Date.parse('2026-07-10T23:00:00+09:00')
const seasonHours = 70 * 24
const levelHours = 37 * 24
const limitS = 60
const weekMs = 7 * 24 * hourMs
/** Of a field: its three insights of the level in each hour that a late week touches, and one forecast, the newest. */
const mustResults = fieldsPerGateway * (3 * (7 * 24 + 1) + 1)
/** Fields whose results of a week are there when the readings of twenty of them come late. */
const lateFields = 200
const weather = {
  'air-temperature': 'Cel',
  'rain-intensity': 'm/s',
  'wind-speed': 'm/s',
  'solar-radiation': 'W/m2',
} as const

interface Rig {
  readonly engine: InsightEngine
  readonly store: Store
  readonly catalogue: SeriesCatalogue
  readonly clock: Clock & { nowMs: number }
  readonly levels: readonly number[]
  /** Of the water, one a field. */
  readonly temperatures: readonly number[]
  readonly stations: readonly { readonly name: keyof typeof weather; readonly id: number }[]
  readonly kept: { count: number; readonly late: Set<string> }
  close(): Promise<void>
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { fields: { type: 'string', default: '2000' } } })
  const fields = Number(values.fields)
  const hourly = await inRig(fields, startMs, async (rig) => {
    const first = await timed(() => rig.engine.step())
    return { first, hour: await oneHour(rig) }
  })
  const late = await inRig(lateFields, startMs - weekMs, async (rig) => {
    await rig.engine.step()
    rig.clock.nowMs += weekMs
    await rig.engine.step()
    const before = rig.engine.counters.results
    rig.kept.late.clear()
    const week = await lateWeek(rig)
    return { week, results: rig.engine.counters.results - before, touched: rig.kept.late.size }
  })
  report({ fields, ...hourly, ...late })
}

async function inRig<T>(fields: number, nowMs: number, work: (rig: Rig) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-bench-'))
  const rig = await openRig(folder, fields, nowMs + 10 * 60_000)
  try {
    await fill(rig)
    return await work(rig)
  } finally {
    await rig.close()
    await rm(folder, { recursive: true })
  }
}

/** The hour that the figure is about: new readings are there, and it ends at midnight, so that results of hours and of days are due. */
async function oneHour(rig: Rig): Promise<Timing> {
  await commit(rig, startMs, 1)
  rig.clock.nowMs += hourMs
  return await timed(() => rig.engine.step())
}

/** The water levels of one gateway of 20 fields come a week late. */
async function lateWeek(rig: Rig): Promise<Timing> {
  const hours = 7 * 24
  const fromMs = Math.floor(rig.clock.nowMs / hourMs) * hourMs - (hours + 1) * hourMs
  const own = rig.levels.slice(0, fieldsPerGateway)
  const rows = own.length * hours
  const columns = columnsOf(rows)
  for (let row = 0; row < rows; row += 1) {
    columns.series[row] = own[row % own.length] as number
    columns.timeMs[row] = fromMs + Math.floor(row / own.length) * hourMs + 1_800_000
    columns.value[row] = 0.071
  }
  await rig.store.commit({ series: [], readings: columns, cursors: [], deadLetters: [], events: [] })
  rig.engine.observe(columns)
  return await timed(() => rig.engine.step())
}

async function openRig(folder: string, fields: number, nowMs: number): Promise<Rig> {
  const clock = { ...systemClock, nowMs, now: () => clock.nowMs }
  const database = await openHubDatabase(join(folder, 'hub.sqlite'))
  const store = openDuckDbStore({ file: join(folder, 'readings.duckdb'), log: silentLog, clock: systemClock })
  await store.open()
  const catalogue = new SeriesCatalogue()
  const heard = { heardMs: () => 0, heardAtMs: () => Number.NEGATIVE_INFINITY }
  const registry = new GatewayRegistry({ database, ...heard, clock, log: silentLog })
  const directory = new SeriesDirectory({ catalogue, registry, own: resultLabel })
  const book = new FieldBook({ database, clock })
  const journal = new InsightJournal(database)
  const levels: number[] = []
  const temperatures: number[] = []
  const stations: { name: keyof typeof weather; id: number }[] = []
  const settings = { cultivar: 'koshihikari', transplanted: '2026-05-03', depthZeroM: 0.02 } as const
  for (let first = 0; first < fields; first += fieldsPerGateway) {
    const identity = { tenant: 'kimitsu', gateway: `gw-${first / fieldsPerGateway}` }
    const sites = Array.from({ length: Math.min(fieldsPerGateway, fields - first) }, (_, index) => `f${first + index}`)
    describeGateway(registry, identity, sites)
    const entry = catalogue.gateway(identity)
    for (const site of sites) {
      levels.push(catalogue.resolve(entry, `${site}-level:water-level`, 'm'))
      temperatures.push(catalogue.resolve(entry, `${site}-level:water-temperature`, 'Cel'))
      await book.set(`kimitsu/${identity.gateway}/${site}`, settings, { by: undefined, seen: undefined })
    }
    for (const [name, unit] of Object.entries(weather) as [keyof typeof weather, string][]) {
      stations.push({ name, id: catalogue.resolve(entry, `station:${name}`, unit) })
    }
  }
  const kept: Rig['kept'] = { count: 0, late: new Set() }
  const keep = async (identity: GatewayIdentity, readings: readonly Reading[]) => {
    const entry = catalogue.gateway(identity)
    const columns = columnsOf(readings.length)
    for (const [row, reading] of readings.entries()) {
      columns.series[row] = catalogue.resolve(entry, reading.name, reading.unit)
      columns.timeMs[row] = reading.timeMs
      columns.value[row] = reading.value ?? Number.NaN
      kept.late.add(reading.name.slice(1, reading.name.indexOf('.')))
    }
    kept.count += readings.length
    await store.commit({ series: catalogue.takeUnsaved(), readings: columns, cursors: [], deadLetters: [], events: [] })
  }
  const sources = { catalogue, directory, registry }
  const engine = new InsightEngine({
    insights: insightList,
    store,
    sources,
    settings: placeSettings({ fields: book, infrastructure: new InfrastructureBook({ database, clock }) }),
    journal,
    keep,
    clock,
    log: silentLog,
  })
  return {
    engine,
    store,
    catalogue,
    clock,
    levels,
    temperatures,
    stations,
    kept,
    async close() {
      await engine.stop()
      await registry.close()
      await store.close()
      await database.destroy()
    },
  }
}

/** Seventy days of weather and 37 of water, one reading an hour. */
async function fill(rig: Rig): Promise<void> {
  for (let hour = seasonHours; hour > 0; hour -= 24) {
    await commit(rig, startMs - hour * hourMs, 24, hour <= levelHours)
  }
}

async function commit(rig: Rig, fromMs: number, hours: number, withLevels = true): Promise<void> {
  const { stations, levels, temperatures, store, catalogue } = rig
  const perHour = stations.length + (withLevels ? levels.length + temperatures.length : 0)
  const columns = columnsOf(perHour * hours)
  for (let hour = 0; hour < hours; hour += 1) {
    const timeMs = fromMs + hour * hourMs + 1_800_000
    const base = hour * perHour
    for (const [index, { name, id }] of stations.entries()) {
      columns.series[base + index] = id
      columns.timeMs[base + index] = timeMs
      columns.value[base + index] = weatherAt(name, timeMs)
    }
    if (!withLevels) continue
    for (const [index, id] of levels.entries()) {
      const row = base + stations.length + index
      columns.series[row] = id
      columns.timeMs[row] = timeMs
      columns.value[row] = 0.08 - ((timeMs / hourMs + index) % 24) * 0.0005 + 0.004 * wobble(timeMs, index)
    }
    for (const [index, id] of temperatures.entries()) {
      const row = base + stations.length + levels.length + index
      columns.series[row] = id
      columns.timeMs[row] = timeMs
      columns.value[row] = weatherAt('air-temperature', timeMs) + 2 * wobble(timeMs, index)
    }
  }
  await store.commit({ series: catalogue.takeUnsaved(), readings: columns, cursors: [], deadLetters: [], events: [] })
}

/** Between -1 and 1, of weather that drifts over some days. */
function wobble(timeMs: number, index: number): number {
  return Math.sin(timeMs / hourMs / 60 + index)
}

function weatherAt(name: keyof typeof weather, timeMs: number): number {
  const day = Math.sin((timeMs / hourMs / 24) * 2 * Math.PI)
  switch (name) {
    case 'air-temperature':
      return 22 + 4 * day
    case 'rain-intensity':
      return Math.floor(timeMs / hourMs / 7) % 5 === 0 ? 3e-7 : 0
    case 'wind-speed':
      return 1.5
    case 'solar-radiation':
      return Math.max(0, 700 * day)
    default:
      return name satisfies never
  }
}

function columnsOf(rows: number) {
  return {
    rows,
    series: new Int32Array(rows),
    timeMs: new Float64Array(rows),
    value: new Float64Array(rows),
    quality: new Uint8Array(rows),
    text: new Map<number, string>(),
  }
}

function describeGateway(registry: GatewayRegistry, identity: GatewayIdentity, sites: readonly string[]): void {
  const label = { ja: '', en: '' }
  const position = { lat: 35.29, lon: 139.955 }
  const series = (name: string, unit: string) => ({ name, unit, intervalS: 600, label })
  registry.status(identity, {
    v: 1,
    state: 'online',
    timeMs: 0,
    epoch: 'bench',
    sites: [
      ...sites.map((id) => ({ id, kind: 'paddy' as const, name: label, position })),
      { id: 'station', kind: 'weather' as const, name: label, position },
    ],
    devices: [
      ...sites.map((id) => ({
        id: `${id}-level`,
        site: id,
        profile: 'p',
        label,
        series: [series(`${id}-level:water-level`, 'm'), series(`${id}-level:water-temperature`, 'Cel')],
      })),
      {
        id: 'station',
        site: 'station',
        profile: 'w',
        label,
        series: Object.entries(weather).map(([name, unit]) => series(`station:${name}`, unit)),
      },
    ],
  })
}

interface Timing {
  readonly wallS: number
  /** Processor time of the whole process, the store's thread included. */
  readonly cpuS: number
}

async function timed(work: () => Promise<unknown>): Promise<Timing> {
  const cpu = process.cpuUsage()
  const begin = performance.now()
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { wallS: (performance.now() - begin) / 1000, cpuS: (user + system) / 1e6 }
}

function report(found: {
  readonly fields: number
  readonly first: Timing
  readonly hour: Timing
  readonly week: Timing
  readonly results: number
  readonly touched: number
}): void {
  const { fields, first, hour, week, results, touched } = found
  const round = (value: number) => Number(value.toFixed(2))
  const row = (name: string, { wallS, cpuS }: Timing, limit: number | string) => [
    name,
    round(wallS),
    round(cpuS),
    limit,
  ]
  const memoryMB = Math.round(process.memoryUsage().rss / 1e6)
  printReport({
    bench: 'insights',
    figure: 'issue 7',
    columns: [`${fields} fields, ${insightList.length} insights`, 'wall s', 'CPU s', 'limit, CPU s'],
    rows: [
      row('first step: memory filled from the store', first, ''),
      row('one hour that ends a day', hour, limitS),
      row(`a week of ${fieldsPerGateway} of ${lateFields} fields that comes late`, week, ''),
      ['results computed again for it; must be', results, '', mustResults],
      ['fields with results stored again', touched, '', fieldsPerGateway],
    ],
    results: {
      fields,
      firstWallS: round(first.wallS),
      hourWallS: round(hour.wallS),
      hourCpuS: round(hour.cpuS),
      lateWallS: round(week.wallS),
      lateResults: results,
      fieldsTouched: touched,
      memoryMB,
    },
  })
}
