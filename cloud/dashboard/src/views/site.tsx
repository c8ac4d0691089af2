// One site: its answer, its alarms, every value with unit, quality and age, and a chart of each kind of quantity.
import '../style/alarms.css'
import '../style/alarm-acts.css'
import '../style/advice.css'
import '../style/values.css'
import '../style/lamps.css'
import '../style/inspection.css'
import '../style/gateways.css'
import '../style/care.css'
import '../style/installation.css'
import '../style/map.css'
import '../style/chart.css'
import { signal, useSignal, type Signal } from '@preact/signals'
import type { LatestItem, SiteItem } from '../api/shapes.ts'
import { chartKinds, hasCurve, type ChartKind } from '../chart/chart-kinds.ts'
import { KindCharts, withOpen, type ChartView } from '../chart/kind-charts.tsx'
import { lengthTexts } from '../chart/chart-words.ts'
import type { ChartLength } from '../chart/time-window.ts'
import type { City } from '../city/city.ts'
import { may } from '../city/session.ts'
import { headlinesOf } from '../city/headline.ts'
import { isOfLamp, lampsOf, type Lamp } from '../city/lamps.ts'
import { AdviceBoard } from '../parts/advice-board.tsx'
import { AlarmCard } from '../parts/alarm-card.tsx'
import { ChoiceRow } from '../parts/choice-row.tsx'
import { ForecastCurves } from '../parts/forecast-curves.tsx'
import { InspectionBoard } from '../parts/inspection-board.tsx'
import { KindIcon, kindKeys } from '../parts/kind-icon.tsx'
import { LampBoard } from '../parts/lamp-board.tsx'
import { Replacements } from '../parts/replacements.tsx'
import { StateBadge } from '../parts/state-mark.tsx'
import { ValueTable } from '../parts/value-table.tsx'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'

function SiteHead({ site, city }: { readonly site: SiteItem; readonly city: City }) {
  const gateway = city.gateways.value.find(({ id }) => id === site.gateway)
  return (
    <div class="site-head">
      <p class="site-kind">
        <KindIcon kind={site.kind} />
        {t(kindKeys[site.kind])}
      </p>
      <div class="site-title">
        <h1>{localized(site.name)}</h1>
        <StateBadge state={site.state} />
      </div>
      <p class="quiet">
        {t('site.gateway')}:{' '}
        <a href={routeHash({ view: 'gateway', gateway: site.gateway })}>
          {gateway === undefined ? site.gateway : localized(gateway.label)}
        </a>
        {' · '}
        {t('site.position')}: {site.position.lat.toFixed(4)}, {site.position.lon.toFixed(4)}
      </p>
      {may('handle-alarms', site.id) && (
        <p>
          <a href={routeHash({ view: 'maintenance', at: site.id })}>{t('maintenance.here')}</a>
        </p>
      )}
      {site.state === 'offline' && <p class="lost">{t('site.offlineNote')}</p>}
    </div>
  )
}

function SiteAlarms({ site, city }: { readonly site: SiteItem; readonly city: City }) {
  const alarms = city.openAlarms.value.filter((alarm) => alarm.site === site.id)
  if (alarms.length === 0) return null
  return (
    <section aria-labelledby="site-alarms">
      <h2 id="site-alarms">{t('alarms.ofSite')}</h2>
      <div class="alarm-grid">
        {alarms.map((alarm) => (
          <AlarmCard key={alarm.id} alarm={alarm} city={city} level={3} />
        ))}
      </div>
    </section>
  )
}

/** Stays chosen from one site to the next. */
const length = signal<ChartLength>('24h')

/** A paddy is read by the season, what stands all year by the month. */
function lengthsOf({ kind }: SiteItem): readonly ChartLength[] {
  return kind === 'paddy' || kind === 'weather' ? ['1h', '24h', '7d', 'season'] : ['1h', '24h', '7d', '30d']
}

function SiteCharts(props: {
  readonly site: SiteItem
  readonly series: readonly LatestItem[]
  readonly kinds: readonly ChartKind[]
  readonly view: Signal<ChartView | undefined>
  readonly city: City
}) {
  const { site, series, kinds, view, city } = props
  return (
    <section aria-labelledby="site-charts">
      <div class="section-head">
        <h2 id="site-charts">{t('site.charts')}</h2>
        <ChoiceRow
          label={t('chart.range')}
          chosen={length.value}
          choose={(value) => (length.value = value)}
          choices={lengthsOf(site).map((one) => ({ value: one, text: t(lengthTexts[one]) }))}
        />
      </div>
      <Replacements site={site} series={series} api={city.api} />
      <KindCharts kinds={kinds} view={view} atFirst={chartsAtFirst(site, kinds)} length={length} city={city} />
    </section>
  )
}

