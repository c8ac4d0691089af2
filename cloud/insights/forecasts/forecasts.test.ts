import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forecastLookBackHours, hourlyProblem, minimumProblem } from './forecast-problems.ts'
import { RidgeRegression } from './ridge.ts'
import { isShown, rollingForecast, type ForecastProblem } from './rolling-forecast.ts'

/** A number in [-1, 1] that depends on nothing but the seed. */
const noise = (seed: number) => {
  const sine = Math.sin(seed * 12.9898 + 78.233) * 43758.5453
  return 2 * (sine - Math.floor(sine)) - 1
}
const hours = (length: number, at: (hour: number) => number) => {
  const mean = Float32Array.from({ length }, (_, hour) => at(hour))
  return { mean, min: mean }
}
const day = (hour: number) => Math.sin((hour / 24) * 2 * Math.PI)
/** Weather that drifts from day to day and swings by day. */
const drifting = hours(
  forecastLookBackHours,
  (hour) => 15 + 5 * day(hour) + 4 * Math.sin(hour / 70) + 0.3 * noise(hour),
)

describe('ridge regression', () => {
  it('finds the weights of a plane, shrunk by two parts in a hundred, whatever the units', () => {
    for (const unit of [1, 1000]) {
      const fit = new RidgeRegression(2)
      for (let n = 0; n < 400; n += 1) {
        const [a, b] = [noise(n), noise(n + 1000) * unit]
        fit.add(Float64Array.of(a, b), 3 * a - (2 / unit) * b)
      }
      const [first, second] = fit.solve()
      expect(first).toBeCloseTo(3 / 1.02, 1)
      expect((second ?? 0) * unit).toBeCloseTo(-2 / 1.02, 1)
    }
  })

  it('gives a feature that never varied no weight', () => {
    const fit = new RidgeRegression(2)
    for (let n = 0; n < 50; n += 1) fit.add(Float64Array.of(noise(n), 0), noise(n))
    expect(fit.solve()[1]).toBe(0)
  })
})

describe('a forecast', () => {
  it('beats persistence and the day before where weather drifts and swings, and its intervals hold what they say', () => {
    const found = rollingForecast(hourlyProblem(drifting))
    expect(found?.points.length).toBe(24)
    expect(found?.score.days).toBe(14)
    expect(found?.score.skill).toBeGreaterThan(0.2)
    expect(found?.score.coverage).toBeGreaterThan(0.6)
    expect(found?.score.coverage).toBeLessThan(0.97)
    expect(isShown(found!.score)).toBe(true)
    for (const { lead, value } of found?.points ?? []) {
      const truth =
        15 + 5 * day(forecastLookBackHours - 1 + lead) + 4 * Math.sin((forecastLookBackHours - 1 + lead) / 70)
      expect(Math.abs(value - truth)).toBeLessThan(2)
    }
  })

  it('is not shown where nothing can be known: of noise about a constant the day before is no worse than it claims', () => {
    const walk: number[] = [20]
    for (let hour = 1; hour < forecastLookBackHours; hour += 1) walk.push((walk.at(-1) ?? 0) + noise(hour * 7))
    const found = rollingForecast(hourlyProblem(hours(forecastLookBackHours, (hour) => walk[hour] ?? 0)))
    expect(isShown(found!.score)).toBe(false)
  })

  it('is not made of too few days', () => {
    const first = (days: number) => ({ mean: drifting.mean.slice(0, days * 24), min: drifting.min.slice(0, days * 24) })
    for (const problem of [hourlyProblem, minimumProblem]) {
      expect(rollingForecast(problem(first(12)))).toBeUndefined()
      const young = rollingForecast(problem(first(18)))
      expect(young?.score.days).toBeLessThan(10)
      expect(isShown(young!.score)).toBe(false)
    }
  })

  it('is not made where the last hour was not measured', () => {
    const mean = drifting.mean.slice()
    mean[mean.length - 1] = Number.NaN
    expect(rollingForecast(hourlyProblem({ mean }))).toBeUndefined()
  })

  it('goes over gaps', () => {
    const mean = drifting.mean.slice().fill(Number.NaN, 300, 340)
    expect(rollingForecast(hourlyProblem({ mean }))?.score.skill).toBeGreaterThan(0.1)
  })

  it('of the lowest of a day is scored against the lowest of the last day and the mean of seven', () => {
    const found = rollingForecast(minimumProblem(drifting))
    expect(found?.points).toHaveLength(1)
    expect(found?.score.days).toBe(14)
    const { persistenceError = 0, seasonalError = 0, error = 0, skill } = found?.score ?? {}
    expect(skill).toBeCloseTo(1 - error / Math.min(persistenceError, seasonalError), 9)
  })

  it('never looks ahead: what comes after an origin changes none of its samples', () => {
    for (const make of [hourlyProblem, minimumProblem]) {
      fc.assert(
        fc.property(fc.integer({ min: 200, max: 500 }), fc.integer({ min: 1, max: 24 }), (origin, lead) => {
          const later = drifting.mean.slice().fill(99, origin + 1)
          const sampleOf = (problem: ForecastProblem) => {
            const into = new Float64Array(problem.features)
            return [problem.sample(origin, lead, into), [...into]]
          }
          expect(sampleOf(make({ mean: later, min: later }))).toEqual(sampleOf(make(drifting)))
        }),
        { numRuns: 50 },
      )
    }
  })

  it('is scored only on what was not known when it was fitted', () => {
    const asked: number[] = []
    const problem = hourlyProblem(drifting)
    let scoring = 0
    const watched: ForecastProblem = {
      ...problem,
      target(origin, lead) {
        asked.push(origin + lead)
        if (origin + lead > problem.last) scoring += 1
        return problem.target(origin, lead)
      },
    }
    rollingForecast(watched)
    expect(Math.max(...asked)).toBe(problem.last)
    expect(scoring).toBe(0)
  })
})
