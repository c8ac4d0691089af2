// Hourly aggregates of the series that insights read, as far back as one of them asks; what is older is asked of the store.
import type { Buckets, Store } from '../store/store.ts'
import { hourMs, type Hours } from './insight.ts'

interface Column {
  /** Number of hours since 1970 of index 0. */
  first: number
  /** Hours held from `first` on; those behind are not loaded. */
  length: number
  mean: Float32Array
  min: Float32Array
  max: Float32Array
  count: Float32Array
}

const columnNames = ['mean', 'min', 'max', 'count'] as const

export type HourSource = Pick<Store, 'buckets' | 'hourly'>

/** A column is moved when it is this much longer than what is asked for, so that it is not moved each hour. */
const slackHours = 24 * 7
/** Hours asked for at once where a column is filled. */
const hoursPerQuery = 4_000
/** Fewer series than this are filled one by one; of more, so many hours are asked for together, in rounds. */
const fewSeries = 64
const hoursTogether = 37 * 24
const hoursPerRound = 48

/**
 * Bound: the input series of all insights, each with its longest look-back and a week (16 bytes an hour). Owner: the insight
 * engine, one call at a time.
 */
export class HourMemory {
  readonly #source: HourSource
  readonly #columns = new Map<number, Column>()

  constructor(source: HourSource) {
    this.#source = source
  }

  get size(): number {
    return this.#columns.size
  }

  /** Forgets of a series what is long before an hour. */
  forget(series: number, beforeHour: number): void {
    const column = this.#columns.get(series)
    if (column !== undefined) this.#forgetBefore(column, beforeHour)
  }

  /** Holds of a series what begins in [fromHour, toHour): loads what is missing. */
  async hold(series: number, fromHour: number, toHour: number): Promise<void> {
    const known = this.#columns.get(series)
    if (known !== undefined && known.first <= fromHour) return
    const upTo = known === undefined ? toHour : known.first
    const column = emptyColumn(fromHour, Math.max(toHour, known === undefined ? 0 : known.first + known.length))
    if (known !== undefined) copyInto(column, known)
    this.#columns.set(series, column)
    try {
      for (let hour = fromHour; hour < upTo; hour += hoursPerQuery) {
        await this.reload(series, hour, Math.min(hour + hoursPerQuery, upTo))
      }
    } catch (thrown) {
      // Half of it would pass for hours without readings.
      if (known === undefined) this.#columns.delete(series)
      else this.#columns.set(series, known)
      throw thrown
    }
  }

  /**
   * Holds of each series what begins in [its hour, toHour). Of many that are not held yet, as after a start, the last weeks are
   * asked for together: one question for two days of all is far cheaper than one for each series.
   */
  async holdAll(wanted: ReadonlyMap<number, number>, toHour: number): Promise<void> {
    const missing = [...wanted].filter(([series]) => !this.#columns.has(series))
    if (missing.length < fewSeries) {
      for (const [series, fromHour] of wanted) await this.hold(series, fromHour, toHour)
      return
    }
    const togetherFrom = toHour - hoursTogether
    for (const [series, fromHour] of missing) this.#columns.set(series, emptyColumn(fromHour, toHour))
    try {
      for (let hour = togetherFrom; hour < toHour; hour += hoursPerRound) {
        const end = Math.min(hour + hoursPerRound, toHour)
        const found = await this.#source.hourly({ fromMs: hour * hourMs, toMs: end * hourMs })
        for (const [series] of missing) {
          const [column, buckets] = [this.#columns.get(series), found.get(series)]
          if (column !== undefined && buckets !== undefined) this.#put(column, buckets)
        }
      }
      for (const [series, fromHour] of missing) {
        for (let hour = fromHour; hour < togetherFrom; hour += hoursPerQuery) {
          await this.reload(series, hour, Math.min(hour + hoursPerQuery, togetherFrom))
        }
      }
    } catch (thrown) {
      // Half of it would pass for hours without readings.
      for (const [series] of missing) this.#columns.delete(series)
      throw thrown
    }
    for (const [series, fromHour] of wanted) await this.hold(series, fromHour, toHour)
  }

  /** Reads [fromHour, toHour) of one series again. */
  async reload(series: number, fromHour: number, toHour: number): Promise<void> {
    const column = this.#columns.get(series)
    if (column === undefined || toHour <= fromHour) return
    const found = await readHours(this.#source, series, fromHour, toHour)
    clear(column, fromHour, toHour)
    this.#put(column, found)
  }

  /** Reads [fromHour, toHour) of every series that is held, in one question. */
  async reloadAll(fromHour: number, toHour: number): Promise<void> {
    const found = await this.#source.hourly({ fromMs: fromHour * hourMs, toMs: toHour * hourMs })
    for (const [series, column] of this.#columns) {
      clear(column, fromHour, toHour)
      const buckets = found.get(series)
      if (buckets !== undefined) this.#put(column, buckets)
    }
  }

  /** The hours that begin in [fromHour, toHour), views or copies; NaN where nothing is known. Undefined: the memory does not reach back. */
  window(series: number, fromHour: number, toHour: number): Hours | undefined {
    const column = this.#columns.get(series)
    if (column === undefined || column.first > fromHour) return undefined
    grow(column, toHour)
    const start = fromHour - column.first
    const end = toHour - column.first
    return {
      fromMs: fromHour * hourMs,
      mean: column.mean.subarray(start, end),
      min: column.min.subarray(start, end),
      max: column.max.subarray(start, end),
      count: column.count.subarray(start, end),
    }
  }

  #put(column: Column, { timeMs, min, mean, max, count }: Buckets): void {
    for (let place = 0; place < timeMs.length; place += 1) {
      const hour = Math.floor((timeMs[place] as number) / hourMs)
      if (hour < column.first) continue
      grow(column, hour + 1)
      const index = hour - column.first
      column.mean[index] = mean[place] as number
      column.min[index] = min[place] as number
      column.max[index] = max[place] as number
      column.count[index] = count[place] as number
    }
  }

  #forgetBefore(column: Column, fromHour: number): void {
    const old = fromHour - column.first
    if (old <= slackHours) return
    for (const name of columnNames) column[name] = column[name].slice(old)
    column.first = fromHour
    column.length -= old
  }
}

async function readHours(source: HourSource, series: number, fromHour: number, toHour: number): Promise<Buckets> {
  return await source.buckets({
    series,
    fromMs: fromHour * hourMs,
    toMs: toHour * hourMs,
    buckets: toHour - fromHour,
  })
}

function emptyColumn(first: number, end: number): Column {
  const length = end - first
  const column = () => new Float32Array(length + slackHours).fill(Number.NaN)
  return { first, length, mean: column(), min: column(), max: column(), count: column().fill(0) }
}

function copyInto(column: Column, known: Column): void {
  const offset = known.first - column.first
  for (const name of columnNames) column[name].set(known[name].subarray(0, known.length), offset)
}

function grow(column: Column, endHour: number): void {
  const length = endHour - column.first
  if (length <= column.length) return
  column.length = length
  if (length <= column.mean.length) return
  for (const name of columnNames) {
    const grown = new Float32Array(length + slackHours).fill(emptyOf(name))
    grown.set(column[name])
    column[name] = grown
  }
}

function clear(column: Column, fromHour: number, toHour: number): void {
  const start = Math.max(0, fromHour - column.first)
  const end = Math.min(column.length, toHour - column.first)
  for (const name of columnNames) column[name].fill(emptyOf(name), start, Math.max(start, end))
}

function emptyOf(name: (typeof columnNames)[number]): number {
  return name === 'count' ? 0 : Number.NaN
}
