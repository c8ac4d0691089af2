// The series that a change of rules touches, found by what the rules name: a rule of one place looks at the series of its gateway alone.
import type { SeriesCatalogue } from '../../ingest/series-catalogue.ts'
import type { SeriesDirectory } from '../../registry/series-directory.ts'
import type { RuleRunner } from './rule-runner.ts'
import { matchesSeries, type SeriesMatch } from './series-match.ts'

interface Sources {
  readonly catalogue: Pick<SeriesCatalogue, 'gateways'>
  readonly directory: Pick<SeriesDirectory, 'facts' | 'seriesOf'>
}

/** A rule that came, went, or holds for one tenant no more, or again. */
export interface ChangedRunner {
  readonly runner: RuleRunner
  /** Undefined: all for which it holds. */
  readonly tenant: string | undefined
}

/** Ids of series that one of them may watch or have watched, in their order. */
export function touchedSeries(changed: readonly ChangedRunner[], { catalogue, directory }: Sources): readonly number[] {
  const touched = new Set<number>()
  for (const { runner, tenant = runner.rule.scope?.tenant } of changed) {
    for (const interest of runner.interests) {
      for (const gateway of gatewaysOf(interest, tenant, catalogue)) {
        for (const series of directory.seriesOf(gateway)) {
          if (matchesSeries(interest, directory.facts(series))) touched.add(series)
        }
      }
    }
  }
  return [...touched].sort((a, b) => a - b)
}

function gatewaysOf(
  { gateway, site }: SeriesMatch,
  tenant: string | undefined,
  catalogue: Sources['catalogue'],
): readonly string[] {
  const named = exact(gateway) ?? exact(site)?.split('/').slice(0, 2).join('/')
  if (named !== undefined) return [named]
  const all = Array.from(catalogue.gateways())
  return all.filter(({ identity }) => tenant === undefined || identity.tenant === tenant).map(({ key }) => key)
}

function exact(pattern: string | undefined): string | undefined {
  return pattern?.includes('*') === true ? undefined : pattern
}
