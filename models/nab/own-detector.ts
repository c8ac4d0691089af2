// The project's own series detector run over a NAB series as it would have run live: no look ahead, one definition for all series.
import { noHolidays } from '../series/calendar.ts'
import { SeriesDetector, type DetectorDefinition } from '../series/series-detector.ts'
import type { NabSeries } from './corpus.ts'
import type { AnomalyScores } from './scorer.ts'

/** The numbers of a package, but each row of a NAB series is a step as it is, and its clock is that of its place, which is not Japan. */
export function nabDefinition(detector: DetectorDefinition): DetectorDefinition {
  return { ...detector, transform: { kind: 'none' }, stepS: 0, utcOffsetMin: 0 }
}

/** The surprise of each row, 0 where there is none. */
export function detectNabSeries({ timesMs, values }: NabSeries, definition: DetectorDefinition): AnomalyScores {
  const detector = new SeriesDetector(definition, noHolidays)
  return values.map((value, row) => {
    const result = detector.push(timesMs[row] ?? 0, value)
    return typeof result === 'object' ? result.surprise : 0
  })
}
