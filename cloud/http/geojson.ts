// Lists of things that stand somewhere, as GeoJSON (RFC 7946): `?format=geojson`, or `Accept: application/geo+json`.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Position } from '../places/place.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of a route that answers `{ items }`: where an item stands; several places, or none where it is not known. */
    positions?: Positions
  }
}

export const geoJsonType = 'application/geo+json'

export interface Feature {
  readonly type: 'Feature'
  readonly id: string
  readonly geometry: object | null
  readonly properties: object
}

export function feature(id: string, positions: readonly Position[], properties: object): Feature {
  const points = positions.map(({ lat, lon }) => [lon, lat])
  const [only, ...more] = points
  const multi = { type: 'MultiPoint', coordinates: points }
  const geometry = only === undefined ? null : more.length > 0 ? multi : { type: 'Point', coordinates: only }
  return { type: 'Feature', id, geometry, properties }
}

type Positions = (item: never) => readonly Position[]

/**
 * Call it before any route is added. A route that names `positions` in its config, or whose path is among `lists`, then
 * answers GeoJSON too.
 */
export function addGeoJson(server: FastifyInstance, lists: Readonly<Record<string, Positions>>): void {
  server.addHook('onRoute', (route) => {
    const positions = route.config?.positions ?? lists[route.url]
    if (positions === undefined || route.schema === undefined || route.method === 'POST') return
    route.config = { ...route.config, positions }
    const format = Type.Optional(
      Type.Enum(['json', 'geojson'], { description: 'geojson: a FeatureCollection (RFC 7946)' }),
    )
    const query = (route.schema.querystring ?? {}) as { readonly properties?: Parameters<typeof Type.Object>[0] }
    route.schema = { ...route.schema, querystring: Type.Object({ ...query.properties, format }) }
  })
  server.addHook('preSerialization', async (request, reply, payload) => {
    const { positions } = request.routeOptions.config
    if (positions === undefined || reply.statusCode !== 200 || !wantsGeoJson(request)) return payload
    void reply.type(`${geoJsonType}; charset=utf-8`).header('vary', 'accept')
    const { items, ...rest } = payload as { readonly items: readonly { readonly id: string }[] }
    return {
      type: 'FeatureCollection',
      features: items.map((item) => feature(item.id, positions(item as never), item)),
      ...rest,
    }
  })
}

function wantsGeoJson({ query, headers }: Pick<FastifyRequest, 'query' | 'headers'>): boolean {
  const { format } = (query ?? {}) as { readonly format?: string }
  return format === undefined ? (headers.accept ?? '').includes(geoJsonType) : format === 'geojson'
}
