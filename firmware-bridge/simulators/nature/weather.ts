// The weather over Kimitsu as a pure function of time: seasonal, diurnal and synoptic parts plus rain events.
import { createNoise, type Noise } from './seeded-noise.ts'
import { clearSkyWm2, dayMs, hourMs, localHour, sunElevationDeg, yearFraction } from './sun.ts'

export interface Weather {
  readonly airTemperatureC: number
  /** 0 … 1 */
  readonly relativeHumidity: number
  readonly pressureHPa: number
  readonly windSpeedMps: number
  /** Where the wind comes from, 0 … 360, north 0. */
  readonly windDirectionDeg: number
  readonly rainMmH: number
  readonly solarWm2: number
  /** Share of the sky, 0 … 1 */
  readonly cloud: number
}

export interface WeatherModel {
  at(timeMs: number): Weather
  /** Rain that fell between two instants, mm (trapezoids of five minutes on a fixed grid: the same for every caller). */
  rainMm(fromMs: number, toMs: number): number
  /** Seconds with rain between two instants, by the same grid. */
  rainDurationS(fromMs: number, toMs: number): number
  /** The highest intensity at the knots of that grid. */
  rainPeakMmH(fromMs: number, toMs: number): number
}

const rainBlockMs = 8 * hourMs
const rainGridMs = 300_000

/** Share of eight-hour blocks with rain, by month, near Kisarazu's normals: dry winter, rainy season, autumn typhoons. */
const rainChance = [0.1, 0.13, 0.22, 0.22, 0.22, 0.33, 0.24, 0.18, 0.32, 0.3, 0.2, 0.12] as const

export function createWeather(seed: number): WeatherModel {
  const stream = (name: string): Noise => createNoise(seed, `weather/${name}`)
  const streams = {
    rain: stream('rain'),
    shower: stream('shower'),
    cloud: stream('cloud'),
    temperature: stream('temperature'),
    humidity: stream('humidity'),
    pressure: stream('pressure'),
    wind: stream('wind'),
    gust: stream('gust'),
    direction: stream('direction'),
  }
  const rainAt = (timeMs: number): number => rainMmH(streams, timeMs)
  const grid = (fromMs: number, toMs: number, value: (rain: number) => number): number =>
    integrate(rainAt, fromMs, toMs, value)
  return {
    at: (timeMs) => weatherAt(streams, timeMs),
    rainMm: (fromMs, toMs) => grid(fromMs, toMs, (rain) => rain / hourMs),
    rainDurationS: (fromMs, toMs) => grid(fromMs, toMs, (rain) => (rain > 0.1 ? 1e-3 : 0)),
    rainPeakMmH(fromMs, toMs) {
      let peak = rainAt(toMs)
      for (let knot = Math.ceil(fromMs / rainGridMs) * rainGridMs; knot < toMs; knot += rainGridMs)
        peak = Math.max(peak, rainAt(knot))
      return peak
    },
  }
}

type Streams = Readonly<
  Record<'rain' | 'shower' | 'cloud' | 'temperature' | 'humidity' | 'pressure' | 'wind' | 'gust' | 'direction', Noise>
>

function weatherAt(streams: Streams, timeMs: number): Weather {
  const rain = rainMmH(streams, timeMs)
  const wetness = Math.min(1, rain / 3)
  const cloud = clamp(
    0.45 +
      0.5 * streams.cloud.smooth(timeMs, 14 * hourMs) +
      0.15 * streams.cloud.smooth(timeMs, 2 * hourMs) +
      0.6 * wetness,
    0,
    1,
  )
  // Kasten & Czeplak, Solar Energy 24 (1980): global radiation under cloud.
  const solarWm2 = clearSkyWm2(sunElevationDeg(timeMs)) * (1 - 0.75 * cloud ** 3.4)
  const airTemperatureC = airTemperature(streams, timeMs, cloud) - 1.5 * wetness
  const pressureHPa =
    1014 +
    7 * streams.pressure.smooth(timeMs, 2.5 * dayMs) +
    0.8 * Math.cos(((localHour(timeMs) - 10) / 12) * 2 * Math.PI) -
    4 * wetness
  return {
    airTemperatureC,
    relativeHumidity: humidity(streams, timeMs, airTemperatureC, wetness),
    pressureHPa,
    ...wind(streams, timeMs, wetness),
    rainMmH: rain,
    solarWm2,
    cloud,
  }
}

