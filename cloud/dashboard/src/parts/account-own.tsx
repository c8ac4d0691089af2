// One's own name and language, and another password.
import { useSignal } from '@preact/signals'
import { useAttempt } from '../account/attempt.ts'
import type { AccountApi } from '../api/account-api.ts'
import type { Me } from '../api/shapes.ts'
import { chooseLanguage, t } from '../text/language.ts'
import { AttemptState } from './attempt-state.tsx'
import { OwnField } from './own-field.tsx'

export function OwnName({
  me,
  api,
  changed,
}: {
  readonly me: Me
  readonly api: AccountApi
  readonly changed: (me: Me) => void
}) {
  const attempt = useAttempt()
  const name = useSignal(me.name)
  const spoken = useSignal(me.language)
  function submit(event: Event): void {
    event.preventDefault()
    void attempt.run(async () => {
      const language = spoken.value
      changed(await api.change({ name: name.value.trim(), language }))
      chooseLanguage(language)
    })
  }
  return (
    <section class="notice-card" aria-labelledby="own-title">
      <h2 id="own-title">{t('account.own')}</h2>
      <form class="notice-form" onSubmit={submit}>
        <p class="quiet">{t('account.id', { id: me.person })}</p>
        <OwnField label="account.name" value={name} autocomplete="name" />
        <label class="field">
          {t('account.language')}
          <select
            value={spoken.value}
            onChange={(event) => (spoken.value = event.currentTarget.value === 'en' ? 'en' : 'ja')}
          >
            <option value="ja">{t('account.japanese')}</option>
            <option value="en">{t('account.english')}</option>
          </select>
        </label>
        <p class="quiet">{t('account.languageAbout')}</p>
        <AttemptState attempt={attempt} done="account.saved" />
        <button type="submit" class="button notice-press" disabled={attempt.isBusy.value}>
          {t('duty.save')}
        </button>
      </form>
    </section>
  )
}

export function OwnPassword({ me, api }: { readonly me: Me; readonly api: AccountApi }) {
  const attempt = useAttempt()
  const now = useSignal('')
  const next = useSignal('')
  function submit(event: Event): void {
    event.preventDefault()
    void attempt.run(async () => {
      await api.changePassword(now.value, next.value)
      now.value = ''
      next.value = ''
    })
  }
  return (
    <section class="notice-card" aria-labelledby="password-title">
      <h2 id="password-title">{t('signIn.password')}</h2>
      {me.hasPassword ? (
        <form class="notice-form" onSubmit={submit}>
          <p class="quiet">{t('signIn.linkAbout')}</p>
          <OwnField
            label="account.passwordNow"
            type="password"
            autocomplete="current-password"
            maxLength={256}
            value={now}
          />
          <OwnField
            label="signIn.newPassword"
            type="password"
            autocomplete="new-password"
            maxLength={256}
            value={next}
          />
          <AttemptState attempt={attempt} done="account.passwordDone" />
          <button type="submit" class="button notice-press" disabled={attempt.isBusy.value}>
            {t('account.passwordGo')}
          </button>
        </form>
      ) : (
        <p class="quiet">{t('account.noPassword')}</p>
      )}
    </section>
  )
}
