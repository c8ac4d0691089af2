// The rows that NAB gives: our detector beside the windowed Gaussian, a stronger peer and what NAB publishes of HTM and ARTime.
import { nabProfileNames, type NabCorpus, type NabProfile, type NabSeries } from '../nab/corpus.ts'
import { detectNabSeries, nabDefinition } from '../nab/own-detector.ts'
import { publishedGaussianThreshold, publishedScores } from '../nab/published.ts'
import { habitDeviation, windowedGaussian } from '../nab/reference-detectors.ts'
import { bestThreshold, normalisedScore, scoreSeries, type AnomalyScores } from '../nab/scorer.ts'
import type { DetectorDefinition } from '../series/series-detector.ts'
import { seededRandom } from '../seeded-random.ts'
import type { EvaluationRow } from './evaluator.ts'

const draws = 1000
const seed = 20261122

export function nabRows({ series, profiles }: NabCorpus, detector: DetectorDefinition): readonly EvaluationRow[] {
  const definition = nabDefinition(detector)
  const own = series.map((one) => detectNabSeries(one, definition))
  const gaussian = series.map(windowedGaussian)
  const habit = series.map(habitDeviation)
  const figure = (scores: readonly AnomalyScores[], profile: NabProfile): string =>
    withInterval(series, seriesScores(series, scores, profile), profile)
  const rows = nabProfileNames.map((name) => ({
    metric: `NAB, ${name}, ${series.length} series (95 % by bootstrap over series)`,
    model: figure(own, profiles[name]),
    baseline: figure(gaussian, profiles[name]),
    ...(name === 'standard' ? { published: publishedPeers(series, profiles.standard) } : {}),
  }))
  const peer: EvaluationRow = {
    metric: 'NAB, standard, beside a z-score against the time of day',
    model: figure(own, profiles.standard),
    baseline: figure(habit, profiles.standard),
  }
  return [
    ...rows,
    peer,
    counted(series, own, gaussian, profiles.standard),
    scorerCheck(series, gaussian, profiles.standard),
  ]
}

/** Score of each series at the one threshold that is best for all. */
function seriesScores(
  series: readonly NabSeries[],
  scores: readonly AnomalyScores[],
  profile: NabProfile,
): readonly number[] {
  const { threshold } = bestThreshold(series, scores, profile)
  return series.map((one, index) => scoreSeries(one, scores[index] ?? new Float64Array(0), profile, threshold).score)
}

function withInterval(series: readonly NabSeries[], scores: readonly number[], profile: NabProfile): string {
  const random = seededRandom(seed)
  const of = (picked: readonly number[]): number => {
    const chosen = picked.flatMap((index) => series[index] ?? [])
    const score = picked.reduce((sum, index) => sum + (scores[index] ?? 0), 0)
    return normalisedScore(score, chosen, profile)
  }
  const all = series.map((_, index) => index)
  const drawn = Array.from({ length: draws }, () => of(all.map(() => random.below(all.length)))).toSorted(
    (a, b) => a - b,
  )
  const at = (share: number): string => (drawn[Math.floor(share * draws)] ?? Number.NaN).toFixed(1)
  return `${of(all).toFixed(1)} (${at(0.025)}–${at(0.975)})`
}

/** From NAB's own files of results, on the same series; its thresholds are those that suit all 58 of its series. */
function publishedPeers(series: readonly NabSeries[], profile: NabProfile): string {
  const known = series.filter(({ name }) => publishedScores.has(name))
  const of = (peer: 'htm' | 'artime'): string => {
    const score = known.reduce((sum, { name }) => sum + (publishedScores.get(name)?.[peer] ?? 0), 0)
    return normalisedScore(score, known, profile).toFixed(1)
  }
  return `same ${known.length} series: HTM ${of('htm')}, ARTime ${of('artime')}; all 58: 70.1, 74.9`
}

function counted(
  series: readonly NabSeries[],
  own: readonly AnomalyScores[],
  gaussian: readonly AnomalyScores[],
  profile: NabProfile,
): EvaluationRow {
  const of = (scores: readonly AnomalyScores[]): string => {
    const { threshold, fp } = bestThreshold(series, scores, profile)
    const windows = series.flatMap((one, index) =>
      one.windows.map(({ first, last }) =>
        scores[index]?.subarray(first, last + 1).some((score) => score >= threshold),
      ),
    )
    return `${windows.filter(Boolean).length} of ${windows.length} windows, ${fp} rows outside`
  }
  return { metric: 'NAB, standard, alarms at that threshold', model: of(own), baseline: of(gaussian) }
}

/** Our scorer on our windowed Gaussian against the figures that NAB publishes for its own. */
function scorerCheck(
  series: readonly NabSeries[],
  gaussian: readonly AnomalyScores[],
  profile: NabProfile,
): EvaluationRow {
  const equal = series.filter((one, index) => {
    const expected = publishedScores.get(one.name)?.windowedGaussian
    const found = scoreSeries(one, gaussian[index] ?? new Float64Array(0), profile, publishedGaussianThreshold)
    if (expected === undefined) return false
    return Math.abs(found.score - expected.score) < 1e-9 && found.tp === expected.tp && found.fp === expected.fp
  })
  return {
    metric: 'scorer: windowed Gaussian as NAB publishes it (score, true and false alarms)',
    model: '–',
    baseline: `${equal.length} of ${series.length} series equal`,
  }
}
