// Shapes envelopes for drawing: columns in display units, gaps kept as gaps, several traces on one column of times.
import { toDisplay, type DisplayUnit } from '../format/units.ts'
import { gapsOf, type Envelope } from './envelope.ts'

type Column = readonly (number | null)[]

/** Times in Unix ms, each the middle of its span; null where nothing was measured, so that the line breaks there. */
export interface Columns {
  readonly time: readonly number[]
  readonly mean: Column
  readonly min: Column
  readonly max: Column
}

export interface Extent {
  readonly min: number
  readonly mean: number
  readonly max: number
}

export function columnsOf(envelope: Envelope): Columns {
  const begins = new Map(gapsOf(envelope).map((gap) => [gap.toMs, gap]))
  const columns = {
    time: [] as number[],
    mean: [] as Column[number][],
    min: [] as Column[number][],
    max: [] as Column[number][],
  }
  for (const { fromMs, toMs, min, mean, max } of envelope) {
    const gap = begins.get(fromMs)
    if (gap !== undefined) {
      columns.time.push((gap.fromMs + gap.toMs) / 2)
      for (const column of [columns.mean, columns.min, columns.max]) column.push(null)
    }
    columns.time.push((fromMs + toMs) / 2)
    columns.mean.push(mean)
    columns.min.push(min)
    columns.max.push(max)
  }
  return columns
}

/** Least, mean over all readings, and greatest; undefined when there is none. */
export function extentOf(envelope: Envelope): Extent | undefined {
  if (envelope.length === 0) return undefined
  const readings = envelope.reduce((sum, { count }) => sum + count, 0)
  return {
    min: envelope.reduce((least, { min }) => Math.min(least, min), Infinity),
    mean: envelope.reduce((sum, { mean, count }) => sum + mean * count, 0) / readings,
    max: envelope.reduce((most, { max }) => Math.max(most, max), -Infinity),
  }
}

/** The same columns in the unit that people read. */
export function inDisplayUnit(columns: Columns, display: DisplayUnit): Columns {
  const convert = (values: Column): Column => values.map((value) => (value === null ? null : toDisplay(value, display)))
  return { time: columns.time, mean: convert(columns.mean), min: convert(columns.min), max: convert(columns.max) }
}

type DrawnColumn = (number | null | undefined)[]

/** As uPlot wants them: one column of times in seconds, then mean, min and max of each trace. */
export type DrawnColumns = [number[], ...DrawnColumn[]]

/** Undefined where only another trace has a point: the line goes on; null is a gap. */
export function alignColumns(traces: readonly Columns[]): DrawnColumns {
  const time = [...new Set(traces.flatMap((columns) => columns.time))].sort((a, b) => a - b)
  const places = new Map(time.map((timeMs, place) => [timeMs, place]))
  const spread = (columns: Columns, values: Column): DrawnColumn => {
    const drawn: DrawnColumn = Array.from({ length: time.length })
    for (const [index, timeMs] of columns.time.entries()) drawn[places.get(timeMs) as number] = values[index] ?? null
    return drawn
  }
  const drawn = traces.flatMap((columns) => [columns.mean, columns.min, columns.max].map((one) => spread(columns, one)))
  return [time.map((timeMs) => timeMs / 1000), ...drawn]
}