/** Yearly mean 15.8 °C, January near 5.5, August near 26.3; the day's warmest hour is 14, its range smaller under cloud. */
function airTemperature(streams: Streams, timeMs: number, cloud: number): number {
  const season = 15.8 + 10.4 * Math.cos(2 * Math.PI * (yearFraction(timeMs) - 0.58))
  const diurnal = (4.6 - 2.6 * cloud) * Math.cos(2 * Math.PI * ((localHour(timeMs) - 14) / 24))
  const synoptic =
    3 * streams.temperature.smooth(timeMs, 2 * dayMs) + 0.25 * streams.temperature.smooth(timeMs, 600_000)
  return season + diurnal + synoptic
}

function humidity(streams: Streams, timeMs: number, airTemperatureC: number, wetness: number): number {
  const season = 15.8 + 10.4 * Math.cos(2 * Math.PI * (yearFraction(timeMs) - 0.58))
  const dewPointC = season - 6.5 + 3.5 * streams.humidity.smooth(timeMs, 1.5 * dayMs)
  const dry = saturationHPa(dewPointC) / saturationHPa(airTemperatureC)
  const ripple = 0.01 * streams.humidity.smooth(timeMs, 240_000)
  return clamp(dry + (0.96 - dry) * wetness + ripple, 0.15, 0.99)
}

/** Saturation vapour pressure over water, hPa. Source: Magnus form of Alduchov & Eskridge (1996). */
export function saturationHPa(temperatureC: number): number {
  return 6.1094 * Math.exp((17.625 * temperatureC) / (temperatureC + 243.04))
}

/** Northerlies by night and in winter; the sea breeze from Tokyo Bay (west to south-west) on warm afternoons. */
function wind(streams: Streams, timeMs: number, wetness: number): Pick<Weather, 'windSpeedMps' | 'windDirectionDeg'> {
  const breeze =
    Math.max(0, Math.sin(((localHour(timeMs) - 9) / 11) * Math.PI)) *
    (localHour(timeMs) > 9 && localHour(timeMs) < 20 ? 1 : 0)
  const mean = 2.2 + 1.4 * streams.wind.smooth(timeMs, 18 * hourMs) + 1.6 * breeze + 2.5 * wetness
  const gust = 1 + 0.3 * streams.gust.smooth(timeMs, 7_000) + 0.2 * streams.gust.smooth(timeMs, 61_000)
  const towards =
    15 +
    225 * breeze +
    50 * streams.direction.smooth(timeMs, 9 * hourMs) +
    18 * streams.direction.smooth(timeMs, 13_000)
  return { windSpeedMps: Math.max(0, mean * gust), windDirectionDeg: ((towards % 360) + 360) % 360 }
}

/** A block of eight hours has rain or not; the rain swells and ends inside its block, broken into showers. */
function rainMmH(streams: Streams, timeMs: number): number {
  const block = Math.floor(timeMs / rainBlockMs)
  const month = Math.min(11, Math.floor(yearFraction(block * rainBlockMs) * 12))
  if (streams.rain.uniform(block) >= (rainChance[month] ?? 0)) return 0
  const peakMmH = -2.6 * Math.log(1 - streams.shower.uniform(block) * 0.99)
  const swell = Math.sin(Math.PI * (timeMs / rainBlockMs - block)) ** 2
  const shower = clamp(0.6 + 0.9 * streams.shower.smooth(timeMs, 1_500_000), 0, 1.5)
  return peakMmH * swell * shower
}

/** Integral over milliseconds of `value(rain)`, by trapezoids between fixed knots. */
function integrate(
  rainAt: (timeMs: number) => number,
  fromMs: number,
  toMs: number,
  value: (rainMmH: number) => number,
): number {
  let sum = 0
  for (let knot = Math.floor(fromMs / rainGridMs) * rainGridMs; knot < toMs; knot += rainGridMs) {
    const start = Math.max(knot, fromMs)
    const end = Math.min(knot + rainGridMs, toMs)
    const [left, right] = [rainAt(knot), rainAt(knot + rainGridMs)]
    const middle = left + (right - left) * ((start + end) / 2 / rainGridMs - knot / rainGridMs)
    sum += value(middle) * (end - start)
  }
  return sum
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
