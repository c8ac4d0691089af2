import { describe, expect, it } from 'vitest'
import type { ImageFacts } from './image-schemas.ts'
import { groundFootprint } from './ground-footprint.ts'
import { convexHull, polygonHolds, type Point } from './plane-geometry.ts'

const here = { lat: 35.33, lon: 139.9 }
const facts: ImageFacts = {
  timeMs: 0,
  timeFrom: 'exif',
  position: here,
  relativeAltitudeM: 50,
  gimbal: { yawDeg: 0, pitchDeg: -90, rollDeg: 0 },
  focalLengthPx: 1000,
  width: 2000,
  height: 1000,
}

/** [east, north] in metres, on the sphere of the latitude: good to a few per mille here. */
function metres(ring: readonly Point[] | undefined): readonly (readonly [number, number])[] {
  const cos = Math.cos((here.lat * Math.PI) / 180)
  return (ring ?? []).map(([lon, lat]) => [
    Math.round((lon - here.lon) * 111_320 * cos),
    Math.round((lat - here.lat) * 110_950),
  ])
}

describe('a ground footprint', () => {
  it('straight down is the picture scaled by height over focal length, its top towards the yaw', () => {
    expect(metres(groundFootprint(facts))).toEqual([
      [-50, 25],
      [50, 25],
      [50, -25],
      [-50, -25],
    ])
    const east = metres(groundFootprint({ ...facts, gimbal: { yawDeg: 90, pitchDeg: -90, rollDeg: 0 } }))
    expect(east).toEqual([
      [25, 50],
      [25, -50],
      [-25, -50],
      [-25, 50],
    ])
  })

  it('looks ahead when the camera is lifted, and to the left when it leans right', () => {
    const ahead = metres(groundFootprint({ ...facts, gimbal: { yawDeg: 0, pitchDeg: -60, rollDeg: 0 } }))
    // The axis meets the ground 50 m × tan 30° ahead; edges at 30° ± atan(0.5).
    expect(ahead[0]?.[1]).toBe(Math.round(50 * Math.tan((30 * Math.PI) / 180 + Math.atan(0.5))))
    expect(ahead[2]?.[1]).toBe(Math.round(50 * Math.tan((30 * Math.PI) / 180 - Math.atan(0.5))))
    const leaning = metres(groundFootprint({ ...facts, gimbal: { yawDeg: 0, pitchDeg: -90, rollDeg: 10 } }))
    expect((leaning[0]?.[0] ?? 0) + (leaning[1]?.[0] ?? 0)).not.toBe(0)
  })

  it('is not given for an oblique view, near the ground, or where a fact is missing', () => {
    const { position: _, ...nowhere } = facts
    expect(groundFootprint(nowhere)).toBeUndefined()
    expect(groundFootprint({ ...facts, relativeAltitudeM: 0.5 })).toBeUndefined()
    expect(groundFootprint({ ...facts, gimbal: { yawDeg: 0, pitchDeg: -40, rollDeg: 0 } })).toBeUndefined()
    expect(groundFootprint({ ...facts, focalLengthPx: 300 })).toBeUndefined()
  })
})

describe('geometry of fields', () => {
  it('wraps a flight in its convex hull, and grows it piece by piece to the same', () => {
    const points: Point[] = [
      [0, 0],
      [2, 0],
      [1, 1],
      [2, 2],
      [0, 2],
      [1, 0],
    ]
    expect(convexHull(points)).toEqual([
      [0, 0],
      [2, 0],
      [2, 2],
      [0, 2],
    ])
    const grown = points.reduce<readonly Point[]>((hull, point) => convexHull([...hull, point]), [])
    expect(grown).toEqual(convexHull(points))
  })

  it('holds a point in a field, and not one in its pond', () => {
    const square = (from: number, to: number): Point[] => [
      [from, from],
      [to, from],
      [to, to],
      [from, to],
      [from, from],
    ]
    const rings = [square(0, 10), square(4, 6)]
    expect([2, 5, 12].map((at) => polygonHolds(rings, [at, at]))).toEqual([true, false, false])
  })
})
