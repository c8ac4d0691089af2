// Makes detectors as a manifest says, and checks on this machine that they do what the package's golden trace says.
import type { DetectorTrace, SeriesDetectorManifest } from '../manifest-detector.ts'
import { refusal } from '../refusal.ts'
import { noHolidays, type Holidays } from './calendar.ts'
import { japaneseHolidays } from './japanese-holidays.ts'
import { detectorViews, SeriesDetector } from './series-detector.ts'

/** The public holidays that the manifest names. */
export function holidaysOf({ holidays }: Pick<SeriesDetectorManifest, 'holidays'>): Holidays {
  return holidays === 'JP' ? japaneseHolidays() : noHolidays
}

/** Throws `model.invalid` `golden-mismatch`. */
export function verifyDetectorTrace(manifest: SeriesDetectorManifest, trace: DetectorTrace): void {
  const detector = new SeriesDetector(manifest.detector, holidaysOf(manifest))
  trace.forEach(({ timeMs, value, surprise, views }, index) => {
    const result = detector.push(timeMs, value)
    const found = typeof result === 'object' ? result : undefined
    const at = `trace ${index}`
    if (found === undefined || surprise === undefined) {
      if (found !== surprise) throw mismatch(`${at} should${surprise === undefined ? ' not' : ''} end a step`)
      return
    }
    compare(`${at}, surprise`, found.surprise, surprise, manifest.golden.tolerance)
    if (views === undefined) return
    detectorViews.forEach((view, place) =>
      compare(
        `${at}, ${view}`,
        found.views[place] ?? Number.NaN,
        views[place] ?? Number.NaN,
        manifest.golden.tolerance,
      ),
    )
  })
}

function compare(at: string, found: number, expected: number, tolerance: number): void {
  const allowed = tolerance * Math.max(1, expected)
  if (!(Math.abs(found - expected) <= allowed)) throw mismatch(`${at} is ${found}, expected ${expected} ± ${allowed}`)
}

function mismatch(message: string): Error {
  return refusal('golden-mismatch', message)
}
