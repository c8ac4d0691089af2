// Cuts polygons to a rectangle, so that the coast of the world becomes the coast of one country.

/** As in GeoJSON: longitude, latitude. */
export type Position = number[]

/** Degrees, WGS84. */
export interface GeoBox {
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
}

interface Edge {
  inside(point: Position): boolean
  cross(from: Position, to: Position): Position
}

const x = (point: Position): number => point[0] ?? 0
const y = (point: Position): number => point[1] ?? 0

function meridian(longitude: number, keepEast: boolean): Edge {
  return {
    inside: (point) => (keepEast ? x(point) >= longitude : x(point) <= longitude),
    cross: (a, b) => [longitude, y(a) + ((longitude - x(a)) / (x(b) - x(a))) * (y(b) - y(a))],
  }
}

function parallel(latitude: number, keepNorth: boolean): Edge {
  return {
    inside: (point) => (keepNorth ? y(point) >= latitude : y(point) <= latitude),
    cross: (a, b) => [x(a) + ((latitude - y(a)) / (y(b) - y(a))) * (x(b) - x(a)), latitude],
  }
}

function clipToEdge(ring: readonly Position[], edge: Edge): Position[] {
  const kept: Position[] = []
  for (const [index, to] of ring.entries()) {
    const from = ring[(index + ring.length - 1) % ring.length] ?? to
    if (edge.inside(from) !== edge.inside(to)) kept.push(edge.cross(from, to))
    if (edge.inside(to)) kept.push(to)
  }
  return kept
}

/**
 * Sutherland–Hodgman: the part of a closed ring inside the box, closed again; undefined where nothing is left.
 * Parts that fall apart stay joined by lines along the border of the box, which is outside what the map shows.
 */
export function clipRing(ring: readonly Position[], box: GeoBox): Position[] | undefined {
  const edges = [
    meridian(box.west, true),
    meridian(box.east, false),
    parallel(box.south, true),
    parallel(box.north, false),
  ]
  const open = ring.slice(0, -1)
  const clipped = edges.reduce<readonly Position[]>((points, edge) => clipToEdge(points, edge), open)
  const first = clipped[0]
  return first === undefined || clipped.length < 3 ? undefined : [...clipped, first]
}
