// Prints the rows of lamp-power-anomaly's card that come from a recorded lighting circuit; those of simulated lamps, the training script prints.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { isSeriesPackage } from '../model-package.ts'
import { openOnnxScorer } from '../onnx-scorer.ts'
import { alarmPlaces, scoreSeries, usualOffDelayS } from '../series-scoring.ts'
import { sunElevationDeg } from '../sun-elevation.ts'
import type { Evaluation, EvaluationRequest, EvaluationRow } from './evaluator.ts'

const minutesOfDay = 1440
/** 2026-10-15 23:26 JST, solar midnight: the night of Kimitsu that is as long as the trace's first one (12.7 h and growing). */
const midnightMs = 1_792_074_360_000
/** The rule of thresholds: power under a fifth of the rating in the dark, over it by day. */
const rule = { sunDeg: 6, share: 0.2 } as const

interface Circuit {
  readonly timesMs: readonly number[]
  readonly watts: readonly (number | undefined)[]
  readonly ratingW: number
}

/** Its own faults are unknown, so an alarm on it as recorded counts as false; then its fourth night is altered. */
export async function evaluate({ model, dataFolder, progress }: EvaluationRequest): Promise<Evaluation> {
  if (!isSeriesPackage(model)) throw new AppError('model.invalid', `${model.manifest.id} does not score lamps`)
  const circuit = await readCircuit(join(dataFolder, 'streetlight', 'w-data-test.txt'))
  const { timesMs, watts } = circuit
  const altered = (change: (watts: number) => number) =>
    watts.map((value, minute) => (value !== undefined && isFourth(minute) ? change(value) : value))
  const cases = [
    ['as recorded', watts],
    ['fourth night dark', altered(() => 0)],
    ['fourth night at 60 %', altered((value) => 0.6 * value)],
  ] as const
  const scorer = await openOnnxScorer(model)
  const { thresholds } = model.manifest
  const rows: EvaluationRow[] = []
  try {
    for (const [name, values] of cases) {
      progress(rows.length, cases.length, name)
      const scores = await scoreSeries(scorer, timesMs, values)
      const compare = (fits: (score: number) => boolean) => (index: number) => {
        const score = scores[index]
        return score === undefined ? undefined : fits(score)
      }
      const given = {
        over: compare((score) => score >= thresholds.alarm),
        under: compare((score) => score < thresholds.warning),
      }
      const delays = { onDelayS: thresholds.onDelayS, offDelayS: usualOffDelayS }
      const breach = breachOf({ ...circuit, watts: values }, model.manifest.input.window.place)
      const byRule = { over: breach, under: (index: number) => negated(breach(index)) }
      const text = (places: readonly number[]): string => alarmText(places, name === 'as recorded')
      rows.push({
        metric: `real circuit, 6 nights, ${name}`,
        model: text(alarmPlaces(timesMs, given, delays)),
        baseline: text(alarmPlaces(timesMs, byRule, delays)),
      })
    }
  } finally {
    await scorer.close()
  }
  return {
    about: `one recorded lighting circuit (slightlimon), ${timesMs.length} minutes; the rows of simulated lamps: models/training/train_series_models.py.`,
    baseline:
      'fixed thresholds: sun under −6° and power < 20 % of the nameplate rating, or sun over 6° and power > 20 %',
    rows,
  }
}

/** One value a minute, `nan` where it is missing; the trace has no clock, so its first night is laid around a known midnight. */
async function readCircuit(file: string): Promise<Circuit> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AppError('not-found', `${file} is not there: the trace of a lighting circuit`, { cause })
  })
  const watts = text
    .trim()
    .split(/\s+/)
    .map((word) => (Number.isFinite(Number(word)) ? Number(word) : undefined))
  const ratingW = watts.reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
  const lit = watts.slice(0, minutesOfDay).flatMap((value, minute) => ((value ?? 0) > 0.1 * ratingW ? [minute] : []))
  const middle = Math.round(lit.reduce((sum, minute) => sum + minute, 0) / Math.max(1, lit.length))
  return { timesMs: watts.map((_, minute) => midnightMs + (minute - middle) * 60_000), watts, ratingW }
}

function breachOf(
  { timesMs, watts, ratingW }: Circuit,
  place: Parameters<typeof sunElevationDeg>[1] | undefined,
): (index: number) => boolean | undefined {
  return (index) => {
    const value = watts[index]
    if (value === undefined) return undefined
    const sunDeg = sunElevationDeg(timesMs[index] ?? 0, place ?? { latDeg: 0, lonDeg: 0 })
    const isLit = value / ratingW > rule.share
    return (sunDeg < -rule.sunDeg && value / ratingW < rule.share) || (sunDeg > rule.sunDeg && isLit)
  }
}

function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value
}

function isFourth(minute: number): boolean {
  return minute >= 3 * minutesOfDay && minute < 4 * minutesOfDay
}

function alarmText(places: readonly number[], isRecorded: boolean): string {
  if (isRecorded) return `${places.length} alarms`
  const outside = places.filter((place) => !isFourth(place)).length
  return `${outside < places.length ? 'found' : 'missed'}, ${outside} alarms on the other nights`
}
