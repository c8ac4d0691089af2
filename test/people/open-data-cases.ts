// How each route of open data is asked for something of Kimitsu, of which nothing is published.
import type { Case } from './isolation-cases.ts'
import { gateway } from './two-tenants-rows.ts'

const tenant = { thing: ['kimitsu', 'kimitsx'] } as const
const series = { thing: [`${gateway}/probe-1:water-level`, `${gateway}/probe-1:water-levex`] } as const
const entity = (type: string, rest: string) =>
  ({ thing: [`urn:ngsi-ld:${type}:kimitsu:${rest}`, `urn:ngsi-ld:${type}:kimitsx:${rest}`], public: true }) as const

export function ofOpenData(): Readonly<Record<string, Case>> {
  const dayFile = new Date().toISOString().slice(0, 10)
  return {
    'GET /api/v1/places': {},
    'GET /api/v1/places/export': { ...tenant, path: '/api/v1/places/export?kind=wifi&tenant={id}' },
    'GET /api/v1/places/{tenant}/{kind}/{id}': { ...tenant, path: '/api/v1/places/{id}/wifi/w1' },
    'POST /api/v1/places/import': {
      ...tenant,
      path: '/api/v1/places/import?kind=wifi&tenant={id}',
      body: { csv: 'ID,名称,緯度,経度\nw2,小糸,35.3,139.9\n' },
    },
    'DELETE /api/v1/places/{tenant}/{kind}/{id}': { ...tenant, path: '/api/v1/places/{id}/wifi/w1' },
    'GET /api/v1/publications': {},
    'PUT /api/v1/publications/series/{id}': { ...series, body: { public: false } },
    'PUT /api/v1/publications/lists/{tenant}/{kind}': {
      ...tenant,
      path: '/api/v1/publications/lists/{id}/wifi',
      body: { public: false },
    },
    'GET /api/v1/crowding': {},
    'PUT /api/v1/crowding/{tenant}/{id}': {
      ...tenant,
      path: '/api/v1/crowding/{id}/hall',
      body: { name: { ja: 'x', en: 'x' }, kind: 'spot', public: false },
    },
    'POST /api/v1/crowding/{tenant}/{id}/counts': {
      ...tenant,
      path: '/api/v1/crowding/{id}/hall/counts',
      body: { people: 3 },
    },
    'PUT /api/v1/crowding/{tenant}/{id}/state': {
      ...tenant,
      path: '/api/v1/crowding/{id}/hall/state',
      body: { state: 'open' },
    },
    'DELETE /api/v1/crowding/{tenant}/{id}': { ...tenant, path: '/api/v1/crowding/{id}/hall' },
    'GET /open-data/crowding': { public: true },
    'GET /open-data/catalog': { public: true },
    'GET /open-data/catalog.ttl': { public: true },
    'GET /open-data/catalog.jsonld': { public: true },
    'GET /open-data/series': { public: true },
    'GET /open-data/series/{id}': { ...series, public: true },
    'GET /open-data/series/{id}/{file}': { ...series, public: true, path: `/open-data/series/{id}/${dayFile}.csv` },
    'GET /open-data/lists/{tenant}/{file}': {
      ...tenant,
      public: true,
      path: '/open-data/lists/{id}/122254_public_wireless_lan.csv',
    },
    'GET /ngsi-ld/v1/entities': { public: true, path: '/ngsi-ld/v1/entities?type=DeviceMeasurement&count=true' },
    'GET /ngsi-ld/v1/entities/{entityId}': {
      ...entity('DeviceMeasurement', 'paddy-koito:probe-1:water-level'),
      path: '/ngsi-ld/v1/entities/{id}',
    },
    'GET /ngsi-ld/v1/temporal/entities': {
      public: true,
      path: '/ngsi-ld/v1/temporal/entities?type=DeviceMeasurement&timerel=after&timeAt=2020-01-01T00:00:00Z',
    },
    'GET /ngsi-ld/v1/temporal/entities/{entityId}': {
      ...entity('DeviceMeasurement', 'paddy-koito:probe-1:water-level'),
      path: '/ngsi-ld/v1/temporal/entities/{id}',
    },
    'GET /ngsi-ld/v1/types': { public: true },
    'GET /ngsi-ld/v1/types/{type}': { public: true, path: '/ngsi-ld/v1/types/DeviceMeasurement' },
    'GET /ngsi-ld/v1/attributes': { public: true },
    'GET /ngsi-ld/v1/attributes/{name}': { public: true, path: '/ngsi-ld/v1/attributes/location' },
    'GET /ngsi-ld/v1/jsonldContexts/{name}': { public: true, path: '/ngsi-ld/v1/jsonldContexts/musubi-1.jsonld' },
  }
}
