// The door after the door: whoever may change things for others sets up a second factor before anything else.
import type { HubApi } from '../api/hub-api.ts'
import type { Me } from '../api/shapes.ts'
import { OwnPasskeys } from '../parts/account-passkeys.tsx'
import { OwnTotp } from '../parts/account-totp.tsx'
import { DoorHead } from '../parts/door-head.tsx'
import { PasswordQuestion } from '../parts/password-question.tsx'
import { t } from '../text/language.ts'

export function SecondFactor(props: { readonly me: Me; readonly api: HubApi; readonly done: () => void }) {
  const { me, api, done } = props
  const changed = (): Promise<void> => {
    done()
    return Promise.resolve()
  }
  const leave = async (): Promise<void> => {
    await api.session.signOut().catch(() => undefined)
    done()
  }
  return (
    <main class="door" id="content" tabIndex={-1}>
      <DoorHead />
      <h1>{t('factor.title')}</h1>
      {me.secondFactor ? (
        <p>{t('factor.again')}</p>
      ) : (
        <>
          <p>{t('factor.about', { name: me.name })}</p>
          <OwnPasskeys me={me} api={api.account} changed={changed} isFirst />
          <OwnTotp me={me} api={api.account} changed={changed} />
        </>
      )}
      <button type="button" class="button button-outline" onClick={() => void leave()}>
        {t('signIn.out')}
      </button>
      <PasswordQuestion />
    </main>
  )
}
