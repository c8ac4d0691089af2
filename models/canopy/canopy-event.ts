// The `canopy` event of a flight: its means, its change, and a coarse picture of the field seen from above, north up.
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import { eventLimits } from '../../broker/contract/event-limits.ts'
import type { CoveredCell } from './flight-cover.ts'
import type { FlightAnalysis } from './flight-analysis.ts'
import { cellCorners } from './ground-grid.ts'

/** What the event is about; `source` names the camera or field. */
export interface CanopyEventHead extends Pick<NewEvent, 'source' | 'model' | 'latencyMs'> {
  readonly flight: string
}

/** Of the layers whose mean is the score of the flight, the first that is there. */
const scored = ['canopy', 'ndvi', 'panicle'] as const

/**
 * `score`: mean cover of the field. `heat`: the same layer per cell, cells joined where there are more than 64 in a row. `detail`:
 * `flight`, `cells`, `cellM`, `images`, `leftOut`, the box of the cells in degrees, `mean-…` and `change-…` by layer.
 */
export function canopyEvent(analysis: FlightAnalysis, { flight, ...head }: CanopyEventHead): NewEvent {
  const { grid, cells, means, change, images, leftOut, timeMs } = analysis
  const layer = scored.find((name) => means[name] !== undefined)
  const heat = layer && heatOf(cells, layer)
  const box = heat && boxOf(analysis)
  const left = Object.values(leftOut).reduce((sum, count) => sum + count, 0)
  return {
    ...head,
    kind: 'canopy',
    timeMs,
    score: layer === undefined ? null : (means[layer] ?? null),
    class: null,
    state: 'reading',
    ...(heat === undefined ? {} : { heat }),
    detail: {
      flight,
      cells: cells.length,
      cellM: grid.cellM,
      images,
      leftOut: left,
      ...box,
      ...named(means, 'mean'),
      ...(change === undefined ? {} : { changedCells: change.cells, ...named(change.mean, 'change') }),
    },
  }
}

function named(values: Readonly<Record<string, number>>, before: string): Record<string, number> {
  const kept = Object.entries(values).slice(0, 8)
  return Object.fromEntries(kept.map(([name, value]) => [`${before}-${name}`, Math.round(value * 1e4) / 1e4]))
}

function boundsOf(cells: readonly CoveredCell[]) {
  const rows = { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY }
  const columns = { ...rows }
  for (const { row, column } of cells) {
    rows.least = Math.min(rows.least, row)
    rows.most = Math.max(rows.most, row)
    columns.least = Math.min(columns.least, column)
    columns.most = Math.max(columns.most, column)
  }
  return { rows, columns }
}

function boxOf({ grid, cells }: FlightAnalysis): Record<string, number> {
  const { rows, columns } = boundsOf(cells)
  const [southWest] = cellCorners(grid, { row: rows.least, column: columns.least })
  const northEast = cellCorners(grid, { row: rows.most, column: columns.most })[2]
  if (southWest === undefined || northEast === undefined) return {}
  const [west, south] = southWest
  const [east, north] = northEast
  return { west, south, east, north }
}

/** Mean of the layer over the cells that fall together; 0 where nothing was seen. Undefined without a cell. */
function heatOf(cells: readonly CoveredCell[], layer: string): NewEvent['heat'] {
  if (cells.length === 0) return undefined
  const { rows, columns } = boundsOf(cells)
  const [high, wide] = [rows.most - rows.least + 1, columns.most - columns.least + 1]
  const joined = Math.ceil(Math.max(high, wide) / eventLimits.heatSide)
  const size = { columns: Math.ceil(wide / joined), rows: Math.ceil(high / joined) }
  const sums = new Float64Array(size.columns * size.rows)
  const counts = new Uint32Array(sums.length)
  for (const { row, column, values } of cells) {
    const value = values[layer]
    if (value === undefined) continue
    const at = Math.floor((rows.most - row) / joined) * size.columns + Math.floor((column - columns.least) / joined)
    sums[at] = (sums[at] ?? 0) + value
    counts[at] = (counts[at] ?? 0) + 1
  }
  const bytes = Buffer.from(sums.map((sum, at) => level(sum / Math.max(1, counts[at] ?? 0))))
  return { ...size, cells: bytes.toString('base64') }
}

function level(share: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, share)))
}
