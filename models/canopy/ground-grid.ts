// A grid on the ground that is the same for every flight: cells of one size, counted from the equator and Greenwich.
import type { Point, Ring } from '../../broker/contract/plane-geometry.ts'

/** Rows count north, columns east; both may be negative. */
export interface GridCell {
  readonly row: number
  readonly column: number
}

export interface GroundGrid {
  readonly cellM: number
  /** Metres in a degree of longitude and of latitude. */
  readonly degreeM: { readonly lon: number; readonly lat: number }
}

const rad = Math.PI / 180
const wgs84 = { semiMajorM: 6_378_137, eccentricitySquared: 0.006_694_379_990_14 } as const
/** Degrees of latitude over which a grid keeps its width of a column: flights over one field get one grid. */
const bandDeg = 0.1
/** Least size of a cell, metres: below it the numbers of cells no longer fit into one number. */
const leastCellM = 0.5

/**
 * The grid at a place. Its columns are `cellM` wide in the middle of a band of 0.1° of latitude (at most 0.1 % off within it, below
 * 45°), by the radii of curvature of WGS 84. Throws RangeError for a cell below `leastCellM` or a pole.
 */
export function gridAt(latDeg: number, cellM: number): GroundGrid {
  if (!(cellM >= leastCellM)) throw new RangeError(`a cell of ${cellM} m: at least ${leastCellM} m are needed`)
  const middle = (Math.floor(latDeg / bandDeg) + 0.5) * bandDeg
  if (!(Math.abs(middle) < 89)) throw new RangeError(`no grid at latitude ${latDeg}`)
  const root = Math.sqrt(1 - wgs84.eccentricitySquared * Math.sin(middle * rad) ** 2)
  const primeVerticalM = wgs84.semiMajorM / root
  const meridianM = (wgs84.semiMajorM * (1 - wgs84.eccentricitySquared)) / root ** 3
  return { cellM, degreeM: { lon: primeVerticalM * Math.cos(middle * rad) * rad, lat: meridianM * rad } }
}

/** East and north in cells, from longitude and latitude 0. */
export function gridPosition({ cellM, degreeM }: GroundGrid, [lon, lat]: Point): readonly [x: number, y: number] {
  return [(lon * degreeM.lon) / cellM, (lat * degreeM.lat) / cellM]
}

function placeOf({ cellM, degreeM }: GroundGrid, x: number, y: number): Point {
  return [(x * cellM) / degreeM.lon, (y * cellM) / degreeM.lat]
}

/** South-west, south-east, north-east, north-west. */
export function cellCorners(grid: GroundGrid, { row, column }: GridCell): Ring {
  return [
    placeOf(grid, column, row),
    placeOf(grid, column + 1, row),
    placeOf(grid, column + 1, row + 1),
    placeOf(grid, column, row + 1),
  ]
}

export function cellCentre(grid: GroundGrid, { row, column }: GridCell): Point {
  return placeOf(grid, column + 0.5, row + 0.5)
}
