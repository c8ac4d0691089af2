// The series that one detector model watches: their detectors, the score that holds for each, and what was learnt, for the disk.
import type { Sample } from '../../broker/contract/sample.ts'
import type { SeriesDetectorManifest } from '../../models/manifest-detector.ts'
import { decodeStates, encodeStates } from '../../models/series/detector-state.ts'
import { HeldScore } from '../../models/series/novelty-score.ts'
import { holidaysOf } from '../../models/series/open-detector.ts'
import { type DetectorState, SeriesDetector } from '../../models/series/series-detector.ts'
import { scoreSuffix } from './series-windows.ts'

/** Bound of the detectors that one model keeps, about 6 kB each; a further series is refused and counted (`series-limit`). */
const maxSeriesPerModel = 2000

/** After so many samples in a row that are older than the newest one taken, the clock was set back: the series begins anew. */
const staleBeforeReset = 30

type DetectorSkip = 'quality' | 'unit' | 'stale' | 'series-limit'

interface Watched {
  detector: SeriesDetector
  readonly held: HeldScore
  staleInRow: number
}

/** A series' score crossed the alarm threshold of its model: up (`raised`) or, when it held no more, down. */
export interface AlarmChange {
  readonly series: string
  readonly timeMs: number
  readonly state: 'raised' | 'cleared'
  readonly score: number
}

export interface DetectorSeries {
  /** One score for each usable sample, in order. Constant time a sample. */
  score(samples: readonly Sample[], skip: (reason: DetectorSkip) => void): readonly Sample[]
  encode(): Uint8Array
  /** Takes what an earlier run learnt; false when the bytes are not of this model. */
  restore(bytes: Uint8Array): boolean
}

export function createDetectorSeries(
  manifest: SeriesDetectorManifest,
  onAlarm: (change: AlarmChange) => void,
): DetectorSeries {
  const watched = new Map<string, Watched>()
  const isHoliday = holidaysOf(manifest)
  const definition = JSON.stringify([manifest.detector, manifest.holidays])

  function watch(name: string, state?: DetectorState): Watched {
    const detector = new SeriesDetector(manifest.detector, isHoliday, state)
    const one: Watched = { detector, held: new HeldScore(manifest.score), staleInRow: 0 }
    watched.set(name, one)
    return one
  }

  function usable(sample: Sample): number | DetectorSkip {
    if (sample.quality === 'bad' || typeof sample.value !== 'number' || !Number.isFinite(sample.value)) return 'quality'
    return sample.unit !== undefined && sample.unit !== manifest.input.unit ? 'unit' : sample.value
  }

  function scoreOf({ name, timeMs }: Sample, value: number): number | DetectorSkip {
    const known = watched.get(name)
    if (known === undefined && watched.size >= maxSeriesPerModel) return 'series-limit'
    const one = known ?? watch(name)
    if (one.staleInRow >= staleBeforeReset) one.detector = new SeriesDetector(manifest.detector, isHoliday)
    const result = one.detector.push(timeMs, value)
    one.staleInRow = result === 'stale' ? one.staleInRow + 1 : 0
    if (result === 'stale') return result
    const before = one.held.score >= manifest.thresholds.alarm
    const score = one.held.at(timeMs, result?.surprise)
    const after = score >= manifest.thresholds.alarm
    if (before !== after) onAlarm({ series: name, timeMs, state: after ? 'raised' : 'cleared', score })
    return score
  }

  return {
    score(samples, skip) {
      return samples.flatMap((sample) => {
        const value = usable(sample)
        const score = typeof value === 'number' ? scoreOf(sample, value) : value
        if (typeof score === 'string') {
          skip(score)
          return []
        }
        const { timeMs, quality, reason } = sample
        return [{ name: `${sample.name}${scoreSuffix}`, timeMs, unit: '/', value: score, quality, reason }]
      })
    },
    encode: () =>
      encodeStates(
        definition,
        [...watched].map(([name, { detector }]) => [name, detector.state] as const),
      ),
    restore(bytes) {
      const states = decodeStates(definition, bytes)
      for (const [name, state] of [...(states ?? [])].slice(0, maxSeriesPerModel)) watch(name, state)
      return states !== undefined
    },
  }
}
