// Detectors that NAB publishes results of, to check the scorer against the published figures and to stand beside our own.
import type { NabSeries } from './corpus.ts'
import type { AnomalyScores } from './scorer.ts'

/**
 * NAB's windowed Gaussian: 1 − tail probability under mean and deviation of the last 6400 values, moved on by 100 at a time.
 * Scores have twelve decimals, as in the result files from which NAB computed its published scores.
 */
export function windowedGaussian({ values }: NabSeries): AnomalyScores {
  const [size, step] = [6400, 100]
  const scores = new Float64Array(values.length)
  const origin = values[0] ?? 0
  let [from, sum, squares] = [0, 0, 0]
  let window = { mean: 0, deviation: 1 }
  const add = (value: number, sign: 1 | -1): void => {
    sum += sign * (value - origin)
    squares += sign * (value - origin) ** 2
  }
  const moveTo = (first: number, end: number): void => {
    for (; from < first; from += 1) add(values[from] ?? 0, -1)
    const mean = sum / (end - first)
    const variance = Math.max(0, squares / (end - first) - mean * mean)
    window = { mean: origin + mean, deviation: variance === 0 ? 0.000_001 : Math.sqrt(variance) }
  }
  values.forEach((value, row) => {
    const tail = row === 0 ? 1 : tailProbability(Math.abs(value - window.mean) / window.deviation)
    scores[row] = Math.round((1 - tail) * 1e12) / 1e12
    add(value, 1)
    const seen = row + 1
    if (seen <= size) moveTo(0, seen)
    else if ((seen - size) % step === 0) moveTo(seen - size, seen)
  })
  return scores
}

/** Upper tail of the standard normal distribution, relative error under 1.2e-7 (Numerical Recipes, erfc by Chebyshev fitting). */
function tailProbability(deviations: number): number {
  const z = Math.abs(deviations) / Math.SQRT2
  const t = 1 / (1 + z / 2)
  const coefficients = [
    -1.265_512_23, 1.000_023_68, 0.374_091_96, 0.096_784_18, -0.186_288_06, 0.278_868_07, -1.135_203_98, 1.488_515_87,
    -0.822_152_23, 0.170_872_77,
  ]
  const polynomial = coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0)
  const half = (t * Math.exp(-z * z + polynomial)) / 2
  return deviations >= 0 ? half : 1 - half
}

/**
 * A stronger peer, still without learning of rarities: the deviation from the mean of this half hour of the day in standard
 * deviations of all such deviations so far, silent while an earlier one fades by 1 % a row.
 */
export function habitDeviation({ timesMs, values }: NabSeries): AnomalyScores {
  const means = new Float64Array(48)
  const counts = new Float64Array(48)
  let [squares, seen, faded] = [0, 0, 0]
  return values.map((value, row) => {
    const bin = Math.floor(((timesMs[row] ?? 0) % 86_400_000) / 1_800_000)
    const known = counts[bin] ?? 0
    const residual = known === 0 ? 0 : value - (means[bin] ?? 0)
    counts[bin] = known + 1
    means[bin] = (means[bin] ?? 0) + (value - (means[bin] ?? 0)) / (known + 1)
    const deviations = seen < 100 || squares === 0 ? 0 : Math.abs(residual) / Math.sqrt(squares / seen)
    squares += residual * residual
    seen += 1
    faded *= 0.99
    if (deviations <= faded) return 0
    faded = deviations
    return deviations
  })
}
