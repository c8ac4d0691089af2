// The query language `q` of NGSI-LD (ETSI GS CIM 009, 4.9): comparisons of attributes, `;` for and, `|` for or, parentheses.
import type { Entity } from './entity.ts'
import { NgsiError } from './ngsi-problem.ts'

export type EntityTest = (entity: Entity) => boolean

const longestQuery = 1_000
const deepest = 10
const operators = ['==', '!=', '>=', '<=', '>', '<'] as const
type Operator = (typeof operators)[number]
type Value = string | number | boolean

/** Throws BadRequestData with the place of the first fault. */
export function parseQuery(text: string): EntityTest {
  if (text.length > longestQuery) throw new NgsiError('BadRequestData', `q is longer than ${longestQuery} characters`)
  const reader = new QueryReader(text)
  const test = reader.either(0)
  reader.requireEnd()
  return test
}

class QueryReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** `a|b`; `;` binds more closely. */
  either(depth: number): EntityTest {
    const tests = [this.#all(depth)]
    while (this.#take('|')) tests.push(this.#all(depth))
    return (entity) => tests.some((test) => test(entity))
  }

  requireEnd(): void {
    if (this.#at < this.#text.length) throw this.#fault('"', 'and nothing more')
  }

  #all(depth: number): EntityTest {
    const tests = [this.#term(depth)]
    while (this.#take(';')) tests.push(this.#term(depth))
    return (entity) => tests.every((test) => test(entity))
  }

  #term(depth: number): EntityTest {
    if (this.#take('(')) {
      if (depth >= deepest)
        throw new NgsiError('BadRequestData', `q has more than ${deepest} parentheses in each other`)
      const inner = this.either(depth + 1)
      if (!this.#take(')')) throw this.#fault(')', 'the end of what is in parentheses')
      return inner
    }
    const name = this.#match(/[A-Za-z_][A-Za-z0-9_]*/y)
    if (name === undefined) throw this.#fault('temperature', 'the name of an attribute')
    const inner = this.#take('.') ? this.#match(/(?:observedAt|unitCode)\b/y) : ''
    if (inner === undefined) throw this.#fault('observedAt', 'observedAt or unitCode')
    const operator = operators.find((one) => this.#take(one))
    if (operator === undefined) return (entity) => valueAt(entity, name, inner) !== undefined
    const wanted = this.#value()
    return (entity) => holds(valueAt(entity, name, inner), operator, wanted)
  }

  #value(): Value {
    const quoted = this.#match(/"[^"]*"/y)
    if (quoted !== undefined) return quoted.slice(1, -1)
    const word = this.#match(/[^;|()"<>=!]+/y)
    if (word === undefined) throw this.#fault('25', 'a number, or a text in double quotes')
    if (word === 'true' || word === 'false') return word === 'true'
    if (/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(word)) return Number(word)
    // Times and URIs stand without quotes.
    if (/^\d{4}-\d{2}-\d{2}/.test(word) || /^[a-z][a-z0-9+.-]*:/i.test(word)) return word
    throw new NgsiError(
      'BadRequestData',
      `q: ${word} is neither a number, nor a time, nor a URI; texts stand in double quotes`,
    )
  }

  #take(sign: string): boolean {
    if (!this.#text.startsWith(sign, this.#at)) return false
    this.#at += sign.length
    return true
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #fault(example: string, what: string): NgsiError {
    return new NgsiError('BadRequestData', `q, character ${this.#at + 1}: ${what} is expected, such as ${example}`)
  }
}

/** A list for what has several values. */
function valueAt({ attributes }: Entity, name: string, inner: string): unknown {
  const attribute = attributes[name]
  if (attribute === undefined) return undefined
  if (inner !== '') return (attribute as unknown as Readonly<Record<string, unknown>>)[inner]
  return attribute.type === 'Relationship' ? attribute.object : attribute.value
}

/** What is not there fits no comparison. */
function holds(found: unknown, operator: Operator, wanted: Value): boolean {
  if (Array.isArray(found)) return found.some((one) => holds(one, operator, wanted))
  if (found === undefined || typeof found === 'object' || typeof found !== typeof wanted) return false
  const value = found as Value
  switch (operator) {
    case '==':
      return value === wanted
    case '!=':
      return value !== wanted
    case '>':
      return value > wanted
    case '<':
      return value < wanted
    case '>=':
      return value >= wanted
    case '<=':
      return value <= wanted
    default:
      return operator satisfies never
  }
}
