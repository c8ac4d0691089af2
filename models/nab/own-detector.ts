// The project's own series detector run over a NAB series, as it would have run live: no look ahead, one definition for all series.
import { noHolidays } from '../series/calendar.ts'
import { SeriesDetector, type DetectorDefinition } from '../series/series-detector.ts'
import type { NabSeries } from './corpus.ts'
import type { AnomalyScores } from './scorer.ts'

/** Each row of a NAB series is a step, its clock is its place's clock, and its place is not Japan. */
export const nabDefinition: DetectorDefinition = {
  transform: { kind: 'none' },
  stepS: 0,
  utcOffsetMin: 0,
  residualSteps: 12,
  levelSteps: 128,
  shortSteps: 96,
  longSteps: 2000,
  power: 3,
  fadeShare: 0.2,
  maxFadeSteps: 1000,
  recurrenceFactor: 1.3,
  recurrenceRate: 0.35,
}

/** The surprise of each row, 0 where there is none. */
export function detectNabSeries({ timesMs, values }: NabSeries, definition = nabDefinition): AnomalyScores {
  const detector = new SeriesDetector(definition, noHolidays)
  return values.map((value, row) => {
    const result = detector.push(timesMs[row] ?? 0, value)
    return typeof result === 'object' ? result.surprise : 0
  })
}
