// What the simulated field measured before it was switched on, so that a demo has weeks to look back on: the same nature, at longer intervals.
import type { Sample } from '../../broker/contract/sample.ts'
import { accessPoints, cabinets, lampsInstalledMs, paddies } from './kimitsu.ts'
import { createAccessPoint } from './nature/access-point.ts'
import { createPaddy } from './nature/paddy.ts'
import { lampAt, supplyVoltageV } from './nature/streetlight.ts'
import { dayMs, hourMs, localDayStartMs } from './nature/sun.ts'
import { createWeather, type WeatherModel } from './nature/weather.ts'

export interface FieldPastOptions {
  readonly seed: number
  /** Unix ms; samples in [fromMs, toMs). */
  readonly fromMs: number
  readonly toMs: number
}

/** What one gateway of the demo measured in a stretch of at most a day. */
export interface PastStretch {
  readonly gateway: 'paddy-koito' | 'streetlight-center' | 'wifi-city'
  readonly toMs: number
  readonly samples: readonly Sample[]
}

const halfHourMs = hourMs / 2
const lampEveryMs = hourMs / 6
/** A lamp whose driver has begun to restart by night, and an access point that was without power for some hours. Own choices. */
const wornLamp = { cabinet: 'cabinet-2', lamp: 5, lastDays: 8 } as const
const powerCut = { accessPoint: 'ap-17', hours: 4, daysBefore: 1, atHour: 9 } as const

/** Stretches in order of time, so that a reader that is stopped can go on. */
export function* fieldPast(options: FieldPastOptions): Generator<PastStretch> {
  const weather = createWeather(options.seed)
  const water = paddies.map(({ id, targetMm, percolationMmDay }) => ({
    id,
    paddy: createPaddy(
      { seed: options.seed, id, targetMm, weirMm: targetMm + 30, percolationMmDay },
      weather,
      options.fromMs,
    ),
  }))
  const time = { nowMs: options.fromMs }
  const clock = { factor: 1, now: () => time.nowMs, wallMs: () => time.nowMs, wallOf: (ms: number) => ms }
  const points = accessPoints.map((place) => ({
    id: place.id,
    read: createAccessPoint({ ...place, seed: options.seed }, clock),
  }))
  for (let fromMs = options.fromMs; fromMs < options.toMs; fromMs += dayMs) {
    const toMs = Math.min(fromMs + dayMs, options.toMs)
    const times = instants(fromMs, toMs, halfHourMs)
    yield { gateway: 'paddy-koito', toMs, samples: times.flatMap((timeMs) => paddySamples(water, weather, timeMs)) }
    const lampTimes = instants(fromMs, toMs, lampEveryMs)
    yield {
      gateway: 'streetlight-center',
      toMs,
      samples: lampTimes.flatMap((timeMs) => lampSamples(options, timeMs)),
    }
    yield {
      gateway: 'wifi-city',
      toMs,
      samples: times.flatMap((timeMs) => {
        time.nowMs = timeMs
        return accessPointSamples(points, options.toMs, timeMs)
      }),
    }
  }
}

function instants(fromMs: number, toMs: number, everyMs: number): readonly number[] {
  const first = Math.ceil(fromMs / everyMs) * everyMs
  return Array.from({ length: Math.max(0, Math.ceil((toMs - first) / everyMs)) }, (_, index) => first + index * everyMs)
}

function good(name: string, timeMs: number, value: number, unit: string): Sample {
  return { name, timeMs, value, unit, quality: 'good', reason: undefined }
}

function paddySamples(
  water: readonly { readonly id: string; readonly paddy: ReturnType<typeof createPaddy> }[],
  weather: WeatherModel,
  timeMs: number,
): readonly Sample[] {
  const { airTemperatureC, rainMmH, windSpeedMps, relativeHumidity } = weather.at(timeMs)
  const station = (channel: string, value: number, unit: string) => good(`wxt530:${channel}`, timeMs, value, unit)
  return [
    ...water.flatMap(({ id, paddy }) => {
      const { levelMm, waterTemperatureC } = paddy.readings(timeMs)
      return [
        good(`${id}-level:water-level`, timeMs, levelMm / 1000, 'm'),
        good(`${id}-level:water-temperature`, timeMs, waterTemperatureC, 'Cel'),
      ]
    }),
    station('air-temperature', airTemperatureC, 'Cel'),
    station('rain-intensity', rainMmH / 3_600_000, 'm/s'),
    station('wind-speed', windSpeedMps, 'm/s'),
    station('humidity', relativeHumidity * 100, '%RH'),
  ]
}

function lampSamples({ seed, toMs }: FieldPastOptions, timeMs: number): readonly Sample[] {
  return cabinets.flatMap(({ id, ratedW }) => {
    const volts = supplyVoltageV(seed, id, timeMs)
    return ratedW.map((rated, index) => {
      const lamp = { seed, id: `${id}/lamp-${index + 1}`, ratedW: rated, installedMs: lampsInstalledMs }
      const isWorn = id === wornLamp.cabinet && index + 1 === wornLamp.lamp && timeMs > toMs - wornLamp.lastDays * dayMs
      const { powerW } = lampAt(lamp, undefined, timeMs, volts)
      // One reading in twenty-three falls into a restart of the worn driver.
      const drawn = isWorn && Math.floor(timeMs / lampEveryMs) % 23 === 0 ? powerW * 0.1 : powerW
      return good(`${id}-controller:lamp-${index + 1}-power`, timeMs, drawn, 'W')
    })
  })
}

function accessPointSamples(
  points: readonly { readonly id: string; readonly read: ReturnType<typeof createAccessPoint> }[],
  toMs: number,
  timeMs: number,
): readonly Sample[] {
  const cutFromMs = localDayStartMs(toMs) - powerCut.daysBefore * dayMs + powerCut.atHour * hourMs
  const own = points.flatMap(({ id, read }) => {
    const isCut = timeMs >= cutFromMs && timeMs < cutFromMs + powerCut.hours * hourMs
    if (id === powerCut.accessPoint && isCut) return []
    const { clients2g, clients5g, upTimeTicks } = read()
    const clients = clients2g + clients5g
    const bits = 8 * (900 + clients * 15_000)
    return [
      good(`${id}:clients`, timeMs, clients, 'count'),
      good(`${id}:uptime`, timeMs, upTimeTicks / 100, 's'),
      good(`${id}:uplink-up`, timeMs, 1, '/'),
      good(`${id}:rx-rate`, timeMs, bits, 'bit/s'),
      good(`${id}:tx-rate`, timeMs, bits * 0.14, 'bit/s'),
    ]
  })
  return [...own, good('gateway:outbox-messages', timeMs, 0, 'count')]
}
