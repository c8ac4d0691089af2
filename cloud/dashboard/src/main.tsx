// Where the dashboard begins: the only place that touches the clock, the address bar and the document's root.
import './style/tokens.css'
import './style/page.css'
import './style/parts.css'
import './style/map.css'
import './style/chart.css'
import { effect } from '@preact/signals'
import { render } from 'preact'
import { systemClock } from '../../../broker/contract/ports.ts'
import { createHubApi } from './api/hub-api.ts'
import { App } from './app.tsx'
import { needsAction } from './city/merge.ts'
import { openCity } from './city/city.ts'
import { startSecondHand } from './parts/now.ts'
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
  const waiting = city.openAlarms.value.filter(needsAction)
  document.title = waiting.length === 0 ? t('app.name') : `(${waiting.length}) ${t('app.name')}`
})
const root = document.getElementById('app')
if (root !== null) render(<App city={city} />, root)
