// Plane geometry on small areas: the convex hull of a flight, and which field a point lies in. Points are [lon, lat] in degrees.

export type Point = readonly [lon: number, lat: number]
/** Corners without the closing one. */
export type Ring = readonly Point[]

/**
 * The convex hull, counter-clockwise, by Andrew's monotone chain. Degrees are taken as plane coordinates: a flight is a
 * few kilometres wide, and does not cross the antimeridian. hull(hull(A) + B) is hull(A + B), so that a flight's hull can
 * grow image by image.
 */
export function convexHull(points: readonly Point[]): Ring {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
  if (sorted.length < 3) return sorted
  const lower = chain(sorted)
  const upper = chain(sorted.toReversed())
  return [...lower.slice(0, -1), ...upper.slice(0, -1)]
}

function chain(sorted: readonly Point[]): Point[] {
  const kept: Point[] = []
  for (const point of sorted) {
    for (;;) {
      const [before, last] = [kept.at(-2), kept.at(-1)]
      if (before === undefined || last === undefined || turn(before, last, point) > 0) break
      kept.pop()
    }
    kept.push(point)
  }
  return kept
}

/** Above zero where the way a, b, c turns left. */
function turn(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/** Inside the outer ring and outside each hole (GeoJSON polygon coordinates), by the even-odd rule. */
export function polygonHolds(rings: readonly Ring[], point: Point): boolean {
  return rings.reduce((inside, ring) => inside !== ringHolds(ring, point), false)
}

function ringHolds(ring: Ring, [x, y]: Point): boolean {
  let inside = false
  for (let index = 0, before = ring.length - 1; index < ring.length; before = index, index += 1) {
    const [a, b] = [ring[index], ring[before]]
    if (a === undefined || b === undefined) continue
    if (a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]) inside = !inside
  }
  return inside
}

/** GeoJSON closes a ring with its first corner. */
export function closedRing(ring: Ring): Point[] {
  const [first] = ring
  return first === undefined ? [] : [...ring, first]
}
