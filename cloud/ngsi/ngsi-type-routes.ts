// Which types and attributes the entities have that whoever asks may see (ETSI GS CIM 009, 5.7.5 to 5.7.10).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { baseOf } from '../open-data/public-routes.ts'
import { publicConfig } from '../http/public-manners.ts'
import type { Entity } from './entity.ts'
import { entityOf } from './entity-values.ts'
import { iriOf, shortName, withContext } from './ngsi-context.ts'
import { NgsiError } from './ngsi-problem.ts'
import { begin, type NgsiDependencies, ngsiProblems, ngsiTags, plansFor } from './ngsi-answers.ts'
import { DetailsQuery, NameParams, TypeParams } from './ngsi-schemas.ts'

export function addTypeRoutes(scope: FastifyInstance, dependencies: NgsiDependencies): void {
  addTypes(scope, dependencies)
  addAttributes(scope, dependencies)
}

function addTypes(scope: FastifyInstance, dependencies: NgsiDependencies): void {
  scope.get<{ Querystring: DetailsQuery }>(
    '/ngsi-ld/v1/types',
    {
      config: publicConfig,
      schema: {
        tags: ngsiTags,
        summary: 'The types of entities',
        querystring: DetailsQuery,
        response: { ...ngsiProblems },
      },
    },
    async (request, reply) => {
      const type = begin(request, reply)
      const entities = await entitiesOf(request, dependencies)
      const names = [...new Set(entities.map((entity) => entity.type))]
      const details = names.map((name) => ({
        id: iriOf(name),
        type: 'EntityType',
        typeName: name,
        attributeNames: attributeNames(entities.filter((entity) => entity.type === name)),
      }))
      const list = { id: 'urn:ngsi-ld:EntityTypeList:musubi', type: 'EntityTypeList', typeList: names }
      const body = request.query.details === 'true' ? details : list
      return await reply.send(withContext(body, type, baseOf(request, dependencies.openData), reply))
    },
  )
  scope.get<{ Params: TypeParams }>(
    '/ngsi-ld/v1/types/:type',
    {
      config: publicConfig,
      schema: { tags: ngsiTags, summary: 'One type of entities', params: TypeParams, response: { ...ngsiProblems } },
    },
    async (request, reply) => {
      const type = begin(request, reply)
      const name = shortName(request.params.type)
      const entities = (await entitiesOf(request as FastifyRequest, dependencies)).filter(
        (entity) => entity.type === name,
      )
      if (entities.length === 0) throw new NgsiError('ResourceNotFound', `there is no entity of the type ${name}`)
      const body = {
        id: iriOf(name),
        type: 'EntityTypeInfo',
        typeName: name,
        entityCount: entities.length,
        attributeDetails: attributeNames(entities).map((attribute) => ({
          id: iriOf(attribute),
          type: 'Attribute',
          attributeName: attribute,
          attributeTypes: kindsOf(entities, attribute),
        })),
      }
      return await reply.send(withContext(body, type, baseOf(request, dependencies.openData), reply))
    },
  )
}

function addAttributes(scope: FastifyInstance, dependencies: NgsiDependencies): void {
  scope.get<{ Querystring: DetailsQuery }>(
    '/ngsi-ld/v1/attributes',
    {
      config: publicConfig,
      schema: {
        tags: ngsiTags,
        summary: 'The attributes of entities',
        querystring: DetailsQuery,
        response: { ...ngsiProblems },
      },
    },
    async (request, reply) => {
      const type = begin(request, reply)
      const entities = await entitiesOf(request, dependencies)
      const names = attributeNames(entities)
      const details = names.map((name) => ({
        id: iriOf(name),
        type: 'Attribute',
        attributeName: name,
        typeNames: typesWith(entities, name),
      }))
      const list = { id: 'urn:ngsi-ld:AttributeList:musubi', type: 'AttributeList', attributeList: names }
      const body = request.query.details === 'true' ? details : list
      return await reply.send(withContext(body, type, baseOf(request, dependencies.openData), reply))
    },
  )
  scope.get<{ Params: NameParams }>(
    '/ngsi-ld/v1/attributes/:name',
    {
      config: publicConfig,
      schema: {
        tags: ngsiTags,
        summary: 'One attribute of entities',
        params: NameParams,
        response: { ...ngsiProblems },
      },
    },
    async (request, reply) => {
      const type = begin(request, reply)
      const name = shortName(request.params.name)
      const having = (await entitiesOf(request as FastifyRequest, dependencies)).filter(({ attributes }) =>
        Object.hasOwn(attributes, name),
      )
      if (having.length === 0) throw new NgsiError('ResourceNotFound', `no entity has the attribute ${name}`)
      const body = {
        id: iriOf(name),
        type: 'Attribute',
        attributeName: name,
        attributeCount: having.length,
        attributeTypes: kindsOf(having, name),
        typeNames: typesWith(having, name),
      }
      return await reply.send(withContext(body, type, baseOf(request, dependencies.openData), reply))
    },
  )
}

async function entitiesOf(request: FastifyRequest, dependencies: NgsiDependencies): Promise<readonly Entity[]> {
  return await Promise.all(plansFor(request, dependencies).map(entityOf))
}

function attributeNames(entities: readonly Entity[]): readonly string[] {
  return [...new Set(entities.flatMap(({ attributes }) => Object.keys(attributes)))].sort()
}

function typesWith(entities: readonly Entity[], name: string): readonly string[] {
  return [...new Set(entities.filter(({ attributes }) => Object.hasOwn(attributes, name)).map(({ type }) => type))]
}

function kindsOf(entities: readonly Entity[], name: string): readonly string[] {
  return [...new Set(entities.flatMap(({ attributes }) => attributes[name]?.type ?? []))]
}
