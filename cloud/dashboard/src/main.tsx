// Where the dashboard begins: the only place that touches the clock, the address bar and the document's root.
import './style/tokens.css'
import './style/base.css'
import './style/head.css'
import './style/own-menu.css'
import './style/page.css'
import './style/table.css'
import './style/marks.css'
import './style/alarms.css'
import './style/alarm-acts.css'
import './style/advice.css'
import './style/sites.css'
import './style/values.css'
import './style/lamps.css'
import './style/inspection.css'
import './style/gateways.css'
import './style/care.css'
import './style/installation.css'
import './style/account.css'
import './style/door.css'
import './style/map.css'
import './style/notices.css'
import './style/duty.css'
import './style/rules.css'
import './style/admin.css'
import './style/chart.css'
import './style/stale.css'
import { effect } from '@preact/signals'
import { render } from 'preact'
import { systemClock } from '../../../broker/contract/ports.ts'
import { createHubApi } from './api/hub-api.ts'
import type { Me } from './api/shapes.ts'
import { App } from './app.tsx'
import { groupAlarms } from './city/alarm-groups.ts'
import { type City, openCity } from './city/city.ts'
import { access, openSession, signedOut } from './city/session.ts'
import { followNotices, renewHere } from './notices/this-browser.ts'
import { startSecondHand } from './parts/now.ts'
import { stale } from './parts/stale.ts'
import { followAddress } from './router.ts'
import { restoreLanguage, t } from './text/language.ts'
import { SecondFactor } from './views/second-factor.tsx'
import { SignIn } from './views/sign-in.tsx'

restoreLanguage()
startSecondHand()
followAddress(() => {
  window.scrollTo(0, 0)
  document.getElementById('content')?.focus({ preventScroll: true })
})
const api = createHubApi(new URL('./', document.baseURI).href, signedOut)
const root = document.getElementById('app')
const link = takeLink()

/** The secret of a one-time link does not stay in the address bar or the history. */
function takeLink(): string | undefined {
  const found = new URLSearchParams(location.hash.slice(1)).get('link') ?? undefined
  if (found !== undefined) history.replaceState(null, '', location.pathname)
  return found
}

function showCity(): City {
  const city = openCity({ api, clock: systemClock })
  followNotices()
  void renewHere(api.notices)
  effect(() => {
    stale.value = city.lostSinceMs.value !== undefined
  })
  effect(() => {
    const waiting = groupAlarms(city.openAlarms.value).todo
    const name = stale.value ? t('app.nameStale') : t('app.name')
    document.title = waiting.length === 0 ? name : `(${waiting.length}) ${name}`
  })
  if (root !== null) render(<App city={city} />, root)
  return city
}

function isDoorAddress(): boolean {
  return location.pathname.endsWith('/sign-in')
}

/** Where `?next=` leads, within this hub: the field page sends people here. */
function nextPage(): URL {
  const home = new URL('./', document.baseURI)
  const next = URL.parse(new URLSearchParams(location.search).get('next') ?? '', home)
  return next?.origin === home.origin && !next.pathname.endsWith('/sign-in') ? next : home
}

/** Whoever has come in begins with a fresh page: nothing of another person's is left. */
function showDoor(): void {
  const enter = ({ needsSecondFactor }: Me): void =>
    isDoorAddress() && !needsSecondFactor ? location.replace(nextPage()) : location.reload()
  const { pathname, search, hash } = isDoorAddress() ? nextPage() : location
  if (root !== null)
    render(<SignIn api={api} link={link} next={pathname + search + hash} fault={takeFault()} done={enter} />, root)
}

/** Why the identity provider's answer let nobody in: said once. */
function takeFault(): string | undefined {
  const found = new URLSearchParams(location.search).get('fault') ?? undefined
  if (found !== undefined) history.replaceState(null, '', location.pathname)
  return found
}

function showSecondFactor(me: Me): void {
  if (root !== null) render(<SecondFactor me={me} api={api} done={() => location.reload()} />, root)
}

await openSession(api)
const began = access.value
if (link !== undefined || access.value.state === 'out') showDoor()
else if (began.state === 'in' && began.me.needsSecondFactor) showSecondFactor(began.me)
else if (isDoorAddress()) location.replace(nextPage())
else {
  const city = showCity()
  effect(() => {
    if (access.value.state !== 'out') return
    city.close()
    showDoor()
  })
}
