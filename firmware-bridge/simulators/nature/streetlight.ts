// Streetlights on their cabinets: switched by the sun, drawing what aged drivers draw, with the faults that lamps have.
import { getTimes } from 'suncalc'
import { createNoise, type Noise } from './seeded-noise.ts'
import { dayMs, kimitsu, localDayStartMs, localHour, sunElevationDeg } from './sun.ts'

export interface LampParameters {
  readonly seed: number
  /** Unique over the field, for example `cabinet-1/lamp-3`. */
  readonly id: string
  readonly ratedW: number
  /** Installed at this instant: drivers lose about 1.5 % a year. */
  readonly installedMs: number
}

/**
 * lamp-out: fed but dark. day-burning: the relay's contact is welded, so that the lamp burns though it is switched off.
 * flicker: the driver restarts every few seconds. cable-break: nothing reaches the lamp.
 */
export type LampFault = 'lamp-out' | 'day-burning' | 'flicker' | 'cable-break'

export interface LampReadings {
  readonly relayClosed: boolean
  readonly powerW: number
}

/** Below this elevation the photocell closes; each differs a little. */
const switchElevationDeg = -0.8
const yearMs = 365.25 * dayMs

/**
 * What meter and relay of one lamp show. Pure: a function of time and fault. `isTested`: somebody holds its relay closed.
 */
export function lampAt(
  parameters: LampParameters,
  fault: LampFault | undefined,
  timeMs: number,
  supplyV: number,
  isTested = false,
): LampReadings {
  const noise = createNoise(parameters.seed, parameters.id)
  const isNight = sunElevationDeg(timeMs) < switchElevationDeg + 0.5 * (2 * noise.uniform(0) - 1)
  // A lamp reported dark or flickering is under lamp test: its relay is held closed, so that the fault shows by day as well.
  const relayClosed = isNight || isTested || (fault !== undefined && fault !== 'day-burning')
  if (!relayClosed && fault !== 'day-burning') return { relayClosed, powerW: 0 }
  if (fault === 'cable-break') return { relayClosed, powerW: 0 }
  if (fault === 'lamp-out') return { relayClosed, powerW: 0.35 + 0.05 * noise.smooth(timeMs, 3_000) }
  const lit = fault === 'flicker' && noise.uniform(Math.floor(timeMs / 2_000)) < 0.5 ? 0.15 : 1
  return { relayClosed, powerW: lit * litPowerW(parameters, noise, timeMs, supplyV) }
}

function litPowerW(parameters: LampParameters, noise: Noise, timeMs: number, supplyV: number): number {
  const tolerance = 1 + 0.04 * (2 * noise.uniform(1) - 1)
  const ageing = 1 - 0.015 * Math.max(0, (timeMs - parameters.installedMs) / yearMs)
  // A constant-current driver holds its power; a little follows the mains.
  const mains = (supplyV / 100) ** 0.15
  // LED drivers draw more until warm, for about a quarter of an hour after dusk.
  const sinceDuskH = (localHour(timeMs) - localHour(duskMs(timeMs)) + 24) % 24
  const warming = 1 + 0.05 * Math.exp(-sinceDuskH / 0.1)
  const ripple = 1 + 0.006 * noise.smooth(timeMs, 4_000) + 0.008 * noise.smooth(timeMs, 900_000)
  return parameters.ratedW * tolerance * ageing * mains * warming * ripple
}

function duskMs(timeMs: number): number {
  return (getTimes(new Date(timeMs), kimitsu.lat, kimitsu.lon).sunset ?? new Date(timeMs)).getTime()
}

/** Supply voltage at a cabinet: 101 ± 6 V, lower under the evening's load, with 50 Hz flicker noise. */
export function supplyVoltageV(seed: number, cabinet: string, timeMs: number): number {
  const noise = createNoise(seed, `mains/${cabinet}`)
  const evening = Math.exp(-(((localHour(timeMs) - 19.5) / 2.5) ** 2))
  return 101.6 - 1.4 * evening + 0.9 * noise.smooth(timeMs, 1_800_000) + 0.25 * noise.smooth(timeMs, 3_000)
}

export function mainsFrequencyHz(seed: number, timeMs: number): number {
  return 50 + 0.04 * createNoise(seed, 'mains/frequency').smooth(timeMs, 20_000)
}

/** Hours that the lamps have burnt since `fromMs`, from sunset to sunrise of every day, for a meter's counter. */
export function createBurningHours(fromMs: number): (timeMs: number) => number {
  const firstDay = localDayStartMs(fromMs)
  const wholeDays: number[] = [0]
  return (timeMs) => {
    const day = Math.max(0, Math.floor((timeMs - firstDay) / dayMs))
    for (let next = wholeDays.length; next <= day; next += 1) {
      const start = firstDay + (next - 1) * dayMs
      wholeDays.push((wholeDays[next - 1] ?? 0) + burntHours(start, start + dayMs))
    }
    return (wholeDays[day] ?? 0) + burntHours(firstDay + day * dayMs, timeMs)
  }
}

/** Burnt hours of one local day, from its midnight until `untilMs`. */
function burntHours(dayStartMs: number, untilMs: number): number {
  const { sunrise, sunset } = getTimes(new Date(dayStartMs + dayMs / 2), kimitsu.lat, kimitsu.lon)
  const morningEnd = sunrise?.getTime() ?? dayStartMs
  const eveningStart = sunset?.getTime() ?? dayStartMs + dayMs
  const morning = Math.min(untilMs, morningEnd) - dayStartMs
  const evening = Math.max(0, untilMs - eveningStart)
  return (Math.max(0, morning) + evening) / 3_600_000
}
