// Makes the offline basemap: the land around Japan from Natural Earth 1:10m, small enough for a phone.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { feature, type Geometry } from 'topojson-client'
import type { Land } from '../src/map/surface.ts'
import { clipRing, type GeoBox, type Position } from './clip.ts'

const japan: GeoBox = { west: 127, south: 30, east: 147, north: 46 }
/** 0.0005° is about 50 m: finer than Natural Earth's 1:10m coast is true. */
const stepDeg = 0.0005

function round(point: Position): Position {
  return point.slice(0, 2).map((degrees) => Number((Math.round(degrees / stepDeg) * stepDeg).toFixed(4)))
}

function polygonsOf(geometry: Geometry): readonly (readonly Position[][])[] {
  return geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates
}

function clipPolygon(rings: readonly Position[][]): Position[][] | undefined {
  const [outer, ...holes] = rings.map((ring) => clipRing(ring, japan)?.map(round))
  if (outer === undefined) return undefined
  return [outer, ...holes.filter((hole) => hole !== undefined)]
}

/** The land inside the box as one GeoJSON feature, degrees WGS84. Throws when world-atlas is missing. */
export async function cutCoast(): Promise<Land> {
  const path = fileURLToPath(import.meta.resolve('world-atlas/land-10m.json'))
  const topology = JSON.parse(await readFile(path, 'utf8'))
  const land = feature(topology, topology.objects.land).features
  const coordinates = land
    .map((part) => part.geometry)
    .flatMap(polygonsOf)
    .map(clipPolygon)
    .filter((polygon) => polygon !== undefined)
  return { type: 'Feature', properties: {}, geometry: { type: 'MultiPolygon', coordinates } }
}
