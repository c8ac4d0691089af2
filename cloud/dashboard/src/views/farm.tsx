// The farmer's page: which paddy needs what, most pressing first, and the weather. It carries neither map nor chart library.
import '../style/farm.css'
import '../style/farm-weather.css'
import type { FunctionComponent } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { SiteItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { nearestStation, stationSeries } from '../city/farm-weather.ts'
import { byNeed, type Paddy } from '../city/paddies.ts'
import { hourMinute } from '../format/time.ts'
import { FarmWeather } from '../parts/farm-weather.tsx'
import { chooseLargeType, farmClass, largeType } from '../parts/large-type.ts'
import { LoadFailed } from '../parts/load-failed.tsx'
import { PaddyCard } from '../parts/paddy-card.tsx'
import { beginFarm, paddiesOf, useFarm, type Farm } from '../parts/use-farm.ts'
import { useMoment } from '../parts/use-moment.ts'
import { routeHash } from '../router.ts'
import { language, t } from '../text/language.ts'

export function FarmPage({ at, city }: { readonly at: string | undefined; readonly city: City }) {
  const farm = useFarm(city)
  return at === undefined ? <FarmList farm={farm} city={city} /> : <LazyPaddy site={at} farm={farm} city={city} />
}
FarmPage.begin = beginFarm

type PaddyPage = FunctionComponent<{ readonly site: string; readonly farm: Farm; readonly city: City }>

/** The page of one paddy has charts and a form, which the list does not carry: fetched when one is opened. */
function LazyPaddy(props: { readonly site: string; readonly farm: Farm; readonly city: City }) {
  const [page, setPage] = useState<{ readonly Page: PaddyPage } | 'failed' | undefined>(undefined)
  useEffect(() => {
    let isShown = true
    import('./paddy.tsx').then(
      ({ PaddyPage: Page }) => isShown && setPage({ Page }),
      () => isShown && setPage('failed'),
    )
    return () => {
      isShown = false
    }
  }, [])
  if (page === 'failed') return <LoadFailed isAway={props.city.connection.value === 'lost'} />
  if (page === undefined) return <FarmSkeleton />
  return <page.Page {...props} />
}

function FarmList({ farm, city }: { readonly farm: Farm; readonly city: City }) {
  const news = farm.news.value
  const known = typeof news === 'string' ? undefined : news
  const paddies = paddiesOf(city, known)
  const ordered = useSteadyOrder(paddies ?? [])
  const isMoment = useMoment()
  if (paddies === undefined || (isMoment && news === 'loading')) return <FarmSkeleton />
  if (paddies.length === 0) {
    return (
      <>
        <h1>{t('farm.title')}</h1>
        <p class="empty">{t('farm.empty')}</p>
      </>
    )
  }
  const stationOf = (site: SiteItem): SiteItem | undefined => nearestStation(site, city.sites.value)
  const isWaiting = news === 'loading'
  const [first] = ordered
  return (
    <div class={farmClass()}>
      <FarmHead paddies={paddies} isWaiting={isWaiting} city={city} />
      {news === 'failed' && (
        <div class="fault" role="alert">
          <p>{t('farm.adviceFailed')}</p>
          <button type="button" class="button button-outline" onClick={() => void farm.reload()}>
            {t('farm.again')}
          </button>
        </div>
      )}
      <div class="paddy-grid">
        {ordered.map((paddy) => {
          const station = stationOf(paddy.site)
          const air = station && stationSeries(city.seriesBySite.value.get(station.id) ?? []).temperature
          return <PaddyCard key={paddy.site.id} paddy={paddy} air={air} isWaiting={isWaiting} />
        })}
      </div>
      <FarmWeather station={first && stationOf(first.site)} city={city} />
      <FarmNotices />
    </div>
  )
}

/** A card moves only when the need of one changes: never under the thumb because the water made a wave. */
function useSteadyOrder(paddies: readonly Paddy[]): readonly Paddy[] {
  const key = paddies.map(({ site, need }) => `${site.id} ${need}`).join('\n')
  // oxlint-disable-next-line react/exhaustive-deps
  const ids = useMemo(() => byNeed(paddies).map(({ site }) => site.id), [key])
  return ids.flatMap((id) => paddies.find(({ site }) => site.id === id) ?? [])
}

function FarmHead(props: { readonly paddies: readonly Paddy[]; readonly isWaiting: boolean; readonly city: City }) {
  const { paddies, isWaiting, city } = props
  const { lostSinceMs } = city
  const title = isWaiting ? t('paddy.waiting') : verdictOf(paddies)
  const time = lostSinceMs.value === undefined ? undefined : hourMinute(lostSinceMs.value, language.value)
  return (
    <div class="farm-head">
      <h1 class="farm-title" aria-live="polite">
        {time === undefined ? title : t('farm.asOf', { time, title })}
      </h1>
      <LargeTypeButton />
    </div>
  )
}

function verdictOf(paddies: readonly Paddy[]): string {
  const count = (...needs: readonly Paddy['need'][]): number =>
    paddies.filter(({ need }) => needs.includes(need)).length
  const all = paddies.length
  const work = count('now', 'today')
  const unknown = paddies.filter(({ act }) => act.kind === 'unknown').length
  if (paddies.every(({ act }) => act.kind === 'silent')) return t('paddy.silent')
  if (work > 0) return t('farm.some', { all, n: work })
  return unknown > 0 ? t('farm.look', { all, n: unknown }) : t('farm.none')
}

function LargeTypeButton() {
  return (
    <button
      type="button"
      class="choice"
      aria-pressed={largeType.value}
      onClick={() => chooseLargeType(!largeType.value)}
    >
      {t('farm.large')}
    </button>
  )
}

function FarmNotices() {
  return (
    <p class="farm-notices">
      <a class="button button-outline" href={routeHash({ view: 'notices' })}>
        {t('farm.notices')}
      </a>
      <span class="quiet">{t('farm.noticesHint')}</span>
    </p>
  )
}

function FarmSkeleton() {
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">{t('app.loading')}</span>
      <span class="skeleton-title" />
      <span class="skeleton-box" />
      <span class="skeleton-box" />
    </div>
  )
}
