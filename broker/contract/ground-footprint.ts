// What an image shows of the ground: the rays through its corners, met with flat ground at the height of the take-off.
import type { ImageFacts } from './image-schemas.ts'
import type { Point, Ring } from './plane-geometry.ts'

/** Beyond this the far edge is hundreds of metres away and wrong by as much: such an image has no footprint. */
const maxAxisOffNadirDeg = 45
const maxCornerOffNadirDeg = 70
const minHeightM = 1

const rad = Math.PI / 180
type Vector = readonly [east: number, north: number, up: number]

/**
 * The four corners on the ground as [lon, lat], from the top left one clockwise as the image is seen; undefined where a
 * fact is missing or the view is too oblique.
 *
 * Model: a pinhole camera without distortion at `relativeAltitudeM` above flat, level ground. With yaw ψ (clockwise from
 * north), pitch θ (-90° straight down) and roll ρ, its axis is f = (sin ψ cos θ, cos ψ cos θ, sin θ) in (east, north,
 * up), its right side r = (cos ψ, -sin ψ, 0) and its upper side u = r × f, both turned about f by ρ. The corner (±w/2,
 * ±h/2) in pixels looks along d = F f ± w/2 r ± h/2 u with F the focal length in pixels, and meets the ground after
 * t = H / -d.up, at (t d.east, t d.north) from the camera. Metres become degrees by the radii of curvature of WGS 84.
 *
 * Limits: the ground is neither flat nor at the height of the take-off (a field 5 m lower at 50 m of height makes the
 * footprint 10 % too small); relative altitude by barometer drifts by metres; the position is that of the receiver, good
 * to some metres without RTK; a lens with strong distortion sees more at the corners. No footprint is given where the
 * axis is more than 45° off the vertical, or a corner more than 70°, or the height is below 1 m.
 */
export function groundFootprint(facts: ImageFacts): Ring | undefined {
  const { position, relativeAltitudeM: heightM, gimbal, focalLengthPx, width, height } = facts
  if (position === undefined || heightM === undefined || gimbal === undefined) return undefined
  if (focalLengthPx === undefined || width === undefined || height === undefined) return undefined
  if (heightM < minHeightM) return undefined
  const { axis, right, up } = cameraAxes(gimbal)
  if (axis[2] > -Math.cos(maxAxisOffNadirDeg * rad)) return undefined
  const corners = [
    [-1, 1],
    [1, 1],
    [1, -1],
    [-1, -1],
  ].map(([x = 0, y = 0]) => sum([axis, focalLengthPx], [right, (x * width) / 2], [up, (y * height) / 2]))
  const steepest = -Math.cos(maxCornerOffNadirDeg * rad)
  if (corners.some((ray) => ray[2] / Math.hypot(...ray) > steepest)) return undefined
  return corners.map(([east, north, down]) => {
    const reach = heightM / -down
    return displaced(position, east * reach, north * reach)
  })
}

function cameraAxes(gimbal: NonNullable<ImageFacts['gimbal']>) {
  const [yaw, pitch, roll] = [gimbal.yawDeg * rad, gimbal.pitchDeg * rad, gimbal.rollDeg * rad]
  const axis: Vector = [Math.sin(yaw) * Math.cos(pitch), Math.cos(yaw) * Math.cos(pitch), Math.sin(pitch)]
  const level: Vector = [Math.cos(yaw), -Math.sin(yaw), 0]
  const upright: Vector = cross(level, axis)
  const right = sum([level, Math.cos(roll)], [upright, -Math.sin(roll)])
  const up = sum([level, Math.sin(roll)], [upright, Math.cos(roll)])
  return { axis, right, up }
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

function sum(...terms: readonly (readonly [Vector, number])[]): Vector {
  const part = (index: 0 | 1 | 2) => terms.reduce((total, [vector, factor]) => total + vector[index] * factor, 0)
  return [part(0), part(1), part(2)]
}

const wgs84 = { semiMajorM: 6_378_137, eccentricitySquared: 0.006_694_379_990_14 } as const

/** Radii of curvature in the prime vertical (N) and the meridian (M), at the height of the ellipsoid. */
function displaced(from: { readonly lat: number; readonly lon: number }, eastM: number, northM: number): Point {
  const sin = Math.sin(from.lat * rad)
  const root = Math.sqrt(1 - wgs84.eccentricitySquared * sin * sin)
  const primeVerticalM = wgs84.semiMajorM / root
  const meridianM = (wgs84.semiMajorM * (1 - wgs84.eccentricitySquared)) / root ** 3
  const lon = from.lon + eastM / (primeVerticalM * Math.cos(from.lat * rad)) / rad
  return [lon, from.lat + northM / meridianM / rad]
}
