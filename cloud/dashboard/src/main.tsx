// Where the dashboard begins: the only place that touches the clock, the address bar and the document's root.
import './style/tokens.css'
import './style/base.css'
import './style/head.css'
import './style/page.css'
import './style/table.css'
import './style/marks.css'
import './style/alarms.css'
import './style/alarm-acts.css'
import './style/sites.css'
import './style/values.css'
import './style/lamps.css'
import './style/inspection.css'
import './style/gateways.css'
import './style/care.css'
import './style/installation.css'
import './style/map.css'
import './style/chart.css'
import './style/stale.css'
import { effect } from '@preact/signals'
import { render } from 'preact'
import { systemClock } from '../../../broker/contract/ports.ts'
import { createHubApi } from './api/hub-api.ts'
import { App } from './app.tsx'
import { groupAlarms } from './city/alarm-groups.ts'
import { openCity } from './city/city.ts'
import { startSecondHand } from './parts/now.ts'
import { stale } from './parts/stale.ts'
import { followAddress } from './router.ts'
import { restoreLanguage, t } from './text/language.ts'

restoreLanguage()
startSecondHand()
followAddress(() => {
  window.scrollTo(0, 0)
  document.getElementById('content')?.focus({ preventScroll: true })
})
const city = openCity({ api: createHubApi(new URL('./', document.baseURI).href), clock: systemClock })
effect(() => {
  stale.value = city.lostSinceMs.value !== undefined
})
effect(() => {
  const waiting = groupAlarms(city.openAlarms.value).todo
  const name = stale.value ? t('app.nameStale') : t('app.name')
  document.title = waiting.length === 0 ? name : `(${waiting.length}) ${name}`
})
const root = document.getElementById('app')
if (root !== null) render(<App city={city} />, root)
