// The head of every page: whose screen this is, where to go, which language, and how fresh the values are.
import { groupAlarms } from '../city/alarm-groups.ts'
import type { City } from '../city/city.ts'
import { route, routeHash, type Route } from '../router.ts'
import type { TextKey } from '../text/dictionary.ts'
import { chooseLanguage, language, t } from '../text/language.ts'
import markUrl from '../style/mark.svg'
import { Freshness, LostNotice } from './freshness.tsx'
import { OwnMenu } from './own-menu.tsx'

const pages: readonly { readonly view: 'overview' | 'alarms' | 'gateways'; readonly text: TextKey }[] = [
  { view: 'overview', text: 'nav.overview' },
  { view: 'alarms', text: 'nav.alarms' },
  { view: 'gateways', text: 'nav.gateways' },
]

function isCurrent(view: Route['view'], shown: Route): boolean {
  return (
    view === shown.view ||
    (view === 'overview' && shown.view === 'site') ||
    (view === 'alarms' && shown.view === 'maintenance')
  )
}

function Navigation({ city }: { readonly city: City }) {
  const waiting = groupAlarms(city.openAlarms.value).todo.length
  return (
    <nav class="nav" aria-label={t('nav.label')}>
      {pages.map(({ view, text }) => (
        <a key={view} href={routeHash({ view })} aria-current={isCurrent(view, route.value) ? 'page' : undefined}>
          {t(text)}
          {view === 'alarms' && waiting > 0 && <span class="nav-count">{waiting}</span>}
        </a>
      ))}
    </nav>
  )
}

export function PageHead({ city }: { readonly city: City }) {
  const other = language.value === 'ja' ? 'en' : 'ja'
  return (
    <header class="head">
      <div class="head-row">
        <a class="brand" href={routeHash({ view: 'overview' })}>
          <img src={markUrl} alt="" width="32" height="32" />
          <span class="brand-name">{t('app.name')}</span>
          <span class="brand-subtitle">{t('app.subtitle')}</span>
        </a>
        <Navigation city={city} />
        <button type="button" class="language" lang={other} onClick={() => chooseLanguage(other)}>
          {t('nav.language')}
        </button>
        <OwnMenu city={city} />
      </div>
      <div class="head-state">
        <Freshness city={city} />
      </div>
      <LostNotice city={city} />
    </header>
  )
}
