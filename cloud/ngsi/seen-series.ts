// The series that whoever asks may see: those of their tenants as they are, and what others have published as it is published.
import type { LocalizedText, SiteKind } from '../../broker/contract/documents.ts'
import type { ViewSources } from '../http/views.ts'
import type { OpenData } from '../open-data/open-data.ts'
import type { PublicSeries } from '../open-data/public-series.ts'
import { type Principal, scopeOf, type TenantScope, scopeFor } from '../people/principal.ts'
import type { Position } from '../places/place.ts'
import type { SeriesFacts } from '../registry/series-directory.ts'
import type { Store } from '../store/store.ts'

interface SeenReading {
  readonly timeMs: number
  readonly value: number
}

export interface SeenSeries {
  readonly facts: SeriesFacts
  /** Without the site; undefined: it belongs to none. */
  readonly site: { readonly id: string; readonly kind: SiteKind; readonly name: LocalizedText } | undefined
  readonly position: Position | undefined
  latest(): Promise<SeenReading | undefined>
  /** In time order, at most `limit`, of [fromMs, toMs). */
  readings(span: {
    readonly fromMs: number
    readonly toMs: number
    readonly limit: number
  }): Promise<readonly SeenReading[]>
}

export interface SeenSources {
  readonly sources: ViewSources
  readonly openData: OpenData
  readonly store: Pick<Store, 'readings'>
}

const nowhere = scopeFor([])

/** Whoever is not signed in, or has still to set up a second factor, sees what is published. */
export function ngsiScope(principal: Principal): TenantScope {
  return principal.kind === 'nobody' || principal.limited === true ? nowhere : scopeOf(principal, 'see')
}

/** `gateway`: of this one alone. */
export function seenSeriesOf(seen: SeenSources, scope: TenantScope, gateway?: string): readonly SeenSeries[] {
  const { catalogue } = seen.sources
  const fits = (key: string) => gateway === undefined || key.startsWith(`${gateway}/`)
  const all = Array.from({ length: catalogue.size }, (_, id) => id)
  const own = all.filter((id) => fits(catalogue.key(id)) && scope.allowsKey(catalogue.key(id)))
  const published = seen.openData.series.all().filter(({ key }) => fits(key) && !scope.allowsKey(key))
  return [...own.map((id) => ownSeries(seen, id)), ...published.map((one) => publicSeries(seen, one))]
}

function ownSeries({ sources, store }: SeenSources, id: number): SeenSeries {
  const { directory, registry, latest } = sources
  const facts = directory.facts(id)
  const site = registry.get(facts.gateway)?.sites.get(facts.site?.slice(facts.gateway.length + 1) ?? '')
  return {
    facts,
    site: site === undefined ? undefined : { id: site.id, kind: site.kind, name: site.name },
    position: site?.position,
    latest() {
      const [timeMs, value] = [latest.timeMs(id), latest.value(id)]
      const isThere = latest.isUsable(id) && !Number.isNaN(value)
      return Promise.resolve(isThere ? { timeMs, value } : undefined)
    },
    async readings(span) {
      const found = await store.readings({ series: id, ...span })
      return found.flatMap(({ timeMs, value, quality }) => (value === null || quality === 2 ? [] : [{ timeMs, value }]))
    },
  }
}

function publicSeries({ openData, sources }: SeenSources, one: PublicSeries): SeenSeries {
  const { facts, position, settings } = one
  const site = sources.registry.get(facts.gateway)?.sites.get(facts.site?.slice(facts.gateway.length + 1) ?? '')
  const isGood = ({ quality }: { readonly quality: string }) => quality !== 'bad'
  return {
    facts,
    site: site === undefined ? undefined : { id: site.id, kind: site.kind, name: settings.title ?? site.name },
    position,
    async latest() {
      const reading = await openData.series.latest(one)
      return reading !== undefined && isGood(reading) ? reading : undefined
    },
    async readings(span) {
      return (await openData.series.readings(one, span)).filter(isGood)
    },
  }
}
