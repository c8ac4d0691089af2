// One paddy's water balance and temperatures: what a level probe and a soil probe in it would feel.
import { createNoise, type Noise } from './seeded-noise.ts'
import { dayMs, localHour } from './sun.ts'
import { clamp, saturationHPa, type Weather, type WeatherModel } from './weather.ts'

export interface PaddyParameters {
  readonly seed: number
  readonly id: string
  /** Level to which the farmer fills, mm above the soil. */
  readonly targetMm: number
  /** Height of the overflow weir, mm. */
  readonly weirMm: number
  /** Loss into the soil, mm a day: 10–20 on sound fields. */
  readonly percolationMmDay: number
}

interface PaddyState {
  readonly timeMs: number
  readonly levelMm: number
  readonly waterTemperatureC: number
  readonly soilTemperatureC: number
  /** Volumetric water content of the soil, 0 … 1. */
  readonly soilMoisture: number
  readonly irrigating: boolean
}

/** What people and accidents do to it. Rates are per simulated time. */
export interface PaddyInterference {
  /** A broken bund or leaking pump: outflow at 50 mm of head, mm/h. */
  readonly leakMmH: number
  /** After a repair: pumped inflow until the target is reached, mm/h. */
  readonly refillMmH: number
}

export const undisturbed: PaddyInterference = { leakMmH: 0, refillMmH: 0 }

const saturatedMoisture = 0.58
const dryMoisture = 0.3
const inflowMmH = 30
const warmUpMs = 20 * dayMs
const warmUpStepMs = 600_000

/**
 * The state at an instant, reached by simulating the twenty days before it: each morning's irrigation fills to the
 * same target, so that the start of the warm-up is forgotten and two programs agree.
 */
function warmedUpPaddy(parameters: PaddyParameters, weather: WeatherModel, timeMs: number): PaddyState {
  const startMs = Math.floor((timeMs - warmUpMs) / warmUpStepMs) * warmUpStepMs
  const air = weather.at(startMs).airTemperatureC
  let state: PaddyState = {
    timeMs: startMs,
    levelMm: parameters.targetMm,
    waterTemperatureC: air,
    soilTemperatureC: air,
    soilMoisture: saturatedMoisture,
    irrigating: false,
  }
  while (state.timeMs + warmUpStepMs <= timeMs) {
    state = stepPaddy(parameters, state, weather.at(state.timeMs), undisturbed, warmUpStepMs)
  }
  return stepPaddy(parameters, state, weather.at(timeMs), undisturbed, timeMs - state.timeMs)
}

/** Advances by `stepMs` (0 … 10 min: the rates are held constant within a step). */
function stepPaddy(
  parameters: PaddyParameters,
  state: PaddyState,
  weather: Weather,
  interference: PaddyInterference,
  stepMs: number,
): PaddyState {
  const hours = stepMs / 3_600_000
  const timeMs = state.timeMs + stepMs
  const irrigating = wantsWater(parameters, state, timeMs)
  const gain = weather.rainMmH + (irrigating ? inflowMmH : 0) + interference.refillMmH
  const wet = clamp(state.levelMm / 5, 0, 1)
  const leak = interference.leakMmH * Math.sqrt(state.levelMm / 50)
  const loss = wet * (evapotranspirationMmH(weather) + parameters.percolationMmDay / 24) + leak
  const rise =
    (irrigating || interference.refillMmH > 0) && state.levelMm < parameters.targetMm
      ? parameters.targetMm
      : parameters.weirMm
  const levelMm = clamp(
    state.levelMm + (gain - loss) * hours,
    0,
    Math.max(rise, Math.min(state.levelMm, parameters.weirMm)),
  )
  return { timeMs, levelMm, irrigating, ...soilAndWater(state, weather, levelMm, hours) }
}

/** The farmer's automatic gate fills from five in the morning, and at any hour when the soil falls dry. */
function wantsWater(parameters: PaddyParameters, state: PaddyState, timeMs: number): boolean {
  if (state.levelMm >= parameters.targetMm - 0.05) return false
  if (state.irrigating) return true
  const hour = localHour(timeMs)
  return (hour >= 5 && hour < 7 && state.levelMm < parameters.targetMm - 5) || state.levelMm < 8
}