/** The kind of the value that stands for the site comes first. */
function headlineFirst(site: SiteItem, kinds: readonly ChartKind[]): readonly ChartKind[] {
  const items = kinds.flatMap(({ choices }) => choices.map(({ item }) => item))
  const [headline] = headlinesOf(site.kind, items)
  const isHeadline = ({ choices }: ChartKind): boolean =>
    choices.some(({ item }) => item.series === headline?.item.series)
  return kinds.toSorted((a, b) => Number(isHeadline(b)) - Number(isHeadline(a)))
}

/** The first chart is open at once, unless the lamps or the inspection have answered already. */
function chartsAtFirst(site: SiteItem, kinds: readonly ChartKind[]): ChartView {
  const open = site.kind === 'streetlight' || site.kind === 'factory' ? [] : kinds.slice(0, 1)
  return { open: new Set(open.map(({ id }) => id)), chosen: new Map() }
}

function SiteValues({ series, folded }: { readonly series: readonly LatestItem[]; readonly folded: boolean }) {
  const devices = Map.groupBy(series, ({ device }) => device)
  const tables = (
    <div class="value-grid">
      {[...devices].map(([device, items]) => (
        <ValueTable key={device} device={device} items={items} />
      ))}
    </div>
  )
  if (folded) {
    return (
      <details class="folded">
        <summary>{t('site.otherValues', { n: series.length })}</summary>
        {tables}
      </details>
    )
  }
  return (
    <section aria-labelledby="site-values">
      <h2 id="site-values">{t('site.values')}</h2>
      {series.length === 0 && <p class="empty">{t('site.noSeries')}</p>}
      {tables}
    </section>
  )
}

/** What the hub worked out itself is advice, forecasts and charts, not values that were measured. */
function isResult(device: string): boolean {
  return device.startsWith('~')
}

export function SitePage({ site: id, city }: { readonly site: string; readonly city: City }) {
  const view = useSignal<ChartView | undefined>(undefined)
  const site = city.sites.value.find((one) => one.id === id)
  const back = (
    <p class="back">
      <a href={routeHash({ view: 'overview' })}>{t('site.back')}</a>
    </p>
  )
  if (site === undefined) {
    return (
      <>
        {back}
        <h1>{t(city.loaded.value ? 'site.unknown' : 'app.loading')}</h1>
      </>
    )
  }
  const series = city.seriesBySite.value.get(id) ?? []
  const lamps = lampsOf(series, city.openAlarms.value)
  const kinds = [
    ...headlineFirst(site, chartKinds(series.filter((item) => !isResult(item.device) && hasCurve(item)))),
    ...chartKinds(series.filter((item) => isResult(item.device) && hasCurve(item))),
  ]
  const measured = series.filter(({ device }) => !isResult(device))
  const values = lamps.length === 0 ? measured : measured.filter((item) => !isOfLamp(item))
  const inspects = (city.events.bySite.value.get(id) ?? []).some(({ kind }) => kind === 'inspection')
  function showLamp({ power }: Lamp): void {
    const kind = kinds.find(({ choices }) => choices.some(({ item }) => item.series === power.series))
    if (site === undefined || kind === undefined) return
    view.value = withOpen(view.value ?? chartsAtFirst(site, kinds), kind, power.series)
    requestAnimationFrame(() => {
      const summary = document.querySelector<HTMLElement>(`[data-kind="${kind.id}"] summary`)
      summary?.scrollIntoView({ block: 'start' })
      summary?.focus({ preventScroll: true })
    })
  }
  return (
    <>
      {back}
      <SiteHead site={site} city={city} />
      {site.kind === 'factory' && <InspectionBoard site={site} city={city} />}
      {lamps.length > 0 && <LampBoard site={site} city={city} lamps={lamps} choose={showLamp} />}
      <SiteAlarms site={site} city={city} />
      <AdviceBoard site={site.id} api={city.api} />
      {site.kind === 'paddy' && <ForecastCurves site={site.id} api={city.api} />}
      {(lamps.length === 0 || values.length > 0) && (
        <SiteValues series={values} folded={lamps.length > 0 || inspects} />
      )}
      {kinds.length > 0 && <SiteCharts site={site} series={series} kinds={kinds} view={view} city={city} />}
    </>
  )
}
