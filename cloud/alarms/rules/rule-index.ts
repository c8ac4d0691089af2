// Finds the rules that may watch a series without asking each of them: by what they name exactly.
import type { SeriesFacts } from '../../registry/series-directory.ts'
import type { RuleRunner } from './rule-runner.ts'
import type { SeriesMatch } from './series-match.ts'

/** In this order they make a key; a rule that names none of them exactly is offered every series. */
const exactFields = ['site', 'device', 'channel', 'gateway', 'profile', 'siteKind'] as const
type ExactField = (typeof exactFields)[number]

interface Table {
  readonly fields: readonly ExactField[]
  readonly runners: Map<string, Set<RuleRunner>>
}

/**
 * Of each interest the fields without `*` make one key, so that a series asks once for each set of fields that some rule
 * names: twenty thousand rules that each name a site and a channel cost it one look-up.
 */
export class RuleIndex {
  readonly #tables = new Map<string, Table>()

  add(runner: RuleRunner): void {
    for (const interest of runner.interests) {
      const fields = exactFields.filter((field) => isExact(interest[field]))
      const name = fields.join(' ')
      const table = this.#tables.get(name) ?? { fields, runners: new Map<string, Set<RuleRunner>>() }
      this.#tables.set(name, table)
      const key = keyOf(fields, interest)
      const runners = table.runners.get(key)
      if (runners === undefined) table.runners.set(key, new Set([runner]))
      else runners.add(runner)
    }
  }

  delete(runner: RuleRunner): void {
    for (const interest of runner.interests) {
      const fields = exactFields.filter((field) => isExact(interest[field]))
      const name = fields.join(' ')
      const table = this.#tables.get(name)
      const key = keyOf(fields, interest)
      const runners = table?.runners.get(key)
      runners?.delete(runner)
      if (runners?.size === 0) table?.runners.delete(key)
      if (table?.runners.size === 0) this.#tables.delete(name)
    }
  }

  /** The candidates for a series, in no order. */
  find(facts: SeriesFacts): readonly RuleRunner[] {
    const found = new Set<RuleRunner>()
    for (const { fields, runners } of this.#tables.values()) {
      for (const runner of runners.get(keyOf(fields, facts)) ?? []) found.add(runner)
    }
    return [...found]
  }
}

function keyOf(fields: readonly ExactField[], of: SeriesMatch | SeriesFacts): string {
  return fields.map((field) => of[field] ?? '').join('\n')
}

function isExact(pattern: string | undefined): pattern is string {
  return pattern !== undefined && !pattern.includes('*')
}