function soilAndWater(
  state: PaddyState,
  weather: Weather,
  levelMm: number,
  hours: number,
): Pick<PaddyState, 'waterTemperatureC' | 'soilTemperatureC' | 'soilMoisture'> {
  // Shallow water nears the air, warmed by the sun and cooled by evaporation; deeper water lags longer.
  const equilibriumC = weather.airTemperatureC + 0.011 * weather.solarWm2 - 1.2 * (1 - weather.relativeHumidity) * 2
  const waterLagH = 1 + levelMm / 25
  const waterTemperatureC = approach(state.waterTemperatureC, equilibriumC, hours / waterLagH)
  const soilTemperatureC = approach(state.soilTemperatureC, waterTemperatureC, hours / 18)
  const moistureGoal = levelMm > 1 ? saturatedMoisture : dryMoisture
  const soilMoisture = approach(state.soilMoisture, moistureGoal, hours / (levelMm > 1 ? 1 : 72))
  return { waterTemperatureC, soilTemperatureC, soilMoisture }
}

function approach(from: number, to: number, steps: number): number {
  return to + (from - to) * Math.exp(-steps)
}

/** Makkink's reference evapotranspiration in de Bruin's form, 0.65 · Δ/(Δ+γ) · Rs/λ, as mm/h. */
function evapotranspirationMmH(weather: Weather): number {
  const slope = (saturationHPa(weather.airTemperatureC + 0.5) - saturationHPa(weather.airTemperatureC - 0.5)) / 1
  const psychrometricHPaK = 0.665
  const latentHeatJkg = 2.45e6
  return (0.65 * (slope / (slope + psychrometricHPaK)) * weather.solarWm2 * 3600) / latentHeatJkg
}

/** What the probes in a paddy show: the state with waves and electronic noise on it. */
interface PaddyReadings {
  readonly levelMm: number
  readonly waterTemperatureC: number
  readonly soilTemperatureC: number
  readonly soilMoisture: number
  readonly soilEcUsCm: number
}

export interface Paddy {
  readings(timeMs: number): PaddyReadings
  interfere(interference: PaddyInterference): void
}

const liveStepMs = 60_000

/** A paddy that keeps its state and is advanced by being read. Reads never go back in time. */
export function createPaddy(parameters: PaddyParameters, weather: WeatherModel, startMs: number): Paddy {
  const noise = createNoise(parameters.seed, `paddy/${parameters.id}`)
  let state = warmedUpPaddy(parameters, weather, startMs)
  let interference = undisturbed
  const advance = (timeMs: number): void => {
    while (state.timeMs < timeMs) {
      const stepMs = Math.min(liveStepMs, timeMs - state.timeMs)
      state = stepPaddy(parameters, state, weather.at(state.timeMs), interference, stepMs)
      if (interference.refillMmH > 0 && state.levelMm >= parameters.targetMm)
        interference = { ...interference, refillMmH: 0 }
    }
  }
  return {
    readings(timeMs) {
      advance(timeMs)
      return observe(state, noise, weather.at(timeMs), timeMs)
    },
    interfere(next) {
      interference = next
    },
  }
}

function observe(state: PaddyState, noise: Noise, weather: Weather, timeMs: number): PaddyReadings {
  const waveMm = state.levelMm > 3 ? 0.25 * weather.windSpeedMps * noise.smooth(timeMs, 2_300) : 0
  const ripple = noise.smooth(timeMs + 5e8, 5_000)
  // Bulk EC rises with water content and about 2 % per kelvin.
  const ec =
    430 *
    (state.soilMoisture / saturatedMoisture) *
    (1 + 0.02 * (state.soilTemperatureC - 25)) *
    (1 + 0.12 * noise.smooth(timeMs, 5 * dayMs))
  return {
    levelMm: Math.max(0, state.levelMm + waveMm),
    waterTemperatureC: state.waterTemperatureC + 0.06 * noise.smooth(timeMs + 1e9, 9_000),
    soilTemperatureC: state.soilTemperatureC + 0.03 * ripple,
    soilMoisture: clamp(state.soilMoisture + 0.003 * noise.smooth(timeMs + 2e9, 11_000), 0, 1),
    soilEcUsCm: ec + 3 * ripple,
  }
}
