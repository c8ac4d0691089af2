// The scoring rules of the Numenta Anomaly Benchmark (Lavin & Ahmad 2015, arXiv:1510.03336; sweep scoring of NAB 1.1).
import type { NabProfile, NabSeries } from './corpus.ts'

/** Scores of one series, one a row; an alarm is a score of at least the threshold. */
export type AnomalyScores = Float64Array

/** What one threshold gives on one series, or summed over many. Counts are rows after the probation. */
interface NabResult {
  readonly score: number
  readonly tp: number
  readonly fp: number
  readonly tn: number
  readonly fn: number
}

interface NabThreshold extends NabResult {
  readonly threshold: number
}

/** Rows at the start that are not scored: 15 % of the series, at most 750. */
export function probationRows(rows: number): number {
  return Math.min(Math.floor(0.15 * rows), 0.15 * 5000)
}

/**
 * What an alarm at each row is worth: inside a window 1 at its left edge falling by a sigmoid to 0 behind its right edge; outside
 * from 0 just behind a window to −1 well behind it or before the first one; times the profile's weight.
 */
export function alarmWeights({ timesMs, windows }: NabSeries, { tpWeight, fpWeight }: NabProfile): Float64Array {
  const weights = new Float64Array(timesMs.length)
  for (let row = 0; row < weights.length; row += 1) {
    const inside = windows.find(({ first, last }) => row >= first && row <= last)
    if (inside !== undefined) {
      const position = -(inside.last - row + 1) / (inside.last - inside.first + 1)
      weights[row] = (scaledSigmoid(position) / scaledSigmoid(-1)) * tpWeight
      continue
    }
    const before = windows.findLast(({ last }) => last < row)
    const position = before === undefined ? 3 : (row - before.last) / Math.max(1, before.last - before.first)
    weights[row] = scaledSigmoid(position) * fpWeight
  }
  return weights
}

/** The result of one series at a threshold: per window its best alarm or −fnWeight, plus every alarm outside. */
export function scoreSeries(
  series: NabSeries,
  scores: AnomalyScores,
  profile: NabProfile,
  threshold: number,
): NabResult {
  const { score, tp, fp, tn, fn } = sweep([series], [scores], profile).findLast(
    (at) => at.threshold >= threshold,
  ) as NabThreshold
  return { score, tp, fp, tn, fn }
}

/** The one threshold for all series that gives the highest score; of equal ones the highest. */
export function bestThreshold(
  series: readonly NabSeries[],
  scores: readonly AnomalyScores[],
  profile: NabProfile,
): NabThreshold {
  return sweep(series, scores, profile).reduce((best, next) => (next.score > best.score ? next : best))
}

/** 0 for a detector that never alarms, 100 for one that alarms once at the left edge of every window. */
export function normalisedScore(score: number, series: readonly NabSeries[], profile: NabProfile): number {
  const windows = series.reduce((sum, one) => sum + one.windows.length, 0)
  const nothing = -profile.fnWeight * windows
  return (100 * (score - nothing)) / (profile.tpWeight * windows - nothing)
}

/** The result at every threshold that changes it, highest threshold first; the first one is above every score. */
function sweep(
  series: readonly NabSeries[],
  scores: readonly AnomalyScores[],
  profile: NabProfile,
): readonly NabThreshold[] {
  const rows = series.flatMap((one, index) => scoredRows(one, scores[index] ?? new Float64Array(0), profile))
  const positives = rows.filter(({ window }) => window !== undefined).length
  const windows = new Map(rows.flatMap(({ window }) => (window === undefined ? [] : [[window, -profile.fnWeight]])))
  let score = -profile.fnWeight * windows.size
  let [tp, fp, threshold] = [0, 0, Number.POSITIVE_INFINITY]
  const results: NabThreshold[] = []
  const keep = (): void => {
    results.push({ threshold, score, tp, fp, tn: rows.length - positives - fp, fn: positives - tp })
  }
  for (const { anomaly, weight, window } of highestFirst(rows)) {
    if (anomaly !== threshold) keep()
    threshold = anomaly
    if (window === undefined) {
      fp += 1
      score += weight
      continue
    }
    tp += 1
    const before = windows.get(window) ?? 0
    if (weight <= before) continue
    windows.set(window, weight)
    score += weight - before
  }
  keep()
  return results
}

/** Most detectors give most rows the lowest score of all: those need no sorting. */
function highestFirst(rows: readonly ScoredRow[]): readonly ScoredRow[] {
  const lowest = rows.reduce((least, { anomaly }) => Math.min(least, anomaly), Number.POSITIVE_INFINITY)
  const above = rows.filter(({ anomaly }) => anomaly > lowest).toSorted((a, b) => b.anomaly - a.anomaly)
  return [...above, ...rows.filter(({ anomaly }) => anomaly <= lowest)]
}

interface ScoredRow {
  readonly anomaly: number
  readonly weight: number
  /** The window that the row lies in, an object of its own for each window. */
  readonly window: object | undefined
}

function scoredRows(series: NabSeries, scores: AnomalyScores, profile: NabProfile): readonly ScoredRow[] {
  const weights = alarmWeights(series, profile)
  const rows: ScoredRow[] = []
  for (let row = Math.ceil(probationRows(scores.length)); row < scores.length; row += 1) {
    const window = series.windows.find(({ first, last }) => row >= first && row <= last)
    rows.push({ anomaly: scores[row] ?? 0, weight: weights[row] ?? 0, window })
  }
  return rows
}

/** 2·sigmoid(−5x) − 1, and −1 from 3 on. */
function scaledSigmoid(position: number): number {
  return position >= 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1
}
