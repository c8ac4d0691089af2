// The documents of the API that the hub serves itself: OpenAPI with a page to read it on, and AsyncAPI.
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import type { RouteRight } from '../people/request-principal.ts'
import { asyncApi } from './async-api.ts'
import { nameSchemas } from './named-schemas.ts'
import { Problem } from './schemas.ts'

/** Call it before any route. */
export async function addDocumentation(server: FastifyInstance): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Musubi', description: 'Readings, events, alarms and gateways of a city.', version: '1' },
      components: { responses: { Problem: { description: 'RFC 9457', content: problemContent } } },
    },
    transform: ({ schema, url, route }) => ({
      url,
      schema: { operationId: operationIdOf(String(route.method), url), ...rightOf(route), ...schema },
    }),
    transformObject: (document) =>
      'openapiObject' in document ? withOneProblem(document.openapiObject) : document.swaggerObject,
  })
  await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
  server.get(
    '/docs/asyncapi.json',
    { config: { right: 'public' }, schema: { hide: true } },
    async (_request, reply) => await reply.type('application/json').send(JSON.stringify(asyncApi('1'))),
  )
}

/** What the guard asks for, told to whoever reads the document. */
function rightOf({ config }: { readonly config?: { readonly right?: RouteRight } }): object {
  const right = config?.right
  if (right === undefined) return {}
  return { 'x-right': typeof right === 'string' ? right : `${right.city} in every tenant` }
}

const problemContent = { 'application/problem+json': { schema: Problem } }

/** Each operation answers problems alike: said once. */
function withOneProblem<T extends { readonly paths?: object }>(document: T): T {
  for (const operations of Object.values(document.paths ?? {}) as object[]) {
    for (const { responses } of Object.values(operations) as { responses?: Record<string, object> }[]) {
      for (const status of Object.keys(responses ?? {})) {
        if (/^[45]XX$/.test(status) && responses !== undefined) {
          responses[status] = { $ref: '#/components/responses/Problem' }
        }
      }
    }
  }
  nameSchemas(document)
  return document
}

/** `GET /api/v1/work-orders/:id` → `getWorkOrdersById`: by this name generated clients call it. */
export function operationIdOf(method: string, path: string): string {
  const parts = path
    .replace(/^\/api\/v1/, '')
    .split('/')
    .filter((part) => part !== '')
  const words = parts.map((part) => (/^[:{]/.test(part) ? `By${capital(part.replaceAll(/[:{}]/g, ''))}` : camel(part)))
  return method.toLowerCase() + words.join('')
}

function camel(part: string): string {
  return part
    .split(/[^A-Za-z0-9]+/)
    .map(capital)
    .join('')
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
