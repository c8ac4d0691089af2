// One's own account: who one is, what one signs in with, where one is signed in, and the tokens of one's programs.
import '../style/alarms.css'
import '../style/account.css'
import '../style/notices.css'
import '../style/duty.css'
import '../style/admin.css'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { UiSettings } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { access, signedIn } from '../city/session.ts'
import { OwnName, OwnPassword } from '../parts/account-own.tsx'
import { OwnPasskeys } from '../parts/account-passkeys.tsx'
import { OwnProvider } from '../parts/account-provider.tsx'
import { OwnSessions } from '../parts/account-sessions.tsx'
import { OwnTokens } from '../parts/account-tokens.tsx'
import { OwnTotp } from '../parts/account-totp.tsx'
import { PasswordQuestion } from '../parts/password-question.tsx'
import { t } from '../text/language.ts'

export function Account({ city }: { readonly city: City }) {
  const provider = useSignal<UiSettings['identityProvider']>(null)
  useEffect(() => {
    void city.api
      .settings()
      .then((settings) => (provider.value = settings.identityProvider))
      .catch(() => undefined)
  }, [city, provider])
  const now = access.value
  if (now.state !== 'in') {
    return (
      <>
        <h1>{t('account.title')}</h1>
        <p class="empty">{t('account.nobody')}</p>
      </>
    )
  }
  const { me } = now
  const { account: api, session } = city.api
  const changed = async (): Promise<void> => signedIn(await session.me())
  return (
    <>
      <h1>{t('account.title')}</h1>
      <div class="notice-grid">
        <OwnName me={me} api={api} changed={signedIn} />
        <OwnPasskeys me={me} api={api} changed={changed} />
        <OwnTotp me={me} api={api} changed={changed} />
        <OwnPassword me={me} api={api} />
        {provider.value !== null && <OwnProvider me={me} api={api} provider={provider.value} />}
        <OwnSessions api={api} />
        <OwnTokens me={me} api={api} />
      </div>
      <PasswordQuestion />
    </>
  )
}
