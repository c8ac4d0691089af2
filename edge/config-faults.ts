// Every fault of a value against its schema, each with its path and an example of a right value.
import type { TSchema } from 'typebox'
import { schemaErrors } from '../firmware-bridge/schema-errors.ts'

export interface Fault {
  /** As a JSON pointer, `/devices/0/intervalS`. */
  readonly path: string
  readonly message: string
}

/** More faults than this are not listed: the file is then something else than a configuration. */
const maxFaults = 200

/** `at` is the pointer of the value inside the whole file. */
export function schemaFaults(schema: TSchema, value: unknown, at = ''): readonly Fault[] {
  const errors = schemaErrors(schema, value, maxFaults * 2).filter(({ message }) => message !== 'schema is false')
  const faults = errors.flatMap(({ keyword, instancePath, params, message }): readonly Fault[] => {
    const path = at + instancePath
    const place = schemaAt(schema, instancePath)
    if (keyword === 'required') {
      return listOf(params, 'requiredProperties').map((key) => ({
        path: `${path}/${key}`,
        message: `is missing${exampleText(schemaAt(schema, `${instancePath}/${key}`), key)}`,
      }))
    }
    if (keyword === 'additionalProperties') {
      const known = Object.keys((place?.['properties'] as object | undefined) ?? {}).join(', ')
      return listOf(params, 'additionalProperties').map((key) => ({
        path: `${path}/${key}`,
        message: `is not a known key; known here: ${known}`,
      }))
    }
    const allowed = listOf(params, 'allowedValues')
    const meant = allowed.length > 0 ? `must be one of ${allowed.join(', ')}` : message
    return [{ path: path === '' ? '/' : path, message: `${meant}${exampleText(place, lastToken(path))}` }]
  })
  return onePerPath(faults)
}

function listOf(params: object, key: string): readonly string[] {
  const value = (params as Readonly<Record<string, unknown>>)[key]
  return Array.isArray(value) ? value.map(String) : []
}

/** The first fault of a path tells most; a union would add one for each of its members. */
function onePerPath(faults: readonly Fault[]): readonly Fault[] {
  const paths = new Set<string>()
  return faults
    .filter(({ path }) => {
      const first = !paths.has(path)
      paths.add(path)
      return first
    })
    .slice(0, maxFaults)
}

type Node = Readonly<Record<string, unknown>>

function schemaAt(schema: TSchema, pointer: string): Node | undefined {
  let node = schema as unknown as Node | undefined
  for (const token of pointer.split('/').slice(1)) {
    const properties = node?.['properties'] as Readonly<Record<string, Node>> | undefined
    const patterns = node?.['patternProperties'] as Readonly<Record<string, Node>> | undefined
    node = properties?.[token] ?? (node?.['items'] as Node | undefined) ?? Object.values(patterns ?? {})[0]
  }
  return node
}

function exampleText(node: Node | undefined, key: string): string {
  const [example] = (node?.['examples'] as readonly (string | number)[] | undefined) ?? []
  if (example !== undefined) return `, e.g. ${/^\d*$/.test(key) ? '' : `${key}: `}${example}`
  const description = node?.['description']
  return typeof description === 'string' ? `, ${description}` : ''
}

function lastToken(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
