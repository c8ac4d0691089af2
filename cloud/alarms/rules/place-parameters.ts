// The parameters that hold at one place: those of the rule, with what the place sets otherwise.
import type { SeriesFacts } from '../../registry/series-directory.ts'
import type { RuleContext } from './rule-runner.ts'
import { matchesSeries, type SeriesMatch } from './series-match.ts'
import type { Place } from './limit-schedule.ts'

interface WithPlaces<Parameters> {
  readonly places?: readonly { readonly match: SeriesMatch; readonly set: Partial<Parameters> }[] | undefined
}

/** Of the overrides that fit the series the first; a field that it does not set is the rule's. */
export function parametersAt<Parameters extends object>(
  rule: Parameters & WithPlaces<Parameters>,
  facts: SeriesFacts,
): Parameters {
  const own = rule.places?.find(({ match }) => matchesSeries(match, facts))
  return own === undefined ? rule : { ...rule, ...own.set }
}

/** Position and growth stages of the site of a series, as its gateway's birth tells them. */
export function placeOf({ gateway, site }: SeriesFacts, context: Pick<RuleContext, 'gateway'>): Place {
  if (site === undefined) return {}
  const described = context.gateway(gateway)?.sites.get(site.slice(gateway.length + 1))
  return { position: described?.position, stages: described?.stages }
}
