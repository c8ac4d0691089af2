// What is forecast: the 24 hours to come of a series, and the lowest value of the next 24 hours.
import type { Hours } from '../insight.ts'
import type { ForecastProblem, Guesses } from './rolling-forecast.ts'

const day = 24
const week = 7 * day
/** Of the seven values of the same hour of the last days so many must be there. */
const leastDaysOfProfile = 4
/** A week behind the first origin, a fortnight to learn from, two weeks held back. */
export const forecastLookBackHours = 36 * day

/**
 * The mean of each of the next 24 hours. Persistence: the last hour stays. Seasonal: the same hour a day before. The forecast
 * weighs four departures from persistence: the hour a day before, the mean of that hour over the last seven days, the change
 * since yesterday at this time, and the change of the last three hours. Own method: seasonal-naive, climatology, damped level and
 * damped trend in one regression per lead.
 */
export function hourlyProblem({ mean }: Pick<Hours, 'mean'>): ForecastProblem {
  const last = mean.length - 1
  return {
    last,
    first: week,
    leads: day,
    horizon: day,
    features: 5,
    sample: (origin, lead, into) => hourlySample(mean, origin, lead, into),
    target: (origin, lead) => (origin + lead > last ? Number.NaN : (mean[origin + lead] as number)),
  }
}

function hourlySample(mean: Float32Array, origin: number, lead: number, into: Float64Array): Guesses | undefined {
  const persistence = mean[origin] as number
  const seasonal = mean[origin + lead - day] as number
  const yesterday = mean[origin - day] as number
  const before = mean[origin - 3] as number
  const profile = profileAt(mean, origin + lead)
  const known = persistence + seasonal + yesterday + before + profile
  if (Number.isNaN(known)) return undefined
  into[0] = 1
  into[1] = seasonal - persistence
  into[2] = profile - persistence
  into[3] = persistence - yesterday
  into[4] = persistence - before
  return { persistence, seasonal }
}

/** Mean of the same hour over the seven days before it. */
function profileAt(mean: Float32Array, hour: number): number {
  let sum = 0
  let count = 0
  for (let back = day; back <= week; back += day) {
    const value = mean[hour - back] as number
    if (Number.isNaN(value)) continue
    sum += value
    count += 1
  }
  return count < leastDaysOfProfile ? Number.NaN : sum / count
}

/**
 * The lowest value of the next 24 hours. Persistence: the lowest of the last 24 hours. Seasonal: the mean of the daily lowest
 * over the last seven days.
 */
export function minimumProblem({ min, mean }: Pick<Hours, 'min' | 'mean'>): ForecastProblem {
  const last = mean.length - 1
  const lowest = lowestOfDay(min)
  const average = meanOfDay(mean)
  return {
    last,
    first: week + day,
    leads: 1,
    horizon: day,
    features: 5,
    sample(origin, _lead, into) {
      const persistence = lowest[origin] as number
      let seasonal = 0
      for (let back = 0; back < week; back += day) seasonal += (lowest[origin - back] as number) / 7
      const now = (mean[origin] as number) - (mean[origin - day] as number)
      const change = (average[origin] as number) - (average[origin - day] as number)
      if (Number.isNaN(persistence + seasonal + now + change)) return undefined
      into[0] = 1
      into[1] = seasonal - persistence
      into[2] = now
      into[3] = change
      into[4] = persistence - (lowest[origin - day] as number)
      return { persistence, seasonal }
    },
    target: (origin) => (origin + day > last ? Number.NaN : (lowest[origin + day] as number)),
  }
}

/** Hours of a day that may be missing. */
const mostMissing = 4

/** For each hour the lowest of the 24 hours that end with it; NaN where too many are missing. */
function lowestOfDay(min: Float32Array): Float64Array {
  return ofDay(min, (values) => Math.min(...values))
}

function meanOfDay(mean: Float32Array): Float64Array {
  return ofDay(mean, (values) => values.reduce((sum, value) => sum + value, 0) / values.length)
}

function ofDay(column: Float32Array, reduce: (values: readonly number[]) => number): Float64Array {
  const found = new Float64Array(column.length).fill(Number.NaN)
  for (let hour = day - 1; hour < column.length; hour += 1) {
    const values = [...column.subarray(hour - day + 1, hour + 1)].filter((value) => !Number.isNaN(value))
    if (values.length >= day - mostMissing) found[hour] = reduce(values)
  }
  return found
}
