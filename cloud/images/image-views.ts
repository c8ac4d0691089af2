// From the rows of images and flights to the API's shapes.
import type { ImageFacts } from '../../broker/contract/image-schemas.ts'
import type { FlightRow, ImageRow } from '../registry/image-tables.ts'
import { closedRing } from '../../broker/contract/plane-geometry.ts'
import { ringOf, type FlightSite } from './image-registry.ts'
import type { FlightItem, FootprintCollection, ImageItem } from './image-schemas.ts'

export function imageItem(row: ImageRow): ImageItem {
  return {
    id: `${row.tenant}/${row.sha256}`,
    sha256: row.sha256,
    gateway: row.gateway,
    name: row.name,
    mediaType: row.media_type,
    bytes: row.bytes,
    time: row.time_ms,
    receivedAt: row.received_ms,
    flight: row.flight === null ? null : `${row.tenant}/${row.flight}`,
    site: row.site,
    facts: JSON.parse(row.facts) as ImageFacts,
    footprint: polygonOf(row.footprint),
  }
}

export function flightItem(row: FlightRow, sites: readonly FlightSite[]): FlightItem {
  return {
    id: `${row.tenant}/${row.id}`,
    gateway: row.gateway,
    camera: row.camera,
    from: row.first_ms,
    to: row.last_ms,
    images: row.images,
    bytes: row.bytes,
    sites: [...sites],
    footprint: polygonOf(row.footprint),
  }
}

export function footprintCollection(flight: FlightItem, images: readonly ImageItem[]): FootprintCollection {
  const { id, from, to, camera, footprint } = flight
  return {
    type: 'FeatureCollection',
    features: [
      { type: 'Feature', geometry: footprint, properties: { flight: id, from, to, camera } },
      ...images.map((image) => ({
        type: 'Feature' as const,
        geometry: image.footprint ?? placeOf(image.facts),
        properties: { image: image.id, name: image.name, time: image.time, band: image.facts.band?.name ?? null },
      })),
    ],
  }
}

function placeOf({ position }: ImageFacts): { type: 'Point'; coordinates: number[] } | null {
  return position === undefined ? null : { type: 'Point', coordinates: [position.lon, position.lat] }
}

/** A hull of one or two places is no area. */
function polygonOf(json: string | null): FlightItem['footprint'] {
  const ring = json === null ? [] : ringOf(json)
  if (ring.length < 3) return null
  return { type: 'Polygon', coordinates: [closedRing(ring).map(([lon, lat]) => [lon, lat])] }
}
