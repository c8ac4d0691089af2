// The authenticator app: set up by a QR code and its first code, new recovery codes, taken away.
import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { useAttempt } from '../account/attempt.ts'
import { confirmed } from '../account/confirming.ts'
import type { AccountApi } from '../api/account-api.ts'
import type { Me } from '../api/shapes.ts'
import { t } from '../text/language.ts'
import { AttemptState } from './attempt-state.tsx'
import { QrCode } from './qr-code.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { OwnField } from './own-field.tsx'

interface Props {
  readonly me: Me
  readonly api: AccountApi
  /** What one signs in with is other than before. */
  readonly changed: () => Promise<void>
}

export function OwnTotp({ me, api, changed }: Props) {
  const codes = useSignal<readonly string[] | undefined>(undefined)
  const done = (): void => {
    codes.value = undefined
    void changed()
  }
  return (
    <section class="notice-card" aria-labelledby="totp-title">
      <h2 id="totp-title">{t('account.totp')}</h2>
      {codes.value !== undefined ? (
        <RecoveryCodes codes={codes.value} done={done} />
      ) : me.authenticator ? (
        <Present me={me} api={api} changed={changed} show={(shown) => (codes.value = shown)} />
      ) : (
        <SetUp me={me} api={api} show={(shown) => (codes.value = shown)} />
      )}
    </section>
  )
}

type Show = (codes: readonly string[]) => void

function SetUp({ me, api, show }: Pick<Props, 'me' | 'api'> & { readonly show: Show }) {
  const attempt = useAttempt()
  const offer = useSignal<{ readonly secret: string; readonly uri: string } | undefined>(undefined)
  const code = useSignal('')
  /** As it was given for the offer: the code is sent with the same. */
  const given = useRef<string | undefined>(undefined)
  const begin = (): void =>
    void attempt.run(async () => {
      offer.value = await confirmed(me.hasPassword, (password) => {
        given.current = password
        return api.offerTotp(password)
      })
    })
  function submit(event: Event): void {
    event.preventDefault()
    const typed = code.value.replaceAll(/\s/g, '')
    void attempt.run(async () => show(await api.confirmTotp(typed, given.current)))
  }
  if (offer.value === undefined) {
    return (
      <>
        <p class="quiet">{t('account.totpAbout')}</p>
        <AttemptState attempt={attempt} />
        <button type="button" class="button notice-press" disabled={attempt.isBusy.value} onClick={begin}>
          {t('account.totpGo')}
        </button>
      </>
    )
  }
  const { secret, uri } = offer.value
  return (
    <form class="notice-form" onSubmit={submit}>
      <p>{t('account.totpScan')}</p>
      <QrCode text={uri} label={t('account.totpQr')} />
      <p>
        <a href={uri}>{t('account.totpOpen')}</a>
      </p>
      <p class="quiet">
        {t('account.totpSecret')} <code class="secret">{secret.replaceAll(/.{4}(?=.)/g, '$& ')}</code>
      </p>
      <OwnField label="account.totpCode" value={code} autocomplete="one-time-code" inputMode="numeric" maxLength={12} />
      <AttemptState attempt={attempt} />
      <button type="submit" class="button notice-press" disabled={attempt.isBusy.value}>
        {t('account.totpConfirm')}
      </button>
    </form>
  )
}

function Present({ me, api, changed, show }: Props & { readonly show: Show }) {
  const attempt = useAttempt()
  const isAsking = useSignal(false)
  const renew = (): void =>
    void attempt.run(async () => show(await confirmed(me.hasPassword, (password) => api.newRecoveryCodes(password))))
  const end = (): void =>
    void attempt.run(async () => {
      await confirmed(me.hasPassword, (password) => api.endTotp(password))
      await changed()
    })
  return (
    <>
      <p class="done">{t('account.totpOn')}</p>
      <AttemptState attempt={attempt} />
      <div class="duty-acts">
        <button type="button" class="button button-outline" disabled={attempt.isBusy.value} onClick={renew}>
          {t('account.codesNew')}
        </button>
        {isAsking.value ? (
          <button type="button" class="button button-danger" disabled={attempt.isBusy.value} onClick={end}>
            {t('account.totpReallyEnd')}
          </button>
        ) : (
          <button type="button" class="button button-outline" onClick={() => (isAsking.value = true)}>
            {t('account.totpEnd')}
          </button>
        )}
      </div>
    </>
  )
}
