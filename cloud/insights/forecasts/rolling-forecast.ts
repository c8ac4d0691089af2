// A forecast that proves itself: fitted to what was known, tried on days held back, and given with the interval of its own errors.
import { RidgeRegression } from './ridge.ts'

/**
 * What is to be forecast, as numbers at hours counted from 0; the newest known hour is `last`. A sample is what is known at an
 * origin of a lead of 1 to `leads` steps; nothing after the origin may enter it.
 */
export interface ForecastProblem {
  readonly last: number
  /** The first origin with enough behind it. */
  readonly first: number
  readonly leads: number
  /** Hours after an origin at which all its targets are known. */
  readonly horizon: number
  readonly features: number
  /**
   * Writes the features into `into` and returns the two guesses that the forecast has to beat, or undefined where readings are
   * missing. Features are differences to the first guess.
   */
  sample(origin: number, lead: number, into: Float64Array): Guesses | undefined
  /** NaN: not measured. */
  target(origin: number, lead: number): number
}

export interface Guesses {
  readonly persistence: number
  readonly seasonal: number
}

interface ForecastPoint {
  readonly lead: number
  readonly value: number
  readonly low: number
  readonly high: number
}

export interface ForecastScore {
  /** Days held back on which it was scored. */
  readonly days: number
  /** Mean absolute errors on them, in the unit of the series. */
  readonly error: number
  readonly persistenceError: number
  readonly seasonalError: number
  /** 1 − error / the smaller of the two: 0 is no better, 1 perfect. */
  readonly skill: number
  /** Share of the later half of those days inside intervals made of the errors of the earlier half. */
  readonly coverage: number
}

export interface RollingForecast {
  readonly points: readonly ForecastPoint[]
  readonly score: ForecastScore
}

/** Own choices: origins every three hours, two weeks held back, four fifths of the errors inside the interval. */
const originStep = 3
const heldBackDays = 14
export const intervalShare = 0.8
const leastSamples = 40
/** With fewer days, or less better than both guesses than this, a forecast is not shown. Own choice. */
export const leastDays = 10
const leastSkill = 0.03

export function isShown({ days, skill }: ForecastScore): boolean {
  return days >= leastDays && skill >= leastSkill
}

/** Undefined: there are too few readings to fit and to score it. */
export function rollingForecast(problem: ForecastProblem): RollingForecast | undefined {
  const { last, leads, horizon } = problem
  const fits = Array.from({ length: leads }, () => new RidgeRegression(problem.features))
  const errors = new HeldBackErrors(leads)
  const newestScored = last - horizon
  const firstHeldBack = newestScored - heldBackDays * 24 + 1
  // So that the newest origin is among them.
  let learnt = newestScored - Math.floor((newestScored - problem.first) / originStep) * originStep
  for (let day = 0; day < heldBackDays; day += 1) {
    const from = firstHeldBack + day * 24
    learnt = learn(problem, fits, learnt, from - horizon)
    if (fits.some(({ samples }) => samples < leastSamples)) continue
    const weights = fits.map((fit) => fit.solve())
    for (let origin = learntAfter(from, newestScored); origin < from + 24; origin += originStep) {
      score(problem, weights, origin, errors, day)
    }
  }
  learn(problem, fits, learnt, newestScored)
  if (fits.some(({ samples }) => samples < leastSamples)) return undefined
  const points = pointsOf(
    problem,
    fits.map((fit) => fit.solve()),
    errors,
  )
  return points === undefined ? undefined : { points, score: errors.score() }
}

/** The first origin at or after `from` on the grid that ends at `newest`. */
function learntAfter(from: number, newest: number): number {
  return from + ((((newest - from) % originStep) + originStep) % originStep)
}

/** Adds the samples of the origins in [from, to]; their targets are known at `to` + horizon. Gives the next origin. */
function learn(problem: ForecastProblem, fits: readonly RidgeRegression[], from: number, to: number): number {
  const features = new Float64Array(problem.features)
  let origin = from
  for (; origin <= to; origin += originStep) {
    for (let lead = 1; lead <= problem.leads; lead += 1) {
      const target = problem.target(origin, lead)
      if (Number.isNaN(target)) continue
      const guesses = problem.sample(origin, lead, features)
      if (guesses !== undefined) fits[lead - 1]?.add(features, target - guesses.persistence)
    }
  }
  return origin
}

