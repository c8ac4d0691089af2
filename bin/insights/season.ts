// A season of three paddies in minutes: the weather and the water are simulated, the insights and their engine are the hub's own.
import type { Log } from '../../broker/contract/ports.ts'
import { silentLog, systemClock, type Clock } from '../../broker/contract/ports.ts'
import { FieldBook } from '../../cloud/insights/field-book.ts'
import type { FieldSettings } from '../../cloud/insights/field-settings.ts'
import { hourMs, dayMs } from '../../cloud/insights/insight.ts'
import { InfrastructureBook } from '../../cloud/insights/infrastructure-book.ts'
import { resultLabel } from '../../cloud/insights/result-labels.ts'
import { placeSettings } from '../../cloud/insights/place-settings.ts'
import { InsightEngine } from '../../cloud/insights/insight-engine.ts'
import { InsightJournal, type HeldAdvice } from '../../cloud/insights/insight-journal.ts'
import { insightList } from '../../cloud/insights/insight-list.ts'
import { SeriesCatalogue } from '../../cloud/ingest/series-catalogue.ts'
import { GatewayRegistry } from '../../cloud/registry/gateway-registry.ts'
import { openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { SeriesDirectory } from '../../cloud/registry/series-directory.ts'
import type { Buckets } from '../../cloud/store/store.ts'
import { createWeather, type WeatherModel } from '../../firmware-bridge/simulators/nature/weather.ts'
import { seasonFields, seasonWeather, type SeasonField } from './season-plan.ts'

/** One line of the diary: what an insight began to say of a field. */
export interface DiaryLine {
  readonly timeMs: number
  readonly field: SeasonField
  readonly held: HeldAdvice
}

export interface Season {
  readonly lines: readonly DiaryLine[]
  readonly results: number
  readonly values: number
  readonly seconds: number
}

const identity = { tenant: 'kimitsu', gateway: 'season' }
const gatewayKey = 'kimitsu/season'
const weatherChannels = {
  'air-temperature': 'Cel',
  'rain-intensity': 'm/s',
  'wind-speed': 'm/s',
  'solar-radiation': 'W/m2',
} as const

/** Runs March to September of `year` hour by hour. `seed` makes the weather. */
export async function runSeason({ year, seed }: { readonly year: number; readonly seed: number }): Promise<Season> {
  const begunMs = systemClock.monotonic()
  const startMs = Date.parse(`${year}-03-01T00:00:00+09:00`)
  const endMs = Date.parse(`${year}-10-01T00:00:00+09:00`)
  const time = { nowMs: startMs }
  const clock: Clock = {
    ...systemClock,
    now: () => time.nowMs,
    monotonic: () => time.nowMs,
    setTimer: () => ({ cancel: () => undefined }),
  }
  const database = await openHubDatabase(':memory:')
  try {
    const hub = await openHub({ database, clock, log: silentLog })
    const weather = seasonWeather(createWeather(seed), year)
    const waters = seasonFields.map((field) => ({ field, level: field.firstLevelMm }))
    const lines: DiaryLine[] = []
    const told = new Map<string, string>()
    for (let hour = startMs; hour < endMs; hour += hourMs) {
      hub.putWeather(hour, weather)
      for (const water of waters) {
        water.level = nextLevel(water.field, water.level, { hour, weather, year, told })
        hub.put(`${water.field.id}-level:water-level`, hour, (water.field.zeroMm + water.level) / 1000)
        await hub.settle(water.field, hour, year)
      }
      time.nowMs = hour + hourMs + 6 * 60_000
      await hub.engine.step(time.nowMs)
      for (const held of hub.journal.held()) noteChange(held, { told, lines, timeMs: time.nowMs })
    }
    const { results, readings } = hub.engine.counters
    return { lines, results, values: readings, seconds: (systemClock.monotonic() - begunMs) / 1000 }
  } finally {
    await database.destroy()
  }
}

function noteChange(
  held: HeldAdvice,
  { told, lines, timeMs }: { readonly told: Map<string, string>; readonly lines: DiaryLine[]; readonly timeMs: number },
): void {
  const key = `${held.site} ${held.insight}`
  const code = held.advice === null ? '' : `${held.advice.level} ${held.advice.code}`
  if (told.get(key) === code) return
  told.set(key, code)
  const field = seasonFields.find(({ id }) => held.site.endsWith(`/${id}`))
  if (field !== undefined && held.advice !== null) lines.push({ timeMs, field, held })
}

/**
 * The water of the next hour, mm above the soil: rain, evaporation, percolation, the leak of the plan, and a farmer who does in
 * the morning (at once where it is urgent) what the advice said.
 */
function nextLevel(
  field: SeasonField,
  levelMm: number,
  now: {
    readonly hour: number
    readonly weather: WeatherModel
    readonly year: number
    readonly told: ReadonlyMap<string, string>
  },
): number {
  const { hour, weather, year, told } = now
  const sky = weather.at(hour + hourMs / 2)
  const said = told.get(`${gatewayKey}/${field.id} water-depth`) ?? ''
  const localHour = Math.floor(((((hour + 9 * hourMs) % dayMs) + dayMs) % dayMs) / hourMs)
  const isAtField = (localHour >= 5 && localHour < 8) || said.startsWith('urgent')
  const gain = weather.rainMm(hour, hour + hourMs) + (isAtField && said.includes(' fill') ? 25 : 0)
  const evaporated = 0.0009 * sky.solarWm2
  const leaking = field.leakMmH(hour, year) * Math.sqrt(Math.max(0, levelMm) / 50)
  const drained = (isAtField || levelMm < 60) && said.includes(' drain') ? 8 : 0
  const lost = levelMm > 0 ? evaporated + field.percolationMmDay / 24 + leaking + drained : 0
  return Math.min(field.weirMm(said), Math.max(0, levelMm + gain - lost))
}

interface SeasonHub {
  readonly engine: InsightEngine
  readonly journal: InsightJournal
  put(name: string, hour: number, value: number, span?: { readonly min: number; readonly max: number }): void
  putWeather(hour: number, weather: WeatherModel): void
  settle(field: SeasonField, hour: number, year: number): Promise<void>
}

async function openHub(given: {
  readonly database: Awaited<ReturnType<typeof openHubDatabase>>
  readonly clock: Clock
  readonly log: Log
}): Promise<SeasonHub> {
  const { database, clock, log } = given
  const catalogue = new SeriesCatalogue()
  const heard = { heardMs: () => 0, heardAtMs: () => Number.NEGATIVE_INFINITY }
  const registry = new GatewayRegistry({ database, ...heard, clock, log })
  describeGateway(registry)
  const directory = new SeriesDirectory({ catalogue, registry, own: resultLabel })
  const gateway = catalogue.gateway(identity)
  const series = new Map<number, Map<number, readonly [min: number, mean: number, max: number]>>()
  const put: SeasonHub['put'] = (name, hour, value, span = { min: value, max: value }) => {
    const unit = name.endsWith('water-level') ? 'm' : weatherChannels[name.slice(8) as keyof typeof weatherChannels]
    const id = catalogue.resolve(gateway, name, unit)
    const hours = series.get(id) ?? new Map<number, readonly [number, number, number]>()
    series.set(id, hours.set(hour, [span.min, value, span.max]))
  }
  const bucketsOf = (id: number, fromMs: number, toMs: number): Buckets => {
    const found: Record<'timeMs' | 'min' | 'mean' | 'max' | 'count', number[]> = {
      timeMs: [],
      min: [],
      mean: [],
      max: [],
      count: [],
    }
    for (let hour = fromMs; hour < toMs; hour += hourMs) {
      const value = series.get(id)?.get(hour)
      if (value === undefined) continue
      found.timeMs.push(hour)
      found.min.push(value[0])
      found.mean.push(value[1])
      found.max.push(value[2])
      found.count.push(60)
    }
    return found
  }
  const fields = new FieldBook({ database, clock })
  const journal = new InsightJournal(database)
  const engine = new InsightEngine({
    insights: insightList,
    store: {
      buckets: (query) => Promise.resolve(bucketsOf(query.series, query.fromMs, query.toMs)),
      hourly: ({ fromMs, toMs }) =>
        Promise.resolve(new Map([...series.keys()].map((id) => [id, bucketsOf(id, fromMs, toMs)]))),
      readings: () => Promise.resolve([]),
    },
    sources: { catalogue, directory, registry },
    settings: placeSettings({ fields, infrastructure: new InfrastructureBook({ database, clock }) }),
    journal,
    keep: () => Promise.resolve(),
    clock,
    log,
  })
  return {
    engine,
    journal,
    put,
    putWeather(hour, weather) {
      const quarters = [0, 1, 2, 3].map((quarter) => weather.at(hour + (quarter + 0.5) * (hourMs / 4)))
      const temperatures = quarters.map(({ airTemperatureC }) => airTemperatureC)
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
      put('station:air-temperature', hour, mean(temperatures), {
        min: Math.min(...temperatures),
        max: Math.max(...temperatures),
      })
      put('station:rain-intensity', hour, weather.rainMm(hour, hour + hourMs) / 3_600_000)
      put('station:wind-speed', hour, mean(quarters.map(({ windSpeedMps }) => windSpeedMps)))
      put('station:solar-radiation', hour, mean(quarters.map(({ solarWm2 }) => solarWm2)))
    },
    async settle(field, hour, year) {
      const site = `${gatewayKey}/${field.id}`
      const settings: FieldSettings | undefined = field.settingsOn(hour, year)
      if (settings === undefined) return
      await fields.set(site, settings, { by: 'the farmer', seen: undefined })
      engine.settingsChanged(site)
    },
  }
}

function describeGateway(registry: GatewayRegistry): void {
  const label = { ja: '', en: '' }
  const position = { lat: 35.288, lon: 139.956 }
  registry.status(identity, {
    v: 1,
    state: 'online',
    timeMs: 0,
    epoch: 'season',
    sites: [
      ...seasonFields.map(({ id, name }) => ({ id, kind: 'paddy' as const, name, position })),
      { id: 'station', kind: 'weather' as const, name: { ja: '気象', en: 'weather' }, position },
    ],
    devices: [
      ...seasonFields.map(({ id }) => ({
        id: `${id}-level`,
        site: id,
        profile: 'level',
        label,
        series: [{ name: `${id}-level:water-level`, unit: 'm', intervalS: 60, label }],
      })),
      {
        id: 'station',
        site: 'station',
        profile: 'weather',
        label,
        series: Object.entries(weatherChannels).map(([name, unit]) => ({
          name: `station:${name}`,
          unit,
          intervalS: 60,
          label,
        })),
      },
    ],
  })
}
