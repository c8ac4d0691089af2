// Which series feed which model, and the feature window of each: turns the samples of a poll into input rows.
import type { Sample } from '../../broker/contract/sample.ts'
import { FeatureWindow, windowWidth } from '../../models/feature-window.ts'
import type { SeriesAnomalyManifest } from '../../models/manifest-series.ts'

/** Bound of the windows that one model keeps, about 1 kB each; a further series is refused and counted (`series-limit`). */
const maxSeriesPerModel = 2000

/**
 * After so many samples in a row that are older than the newest one taken, the clock was set back: the window begins anew,
 * because it would refuse everything until the old time comes again.
 */
const staleBeforeReset = 30

type SkipReason = 'quality' | 'unit' | 'stale' | 'series-limit'

/** The input rows that a poll gives one model: row i belongs to samples[i]. */
export interface Batch {
  readonly samples: readonly Sample[]
  readonly rows: Float32Array
}

export interface SeriesWindows {
  /** Does one of the globs match this series? Series of scores never do. */
  matches(name: string): boolean
  /** Takes the samples in order; one row for each usable one. */
  take(samples: readonly Sample[], skip: (reason: SkipReason) => void): Batch
}

export function createSeriesWindows(manifest: SeriesAnomalyManifest, inputs: readonly string[]): SeriesWindows {
  const patterns = inputs.map(globPattern)
  const windows = new Map<string, { window: FeatureWindow; staleInRow: number }>()
  const { unit, window: definition } = manifest.input
  const width = windowWidth(definition)

  function usable(sample: Sample): number | SkipReason {
    if (sample.quality === 'bad' || typeof sample.value !== 'number' || !Number.isFinite(sample.value)) return 'quality'
    return sample.unit !== undefined && sample.unit !== unit ? 'unit' : sample.value
  }

  /** The window of the series with the sample in it, or why it is not. */
  function pushed(name: string, timeMs: number, value: number): FeatureWindow | SkipReason {
    if (!windows.has(name) && windows.size >= maxSeriesPerModel) return 'series-limit'
    const series = windows.get(name) ?? { window: new FeatureWindow(definition), staleInRow: 0 }
    windows.set(name, series)
    if (series.staleInRow >= staleBeforeReset) series.window = new FeatureWindow(definition)
    const isTaken = series.window.push(timeMs, value)
    series.staleInRow = isTaken ? 0 : series.staleInRow + 1
    return isTaken ? series.window : 'stale'
  }

  return {
    matches: (name) => !name.endsWith(scoreSuffix) && patterns.some((pattern) => pattern.test(name)),
    take(samples, skip) {
      const rows = new Float32Array(samples.length * width)
      const taken: Sample[] = []
      for (const sample of samples) {
        const value = usable(sample)
        const window = typeof value === 'number' ? pushed(sample.name, sample.timeMs, value) : value
        if (typeof window === 'string') skip(window)
        else {
          window.write(rows, taken.length * width)
          taken.push(sample)
        }
      }
      return { samples: taken, rows: rows.slice(0, taken.length * width) }
    },
  }
}

export const scoreSuffix = '.score'

/** `*` stands for any run of characters, `?` for one. */
export function globPattern(glob: string): RegExp {
  const escaped = glob.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`)
}
