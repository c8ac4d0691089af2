// Tokens for programs: made for one tenant and some rights until a day, shown once, revoked after a second press.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type Attempt, useAttempt } from '../account/attempt.ts'
import type { AccountApi, NewToken } from '../api/account-api.ts'
import type { Me, TokenItem } from '../api/shapes.ts'
import { dateTime } from '../format/time.ts'
import { language, t } from '../text/language.ts'
import { AttemptState } from './attempt-state.tsx'
import { OwnField } from './own-field.tsx'
import { AgeText } from './time-text.tsx'

const dayMs = 86_400_000
const lengths = [30, 90, 365] as const

export function OwnTokens({ me, api }: { readonly me: Me; readonly api: AccountApi }) {
  const attempt = useAttempt()
  const tokens = useSignal<readonly TokenItem[]>([])
  const made = useSignal<string | undefined>(undefined)
  const load = async (): Promise<void> => {
    tokens.value = (await api.tokens()).filter(({ person }) => person === me.person)
  }
  useEffect(() => void attempt.run(load), [])
  const make = (body: NewToken): Promise<void> =>
    attempt.run(async () => {
      made.value = await api.makeToken(body)
      await load()
    })
  const revoke = (id: string): Promise<void> =>
    attempt.run(async () => {
      await api.revokeToken(id)
      await load()
    })
  return (
    <section class="notice-card" aria-labelledby="tokens-title">
      <h2 id="tokens-title">{t('account.tokens')}</h2>
      <p class="quiet">{t('account.tokensAbout')}</p>
      {made.value !== undefined && <Made token={made.value} done={() => (made.value = undefined)} />}
      {tokens.value.length > 0 && (
        <ul class="notice-list">
          {tokens.value.map((item) => (
            <Token key={item.id} item={item} isBusy={attempt.isBusy.value} revoke={revoke} />
          ))}
        </ul>
      )}
      <AttemptState attempt={attempt} />
      {me.rights.length > 0 && made.value === undefined && <NewTokenForm me={me} attempt={attempt} make={make} />}
    </section>
  )
}

function Made({ token, done }: { readonly token: string; readonly done: () => void }) {
  return (
    <div class="shown-once" role="status">
      <h3>{t('account.tokenMade')}</h3>
      <p>{t('account.tokenOnce')}</p>
      <code class="secret">{token}</code>
      <button type="button" class="button notice-press" onClick={done}>
        {t('account.codesKept')}
      </button>
    </div>
  )
}

function Token(props: {
  readonly item: TokenItem
  readonly isBusy: boolean
  readonly revoke: (id: string) => Promise<void>
}) {
  const { item, isBusy, revoke } = props
  const isAsking = useSignal(false)
  return (
    <li>
      <div>
        <strong>{item.name}</strong>
        <div class="quiet">
          {item.tenant === '*' ? t('account.allTenants') : item.tenant}: {item.rights.join(', ')}
        </div>
        <div class="quiet">
          {t('account.tokenUntil', { time: dateTime(item.expiresAt, language.value) })} ·{' '}
          {item.usedAt === null ? t('account.neverUsed') : t('account.lastUsed')}{' '}
          {item.usedAt !== null && <AgeText timeMs={item.usedAt} />}
        </div>
      </div>
      {isAsking.value ? (
        <button type="button" class="button button-danger" disabled={isBusy} onClick={() => void revoke(item.id)}>
          {t('account.tokenReallyRevoke')}
        </button>
      ) : (
        <button
          type="button"
          class="button button-outline"
          aria-label={t('account.tokenRevokeOf', { name: item.name })}
          onClick={() => (isAsking.value = true)}
        >
          {t('account.tokenRevoke')}
        </button>
      )}
    </li>
  )
}

function NewTokenForm(props: {
  readonly me: Me
  readonly attempt: Attempt
  readonly make: (body: NewToken) => Promise<void>
}) {
  const { me, attempt, make } = props
  const name = useSignal('')
  const tenant = useSignal(me.rights[0]?.tenant ?? '')
  const chosen = useSignal<readonly string[]>(['see'])
  const days = useSignal<number>(90)
  const rights = me.rights.find((one) => one.tenant === tenant.value)?.rights ?? []
  function submit(event: Event): void {
    event.preventDefault()
    const wanted = chosen.value.filter((right) => rights.includes(right))
    const expires = Date.now() + days.value * dayMs
    void make({ name: name.value.trim(), tenant: tenant.value, rights: wanted, expires }).then(() => (name.value = ''))
  }
  const tick = (right: string, isOn: boolean): void => {
    chosen.value = isOn ? [...chosen.value, right] : chosen.value.filter((one) => one !== right)
  }
  return (
    <details class="token-new">
      <summary>{t('account.tokenNew')}</summary>
      <form class="notice-form" onSubmit={submit}>
        <OwnField label="account.tokenName" value={name} />
        <label class="field">
          {t('account.tenant')}
          <select value={tenant.value} onChange={(event) => (tenant.value = event.currentTarget.value)}>
            {me.rights.map((one) => (
              <option key={one.tenant} value={one.tenant}>
                {one.tenant === '*' ? t('account.allTenants') : one.tenant}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          {t('account.tokenDays')}
          <select value={days.value} onChange={(event) => (days.value = Number(event.currentTarget.value))}>
            {lengths.map((length) => (
              <option key={length} value={length}>
                {t('account.days', { days: length })}
              </option>
            ))}
          </select>
        </label>
        <fieldset class="field-choice">
          <legend>{t('account.rights')}</legend>
          <div class="token-rights">
            {rights.map((right) => (
              <label key={right} class="tick">
                <input
                  type="checkbox"
                  checked={chosen.value.includes(right)}
                  onChange={(event) => tick(right, event.currentTarget.checked)}
                />
                <code>{right}</code>
              </label>
            ))}
          </div>
        </fieldset>
        <button
          type="submit"
          class="button notice-press"
          disabled={attempt.isBusy.value || !chosen.value.some((right) => rights.includes(right))}
        >
          {t('account.tokenMake')}
        </button>
      </form>
    </details>
  )
}
