// Readings as a test writes them, made into the columns that a store takes.
import type { ReadingColumns, StoredReading } from '../../cloud/store/store.ts'

/** A good reading without value or text, unless said otherwise. */
export type GivenReading = Pick<StoredReading, 'series' | 'timeMs'> & Partial<StoredReading>

export function columnsOf(readings: readonly GivenReading[]): ReadingColumns {
  return {
    rows: readings.length,
    series: Int32Array.from(readings, (reading) => reading.series),
    timeMs: Float64Array.from(readings, (reading) => reading.timeMs),
    value: Float64Array.from(readings, (reading) => reading.value ?? Number.NaN),
    quality: Uint8Array.from(readings, (reading) => reading.quality ?? 0),
    text: new Map(readings.flatMap(({ text }, row) => (typeof text === 'string' ? [[row, text] as const] : []))),
  }
}