function predicted(guesses: Guesses, weights: Float64Array, features: Float64Array): number {
  let value = guesses.persistence
  for (let index = 0; index < weights.length; index += 1)
    value += (weights[index] as number) * (features[index] as number)
  return value
}

function score(
  problem: ForecastProblem,
  weights: readonly Float64Array[],
  origin: number,
  errors: HeldBackErrors,
  day: number,
): void {
  const features = new Float64Array(problem.features)
  for (let lead = 1; lead <= problem.leads; lead += 1) {
    const target = problem.target(origin, lead)
    if (Number.isNaN(target)) continue
    const guesses = problem.sample(origin, lead, features)
    const own = weights[lead - 1]
    if (guesses === undefined || own === undefined) continue
    errors.add(lead, day, {
      own: Math.abs(target - predicted(guesses, own, features)),
      persistence: Math.abs(target - guesses.persistence),
      seasonal: Math.abs(target - guesses.seasonal),
    })
  }
}

function pointsOf(
  problem: ForecastProblem,
  weights: readonly Float64Array[],
  errors: HeldBackErrors,
): readonly ForecastPoint[] | undefined {
  const features = new Float64Array(problem.features)
  const points: ForecastPoint[] = []
  for (let lead = 1; lead <= problem.leads; lead += 1) {
    const guesses = problem.sample(problem.last, lead, features)
    const own = weights[lead - 1]
    if (guesses === undefined || own === undefined) return undefined
    const value = predicted(guesses, own, features)
    const half = errors.quantile(lead)
    points.push({ lead, value, low: value - half, high: value + half })
  }
  return points
}

/**
 * Absolute errors of days held back. The interval is split-conformal: of n errors the ⌈0.8 (n + 1)⌉-th smallest. Source: Lei et
 * al., "Distribution-Free Predictive Inference for Regression", JASA 113 (2018); it takes days for alike, which in spring
 * and autumn they are only nearly, hence the measured coverage beside it.
 */
class HeldBackErrors {
  readonly #own: number[][]
  readonly #days: number[][]
  readonly #scored = new Set<number>()
  #count = 0
  #sum = { own: 0, persistence: 0, seasonal: 0 }

  constructor(leads: number) {
    this.#own = Array.from({ length: leads }, () => [])
    this.#days = Array.from({ length: leads }, () => [])
  }

  add(
    lead: number,
    day: number,
    error: { readonly own: number; readonly persistence: number; readonly seasonal: number },
  ): void {
    this.#own[lead - 1]?.push(error.own)
    this.#days[lead - 1]?.push(day)
    this.#scored.add(day)
    this.#count += 1
    this.#sum.own += error.own
    this.#sum.persistence += error.persistence
    this.#sum.seasonal += error.seasonal
  }

  quantile(lead: number): number {
    return conformal(this.#own[lead - 1] ?? [])
  }

  score(): ForecastScore {
    const { own, persistence, seasonal } = this.#sum
    const best = Math.min(persistence, seasonal)
    const count = Math.max(1, this.#count)
    return {
      days: this.#scored.size,
      error: own / count,
      persistenceError: persistence / count,
      seasonalError: seasonal / count,
      skill: best === 0 ? 0 : 1 - own / best,
      coverage: this.#coverage(),
    }
  }

  #coverage(): number {
    let inside = 0
    let all = 0
    for (const [index, errors] of this.#own.entries()) {
      const days = this.#days[index] ?? []
      const half = conformal(errors.filter((_, at) => (days[at] ?? 0) < heldBackDays / 2))
      for (const [at, error] of errors.entries()) {
        if ((days[at] ?? 0) < heldBackDays / 2) continue
        all += 1
        if (error <= half) inside += 1
      }
    }
    return all === 0 ? Number.NaN : inside / all
  }
}

function conformal(errors: readonly number[]): number {
  const sorted = Float64Array.from(errors).sort()
  const place = Math.ceil(intervalShare * (sorted.length + 1)) - 1
  return sorted[Math.min(place, sorted.length - 1)] ?? Number.POSITIVE_INFINITY
}
