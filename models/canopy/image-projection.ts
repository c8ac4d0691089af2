// Where a pixel of an image lies on the ground, given where its four corners lie: the projection between two planes.

type Corner = readonly [x: number, y: number]
/** From the upper left of the image clockwise as it is seen. */
export type Corners = readonly [Corner, Corner, Corner, Corner]

/**
 * Takes (u, v), fractions of the width and height from the upper left corner, to the plane of the corners. Exact for flat ground
 * and a lens without distortion. Method: Heckbert, Fundamentals of Texture Mapping (1989), §2.2.3. Throws RangeError where the corners
 * are no convex quadrangle.
 */
export function imageProjection([p0, p1, p2, p3]: Corners): (u: number, v: number) => Corner {
  const [sx, sy] = [p0[0] - p1[0] + p2[0] - p3[0], p0[1] - p1[1] + p2[1] - p3[1]]
  const [dx1, dy1] = [p1[0] - p2[0], p1[1] - p2[1]]
  const [dx2, dy2] = [p3[0] - p2[0], p3[1] - p2[1]]
  const area = dx1 * dy2 - dx2 * dy1
  const g = (sx * dy2 - dx2 * sy) / area
  const h = (dx1 * sy - sx * dy1) / area
  // The denominator is 1 at the first corner; it must not change its sign at the others.
  if (!(1 + g > 0 && 1 + h > 0 && 1 + g + h > 0)) throw new RangeError('the corners are no convex quadrangle')
  const [a, b] = [p1[0] - p0[0] + g * p1[0], p3[0] - p0[0] + h * p3[0]]
  const [d, e] = [p1[1] - p0[1] + g * p1[1], p3[1] - p0[1] + h * p3[1]]
  return (u, v) => {
    const w = g * u + h * v + 1
    return [(a * u + b * v + p0[0]) / w, (d * u + e * v + p0[1]) / w]
  }
}
