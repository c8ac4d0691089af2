// One site: its alarms, every value with unit, quality and age, and a chart of each series.
import { signal } from '@preact/signals'
import type { LatestItem, SiteItem } from '../api/shapes.ts'
import { periods, SeriesChart, type Period } from '../chart/series-chart.tsx'
import type { City } from '../city/city.ts'
import { isSwitch } from '../format/units.ts'
import { valueText } from '../format/value-text.ts'
import { AlarmCard } from '../parts/alarm-card.tsx'
import { ChoiceRow } from '../parts/choice-row.tsx'
import { KindIcon, kindKeys } from '../parts/kind-icon.tsx'
import { QualityText } from '../parts/quality-text.tsx'
import { StateBadge } from '../parts/state-mark.tsx'
import { TimeText } from '../parts/time-text.tsx'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'

function ValueRow({ item }: { readonly item: LatestItem }) {
  return (
    <tr>
      <th scope="row">{localized(item.label)}</th>
      <td class={`number value value-${item.quality}`} data-channel={item.channel} data-series={item.series}>
        {item.time === null ? t('value.none') : valueText(item)}
      </td>
      <td>
        <QualityText item={item} />
      </td>
      <td>
        <TimeText timeMs={item.time} />
      </td>
    </tr>
  )
}

function ValueTable({ device, items }: { readonly device: string; readonly items: readonly LatestItem[] }) {
  return (
    <table class="table values">
      <caption>
        {localized(items[0]?.deviceLabel ?? { ja: device, en: device })} <small class="code">{device}</small>
      </caption>
      <thead>
        <tr>
          <th scope="col">{t('site.channel')}</th>
          <th scope="col" class="number">
            {t('site.value')}
          </th>
          <th scope="col">{t('site.quality')}</th>
          <th scope="col">{t('site.age')}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <ValueRow key={item.series} item={item} />
        ))}
      </tbody>
    </table>
  )
}

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
        <a href={routeHash({ view: 'gateways' })}>{gateway === undefined ? site.gateway : localized(gateway.label)}</a>
        {' · '}
        {t('site.position')}: {site.position.lat.toFixed(4)}, {site.position.lon.toFixed(4)}
      </p>
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
const period = signal<Period>('1h')

function SiteCharts({ series, city }: { readonly series: readonly LatestItem[]; readonly city: City }) {
  // Switches last: a line of zeros and ones says less than a level.
  const ordered = series.toSorted((a, b) => Number(isSwitch(a)) - Number(isSwitch(b)))
  return (
    <section aria-labelledby="site-charts">
      <div class="section-head">
        <h2 id="site-charts">{t('site.charts')}</h2>
        <ChoiceRow
          label={t('chart.range')}
          chosen={period.value}
          choose={(value) => (period.value = value)}
          choices={periods.map(({ period, text }) => ({ value: period, text: t(text) }))}
        />
      </div>
      <div class="chart-grid">
        {ordered.map((item) => (
          <SeriesChart key={`${item.series} ${period.value}`} series={item.series} period={period.value} city={city} />
        ))}
      </div>
    </section>
  )
}

export function SitePage({ site: id, city }: { readonly site: string; readonly city: City }) {
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
  const devices = Map.groupBy(series, ({ device }) => device)
  // A series of texts has no curve; one that is bad just now has a past.
  const charted = series.filter(({ value, quality, time }) => time !== null && (value !== null || quality === 'bad'))
  return (
    <>
      {back}
      <SiteHead site={site} city={city} />
      <SiteAlarms site={site} city={city} />
      <section aria-labelledby="site-values">
        <h2 id="site-values">{t('site.values')}</h2>
        {series.length === 0 && <p class="empty">{t('site.noSeries')}</p>}
        <div class="value-grid">
          {[...devices].map(([device, items]) => (
            <ValueTable key={device} device={device} items={items} />
          ))}
        </div>
      </section>
      {charted.length > 0 && <SiteCharts series={charted} city={city} />}
    </>
  )
}
