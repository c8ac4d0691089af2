// Reads the readings of many series for an export, page by page, so that no more than a page is in memory.
import type { Store, StoredReading } from '../store/store.ts'

/** Readings of one series in time order. */
export interface ReadingPage {
  /** `{tenant}/{gateway}/{device:channel}` */
  readonly series: string
  readonly unit: string | undefined
  readonly readings: readonly StoredReading[]
}

export interface ExportedSeries {
  readonly id: number
  readonly key: string
  readonly unit: string | undefined
}

/** Rows of a page. */
const pageRows = 50_000

/** Series in the order given, each in time order; `fromMs` inclusive, `toMs` exclusive. */
export async function* readingPages(
  store: Pick<Store, 'readings'>,
  series: readonly ExportedSeries[],
  { fromMs, toMs, rows = pageRows }: { readonly fromMs: number; readonly toMs: number; readonly rows?: number },
): AsyncGenerator<ReadingPage> {
  for (const { id, key, unit } of series) {
    let beginMs = fromMs
    let limit = rows
    while (beginMs < toMs) {
      const found = await store.readings({ series: id, fromMs: beginMs, toMs, limit })
      const isLast = found.length < limit
      const page = isLast ? found : withoutLastInstant(found)
      if (page.length > 0) yield { series: key, unit, readings: page }
      if (isLast) break
      // More readings of one instant than a page holds: it must grow.
      if (page.length === 0) limit *= 2
      else limit = rows
      beginMs = found.at(-1)?.timeMs ?? toMs
    }
  }
}

/** The next page begins with the last instant, of which this page may hold only a part. */
function withoutLastInstant(readings: readonly StoredReading[]): readonly StoredReading[] {
  const lastMs = readings.at(-1)?.timeMs
  let end = readings.length
  while (end > 0 && readings[end - 1]?.timeMs === lastMs) end -= 1
  return readings.slice(0, end)
}
