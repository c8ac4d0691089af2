// The routes of `/api/v1` for installations.
import type { FastifyInstance } from 'fastify'
import { asPicture } from '../http/picture-manners.ts'
import { listOf, Problem } from '../http/schemas.ts'
import { tenantOfKey } from '../people/principal.ts'
import {
  InstallationBody,
  InstallationDetail,
  InstallationItem,
  InstallationParams,
  InstallationsQuery,
} from './installation-schemas.ts'
import type { Installations } from './installations.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['installations']
const maxBodyBytes = 2 * 1024 * 1024

export function addInstallationRoutes(server: FastifyInstance, installations: Installations): void {
  server.post<{ Body: InstallationBody }>(
    '/api/v1/installations',
    {
      config: { right: 'install' },
      bodyLimit: maxBodyBytes,
      schema: {
        tags,
        summary: 'A gateway or device is in place, as its engineer signs it off',
        description:
          '201: taken; 200: it was taken before, and nothing changed. 403: the checks are not signed by a gateway of this hub. ' +
          '409: the id, or the checks, belong to another installation.',
        body: InstallationBody,
        response: { 200: InstallationItem, 201: InstallationItem, ...problems },
      },
    },
    async (request, reply) => {
      const { item, isNew } = await installations.take(request.body, request.scope)
      request.audited = { subject: `${item.kind} ${item.gateway}`, tenant: tenantOfKey(item.gateway) }
      void reply.code(isNew ? 201 : 200)
      return item
    },
  )
  server.get<{ Querystring: InstallationsQuery }>(
    '/api/v1/installations',
    {
      config: { right: 'see-installations' },
      schema: {
        tags,
        summary: 'What was put in place, newest first',
        querystring: InstallationsQuery,
        response: { 200: listOf(InstallationItem), ...problems },
      },
    },
    async ({ query, scope }) => ({ items: await installations.list({ ...query, scope, limit: query.limit ?? 100 }) }),
  )
  server.get<{ Params: InstallationParams }>(
    '/api/v1/installations/:id',
    {
      config: { right: 'see-installations' },
      schema: {
        tags,
        summary: 'One installation, with its checks and the record that its gateway signed',
        params: InstallationParams,
        response: { 200: InstallationDetail, ...problems },
      },
    },
    async ({ params, scope }) => await installations.detail(params.id, scope),
  )
  addPhotoRoutes(server, installations)
}

function addPhotoRoutes(server: FastifyInstance, installations: Installations): void {
  server.get<{ Params: InstallationParams }>(
    '/api/v1/installations/:id/photo',
    {
      config: { right: 'see-installations' },
      schema: { tags, summary: 'The photo of an installation, JPEG', params: InstallationParams },
    },
    async ({ params, scope }, reply) => {
      const bytes = await installations.photo(params.id, scope)
      return await asPicture(reply, 'image/jpeg').send(bytes)
    },
  )
  server.delete<{ Params: InstallationParams }>(
    '/api/v1/installations/:id/photo',
    {
      config: { right: 'install' },
      schema: {
        tags,
        summary: 'Takes the photo of an installation away for good; who did is on record',
        params: InstallationParams,
        response: { 204: { type: 'null' }, ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { gateway } = await installations.removePhoto(id, request.scope)
      request.audited = { subject: `photo of installation ${id} of ${gateway}`, tenant: tenantOfKey(gateway) }
      return await reply.code(204).send()
    },
  )
}
