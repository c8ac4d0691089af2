// A mask as polygons: the outlines of its pixels, simplified until they fit into an event.
import { eventLimits } from '../../broker/contract/event-limits.ts'
import { maskBytes } from '../../broker/contract/event-codec.ts'
import type { Size } from './image-decoder.ts'

/** x0, y0, x1, y1, … as fractions of the image, without repeating the first point. */
export type Ring = number[]

type Point = readonly [x: number, y: number]

/** In pixels of the mask. The first is half a stair; each further one is tried where the rings do not fit. */
const tolerancesPx = [0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16] as const
const maxRingNumbers = 2000

/**
 * Rings under the even-odd rule around the pixels that are 1, each hole a ring of its own; at most 8,000 bytes in CBOR. Where even
 * the coarsest rings are too many, the smallest are left out.
 */
export function maskRings(inside: Uint8Array, size: Size): readonly Ring[] {
  const outlines = tracedOutlines(inside, size)
    .map((points) => ({ points, areaPx: Math.abs(area(points)) }))
    .sort((a, b) => b.areaPx - a.areaPx)
    .slice(0, eventLimits.rings)
  let rings: readonly Ring[] = []
  for (const tolerance of tolerancesPx) {
    rings = outlines
      .map(({ points }) => fractions(simplified(points, tolerance), size))
      .filter((ring) => ring.length >= 6 && ring.length <= maxRingNumbers)
    if (maskBytes([...rings]) <= eventLimits.maskBytes) return rings
  }
  while (maskBytes([...rings]) > eventLimits.maskBytes) rings = rings.slice(0, Math.floor(rings.length * 0.8))
  return rings
}

/**
 * Follows the edges between pixels inside and outside, the inside on the right hand. Where four edges meet in a point, the
 * way turns right, so that pixels that touch by a corner get rings of their own.
 */
function tracedOutlines(inside: Uint8Array, { width, height }: Size): Point[][] {
  const stride = width + 1
  const at = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && inside[y * width + x] === 1
  const used = new Uint8Array(stride * (height + 1) * 4)
  const outlines: Point[][] = []
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (at(x, y) && !at(x, y - 1) && used[(y * stride + x) * 4] === 0) outlines.push(follow(x, y))
    }
  }
  return outlines

  /** Directions: 0 right, 1 down, 2 left, 3 up. Each edge is one direction out of one corner. */
  function follow(startX: number, startY: number): Point[] {
    const points: Point[] = []
    let [x, y, direction] = [startX, startY, 0]
    let before = -1
    do {
      const edge = (y * stride + x) * 4 + direction
      if (used[edge] === 1) break
      used[edge] = 1
      if (direction !== before) points.push([x, y])
      before = direction
      x += [1, 0, -1, 0][direction] as number
      y += [0, 1, 0, -1][direction] as number
      direction = nextDirection(x, y, direction)
    } while (x !== startX || y !== startY || direction !== 0)
    return points
  }

  function nextDirection(x: number, y: number, direction: number): number {
    for (const turn of [1, 0, 3]) {
      const next = (direction + turn) % 4
      if (isEdge(x, y, next)) return next
    }
    return direction
  }

  /** Whether an edge leaves the corner `x`, `y` in this direction: the pixel on its right is inside, that on its left outside. */
  function isEdge(x: number, y: number, direction: number): boolean {
    const [right, left] = [
      [at(x, y), at(x, y - 1)],
      [at(x - 1, y), at(x, y)],
      [at(x - 1, y - 1), at(x - 1, y)],
      [at(x, y - 1), at(x - 1, y - 1)],
    ][direction] as [boolean, boolean]
    return right && !left
  }
}

/** Douglas and Peucker on a closed line, cut at its first point and the one furthest from it. */
function simplified(points: readonly Point[], tolerance: number): readonly Point[] {
  const [first] = points
  if (first === undefined || points.length < 4) return points
  let far = 0
  points.forEach((point, index) => {
    if (distance(point, first) > distance(points[far] as Point, first)) far = index
  })
  const one = reduced(points.slice(0, far + 1), tolerance)
  const other = reduced([...points.slice(far), first], tolerance)
  const kept = [...one.slice(0, -1), ...other.slice(0, -1)]
  // A piece of a pixel or two would fall together.
  return kept.length < 3 ? points : kept
}

function reduced(points: readonly Point[], tolerance: number): readonly Point[] {
  const keep = new Uint8Array(points.length)
  keep[0] = 1
  keep[points.length - 1] = 1
  const stack: (readonly [number, number])[] = [[0, points.length - 1]]
  for (let span = stack.pop(); span !== undefined; span = stack.pop()) {
    const [from, to] = span
    let [worst, at] = [tolerance, -1]
    for (let index = from + 1; index < to; index += 1) {
      const off = offLine(points[index] as Point, points[from] as Point, points[to] as Point)
      if (off > worst) [worst, at] = [off, index]
    }
    if (at < 0) continue
    keep[at] = 1
    stack.push([from, at], [at, to])
  }
  return points.filter((_, index) => keep[index] === 1)
}

/** Distance from the segment between `a` and `b`. */
function offLine(point: Point, a: Point, b: Point): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]]
  const length = dx * dx + dy * dy
  if (length === 0) return distance(point, a)
  const share = Math.min(1, Math.max(0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length))
  return distance(point, [a[0] + share * dx, a[1] + share * dy])
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1])
}

function area(points: readonly Point[]): number {
  return points.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = points[(index + 1) % points.length] as Point
    return sum + (x * nextY - nextX * y) / 2
  }, 0)
}

function fractions(points: readonly Point[], { width, height }: Size): Ring {
  return points.flatMap(([x, y]) => [Math.fround(x / width), Math.fround(y / height)])
}
