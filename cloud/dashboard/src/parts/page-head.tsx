// The head of every page: whose screen this is, where to go, which language, and how fresh the values are.
import type { City } from '../city/city.ts'
import markUrl from '../style/mark.svg'
import { chooseLanguage, language, t } from '../text/language.ts'
import { firstPage } from './first-page.ts'
import { Freshness, LostNotice, NewerNotice } from './freshness.tsx'
import { MainNav } from './main-nav.tsx'
import { OwnMenu } from './own-menu.tsx'

export function PageHead({ city }: { readonly city: City }) {
  const other = language.value === 'ja' ? 'en' : 'ja'
  return (
    <header class="head">
      <div class="head-row">
        <a class="brand" href={firstPage.value}>
          <img src={markUrl} alt="" width="32" height="32" />
          <span class="brand-name">{t('app.name')}</span>
          <span class="brand-subtitle">{t('app.subtitle')}</span>
        </a>
        <MainNav city={city} />
        <button type="button" class="language" lang={other} onClick={() => chooseLanguage(other)}>
          {t('nav.language')}
        </button>
        <OwnMenu city={city} />
      </div>
      <div class="head-state">
        <Freshness city={city} />
      </div>
      <LostNotice city={city} />
      <NewerNotice />
    </header>
  )
}
