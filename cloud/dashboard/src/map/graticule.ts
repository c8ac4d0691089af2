// Lines of latitude and longitude, so that a bare coast still tells scale and direction.

/** Lines are drawn from this MapLibre zoom on; further out they would be a haze. */
export const graticuleFromZoom = 9
export const graticuleStepDeg = 0.1

/** Every `stepDeg` degrees over Japan, as lines of [longitude, latitude]. */
export function graticule(stepDeg: number): number[][][] {
  const count = (from: number, to: number): readonly number[] =>
    Array.from({ length: Math.round((to - from) / stepDeg) + 1 }, (_, index) => from + index * stepDeg)
  return [
    ...count(127, 147).map((lon) => [
      [lon, 30],
      [lon, 46],
    ]),
    ...count(30, 46).map((lat) => [
      [127, lat],
      [147, lat],
    ]),
  ]
}
