// Finds the rules that may watch a series without asking each of them: by what they name exactly.
import type { SeriesFacts } from '../../registry/series-directory.ts'
import type { RuleRunner } from './rule-runner.ts'
import type { SeriesMatch } from './series-match.ts'

/** In this order they make a key; a rule that names none of them exactly is offered every series. */
const exactFields = ['site', 'device', 'channel', 'gateway', 'profile', 'siteKind'] as const
type ExactField = (typeof exactFields)[number]

/** The candidates for a series, in the order of the rules. */
export type RuleIndex = (facts: SeriesFacts) => readonly RuleRunner[]

/**
 * Of each interest the fields without `*` make one key, so that a series asks once for each set of fields that some rule
 * names: twenty thousand rules that each name a site and a channel cost it one look-up.
 */
export function indexRules(runners: readonly RuleRunner[]): RuleIndex {
  const byFields = new Map<
    string,
    { readonly fields: readonly ExactField[]; readonly runners: Map<string, Set<number>> }
  >()
  for (const [position, { interests }] of runners.entries()) {
    for (const interest of interests) {
      const fields = exactFields.filter((field) => isExact(interest[field]))
      const name = fields.join(' ')
      const entry = byFields.get(name) ?? { fields, runners: new Map<string, Set<number>>() }
      byFields.set(name, entry)
      const key = keyOf(fields, interest)
      const positions = entry.runners.get(key)
      if (positions === undefined) entry.runners.set(key, new Set([position]))
      else positions.add(position)
    }
  }
  const tables = [...byFields.values()]
  return (facts) => {
    const positions = new Set<number>()
    for (const { fields, runners: byKey } of tables) {
      for (const position of byKey.get(keyOf(fields, facts)) ?? []) positions.add(position)
    }
    return [...positions].toSorted((a, b) => a - b).map((position) => runners[position] as RuleRunner)
  }
}

function keyOf(fields: readonly ExactField[], of: SeriesMatch | SeriesFacts): string {
  return fields.map((field) => of[field] ?? '').join('\n')
}

function isExact(pattern: string | undefined): boolean {
  return pattern !== undefined && !pattern.includes('*')
}
