// The first page: the answer, then the map beside the list of sites, then the last day in small charts.
import '../style/alarms.css'
import '../style/alarm-acts.css'
import '../style/sites.css'
import '../style/values.css'
import '../style/inspection.css'
import '../style/map.css'
import '../style/chart.css'
import { useSignal } from '@preact/signals'
import type { SiteItem, SiteKind } from '../api/shapes.ts'
import { TrendCard } from '../chart/trend-card.tsx'
import type { City } from '../city/city.ts'
import { headlinesOf, trendsOf } from '../city/headline.ts'
import { valueText } from '../format/value-text.ts'
import { SiteMap } from '../map/site-map.tsx'
import { Answer } from '../parts/answer.tsx'
import { ChoiceRow } from '../parts/choice-row.tsx'
import { KindIcon, kindKeys } from '../parts/kind-icon.tsx'
import { StateBadge } from '../parts/state-mark.tsx'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'

const mostTrends = 6
/** As in sites.css. */
const mostRowsOnPhone = 6

function kindsOf(sites: readonly SiteItem[]): readonly SiteKind[] {
  return [...new Set(sites.map(({ kind }) => kind))].toSorted()
}

function SiteRow({ site, city }: { readonly site: SiteItem; readonly city: City }) {
  const headlines = headlinesOf(site.kind, city.seriesBySite.value.get(site.id) ?? [])
  return (
    <li>
      <a class={`site-row site-row-${site.state}`} href={routeHash({ view: 'site', site: site.id })}>
        <KindIcon kind={site.kind} />
        <span class="site-row-name">
          {localized(site.name)}
          {site.openAlarms > 0 && <small>{t('sites.alarms', { n: site.openAlarms })}</small>}
        </span>
        <span class="site-row-values">
          {headlines.map(({ item, labelKey }) => (
            <span key={item.series} class={item.quality === 'bad' ? 'value-bad' : undefined}>
              <small>{labelKey === undefined ? localized(item.label) : t(labelKey)}</small>
              <b>{item.time === null ? t('value.none') : valueText(item)}</b>
            </span>
          ))}
        </span>
        <StateBadge state={site.state} />
      </a>
    </li>
  )
}

/** On a phone the list is cut after some sites, so that the charts are not far below; the worst come first. */
function SiteList({ sites, city }: { readonly sites: readonly SiteItem[]; readonly city: City }) {
  const whole = useSignal(false)
  const cut = !whole.value && sites.length > mostRowsOnPhone
  return (
    <section aria-labelledby="sites-title" class="list-side">
      <h2 id="sites-title">{t('sites.title')}</h2>
      <ul class={`site-list${cut ? ' site-list-cut' : ''}`}>
        {sites.map((site) => (
          <SiteRow key={site.id} site={site} city={city} />
        ))}
      </ul>
      {cut && (
        <button type="button" class="button button-outline list-more" onClick={() => (whole.value = true)}>
          {t('sites.all', { n: sites.length })}
        </button>
      )}
    </section>
  )
}

function Trends({ sites, city }: { readonly sites: readonly SiteItem[]; readonly city: City }) {
  const trends = sites
    .flatMap((site) => trendsOf(site.kind, city.seriesBySite.value.get(site.id) ?? []).map((item) => ({ site, item })))
    .slice(0, mostTrends)
  if (trends.length === 0) return null
  return (
    <section aria-labelledby="trends-title">
      <h2 id="trends-title">{t('trends.title')}</h2>
      <div class="trend-grid">
        {trends.map(({ site, item }) => (
          <TrendCard key={item.series} site={site} series={item.series} city={city} />
        ))}
      </div>
    </section>
  )
}

export function Overview({ city }: { readonly city: City }) {
  const kind = useSignal<SiteKind | 'all'>('all')
  const all = city.sites.value
  const kinds = kindsOf(all)
  // A kind may vanish while it is chosen.
  const chosen = kinds.find((one) => one === kind.value) ?? 'all'
  const sites = chosen === 'all' ? all : all.filter((site) => site.kind === chosen)
  return (
    <>
      <Answer city={city} />
      {all.length > 0 && (
        <>
          <ChoiceRow
            label={t('sites.filter')}
            chosen={chosen}
            choose={(value) => (kind.value = value)}
            choices={[
              { value: 'all' as const, text: t('kind.all'), count: all.length },
              ...kinds.map((value) => ({
                value,
                text: t(kindKeys[value]),
                count: all.filter((site) => site.kind === value).length,
              })),
            ]}
          />
          <div class="map-and-list">
            <section aria-labelledby="map-title" class="map-side">
              <h2 id="map-title" class="visually-hidden">
                {t('map.title')}
              </h2>
              <SiteMap sites={sites} city={city} />
            </section>
            <SiteList sites={sites} city={city} />
          </div>
          <Trends
            sites={chosen === 'all' ? all.filter(({ kind }) => kind === 'paddy' || kind === 'weather') : sites}
            city={city}
          />
        </>
      )}
    </>
  )
}
