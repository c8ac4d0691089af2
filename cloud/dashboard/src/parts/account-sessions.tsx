// Where one is signed in, and ending that elsewhere.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { useAttempt } from '../account/attempt.ts'
import { browserOf } from '../account/browser-name.ts'
import type { AccountApi } from '../api/account-api.ts'
import type { SessionItem } from '../api/shapes.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { AttemptState } from './attempt-state.tsx'
import { AgeText } from './time-text.tsx'

const methodKeys: Readonly<Record<string, TextKey>> = {
  password: 'signIn.password',
  passkey: 'account.passkey',
  oidc: 'account.provider',
  link: 'account.link',
}

export function OwnSessions({ api }: { readonly api: AccountApi }) {
  const attempt = useAttempt()
  const sessions = useSignal<readonly SessionItem[]>([])
  const load = async (): Promise<void> => {
    sessions.value = await api.sessions()
  }
  useEffect(() => void attempt.run(load), [])
  const end = (id: string): void =>
    void attempt.run(async () => {
      await api.endSession(id)
      await load()
    })
  const others = sessions.value.filter(({ isThis }) => !isThis)
  return (
    <section class="notice-card" aria-labelledby="sessions-title">
      <h2 id="sessions-title">{t('account.sessions')}</h2>
      <ul class="notice-list">
        {sessions.value.map((one) => (
          <li key={one.id}>
            <div>
              <strong>{browserOf(one.agent) ?? t('account.unknownBrowser')}</strong>
              {one.isThis && <span class="mark-here">{t('account.here')}</span>}
              <div class="quiet">
                {t(methodKeys[one.method] ?? 'account.link')} · {one.remote} · <AgeText timeMs={one.seenAt} />
              </div>
            </div>
            {!one.isThis && (
              <button
                type="button"
                class="button button-outline"
                aria-label={t('account.endOf', { name: browserOf(one.agent) ?? one.remote })}
                disabled={attempt.isBusy.value}
                onClick={() => end(one.id)}
              >
                {t('account.end')}
              </button>
            )}
          </li>
        ))}
      </ul>
      <AttemptState attempt={attempt} />
      {others.length > 0 && (
        <button
          type="button"
          class="button button-outline notice-press"
          disabled={attempt.isBusy.value}
          onClick={() => end('others')}
        >
          {t('account.endOthers')}
        </button>
      )}
    </section>
  )
}
