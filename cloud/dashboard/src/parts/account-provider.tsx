// One's account at the city's identity provider: linked by going there, unlinked after a second press.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { useAttempt } from '../account/attempt.ts'
import { confirmed } from '../account/confirming.ts'
import type { AccountApi } from '../api/account-api.ts'
import type { Me, UiSettings } from '../api/shapes.ts'
import { localized, t } from '../text/language.ts'
import { AttemptState } from './attempt-state.tsx'

export function OwnProvider(props: {
  readonly me: Me
  readonly api: AccountApi
  readonly provider: NonNullable<UiSettings['identityProvider']>
}) {
  const { me, api, provider } = props
  const attempt = useAttempt()
  const isLinked = useSignal(false)
  const isAsking = useSignal(false)
  const load = async (): Promise<void> => {
    isLinked.value = (await api.linkedSince()) !== undefined
  }
  useEffect(() => void attempt.run(load), [])
  const link = (): void =>
    void attempt.run(async () => {
      const next = `${location.pathname}${location.hash}`
      location.assign(await confirmed(me.hasPassword, (password) => api.linkProvider(next, password)))
    })
  const unlink = (): void =>
    void attempt.run(async () => {
      await confirmed(me.hasPassword, (password) => api.unlinkProvider(password))
      isAsking.value = false
      await load()
    })
  return (
    <section class="notice-card" aria-labelledby="provider-title">
      <h2 id="provider-title">{localized(provider)}</h2>
      <p class="quiet">{t(isLinked.value ? 'account.providerOn' : 'account.providerAbout')}</p>
      <AttemptState attempt={attempt} />
      {!isLinked.value ? (
        <button type="button" class="button notice-press" disabled={attempt.isBusy.value} onClick={link}>
          {t('account.providerLink')}
        </button>
      ) : isAsking.value ? (
        <button type="button" class="button button-danger notice-press" onClick={unlink}>
          {t('account.providerReallyUnlink')}
        </button>
      ) : (
        <button type="button" class="button button-outline notice-press" onClick={() => (isAsking.value = true)}>
          {t('account.providerUnlink')}
        </button>
      )}
    </section>
  )
}
