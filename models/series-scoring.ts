// Scores a recorded series by a graph in one go, for evaluation and for a person; a gateway does the same sample by sample.
import { FeatureWindow, windowWidth } from './feature-window.ts'
import type { SeriesAnomalyManifest } from './manifest-series.ts'
import { batchLimit, type Scorer } from './scorer.ts'

const rowsPerRun = 4096

/** One score a sample, in time order; undefined where there is none: no value, or not newer than the one before. Throws `model.failed`. */
export async function scoreSeries(
  scorer: Scorer<SeriesAnomalyManifest>,
  timesMs: readonly number[],
  values: readonly (number | undefined)[],
): Promise<readonly (number | undefined)[]> {
  const { input, outputs } = scorer.manifest
  const width = windowWidth(input.window)
  const name = outputs[0]?.name ?? ''
  const batch = batchLimit(scorer.manifest, rowsPerRun)
  const window = new FeatureWindow(input.window)
  const scores: (number | undefined)[] = timesMs.map(() => undefined)
  for (let start = 0; start < timesMs.length; start += batch) {
    const rows = new Float32Array(batch * width)
    const places: number[] = []
    for (let index = start; index < Math.min(timesMs.length, start + batch); index += 1) {
      const value = values[index]
      if (value === undefined || !window.push(timesMs[index] ?? 0, value)) continue
      window.write(rows, places.length * width)
      places.push(index)
    }
    const found = (await scorer.run(rows, batch))[name]
    places.forEach((index, row) => (scores[index] = found?.[row]))
  }
  return scores
}

interface AlarmRule {
  readonly onDelayS: number
  readonly offDelayS: number
}

/** Clears an alarm: this long under `warning`. */
export const usualOffDelayS = 1800

/**
 * The places at which an alarm is raised: after `over` has lasted `onDelayS`; the next one only after `under` has lasted `offDelayS`
 * (models/training/alarm_rule.py is the same).
 */
export function alarmPlaces(
  timesMs: readonly number[],
  {
    over,
    under,
  }: { readonly over: (index: number) => boolean | undefined; readonly under: (index: number) => boolean | undefined },
  { onDelayS, offDelayS }: AlarmRule,
): readonly number[] {
  const raised: number[] = []
  let [since, calm, isActive] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, false]
  timesMs.forEach((timeMs, index) => {
    const [isOver, isUnder] = [over(index), under(index)]
    if (isOver === undefined || isUnder === undefined) return
    since = isOver ? Math.min(since, timeMs) : Number.POSITIVE_INFINITY
    calm = isUnder ? Math.min(calm, timeMs) : Number.POSITIVE_INFINITY
    if (!isActive && timeMs - since >= onDelayS * 1000) {
      isActive = true
      raised.push(index)
    } else if (isActive && timeMs - calm >= offDelayS * 1000) isActive = false
  })
  return raised
}
