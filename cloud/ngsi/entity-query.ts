// What a query for entities asks for, parsed: which of them, and how they are answered.
import type { Representation } from './entity.ts'
import type { EntityPlan } from './entity-plans.ts'
import { parseGeoQuery } from './geo-query.ts'
import { shortName } from './ngsi-context.ts'
import { NgsiError } from './ngsi-problem.ts'
import type { EntitiesQuery, EntityQuery } from './ngsi-schemas.ts'
import { type EntityTest, parseQuery } from './query-language.ts'

export interface Choice {
  readonly types: readonly string[] | undefined
  readonly attrs: readonly string[] | undefined
  readonly representation: Representation
  /** Other words of `options`. */
  readonly options: readonly string[]
}

export interface ListChoice extends Choice {
  /** Of what is known without values. */
  isPlanned(plan: EntityPlan): boolean
  readonly tests: readonly EntityTest[]
  readonly limit: number
  readonly offset: number
  readonly isCounted: boolean
}

const defaultLimit = 20
const mostEntities = 1_000

/** Throws BadRequestData, OperationNotSupported. `known`: the words of `options` besides those of the representation. */
export function choiceOf({ type, attrs, options, scopeQ }: EntityQuery, known: readonly string[] = []): Choice {
  if (scopeQ !== undefined) throw new NgsiError('OperationNotSupported', 'no entity of this hub has a scope')
  const words = listOf(options) ?? []
  let representation: Representation = 'normalized'
  for (const word of words) {
    if (word === 'keyValues' || word === 'simplified') representation = 'keyValues'
    else if (word === 'concise' || word === 'normalized') representation = word
    else if (word === 'sysAttrs')
      throw new NgsiError('OperationNotSupported', 'this hub keeps no createdAt and modifiedAt')
    else if (!known.includes(word)) throw new NgsiError('BadRequestData', `${word} is no option`)
  }
  return { types: listOf(type)?.map(shortName), attrs: listOf(attrs)?.map(shortName), representation, options: words }
}

export function listChoiceOf(query: EntitiesQuery, known?: readonly string[]): ListChoice {
  const { type, attrs, q, georel, id, idPattern, limit, offset, count } = query
  if ([type, attrs, q, georel].every((one) => one === undefined)) {
    throw new NgsiError('BadRequestData', 'ask for a type, or by attrs, q or georel (5.7.2)')
  }
  const choice = choiceOf(query, known)
  const ids = listOf(id)
  const isLike = idPattern === undefined ? () => true : idMatcher(idPattern)
  const geo = parseGeoQuery(query)
  const isCounted = count === 'true'
  const wanted = wholeNumber(limit, 'limit', defaultLimit)
  if (wanted > mostEntities) throw new NgsiError('BadRequestData', `limit is at most ${mostEntities}`)
  if (wanted === 0 && !isCounted) throw new NgsiError('BadRequestData', 'limit=0 is for count=true')
  return {
    ...choice,
    isPlanned: (plan) =>
      (choice.types?.includes(plan.type) ?? true) && (ids?.includes(plan.id) ?? true) && isLike(plan.id),
    tests: [...(q === undefined ? [] : [parseQuery(q)]), ...(geo === undefined ? [] : [geo])],
    limit: wanted,
    offset: wholeNumber(offset, 'offset', 0),
    isCounted,
  }
}

export function listOf(text: string | undefined): readonly string[] | undefined {
  const items = text?.split(',').map((item) => item.trim())
  if (items?.some((item) => item === '')) throw new NgsiError('BadRequestData', 'a list has an empty place')
  return items
}

function wholeNumber(text: string | undefined, name: string, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,9}$/.test(text)) throw new NgsiError('BadRequestData', `${name} is a whole number from 0`)
  return Number(text)
}

/**
 * Of regular expressions only literals, `.*`, `^` at the beginning and `$` at the end: whoever asks may be anybody, and
 * other patterns can be made to take for ever.
 */
function idMatcher(pattern: string): (id: string) => boolean {
  const inner = pattern.replace(/^\^/, '').replace(/\$$/, '')
  const parts = inner.split('.*').map((part) => part.replaceAll(/\\([.\-:/])/g, '$1'))
  if (pattern.length > 256 || !parts.every((part) => /^[A-Za-z0-9:._/-]*$/.test(part))) {
    throw new NgsiError('BadRequestData', 'of an idPattern this hub knows literals and .* with ^ and $')
  }
  const begins = pattern.startsWith('^')
  const ends = pattern.endsWith('$')
  return (id) => {
    let at = 0
    for (const [index, part] of parts.entries()) {
      const isLast = index === parts.length - 1
      if (isLast && ends)
        return index === 0 && begins ? id === part : id.endsWith(part) && id.length - part.length >= at
      const found = id.indexOf(part, at)
      if (found < 0 || (index === 0 && begins && found > 0)) return false
      at = found + part.length
    }
    return true
  }
}
