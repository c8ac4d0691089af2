// Runs a model over a recorded series: scores beside the values, the alarms that its thresholds make of them, a heat map by day.
import { readFile, writeFile } from 'node:fs/promises'
import type { DetectorPackage, SeriesPackage } from '../../models/model-package.ts'
import { openOnnxScorer } from '../../models/onnx-scorer.ts'
import { alarmPlaces, scoreSeries, usualOffDelayS } from '../../models/series-scoring.ts'
import { HeldScore } from '../../models/series/novelty-score.ts'
import { holidaysOf } from '../../models/series/open-detector.ts'
import { SeriesDetector } from '../../models/series/series-detector.ts'
import type { FileRunner } from './run-file.ts'
import { dayGrid, gridPng } from './score-picture.ts'
import { parseTable } from './series-csv.ts'

interface SeriesScorer {
  /** One score a sample; undefined where there is none (no value, not newer). */
  score(timesMs: readonly number[], values: readonly (number | undefined)[]): Promise<readonly (number | undefined)[]>
  close(): Promise<void>
}

/** Files are CSV: time and value. */
export async function seriesRunner(model: SeriesPackage | DetectorPackage): Promise<FileRunner> {
  const { id, thresholds } = model.manifest
  const isDetector = 'detector' in model.manifest
  const utcOffsetMin = isDetector
    ? (model as DetectorPackage).manifest.detector.utcOffsetMin
    : (model as SeriesPackage).manifest.input.window.utcOffsetMin
  const scorer = isDetector ? detectorScorer(model as DetectorPackage) : await graphScorer(model as SeriesPackage)
  return {
    async run(file, out) {
      const { timesMs, columns } = parseTable(await readFile(file, 'utf8'), file)
      const values = columns[0] ?? []
      const scores = await scorer.score(timesMs, values)
      const alarms = alarmsOf(timesMs, scores, thresholds)
      const highest = scores.reduce<number>((best, score) => Math.max(best, score ?? 0), 0)
      const rows = timesMs.map((timeMs, index) => `${isoTime(timeMs)},${values[index] ?? ''},${scores[index] ?? ''}`)
      await writeFile(`${out}.scores.csv`, `time,value,score\n${rows.join('\n')}\n`)
      const grid = dayGrid({ timesMs, scores, utcOffsetMin, title: `${file} – ${id}` })
      await writeFile(`${out}.heat.png`, await gridPng(grid))
      return {
        verdict: alarms.length === 0 ? 'no alarm' : `${alarms.length} alarm${alarms.length === 1 ? '' : 's'}`,
        score: highest,
        class: null,
        detail: { samples: timesMs.length, alarms: alarms.map((timeMs) => isoTime(timeMs)) },
        written: [`${out}.scores.csv`, `${out}.heat.png`],
      }
    },
    close: () => scorer.close(),
  }
}

function detectorScorer({ manifest }: DetectorPackage): SeriesScorer {
  return {
    async score(timesMs, values) {
      const detector = new SeriesDetector(manifest.detector, holidaysOf(manifest))
      const held = new HeldScore(manifest.score)
      return timesMs.map((timeMs, index) => {
        const value = values[index]
        const result = value === undefined ? 'stale' : detector.push(timeMs, value)
        return result === 'stale' ? undefined : held.at(timeMs, result?.surprise)
      })
    },
    close: async () => undefined,
  }
}

async function graphScorer(model: SeriesPackage): Promise<SeriesScorer> {
  const scorer = await openOnnxScorer(model)
  return { score: (timesMs, values) => scoreSeries(scorer, timesMs, values), close: () => scorer.close() }
}

/** When an alarm begins: `alarm` or more for `onDelayS`, and not again before half an hour under `warning`. */
function alarmsOf(
  timesMs: readonly number[],
  scores: readonly (number | undefined)[],
  { warning, alarm, onDelayS }: { readonly warning: number; readonly alarm: number; readonly onDelayS: number },
): readonly number[] {
  const isAt = (limit: number) => (index: number) => {
    const score = scores[index]
    return score === undefined ? undefined : score >= limit
  }
  const isUnder = (index: number): boolean | undefined => {
    const reached = isAt(warning)(index)
    return reached === undefined ? undefined : !reached
  }
  const places = alarmPlaces(timesMs, { over: isAt(alarm), under: isUnder }, { onDelayS, offDelayS: usualOffDelayS })
  return places.map((place) => timesMs[place] ?? 0)
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
