// AND, OR and NOT over the alarms of other rules: the tree, what it names, and whether it holds.
import { Type, type TSchema } from 'typebox'

export type Combination =
  | { readonly rule: string }
  | { readonly all: readonly Combination[] }
  | { readonly any: readonly Combination[] }
  | { readonly not: Combination }

const maxDepth = 4
const maxParts = 16
const strict = { additionalProperties: false } as const
const Leaf = Type.Object({ rule: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }) }, strict)

/** TypeBox has no recursive type with a depth; it is unrolled. */
export const Combination = Type.Unsafe<Combination>(unrolled(maxDepth))

function unrolled(depth: number): TSchema {
  if (depth === 0) return Leaf
  const part = unrolled(depth - 1)
  const parts = Type.Array(part, { minItems: 1, maxItems: maxParts })
  return Type.Union([
    Leaf,
    Type.Object({ all: parts }, strict),
    Type.Object({ any: parts }, strict),
    Type.Object({ not: part }, strict),
  ])
}

/** The ids of the rules that it names, each once. */
export function rulesOf(tree: Combination): readonly string[] {
  const ids = new Set<string>()
  const walk = (node: Combination): void => {
    if ('rule' in node) ids.add(node.rule)
    else if ('not' in node) walk(node.not)
    else for (const part of 'all' in node ? node.all : node.any) walk(part)
  }
  walk(tree)
  return [...ids]
}

export function combinationHolds(tree: Combination, isActive: (rule: string) => boolean): boolean {
  if ('rule' in tree) return isActive(tree.rule)
  if ('not' in tree) return !combinationHolds(tree.not, isActive)
  if ('all' in tree) return tree.all.every((part) => combinationHolds(part, isActive))
  return tree.any.some((part) => combinationHolds(part, isActive))
}
