// Where the field page begins: its storage, its service worker, and the first screen.
import '../style/tokens.css'
import './style/field.css'
import './style/lists.css'
import '../phone/pin-map.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { openField } from './field.ts'
import { openStorage } from './storage.ts'
import { restoreLanguage } from '../phone/language.ts'
import { say } from './text/say.ts'

restoreLanguage()
const root = document.getElementById('app')

/** Not over plain HTTP, except on this machine: browsers forbid it there. */
function keepOffline(): void {
  void navigator.serviceWorker?.register('./sw.js', { scope: './', updateViaCache: 'none' }).catch(() => undefined)
}

if (root !== null && !isSecureContext) {
  render(<p class="notice notice-fault">{say('app.insecure')}</p>, root)
} else if (root !== null) {
  try {
    await openField(await openStorage())
    render(<App />, root)
    keepOffline()
  } catch {
    render(<p class="notice notice-fault">{say('app.broken')}</p>, root)
  }
}
