// The cover of a flight as GeoJSON, for a GIS and for a person.
import { closedRing, type Point } from '../../broker/contract/plane-geometry.ts'
import type { ChangedCell } from './cover-change.ts'
import { cellCorners, type GroundGrid } from './ground-grid.ts'

export interface CoverMap {
  readonly type: 'FeatureCollection'
  readonly features: readonly {
    readonly type: 'Feature'
    readonly geometry: { readonly type: 'Polygon'; readonly coordinates: readonly (readonly Point[])[] }
    readonly properties: Readonly<Record<string, number | string>>
  }[]
}

/** One polygon a cell: `cell` (row:column of the grid), its layers, `change-…` of each layer since the last flight, pixels. RFC 7946. */
export function coverMap(grid: GroundGrid, cells: readonly ChangedCell[]): CoverMap {
  return {
    type: 'FeatureCollection',
    features: cells.map((cell) => ({
      type: 'Feature',
      geometry: { type: 'Polygon', coordinates: [closedRing(cellCorners(grid, cell)).map(rounded)] },
      properties: {
        cell: `${cell.row}:${cell.column}`,
        ...Object.fromEntries(named(cell.values, '')),
        ...Object.fromEntries(named(cell.change ?? {}, 'change-')),
        pixels: cell.pixels,
      },
    })),
  }
}

function named(values: Readonly<Record<string, number>>, before: string): readonly (readonly [string, number])[] {
  return Object.entries(values).map(([name, value]) => [`${before}${name}`, Math.round(value * 1e4) / 1e4])
}

/** 1e-7° is a centimetre. */
function rounded([lon, lat]: Point): Point {
  return [Math.round(lon * 1e7) / 1e7, Math.round(lat * 1e7) / 1e7]
}
