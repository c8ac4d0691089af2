// Distances within a city, where the earth is flat enough.
import type { Position } from '../map/geometry.ts'

const degreeM = 111_195

/** Metres; good to a metre for what is some kilometres apart. */
export function distanceOf(a: Position, b: Position): number {
  const eastM = (b.lon - a.lon) * degreeM * Math.cos((((a.lat + b.lat) / 2) * Math.PI) / 180)
  return Math.hypot((b.lat - a.lat) * degreeM, eastM)
}
