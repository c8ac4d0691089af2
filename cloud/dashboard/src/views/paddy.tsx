// One paddy: the answer, the water, how it went, what was advised, the year of the crop, and what is set of the field.
import '../style/paddy.css'
import '../style/alarms.css'
import '../style/alarm-acts.css'
import '../style/advice.css'
import '../style/chart.css'
import '../style/notices.css'
import type { SiteItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { nearestStation, stationSeries } from '../city/farm-weather.ts'
import { isMeasured } from '../city/paddies.ts'
import { AdviceBoard } from '../parts/advice-board.tsx'
import { AlarmCard } from '../parts/alarm-card.tsx'
import { farmClass } from '../parts/large-type.ts'
import { ForecastCurves } from '../parts/forecast-curves.tsx'
import { PaddyAnswer, PaddyNumbers } from '../parts/paddy-card.tsx'
import { PaddyCharts } from '../parts/paddy-charts.tsx'
import { PaddyLog } from '../parts/paddy-log.tsx'
import { PaddySeason } from '../parts/paddy-season.tsx'
import { PaddySettings } from '../parts/paddy-settings.tsx'
import { paddiesOf, type Farm } from '../parts/use-farm.ts'
import { routeHash } from '../router.ts'
import { t } from '../text/language.ts'

/** What a farmer looks at, in this order; the others are on the page of the site. */
const charted = ['water-level', 'water-temperature', 'soil-temperature', 'soil-moisture'] as const

export function PaddyPage({
  site: id,
  farm,
  city,
}: {
  readonly site: string
  readonly farm: Farm
  readonly city: City
}) {
  const news = farm.news.value
  const known = typeof news === 'string' ? undefined : news
  const paddy = paddiesOf(city, known)?.find(({ site }) => site.id === id)
  const back = (
    <p class="back">
      <a href={routeHash({ view: 'farm' })}>{t('farm.list')}</a>
    </p>
  )
  if (paddy === undefined) {
    return (
      <>
        {back}
        <h1>{t(city.loaded.value ? 'farm.unknownPaddy' : 'app.loading')}</h1>
      </>
    )
  }
  const series = city.seriesBySite.value.get(id) ?? []
  const air = airOf(paddy.site, city)
  const field = known?.fields.get(id)
  const isWaiting = news === 'loading'
  const own = charted.flatMap((channel) => series.find((item) => item.channel === channel && isMeasured(item)) ?? [])
  return (
    <div class={farmClass()}>
      {back}
      <div class={`paddy paddy-${isWaiting ? 'waiting' : paddy.need}`}>
        <div class="paddy-answer">
          <PaddyAnswer paddy={paddy} isWaiting={isWaiting} level={1} />
        </div>
        <PaddyNumbers paddy={paddy} air={air} isWaiting={isWaiting} />
      </div>
      {paddy.alarms.length > 0 && (
        <div class="alarm-grid">
          {paddy.alarms.map((alarm) => (
            <AlarmCard key={alarm.id} alarm={alarm} city={city} level={2} />
          ))}
        </div>
      )}
      <p class="paddy-links">
        <a class="button button-outline" href={routeHash({ view: 'drone', site: id })}>
          {t('drone.open')}
        </a>
        <a class="button button-outline" href={routeHash({ view: 'site', site: id })}>
          {t('paddy.otherValues')}
        </a>
      </p>
      <PaddyCharts series={air === undefined ? own : [...own, air]} city={city} />
      <AdviceBoard site={id} api={city.api} without="water-depth" />
      <ForecastCurves site={id} api={city.api} />
      {field !== undefined && <PaddySeason settings={field.settings} series={series} />}
      <PaddyLog site={id} api={city.api} />
      {field !== undefined && <PaddySettings field={field} farm={farm} api={city.api} />}
    </div>
  )
}

function airOf(site: SiteItem, city: City) {
  const station = nearestStation(site, city.sites.value)
  return station && stationSeries(city.seriesBySite.value.get(station.id) ?? []).temperature
}
