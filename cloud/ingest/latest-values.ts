// The newest reading of each series by event time, in columns; late data never overwrites a newer value.
import { qualityCodes, qualityNames, type ReadingColumns, type StoredReading } from '../store/store.ts'

/** Rows of `columns` that became the newest reading of their series, in arrival order; `rows[0 … count − 1]` are indexes. */
export interface FreshReadings {
  readonly columns: ReadingColumns
  readonly rows: Int32Array
  readonly count: number
}

/** How far (ms) an event time may lie ahead of the hub's clock before the reading counts as wrongly timed. */
export const maxFutureMs = 10 * 60_000

/** Latest values of all series, by series id. Owner: ingest. Grows with the catalogue, one slot per series. */
export class LatestValues {
  #timeMs = new Float64Array(1024).fill(Number.NEGATIVE_INFINITY)
  #value = new Float64Array(1024).fill(Number.NaN)
  #quality = new Uint8Array(1024)
  readonly #text = new Map<number, string>()
  #fresh = new Int32Array(16_384)

  /** Rebuilds from the store. A reading from the future would block every true one after it, so it is passed over. */
  restore(latest: readonly StoredReading[], nowMs: number): void {
    for (const reading of latest) {
      if (reading.timeMs > nowMs + maxFutureMs) continue
      this.#set(reading.series, reading.timeMs, reading.value ?? Number.NaN, reading.quality, reading.text ?? undefined)
    }
  }

  /** Takes a committed group; the answer is valid until the next call. Readings from the future change nothing. */
  update(columns: ReadingColumns, nowMs: number): FreshReadings {
    if (this.#fresh.length < columns.rows) this.#fresh = new Int32Array(columns.rows * 2)
    const bound = nowMs + maxFutureMs
    const hasText = columns.text.size > 0
    let count = 0
    for (let row = 0; row < columns.rows; row += 1) {
      const series = columns.series[row] as number
      const timeMs = columns.timeMs[row] as number
      if (timeMs > bound || (series < this.#timeMs.length && timeMs < (this.#timeMs[series] as number))) continue
      const text = hasText ? columns.text.get(row) : undefined
      this.#set(series, timeMs, columns.value[row] as number, columns.quality[row] as number, text)
      this.#fresh[count] = row
      count += 1
    }
    return { columns, rows: this.#fresh, count }
  }

  /** Event time in Unix ms; −Infinity where nothing has been measured. */
  timeMs(series: number): number {
    return this.#timeMs[series] ?? Number.NEGATIVE_INFINITY
  }

  /** NaN where the newest reading has no number. */
  value(series: number): number {
    return this.#value[series] ?? Number.NaN
  }

  quality(series: number): (typeof qualityNames)[number] {
    return qualityNames[this.#quality[series] ?? 0] ?? 'bad'
  }

  isUsable(series: number): boolean {
    return this.timeMs(series) > Number.NEGATIVE_INFINITY && this.#quality[series] !== qualityCodes.bad
  }

  /** The string value, or the reason of a quality that is not good. */
  text(series: number): string | undefined {
    return this.#text.get(series)
  }

  #set(series: number, timeMs: number, value: number, quality: number, text: string | undefined): void {
    if (series >= this.#timeMs.length) this.#grow(series + 1)
    this.#timeMs[series] = timeMs
    this.#value[series] = value
    this.#quality[series] = quality
    if (text !== undefined) this.#text.set(series, text)
    else if (this.#text.size > 0) this.#text.delete(series)
  }

  #grow(size: number): void {
    const capacity = Math.max(size, this.#timeMs.length * 2)
    const timeMs = new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY)
    timeMs.set(this.#timeMs)
    const value = new Float64Array(capacity).fill(Number.NaN)
    value.set(this.#value)
    const quality = new Uint8Array(capacity)
    quality.set(this.#quality)
    this.#timeMs = timeMs
    this.#value = value
    this.#quality = quality
  }
}
