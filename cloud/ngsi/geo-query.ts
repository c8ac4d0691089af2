// Geo-queries of NGSI-LD (ETSI GS CIM 009, 4.10): near a point, within a polygon.
import type { Entity } from './entity.ts'
import { NgsiError } from './ngsi-problem.ts'
import type { EntityTest } from './query-language.ts'

export interface GeoParameters {
  readonly georel?: string | undefined
  readonly geometry?: string | undefined
  readonly coordinates?: string | undefined
  readonly geoproperty?: string | undefined
}

type Place = readonly [lon: number, lat: number]

const mostCorners = 1_000
const earthM = 6_371_008.8

/** Undefined without `georel`. Throws BadRequestData, and OperationNotSupported for relations that are not there. */
export function parseGeoQuery({
  georel,
  geometry,
  coordinates,
  geoproperty = 'location',
}: GeoParameters): EntityTest | undefined {
  if (georel === undefined) {
    if (geometry !== undefined || coordinates !== undefined) throw bad('geometry and coordinates need a georel')
    return undefined
  }
  if (geometry === undefined || coordinates === undefined) throw bad('georel needs geometry and coordinates')
  const isFitting = relationOf(georel, geometry, parsed(coordinates))
  return (entity) => {
    const place = placeOf(entity, geoproperty)
    return place !== undefined && isFitting(place)
  }
}

function relationOf(georel: string, geometry: string, coordinates: unknown): (place: Place) => boolean {
  const near = /^near;(max|min)Distance==(\d+(?:\.\d+)?)$/.exec(georel)
  if (near !== null) {
    if (geometry !== 'Point' || !isPlace(coordinates))
      throw bad('near needs geometry=Point and coordinates=[139.9,35.33]')
    const limitM = Number(near[2])
    const isMost = near[1] === 'max'
    return (place) => distanceM(place, coordinates) <= limitM === isMost
  }
  if (georel !== 'within') {
    if (!/^(?:near|contains|intersects|equals|disjoint|overlaps)(?:;.*)?$/.test(georel))
      throw bad(`${georel} is no georel`)
    if (georel.startsWith('near')) throw bad('near needs a distance: near;maxDistance==2000')
    throw new NgsiError('OperationNotSupported', `of the relations near and within are there, not ${georel}`)
  }
  if (geometry !== 'Polygon' || !isPolygon(coordinates)) {
    throw bad('within needs geometry=Polygon and coordinates=[[[139.8,35.2],[140.1,35.2],[140.1,35.4],[139.8,35.2]]]')
  }
  const [outer = [], ...holes] = coordinates
  return (place) => isInside(place, outer) && !holes.some((hole) => isInside(place, hole))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw bad('coordinates are JSON: [139.9,35.33]')
  }
}

function placeOf({ attributes }: Entity, name: string): Place | undefined {
  const attribute = attributes[name]
  return attribute?.type === 'GeoProperty' ? attribute.value.coordinates : undefined
}

function isPlace(value: unknown): value is Place {
  return (
    Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'number' && Math.abs(one) <= 180)
  )
}

/** Rings of four corners and more, closed. */
function isPolygon(value: unknown): value is readonly (readonly Place[])[] {
  if (!Array.isArray(value) || value.length === 0) return false
  const rings: readonly unknown[] = value
  if (rings.some((ring) => !Array.isArray(ring) || ring.length < 4 || !ring.every(isPlace))) return false
  const corners = rings as readonly (readonly Place[])[]
  if (corners.reduce((sum, { length }) => sum + length, 0) > mostCorners) return false
  return corners.every((ring) => JSON.stringify(ring[0]) === JSON.stringify(ring.at(-1)))
}

/** Along the great circle of a sphere, m. */
function distanceM([lon, lat]: Place, [otherLon, otherLat]: Place): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const [a, b] = [radians(lat), radians(otherLat)]
  const half = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(radians(otherLon - lon) / 2) ** 2
  return 2 * earthM * Math.asin(Math.sqrt(half))
}

/** Counts how often a line to the east crosses the ring. */
function isInside([lon, lat]: Place, ring: readonly Place[]): boolean {
  let isIn = false
  for (let at = 1; at < ring.length; at += 1) {
    const [[aLon, aLat], [bLon, bLat]] = [ring[at - 1] as Place, ring[at] as Place]
    if (aLat > lat !== bLat > lat && lon < ((bLon - aLon) * (lat - aLat)) / (bLat - aLat) + aLon) isIn = !isIn
  }
  return isIn
}

function bad(detail: string): NgsiError {
  return new NgsiError('BadRequestData', detail)
}
