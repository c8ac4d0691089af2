// What the water of a field does from hour to hour: how fast it falls by night, whether it leaks or runs in, and how long it lasts.
import type { Hours } from '../insight.ts'
import { hourMs } from '../insight.ts'
import { hourOfDay } from '../../calendar/japan-days.ts'

/** 1 m/s of rain is 3,600,000 mm/h. */
const mmOfHour = 3_600_000
/** Below this the probe stands in mud, and what it shows is no depth. Own choice. */
const shallowMm = 8
/** A rise in one hour that rain does not explain. Own choice, above the noise of a probe. */
const inflowMm = 3
const night = { fromHour: 20, toHour: 5 } as const

/** Fall of the water in each hour, mm; NaN where unknown, where it rains or runs in, and where the field is nearly dry. */
export function hourlyFallMm(level: Hours, rain: Hours | undefined, depthZeroM: number): Float64Array {
  const fall = new Float64Array(level.mean.length).fill(Number.NaN)
  for (let hour = 1; hour < level.mean.length; hour += 1) {
    const before = level.mean[hour - 1] as number
    const now = level.mean[hour] as number
    if ((now - depthZeroM) * 1000 < shallowMm) continue
    if (rainMmOf(rain, level, hour) > 0.2 || rainMmOf(rain, level, hour - 1) > 0.2) continue
    const mm = (before - now) * 1000
    if (mm < -inflowMm / 2) continue
    fall[hour] = mm
  }
  return fall
}

/** Rain in the hour `back` places from the end of the level's hours; 0 where nobody measures it. */
function rainMmOf(rain: Hours | undefined, level: Hours, hour: number): number {
  if (rain === undefined) return 0
  const value = rain.mean[rain.mean.length - level.mean.length + hour] ?? Number.NaN
  return Number.isNaN(value) ? 0 : value * mmOfHour
}

/** Hours in which the water rose by more than rain explains, of the last `hours`; the rise in mm. */
export function inflowOf(level: Hours, rain: Hours | undefined, hours: number): number {
  let risen = 0
  for (let hour = Math.max(1, level.mean.length - hours); hour < level.mean.length; hour += 1) {
    const mm = ((level.mean[hour] as number) - (level.mean[hour - 1] as number)) * 1000
    if (Number.isNaN(mm)) continue
    const unexplained = mm - rainMmOf(rain, level, hour) - rainMmOf(rain, level, hour - 1)
    if (unexplained >= inflowMm) risen += unexplained
  }
  return risen
}

/**
 * Fall by night in mm a day for each of the last nights, newest last; nights with fewer than five usable hours are left out.
 * Nearly nothing evaporates then, so that it is what goes into the soil and through the bunds. Own method.
 */
export function nightFallsMmDay(level: Hours, fall: Float64Array): readonly number[] {
  const nights: number[] = []
  let sum = 0
  let count = 0
  for (let hour = 0; hour <= fall.length; hour += 1) {
    const at = hour < fall.length ? hourOfDay(level.fromMs + hour * hourMs) : night.toHour
    const isNight = at >= night.fromHour || at < night.toHour
    if (isNight) {
      const mm = fall[hour] as number
      if (!Number.isNaN(mm)) {
        sum += mm
        count += 1
      }
      continue
    }
    if (count >= 5) nights.push((sum / count) * 24)
    sum = 0
    count = 0
  }
  return nights
}

/** Sound fields lose 10 to 20 mm a day; a leak loses twice what the field usually does, and at least so much. Sun and soil together take
 * less than 2 mm in an hour. Own choice. */
const leakLimits = { factor: 2, leastMmDay: 30, suddenMmHour: 4 } as const

export interface Leak {
  readonly mmDay: number
  /** What the field usually loses; undefined: too few nights to know. */
  readonly usualMmDay: number | undefined
  readonly isSudden: boolean
}

/** A leak, from the fall of the last hours and of the nights before. Three nights or more make what is usual. */
export function leakOf(fall: Float64Array, nights: readonly number[]): Leak | undefined {
  const recent = medianOf([...fall.subarray(-4)].filter((mm) => !Number.isNaN(mm)))
  const usualMmDay = nights.length >= 4 ? medianOf(nights.slice(0, -1)) : undefined
  if (recent.count >= 3 && recent.median >= leakLimits.suddenMmHour) {
    return { mmDay: recent.median * 24, usualMmDay: usualMmDay?.median, isSudden: true }
  }
  const last = nights.at(-1)
  if (last === undefined || last < leakLimits.leastMmDay) return undefined
  if (usualMmDay !== undefined && last < usualMmDay.median * leakLimits.factor) return undefined
  return { mmDay: last, usualMmDay: usualMmDay?.median, isSudden: false }
}

function medianOf(values: readonly number[]): { readonly median: number; readonly count: number } {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? Number.NaN
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
  return { median, count: sorted.length }
}

/** Hours until the field is dry at the present rate: the mean fall of the last six usable hours of twelve; undefined: it does not fall. */
export function hoursToEmpty(
  fall: Float64Array,
  depthM: number,
): { readonly hours: number; readonly mmHour: number } | undefined {
  const usable = [...fall.subarray(-12)].filter((mm) => !Number.isNaN(mm)).slice(-6)
  if (usable.length < 3) return undefined
  const mmHour = usable.reduce((sum, mm) => sum + mm, 0) / usable.length
  return mmHour <= 0.05 || depthM <= 0 ? undefined : { hours: (depthM * 1000) / mmHour, mmHour }
}
