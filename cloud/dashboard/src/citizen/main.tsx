// Where the citizen's page begins: its storage, its service worker, and the first screen.
import '../style/tokens.css'
import '../field/style/field.css'
import '../field/style/lists.css'
import '../phone/pin-map.css'
import './citizen.css'
import { render } from 'preact'
import { restoreLanguage } from '../phone/language.ts'
import { App } from './app.tsx'
import { openCitizen } from './citizen.ts'
import { openStorage } from './storage.ts'

restoreLanguage()
const root = document.getElementById('app')

/** Not over plain HTTP, except on this machine: browsers forbid it there. */
function keepOffline(): void {
  void navigator.serviceWorker?.register('./sw.js', { scope: './', updateViaCache: 'none' }).catch(() => undefined)
}

if (root !== null) {
  // A browser that keeps nothing still reports, as long as the page is open.
  await openCitizen(await openStorage().catch(() => undefined))
  render(<App />, root)
  keepOffline()
}
