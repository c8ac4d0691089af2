// The shapes of images and flights in the HTTP API. Ids are `{tenant}/{sha256}` and `{tenant}/{flight}`, URL-encoded in paths.
import { Type, type Static, type TSchema } from 'typebox'
import { ImageFacts } from '../../broker/contract/image-schemas.ts'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const LonLat = Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: '[longitude, latitude], WGS84' })
const Polygon = Type.Object({ type: Type.Literal('Polygon'), coordinates: Type.Array(Type.Array(LonLat)) })
const PointGeometry = Type.Object({ type: Type.Literal('Point'), coordinates: LonLat })

export const ImageItem = Type.Object({
  id: Type.String({ description: 'Image id: {tenant}/{sha256}' }),
  sha256: Type.String(),
  gateway: Type.String({ description: 'Gateway id: {tenant}/{gateway}' }),
  name: Type.String({ description: 'File name at the gateway' }),
  mediaType: Type.String(),
  bytes: Type.Integer(),
  time: Type.Number({ description: 'When it was taken, Unix ms' }),
  receivedAt: Type.Number(),
  flight: nullable(Type.String({ description: 'Flight id: {tenant}/{flight}' })),
  site: nullable(Type.String({ description: 'Site whose area holds the camera: {tenant}/{gateway}/{site}' })),
  facts: ImageFacts,
  footprint: nullable(Polygon),
})
export type ImageItem = Static<typeof ImageItem>

export const FlightItem = Type.Object({
  id: Type.String({ description: 'Flight id: {tenant}/{flight}' }),
  gateway: Type.String(),
  camera: nullable(Type.String()),
  from: Type.Number({ description: 'Time of the first image, Unix ms' }),
  to: Type.Number(),
  images: Type.Integer(),
  bytes: Type.Integer(),
  sites: Type.Array(Type.Object({ site: Type.String(), images: Type.Integer() })),
  footprint: nullable(Polygon),
})
export type FlightItem = Static<typeof FlightItem>

/** `truncated`: the flight has more images than are listed. */
export const FlightDetail = Type.Object({
  ...FlightItem.properties,
  list: Type.Array(ImageItem),
  truncated: Type.Boolean(),
})
export type FlightDetail = Static<typeof FlightDetail>

/** GeoJSON (RFC 7946): the flight's hull first, then each image: its footprint, or where its camera was. */
export const FootprintCollection = Type.Object({
  type: Type.Literal('FeatureCollection'),
  features: Type.Array(
    Type.Object({
      type: Type.Literal('Feature'),
      geometry: nullable(Type.Union([Polygon, PointGeometry])),
      properties: Type.Record(Type.String(), Type.Unknown()),
    }),
  ),
})
export type FootprintCollection = Static<typeof FootprintCollection>

const Limit = Type.Integer({ minimum: 1, maximum: 1000, default: 100 })

export const FlightsQuery = Type.Object({
  gateway: Type.Optional(Type.String()),
  site: Type.Optional(Type.String()),
  limit: Type.Optional(Limit),
})
export type FlightsQuery = Static<typeof FlightsQuery>

export const ImagesQuery = Type.Object({ ...FlightsQuery.properties, flight: Type.Optional(Type.String()) })
export type ImagesQuery = Static<typeof ImagesQuery>

export const IdParams = Type.Object({ id: Type.String({ maxLength: 128 }) })
export type IdParams = Static<typeof IdParams>
