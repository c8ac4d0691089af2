// The canopy of a flight as GeoJSON: the coarse grid of its event, laid on the ground.
import { Type, type Static } from 'typebox'
import type { GatewayEvent } from '../../broker/contract/event.ts'
import { eventLimits } from '../../broker/contract/event-limits.ts'

const Position = Type.Array(Type.Number(), { minItems: 2, maxItems: 2 })

/** RFC 7946. */
export const CanopyMap = Type.Object({
  type: Type.Literal('FeatureCollection'),
  features: Type.Array(
    Type.Object({
      type: Type.Literal('Feature'),
      geometry: Type.Object({
        type: Type.Literal('Polygon'),
        coordinates: Type.Array(Type.Array(Position)),
      }),
      properties: Type.Object({
        cover: Type.Number({ description: 'Of the layer whose mean is the score of the event, 0 … 1' }),
        field: Type.String(),
        flight: Type.String(),
        time: Type.Number({ description: 'Unix ms' }),
      }),
    }),
  ),
})
export type CanopyMap = Static<typeof CanopyMap>

/** Metres in a degree of latitude, near enough to count cells. */
const degreeM = 111_200

interface Box {
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
}

/**
 * One polygon for each cell that was seen: a cell of the event where nothing was seen, or nothing grows, is 0 and is left out.
 * Undefined for an event without a map.
 */
export function canopyMap({ kind, source, timeMs, heat, detail = {} }: GatewayEvent): CanopyMap | undefined {
  const box = boxOf(detail)
  const { cellM, flight } = detail
  if (kind !== 'canopy' || heat === undefined || box === undefined || typeof cellM !== 'number') return undefined
  const levels = Buffer.from(heat.cells, 'base64')
  if (levels.length !== heat.columns * heat.rows) return undefined
  const about = { field: source, flight: String(flight ?? ''), time: timeMs }
  const edges = edgesOf(box, heat, cellM)
  return {
    type: 'FeatureCollection',
    features: [...levels].flatMap((level, at) => {
      if (level === 0) return []
      const [row, column] = [Math.floor(at / heat.columns), at % heat.columns]
      const [west, east] = [edges.x(column), edges.x(column + 1)]
      const [north, south] = [edges.y(row), edges.y(row + 1)]
      const ring = [
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
      ]
      const properties = { cover: Math.round((level / 255) * 1e3) / 1e3, ...about }
      return [{ type: 'Feature' as const, geometry: { type: 'Polygon' as const, coordinates: [ring] }, properties }]
    }),
  }
}

function boxOf(detail: NonNullable<GatewayEvent['detail']>): Box | undefined {
  const { west, south, east, north } = detail
  if (![west, south, east, north].every((side) => typeof side === 'number')) return undefined
  const box = { west, south, east, north } as Box
  return box.east > box.west && box.north > box.south ? box : undefined
}

/** Where columns and rows begin, degrees. Cells of a large field are joined; the last of them may be cut off by the box. */
function edgesOf(box: Box, heat: { readonly columns: number; readonly rows: number }, cellM: number) {
  const lonM = degreeM * Math.cos((((box.north + box.south) / 2) * Math.PI) / 180)
  const wide = Math.max(heat.columns, Math.round(((box.east - box.west) * lonM) / cellM))
  const high = Math.max(heat.rows, Math.round(((box.north - box.south) * degreeM) / cellM))
  const joined = Math.max(1, Math.ceil(Math.max(wide, high) / eventLimits.heatSide))
  /** Share of the side at which the n-th joined cell begins; even parts where the numbers do not fit each other. */
  const share = (index: number, cells: number, count: number): number =>
    Math.min(1, Math.ceil(cells / joined) === count ? (index * joined) / cells : index / count)
  return {
    x: (column: number) => rounded(box.west + (box.east - box.west) * share(column, wide, heat.columns)),
    y: (row: number) => rounded(box.north - (box.north - box.south) * share(row, high, heat.rows)),
  }
}

/** 1e-7° is a centimetre. */
function rounded(degrees: number): number {
  return Math.round(degrees * 1e7) / 1e7
}
