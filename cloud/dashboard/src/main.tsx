// Where the dashboard begins: the only place that touches the clock, the address bar and the document's root.
import './style/tokens.css'
import './style/base.css'
import './style/head.css'
import './style/own-menu.css'
import './style/page.css'
import './style/table.css'
import './style/marks.css'
import './style/stale.css'
import './style/skeleton.css'
import './style/preferences.css'
import './style/print.css'
import { effect } from '@preact/signals'
import { type ComponentChild, render } from 'preact'
import { systemClock } from '../../../broker/contract/ports.ts'
import { createHubApi } from './api/hub-api.ts'
import type { Me } from './api/shapes.ts'
import { isDoorAddress, nextPage } from './api/door-address.ts'
import { App } from './app.tsx'
import { groupAlarms } from './city/alarm-groups.ts'
import { type City, openCity } from './city/city.ts'
import { access, openSession, signedOut } from './city/session.ts'
import { followNotices, renewHere } from './notices/this-browser.ts'
import { forgetLastSeen } from './offline/last-seen.ts'
import { isOutdated } from './offline/newer-version.ts'
import { startOffline } from './offline/offline.ts'
import { openFirstPage } from './parts/first-page.ts'
import { firstScreen } from './parts/first-screen.ts'
import { startSecondHand } from './parts/now.ts'
import { stale } from './parts/stale.ts'
import { LoadFailed } from './parts/load-failed.tsx'
import { beginView, loadView } from './parts/view-loading.ts'
import { followAddress, route } from './router.ts'
import { routes } from './routes.ts'
import { restoreLanguage, t } from './text/language.ts'

restoreLanguage()
startSecondHand()
const link = takeLink()
if (!isDoorAddress()) openFirstPage()
followAddress(routes, () => {
  // Between two views nobody is in the middle of anything.
  if (isOutdated.value) return location.reload()
  window.scrollTo(0, 0)
  document.getElementById('content')?.focus({ preventScroll: true })
})
const api = createHubApi(new URL('./', document.baseURI).href, signedOut)
const root = document.getElementById('app')
let isShown = false

/** The secret of a one-time link does not stay in the address bar or the history. */
function takeLink(): string | undefined {
  const found = new URLSearchParams(location.hash.slice(1)).get('link') ?? undefined
  if (found !== undefined) history.replaceState(null, '', location.pathname)
  return found
}

/** `view`: that of the address, on its way. */
function showCity(view: Promise<void>): City {
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
  const begun = view.then(() => beginView(route.peek().view, city))
  void firstScreen(city, begun, systemClock).then(() => {
    if (access.value.state !== 'out') show(<App city={city} />)
  })
  return city
}

/** What stood there since the page itself came gives way. */
function show(screen: ComponentChild): void {
  if (root === null) return
  if (!isShown) root.replaceChildren()
  isShown = true
  render(screen, root)
}

/** The door is another page for whoever is in already, and is loaded only for those who are not. */
async function showDoor(me?: Me): Promise<void> {
  await forgetLastSeen()
  try {
    const { openDoor } = await import('./door.tsx')
    openDoor({ api, show, link, me })
  } catch {
    show(<LoadFailed isAway={false} />)
  }
}

/** Not awaited by this module: the files of views and of the door need it, and would wait for it while it waits for them. */
async function begin(): Promise<void> {
  const view = isDoorAddress() || link !== undefined ? Promise.resolve() : loadView(route.value.view)
  await openSession(api)
  const began = access.value
  if (link !== undefined || began.state === 'out') return await showDoor()
  if (began.state === 'in' && began.me.needsSecondFactor) return await showDoor(began.me)
  if (isDoorAddress()) return location.replace(nextPage())
  const city = showCity(view)
  const endOffline = startOffline(city, systemClock)
  effect(() => {
    if (access.value.state !== 'out') return
    endOffline()
    city.close()
    void showDoor()
  })
}

void begin()
