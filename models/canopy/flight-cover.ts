// Gathers what the images of one flight show, cell by cell of the ground grid.
import { polygonHolds, type Point, type Ring } from '../../broker/contract/plane-geometry.ts'
import { cellCentre, gridPosition, type GridCell, type GroundGrid } from './ground-grid.ts'
import { imageProjection } from './image-projection.ts'

/** One quantity over an image: rows of `width` values from the upper left. */
export interface Layer {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly values: Float32Array
  /** Given: what counts is the share of the values that reach it; else their mean. */
  readonly threshold?: number
}

export interface CoveredCell extends GridCell {
  /** Mean or share of each layer, over all pixels of all images that fell into the cell. */
  readonly values: Readonly<Record<string, number>>
  /** Pixels of the layer that had the most. */
  readonly pixels: number
}

export interface FlightCover {
  /**
   * `corners` on the ground, from the upper left one clockwise as the image is seen. False where no cell can take it: the corners
   * are no convex quadrangle, or `maxCells` is reached.
   */
  add(layers: readonly Layer[], corners: Ring): boolean
  /** Cells with at least `minPixels`, from the south-west, row by row. */
  cells(minPixels?: number): readonly CoveredCell[]
}

export interface FlightCoverOptions {
  readonly grid: GroundGrid
  /** GeoJSON polygon coordinates; cells whose centre lies outside are left out. */
  readonly area?: readonly Ring[]
}

/** Owner: the analysis of one flight. Bound on its memory; beyond it new cells are not begun and `add` says so. 1 m: 20 ha. */
const maxCells = 200_000
/** Samples of one layer of one image: an image of 20 megapixels is looked at on a raster. */
const maxSamples = 250_000
const defaultMinPixels = 4
const columnsAround = 2 ** 27

interface Sums {
  readonly cell: GridCell
  readonly totals: Map<string, { sum: number; count: number }>
}

export function createFlightCover({ grid, area }: FlightCoverOptions): FlightCover {
  const cells = new Map<number, Sums>()
  const outside = new Set<number>()

  function sumsAt(row: number, column: number): Sums | undefined {
    const key = row * columnsAround + column
    const known = cells.get(key)
    if (known !== undefined || outside.has(key)) return known
    const cell = { row, column }
    if (area !== undefined && !polygonHolds(area, cellCentre(grid, cell))) {
      if (outside.size < maxCells) outside.add(key)
      return undefined
    }
    if (cells.size >= maxCells) return undefined
    const begun: Sums = { cell, totals: new Map() }
    cells.set(key, begun)
    return begun
  }

  function addLayer(layer: Layer, place: (u: number, v: number) => Point): void {
    const { name, width, height, values, threshold } = layer
    const step = Math.max(1, Math.ceil(Math.sqrt((width * height) / maxSamples)))
    for (let y = step >> 1; y < height; y += step) {
      for (let x = step >> 1; x < width; x += step) {
        const [east, north] = place((x + 0.5) / width, (y + 0.5) / height)
        const totals = sumsAt(Math.floor(north), Math.floor(east))?.totals
        if (totals === undefined) continue
        const value = values[y * width + x] as number
        let total = totals.get(name)
        if (total === undefined) totals.set(name, (total = { sum: 0, count: 0 }))
        total.sum += threshold === undefined ? value : Number(value >= threshold)
        total.count += 1
      }
    }
  }

  return {
    add(layers, corners) {
      const [a, b, c, d] = corners.map((corner) => gridPosition(grid, corner))
      if (a === undefined || b === undefined || c === undefined || d === undefined) return false
      if (cells.size >= maxCells) return false
      try {
        const place = imageProjection([a, b, c, d])
        for (const layer of layers) addLayer(layer, place)
        return true
      } catch (thrown) {
        if (thrown instanceof RangeError) return false
        throw thrown
      }
    },
    cells(minPixels = defaultMinPixels) {
      return [...cells.values()]
        .map(({ cell, totals }) => coveredCell(cell, totals))
        .filter(({ pixels }) => pixels >= minPixels)
        .toSorted((a, b) => a.row - b.row || a.column - b.column)
    },
  }
}

function coveredCell(cell: GridCell, totals: Sums['totals']): CoveredCell {
  const values = Object.fromEntries([...totals].map(([name, { sum, count }]) => [name, sum / count]))
  return { ...cell, values, pixels: Math.max(0, ...[...totals.values()].map(({ count }) => count)) }
}
