// The weather of a farm: which station is nearest, and what its readings say of each of the last days in Japan.
import type { BucketedReadings, LatestItem, SiteItem } from '../api/shapes.ts'
import { isMeasured } from './paddies.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const zoneOffsetMs = 9 * hourMs
const kmPerDegree = 111.2
/** As the hub's insights look for one (docs/insights.md). */
const nearKm = 15

type Buckets = Pick<BucketedReadings, 'time' | 'min' | 'mean' | 'max'>

/** Readings of whole hours from `fromMs` on; undefined: the station does not measure it. */
export interface HourlyWeather {
  readonly temperature: Buckets | undefined
  /** m/s */
  readonly rain: Buckets | undefined
  /** m/s */
  readonly wind: Buckets | undefined
  /** Global radiation, W/m². */
  readonly sun: Buckets | undefined
}

/** Undefined: nothing was measured. */
export interface WeatherDay {
  /** Midnight in Japan, Unix ms. */
  readonly startMs: number
  readonly minC: number | undefined
  readonly maxC: number | undefined
  readonly rainMm: number | undefined
  /** Highest mean of an hour, or highest reading where the station sends one. */
  readonly windMps: number | undefined
  /** Global radiation of the day, MJ/m². */
  readonly sunMj: number | undefined
}

type Placed = Pick<SiteItem, 'id' | 'position'>

/** Of the same tenant, within 15 km. */
export function nearestStation<S extends Placed & Pick<SiteItem, 'kind'>>(
  to: Placed,
  sites: readonly S[],
): S | undefined {
  const tenant = to.id.split('/', 1)[0]
  const [nearest] = sites
    .filter(({ id, kind }) => kind === 'weather' && id.split('/', 1)[0] === tenant)
    .map((site) => ({ site, km: distanceKm(to.position, site.position) }))
    .filter(({ km }) => km <= nearKm)
    .toSorted((a, b) => a.km - b.km)
  return nearest?.site
}

/** On a plane: within 15 km that is exact enough to tell which is nearest. */
function distanceKm(a: SiteItem['position'], b: SiteItem['position']): number {
  const east = (b.lon - a.lon) * Math.cos((a.lat * Math.PI) / 180)
  return kmPerDegree * Math.hypot(east, b.lat - a.lat)
}

/** Channels of a station, the first that it has of each. */
export function stationSeries(series: readonly LatestItem[]) {
  const first = (channel: RegExp): LatestItem | undefined =>
    series.find((item) => channel.test(item.channel) && isMeasured(item))
  return {
    temperature: first(/^air-temperature$/),
    humidity: first(/^humidity$/),
    rain: first(/^rain-intensity$/),
    wind: first(/^wind-speed$/),
    direction: first(/^wind-direction$/),
    sun: first(/radiation/),
  }
}

/** Midnight in Japan of the day in which an instant lies. */
export function startOfDay(timeMs: number): number {
  return Math.floor((timeMs + zoneOffsetMs) / dayMs) * dayMs - zoneOffsetMs
}

/** `count` days, today last. `hours` begin at the first of them. */
export function weatherDays(hours: HourlyWeather, nowMs: number, count: number): readonly WeatherDay[] {
  const today = startOfDay(nowMs)
  return Array.from({ length: count }, (_, index): WeatherDay => {
    const startMs = today - (count - 1 - index) * dayMs
    const of = (buckets: Buckets | undefined): Buckets | undefined => part(buckets, startMs)
    const [temperature, rain, wind, sun] = [of(hours.temperature), of(hours.rain), of(hours.wind), of(hours.sun)]
    return {
      startMs,
      minC: least(temperature?.min),
      maxC: most(temperature?.max),
      rainMm: sumOver(rain, nowMs, 1000),
      windMps: most(wind?.max),
      sunMj: sumOver(sun, nowMs, 1e-6),
    }
  })
}

/** Undefined where no hour of the day has a reading. */
function part(buckets: Buckets | undefined, startMs: number): Buckets | undefined {
  if (buckets === undefined) return undefined
  const kept = buckets.time.flatMap((time, index) => (time >= startMs && time < startMs + dayMs ? [index] : []))
  if (kept.length === 0) return undefined
  const pick = (column: readonly number[]): number[] => kept.map((index) => column[index] ?? 0)
  return { time: pick(buckets.time), min: pick(buckets.min), mean: pick(buckets.mean), max: pick(buckets.max) }
}

function least(values: readonly number[] | undefined): number | undefined {
  return values?.reduce((a, b) => Math.min(a, b), Infinity)
}

function most(values: readonly number[] | undefined): number | undefined {
  return values?.reduce((a, b) => Math.max(a, b), -Infinity)
}

/** A rate summed over its hours, of which the last may not be over yet. */
function sumOver(rate: Buckets | undefined, nowMs: number, factor: number): number | undefined {
  return rate?.time.reduce((sum, time, index) => {
    const seconds = Math.max(0, Math.min(hourMs, nowMs - time)) / 1000
    return sum + (rate.mean[index] ?? 0) * seconds * factor
  }, 0)
}
