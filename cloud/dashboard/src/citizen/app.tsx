// Which page of the citizen's is shown.
import { address, online, toSend } from './citizen.ts'
import { secretOf } from './draft.ts'
import { DataPage } from './pages/data.tsx'
import { HomePage } from './pages/home.tsx'
import { PlacesPage } from './pages/places.tsx'
import { PrivacyPage } from './pages/privacy.tsx'
import { ReportPage } from './pages/report.tsx'
import { StatusPage } from './pages/status.tsx'
import { language, otherLanguage } from '../phone/language.ts'
import { say } from './text/say.ts'

const pages = {
  '#report': ReportPage,
  '#places': PlacesPage,
  '#data': DataPage,
  '#privacy': PrivacyPage,
} as const

function Shown() {
  const secret = secretOf(address.value)
  if (secret !== undefined) return <StatusPage key={secret} secret={secret} />
  const Page = Object.hasOwn(pages, address.value) ? pages[address.value as keyof typeof pages] : HomePage
  return <Page />
}

export function App() {
  return (
    <div class="page">
      <header class="head">
        <a class="home-link" href="#">
          {say('app.name')}
        </a>
        {(!online.value || toSend.value.length > 0) && (
          <p class={`net net-${online.value ? 'on' : 'off'}`} role="status">
            <span class="net-dot" aria-hidden="true" />
            {online.value ? '' : say('app.offline')}
            {toSend.value.length > 0 && <b class="net-count">{say('app.waiting', { n: toSend.value.length })}</b>}
          </p>
        )}
        <button type="button" class="language" lang={language.value === 'ja' ? 'en' : 'ja'} onClick={otherLanguage}>
          {say('app.language')}
        </button>
      </header>
      <Shown />
    </div>
  )
}
