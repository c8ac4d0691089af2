// What has changed in a field since the flight before: the same cells, compared one by one.
import type { CoveredCell } from './flight-cover.ts'

export interface CoverChange {
  /** Cells that both flights saw. */
  readonly cells: number
  /** Mean of now − before over these cells, by layer. */
  readonly mean: Readonly<Record<string, number>>
}

/** Cells that both flights saw carry `change`: now − before, by layer. Both must lie on one grid (same cellM, same band of latitude). */
export interface ChangedCell extends CoveredCell {
  readonly change?: Readonly<Record<string, number>>
}

export function coverChange(
  now: readonly CoveredCell[],
  before: readonly CoveredCell[],
): { readonly cells: readonly ChangedCell[]; readonly summary: CoverChange } {
  const earlier = new Map(before.map((cell) => [`${cell.row}:${cell.column}`, cell]))
  const changed = now.map((cell): ChangedCell => {
    const then = earlier.get(`${cell.row}:${cell.column}`)
    return then === undefined ? cell : { ...cell, change: difference(cell.values, then.values) }
  })
  const both = changed.flatMap(({ change }) => (change === undefined ? [] : [change]))
  return { cells: changed, summary: { cells: both.length, mean: meansOf(both) } }
}

function difference(now: CoveredCell['values'], before: CoveredCell['values']): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(now).flatMap(([name, value]) => {
      const then = before[name]
      return then === undefined ? [] : [[name, value - then] as const]
    }),
  )
}

/** Mean of each name over the records that have it. */
export function meansOf(records: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const names = new Set(records.flatMap((record) => Object.keys(record)))
  return Object.fromEntries(
    [...names].map((name) => {
      const values = records.flatMap((record) => record[name] ?? [])
      return [name, values.reduce((sum, value) => sum + value, 0) / values.length]
    }),
  )
}
