// What of an OpenAPI document would break a program that was written for an earlier one.

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type Schema = { readonly [key: string]: Json }

/** An OpenAPI 3.1 document, as far as it is looked at. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema?: Schema
  }[]
  readonly requestBody?: { readonly required?: boolean; readonly content?: Content }
  readonly responses?: Readonly<Record<string, { readonly content?: Content }>>
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>

/** `answer`: the caller reads it, so it may only become narrower. `request`: the caller writes it, so it may only become wider. */
type Direction = 'answer' | 'request'

/** One line each, in the order of the earlier document; empty where every program goes on. */
export function breakingChanges(given: OpenApiDocument, givenNow: OpenApiDocument): readonly string[] {
  const before = withoutReferences(given)
  const now = withoutReferences(givenNow)
  return Object.entries(before.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const name = `${method.toUpperCase()} ${path}`
      const later = now.paths[path]?.[method]
      return later === undefined ? [`${name} is gone`] : operationChanges(name, operation, later)
    }),
  )
}

/** Each `$ref` into the document's own components is replaced by what it names; none of them holds itself. */
function withoutReferences(document: OpenApiDocument): OpenApiDocument {
  const named = (reference: string): Json =>
    reference
      .replace(/^#\//, '')
      .split('/')
      .reduce<Json>((place, key) => (isSchema(place) ? (place[key] ?? null) : null), document as unknown as Json)
  const expanded = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(expanded)
    if (!isSchema(value)) return value
    const reference = value['$ref']
    if (typeof reference === 'string') return expanded(named(reference))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expanded(inner)]))
  }
  return { paths: expanded(document.paths as unknown as Json) as unknown as OpenApiDocument['paths'] }
}

function operationChanges(name: string, before: Operation, now: Operation): readonly string[] {
  return [
    ...parameterChanges(name, before, now),
    ...contentChanges(`${name} body`, before.requestBody?.content, now.requestBody?.content, 'request'),
    ...(now.requestBody?.required === true && before.requestBody?.required !== true ? [`${name} needs a body`] : []),
    ...Object.entries(before.responses ?? {}).flatMap(([status, { content }]) => {
      const later = now.responses?.[status]
      if (later === undefined) return status.startsWith('2') ? [`${name} does not answer ${status} any more`] : []
      return contentChanges(`${name} ${status}`, content, later.content, 'answer')
    }),
  ]
}

function parameterChanges(name: string, before: Operation, now: Operation): readonly string[] {
  const key = (parameter: { readonly in: string; readonly name: string }) => `${parameter.in} ${parameter.name}`
  const known = new Map((before.parameters ?? []).map((parameter) => [key(parameter), parameter]))
  const later = new Map((now.parameters ?? []).map((parameter) => [key(parameter), parameter]))
  const gone = [...known.keys()].filter((one) => !later.has(one)).map((one) => `${name} takes no ${one} any more`)
  const changed = [...later].flatMap(([one, parameter]) => {
    const earlier = known.get(one)
    const isNeeded = parameter.required === true && earlier?.required !== true ? [`${name} needs ${one}`] : []
    if (earlier?.schema === undefined || parameter.schema === undefined) return isNeeded
    return [...isNeeded, ...schemaChanges(`${name} ${one}`, earlier.schema, parameter.schema, 'request')]
  })
  return [...gone, ...changed]
}

function contentChanges(
  where: string,
  before: Content | undefined,
  now: Content | undefined,
  direction: Direction,
): readonly string[] {
  return Object.entries(before ?? {}).flatMap(([type, { schema }]) => {
    const later = now?.[type]
    if (later === undefined) return [`${where} has no ${type} any more`]
    return schema === undefined || later.schema === undefined
      ? []
      : schemaChanges(where, schema, later.schema, direction)
  })
}

