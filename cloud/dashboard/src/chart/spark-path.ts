// The small chart of one day as an SVG path: no library, no axes.
import type { Columns } from './drawn-columns.ts'

export interface SparkPaths {
  readonly line: string
  readonly band: string
}

interface Box {
  readonly fromMs: number
  readonly toMs: number
  readonly width: number
  readonly height: number
}

/** Runs of readings between gaps, as indices. */
function runs(columns: Columns): readonly number[][] {
  const found: number[][] = []
  let run: number[] = []
  for (const [index, value] of columns.mean.entries()) {
    if (value === null) {
      if (run.length > 0) found.push(run)
      run = []
    } else run.push(index)
  }
  return run.length > 0 ? [...found, run] : found
}

/** Paths within width × height, time left to right over the whole window; empty where there is no reading. */
export function sparkPaths(columns: Columns, box: Box): SparkPaths {
  const values = [...columns.min, ...columns.max].filter((value) => value !== null)
  const least = values.reduce((a, b) => Math.min(a, b), Infinity)
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity)
  const range = most - least || 1
  const x = (index: number): string =>
    ((((columns.time[index] ?? 0) - box.fromMs) / (box.toMs - box.fromMs)) * box.width).toFixed(1)
  const y = (value: number | null | undefined): string =>
    (most === least ? box.height / 2 : box.height - (((value ?? least) - least) / range) * box.height).toFixed(1)
  const trace = (indices: readonly number[], column: Columns['mean']): string =>
    indices.map((index) => `${x(index)} ${y(column[index])}`).join('L')
  return {
    line: runs(columns)
      .map((run) => `M${trace(run, columns.mean)}`)
      .join(''),
    band: runs(columns)
      .map((run) => `M${trace(run, columns.max)}L${trace(run.toReversed(), columns.min)}Z`)
      .join(''),
  }
}
