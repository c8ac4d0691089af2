import { describe, expect, it } from 'vitest'
import { breakingChanges, type OpenApiDocument } from './breaking-changes.ts'

type Part = Parameters<typeof JSON.stringify>[0]

/** A document with one operation. */
function api({
  answer = {},
  body,
  query = [],
}: {
  answer?: Part
  body?: Part
  query?: readonly object[]
}): OpenApiDocument {
  const content = (schema: Part) => ({ content: { 'application/json': { schema } } })
  const operation = {
    parameters: query,
    ...(body === undefined ? {} : { requestBody: content(body) }),
    responses: { '200': content(answer) },
  }
  return { paths: { '/things': { post: operation } } } as unknown as OpenApiDocument
}

const object = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const text = { type: 'string' }
const nullableText = { anyOf: [text, { type: 'null' }] }
const names = (...values: readonly string[]) => ({ anyOf: values.map((value) => ({ const: value })) })

describe('a change of the API', () => {
  it.each([
    [
      'another field in an answer',
      { answer: object({ a: text }, ['a']) },
      { answer: object({ a: text, b: text }, ['a']) },
    ],
    ['an answer that promises more', { answer: object({ a: text }) }, { answer: object({ a: text }, ['a']) }],
    ['an answer that is never null any more', { answer: nullableText }, { answer: text }],
    ['a whole number where any was answered', { answer: { type: 'number' } }, { answer: { type: 'integer' } }],
    ['another optional field of a request', { body: object({ a: text }) }, { body: object({ a: text, b: text }) }],
    ['a request that needs less', { body: object({ a: text }, ['a']) }, { body: object({ a: text }) }],
    ['a request that takes one more name', { body: names('x') }, { body: names('x', 'y') }],
    ['an answer that may be one more name', { answer: names('x', 'z') }, { answer: names('x', 'y', 'z') }],
    ['another optional parameter', {}, { query: [{ name: 'limit', in: 'query', schema: text }] }],
  ] as const)('breaks nothing by %s', (_name, before, now) => {
    expect(breakingChanges(api(before), api(now))).toEqual([])
  })

  it.each([
    ['a field of an answer is gone', { answer: object({ a: text }, ['a']) }, { answer: object({}) }],
    ['a field of an answer may be absent', { answer: object({ a: text }, ['a']) }, { answer: object({ a: text }) }],
    ['an answer may be null', { answer: text }, { answer: nullableText }],
    ['an answer has another type', { answer: { type: 'integer' } }, { answer: { type: 'number' } }],
    [
      'a field deep in an answer is gone',
      { answer: { type: 'array', items: object({ a: text }) } },
      { answer: { type: 'array', items: object({}) } },
    ],
    ['a request needs more', { body: object({ a: text }) }, { body: object({ a: text }, ['a']) }],
    ['a request takes a field no more', { body: object({ a: text }) }, { body: object({}) }],
    ['a request takes a name no more', { body: names('x', 'y') }, { body: names('x') }],
    ['a request may be null no more', { body: nullableText }, { body: text }],
    ['a parameter is gone', { query: [{ name: 'limit', in: 'query', schema: text }] }, {}],
    ['a parameter is needed', {}, { query: [{ name: 'limit', in: 'query', required: true, schema: text }] }],
  ] as const)('is seen where %s', (_name, before, now) => {
    expect(breakingChanges(api(before), api(now))).toHaveLength(1)
  })

  it('is seen through a reference to a named schema', () => {
    const named = (schema: Part): OpenApiDocument =>
      ({
        ...api({ answer: { $ref: '#/components/schemas/Thing' } }),
        components: { schemas: { Thing: schema } },
      }) as OpenApiDocument
    const inline = api({ answer: object({ a: text }, ['a']) })
    expect(breakingChanges(named(object({ a: text }, ['a'])), inline)).toEqual([])
    expect(breakingChanges(inline, named(object({ a: text }, ['a'])))).toEqual([])
    expect(breakingChanges(inline, named(object({})))).toHaveLength(1)
  })

  it('is seen where a path, a method or a good answer is gone', () => {
    const before = api({})
    expect(breakingChanges(before, { paths: {} })).toEqual(['POST /things is gone'])
    expect(breakingChanges(before, { paths: { '/things': {} } })).toEqual(['POST /things is gone'])
    expect(breakingChanges(before, { paths: { '/things': { post: { responses: {} } } } })).toHaveLength(1)
  })
})
