// The page: head, the view that the address names, foot.
import type { City } from './city/city.ts'
import { PageHead } from './parts/page-head.tsx'
import { stale } from './parts/stale.ts'
import { route } from './router.ts'
import { t } from './text/language.ts'
import { Account } from './views/account.tsx'
import { Alarms } from './views/alarms.tsx'
import { GatewayPage } from './views/gateway.tsx'
import { Gateways } from './views/gateways.tsx'
import { Maintenance } from './views/maintenance.tsx'
import { Deliveries } from './views/deliveries.tsx'
import { Duty } from './views/duty.tsx'
import { Notices } from './views/notices.tsx'
import { Overview } from './views/overview.tsx'
import { Rules } from './views/rules.tsx'
import { Audit } from './views/audit.tsx'
import { People } from './views/people.tsx'
import { SitePage } from './views/site.tsx'

function View({ city }: { readonly city: City }) {
  const shown = route.value
  if (shown.view === 'alarms') return <Alarms city={city} />
  if (shown.view === 'account') return <Account city={city} />
  if (shown.view === 'maintenance') return <Maintenance key={shown.at} at={shown.at} city={city} />
  if (shown.view === 'rules') return <Rules key={shown.at} at={shown.at} city={city} />
  if (shown.view === 'gateways') return <Gateways city={city} />
  if (shown.view === 'site') return <SitePage key={shown.site} site={shown.site} city={city} />
  if (shown.view === 'gateway') return <GatewayPage key={shown.gateway} gateway={shown.gateway} city={city} />
  if (shown.view === 'notices') return <Notices city={city} />
  if (shown.view === 'duty') return <Duty city={city} />
  if (shown.view === 'deliveries') return <Deliveries city={city} />
  if (shown.view === 'people') return <People city={city} />
  if (shown.view === 'audit') return <Audit city={city} />
  return <Overview city={city} />
}

/** The hash is the address of the view, so that the link to the content moves the focus by script. */
function focusContent(event: MouseEvent): void {
  event.preventDefault()
  document.getElementById('content')?.focus()
}

export function App({ city }: { readonly city: City }) {
  return (
    <>
      <a class="skip" href="#content" onClick={focusContent}>
        {t('app.skip')}
      </a>
      <PageHead city={city} />
      <main id="content" tabIndex={-1} class={stale.value ? 'stale' : undefined}>
        <View city={city} />
      </main>
      <footer class="foot">
        <p>
          {t('app.credits')} <a href="./docs">{t('app.api')}</a>
        </p>
      </footer>
    </>
  )
}