/** Is what the writer of one schema may send always understood by the reader of the other? */
function schemaChanges(where: string, before: Schema, now: Schema, direction: Direction): readonly string[] {
  const [writer, reader] = direction === 'answer' ? [now, before] : [before, now]
  if (JSON.stringify(before) === JSON.stringify(now) || Object.keys(reader).length === 0) return []
  const written = branchesOf(writer)
  const read = branchesOf(reader)
  if (written.length > 1 || read.length > 1) {
    const isGrowth = (branch: Schema) => direction === 'answer' && isValue(branch) && read.some(isValue)
    const fits = (branch: Schema) =>
      isGrowth(branch) ||
      read.some((other) => {
        const [earlier, later] = direction === 'answer' ? [other, branch] : [branch, other]
        return schemaChanges(where, earlier, later, direction).length === 0
      })
    return written.every(fits) ? [] : [`${where}: ${textOf(before)} became ${textOf(now)}`]
  }
  return plainChanges(where, before, now, direction)
}

function plainChanges(where: string, before: Schema, now: Schema, direction: Direction): readonly string[] {
  const [writer, reader] = direction === 'answer' ? [now, before] : [before, now]
  const written = valuesOf(writer)
  const read = valuesOf(reader)
  if (read !== undefined && !(written?.every((value) => read.includes(value)) ?? false)) {
    // A new value in an answer is growth that readers of lists of names are told to expect.
    if (direction === 'request' || written === undefined) return [`${where}: ${textOf(before)} became ${textOf(now)}`]
    return []
  }
  if (!typesFit(writer, reader)) return [`${where}: ${textOf(before)} became ${textOf(now)}`]
  const items = before['items']
  const laterItems = now['items']
  const ofItems =
    isSchema(items) && isSchema(laterItems) ? schemaChanges(`${where}[]`, items, laterItems, direction) : []
  return [...ofItems, ...propertyChanges(where, before, now, direction)]
}

function propertyChanges(where: string, before: Schema, now: Schema, direction: Direction): readonly string[] {
  const known = propertiesOf(before)
  const later = propertiesOf(now)
  const needed = requiredOf(now)
  const given = requiredOf(before)
  const lost = Object.keys(known).filter((name) => !(name in later))
  const gone = lost
    .filter(() => direction === 'answer' || now['additionalProperties'] === false)
    .map((name) => `${where}.${name} is gone`)
  const obliged =
    direction === 'request'
      ? needed.filter((name) => !given.includes(name)).map((name) => `${where}.${name} is needed`)
      : given.filter((name) => name in later && !needed.includes(name)).map((name) => `${where}.${name} may be absent`)
  const inner = Object.entries(known).flatMap(([name, schema]) => {
    const other = later[name]
    return other === undefined ? [] : schemaChanges(`${where}.${name}`, schema, other, direction)
  })
  return [...gone, ...obliged, ...inner]
}

function branchesOf(schema: Schema): readonly Schema[] {
  const branches = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(branches)) return branches.filter(isSchema).flatMap(branchesOf)
  const type = schema['type']
  return Array.isArray(type) ? type.map((one: Json) => ({ ...schema, type: one })) : [schema]
}

function isValue(schema: Schema): boolean {
  return valuesOf(schema) !== undefined
}

/** The only values that it takes; undefined: it does not name them. */
function valuesOf(schema: Schema): readonly Json[] | undefined {
  if ('const' in schema) return [schema['const'] ?? null]
  const values = schema['enum']
  return Array.isArray(values) ? values : undefined
}

function typesFit(writer: Schema, reader: Schema): boolean {
  const written = writer['type']
  const read = reader['type']
  return read === undefined || written === read || (written === 'integer' && read === 'number')
}

function propertiesOf(schema: Schema): Readonly<Record<string, Schema>> {
  const properties = schema['properties']
  return isSchema(properties) ? (properties as Record<string, Schema>) : {}
}

function requiredOf(schema: Schema): readonly string[] {
  const required = schema['required']
  return Array.isArray(required) ? required.filter((name: Json) => typeof name === 'string') : []
}

function isSchema(value: Json | undefined): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(schema: Schema): string {
  const text = JSON.stringify(schema)
  return text.length > 120 ? `${text.slice(0, 117)}…` : text
}
