// The routes of `/api/v1` for flights and images.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import { asPicture } from '../http/picture-manners.ts'
import { listOf, Problem } from '../http/schemas.ts'
import { seenOr404, type TenantScope } from '../people/principal.ts'
import type { FlightRow, ImageRow } from '../registry/image-tables.ts'
import {
  FlightDetail,
  FlightItem,
  FlightsQuery,
  FootprintCollection,
  IdParams,
  ImageItem,
  ImagesQuery,
} from './image-schemas.ts'
import { flightItem, footprintCollection, imageItem } from './image-views.ts'
import type { Images } from './images.ts'

type ImageSources = Pick<Images, 'registry' | 'store' | 'thumbnails'>

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['images']
/** Images that one answer lists of a flight. */
const maxListed = 5000

export function addImageRoutes(server: FastifyInstance, sources: ImageSources): void {
  addFlightRoutes(server, sources)
  addImageListRoutes(server, sources)
  addPictureRoutes(server, sources)
}

function addFlightRoutes(server: FastifyInstance, { registry }: ImageSources): void {
  const itemOf = async (row: FlightRow): Promise<FlightItem> => flightItem(row, await registry.sitesOf(row))
  const detailOf = async (id: string, scope: TenantScope): Promise<FlightDetail> => {
    const found = await registry.flight(...partsOf(id, 'flight'))
    const flight = seenOr404(found, ({ tenant }) => tenant, scope, `flight ${id}`)
    const rows = await registry.images({ tenant: flight.tenant, flight: flight.id, scope, limit: maxListed + 1 })
    const list = rows.slice(0, maxListed).map(imageItem).toReversed()
    return { ...(await itemOf(flight)), list, truncated: rows.length > maxListed }
  }

  server.get<{ Querystring: FlightsQuery }>(
    '/api/v1/flights',
    {
      config: { right: 'see-pictures' },
      schema: {
        tags,
        summary: 'Flights, newest first; each with its footprint and the fields it saw',
        querystring: FlightsQuery,
        response: { 200: listOf(FlightItem), ...problems },
      },
    },
    async ({ query, scope }) => {
      const { gateway, site, limit = 100 } = query
      return { items: await Promise.all((await registry.flights({ gateway, site, scope, limit })).map(itemOf)) }
    },
  )
  server.get<{ Params: IdParams }>(
    '/api/v1/flights/:id',
    {
      config: { right: 'see-pictures' },
      schema: {
        tags,
        summary: 'One flight with its images in the order of time',
        params: IdParams,
        response: { 200: FlightDetail, ...problems },
      },
    },
    async ({ params, scope }) => await detailOf(params.id, scope),
  )
  server.get<{ Params: IdParams }>(
    '/api/v1/flights/:id/footprint',
    {
      config: { right: 'see-pictures' },
      schema: {
        tags,
        summary: 'The ground that a flight and each of its images show, as GeoJSON',
        params: IdParams,
        response: { 200: FootprintCollection, ...problems },
      },
    },
    async ({ params, scope }, reply) => {
      const { list, ...flight } = await detailOf(params.id, scope)
      void reply.header('content-type', 'application/geo+json')
      return footprintCollection(flight, list)
    },
  )
}

function addImageListRoutes(server: FastifyInstance, { registry }: ImageSources): void {
  server.get<{ Querystring: ImagesQuery }>(
    '/api/v1/images',
    {
      config: { right: 'see-pictures' },
      schema: {
        tags,
        summary: 'Images, newest first',
        querystring: ImagesQuery,
        response: { 200: listOf(ImageItem), ...problems },
      },
    },
    async ({ query, scope }) => {
      const { gateway, site, limit = 100 } = query
      const [tenant, flight] = query.flight === undefined ? [] : partsOf(query.flight, 'flight')
      return { items: (await registry.images({ tenant, gateway, site, flight, scope, limit })).map(imageItem) }
    },
  )
  server.get<{ Params: IdParams }>(
    '/api/v1/images/:id',
    {
      config: { right: 'see-pictures' },
      schema: {
        tags,
        summary: 'What is known of an image',
        params: IdParams,
        response: { 200: ImageItem, ...problems },
      },
    },
    async ({ params, scope }) => imageItem(await imageOf(registry, params.id, scope)),
  )
}

function addPictureRoutes(server: FastifyInstance, { registry, store, thumbnails }: ImageSources): void {
  server.get<{ Params: IdParams }>(
    '/api/v1/images/:id/file',
    {
      config: { right: 'see-pictures' },
      schema: { tags, summary: 'The image itself, as it left the camera', params: IdParams },
    },
    async ({ params, scope, headers }, reply) => {
      const image = await imageOf(registry, params.id, scope)
      const tag = `"${image.sha256}"`
      if (headers['if-none-match']?.replace(/^W\//, '') === tag) {
        return await asPicture(reply, image.media_type).header('etag', tag).code(304).send()
      }
      const bytes = await store.open(image)
      const shown = image.media_type === 'image/tiff' ? 'attachment' : 'inline'
      void asPicture(reply, image.media_type).header('etag', tag).header('content-length', image.bytes)
      void reply.header('content-disposition', `${shown}; filename*=UTF-8''${encodeURIComponent(image.name)}`)
      return await reply.send(bytes)
    },
  )
  server.get<{ Params: IdParams }>(
    '/api/v1/images/:id/thumbnail',
    {
      config: { right: 'see-pictures' },
      schema: { tags, summary: 'A WebP of at most 480 px, upright', params: IdParams },
    },
    async ({ params, scope }, reply) => {
      const image = await imageOf(registry, params.id, scope)
      const bytes = await thumbnails.get(image)
      return await asPicture(reply, 'image/webp').send(bytes)
    },
  )
}

async function imageOf(registry: Images['registry'], id: string, scope: TenantScope): Promise<ImageRow> {
  return seenOr404(await registry.image(...partsOf(id, 'image')), ({ tenant }) => tenant, scope, `image ${id}`)
}

function partsOf(id: string, what: string): readonly [tenant: string, name: string] {
  const [tenant, name, ...more] = id.split('/')
  if (tenant === undefined || name === undefined || more.length > 0) {
    throw new AppError('not-found', `there is no ${what} ${id}; an id is {tenant}/{name}, URL-encoded`)
  }
  return [tenant, name]
}
