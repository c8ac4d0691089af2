// One's own passkeys: made on this device, named, and removed after a second press.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type Attempt, useAttempt } from '../account/attempt.ts'
import { confirmed } from '../account/confirming.ts'
import { arePasskeysPossible, makePasskey } from '../account/passkey-device.ts'
import type { AccountApi } from '../api/account-api.ts'
import type { Me, PasskeyItem } from '../api/shapes.ts'
import { t } from '../text/language.ts'
import { AttemptState } from './attempt-state.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { OwnField } from './own-field.tsx'
import { AgeText } from './time-text.tsx'

interface Props {
  readonly me: Me
  readonly api: AccountApi
  /** What one signs in with is other than before. */
  readonly changed: () => Promise<void>
  /** Nothing may be asked of the hub but to make one: a second factor is still missing. */
  readonly isFirst?: true
}

export function OwnPasskeys({ me, api, changed, isFirst }: Props) {
  const attempt = useAttempt()
  const passkeys = useSignal<readonly PasskeyItem[]>([])
  const codes = useSignal<readonly string[] | undefined>(undefined)
  async function load(): Promise<void> {
    if (isFirst !== true) passkeys.value = await api.passkeys()
  }
  useEffect(() => void attempt.run(load), [])
  const add = async (name: string): Promise<void> => {
    const offer = await confirmed(me.hasPassword, (password) => api.offerPasskey(password))
    const response = await makePasskey(offer)
    const shown = await api.keepPasskey(offer.ticket, name, response)
    if (shown !== null) codes.value = shown
    else await changed()
    await load()
  }
  const done = (): void => {
    codes.value = undefined
    void changed()
  }
  const remove = (id: string): Promise<void> =>
    attempt.run(async () => {
      await confirmed(me.hasPassword, (password) => api.removePasskey(id, password))
      await load()
      await changed()
    })
  const rename = (id: string, name: string): Promise<void> =>
    attempt.run(async () => {
      await api.renamePasskey(id, name)
      await load()
    })
  return (
    <section class="notice-card" aria-labelledby="passkeys-title">
      <h2 id="passkeys-title">{t('account.passkeys')}</h2>
      <p class="quiet">{t('account.passkeysAbout')}</p>
      {codes.value !== undefined && <RecoveryCodes codes={codes.value} done={done} />}
      {passkeys.value.length > 0 && (
        <ul class="notice-list">
          {passkeys.value.map((item) => (
            <Passkey key={item.id} item={item} attempt={attempt} remove={remove} rename={rename} />
          ))}
        </ul>
      )}
      <AttemptState attempt={attempt} />
      {codes.value === undefined && <AddPasskey attempt={attempt} add={add} />}
    </section>
  )
}

function AddPasskey({ attempt, add }: { readonly attempt: Attempt; readonly add: (name: string) => Promise<void> }) {
  const name = useSignal('')
  if (!arePasskeysPossible()) return <p class="warn">{t('account.passkeysImpossible')}</p>
  function submit(event: Event): void {
    event.preventDefault()
    void attempt.run(async () => {
      await add(name.value.trim())
      name.value = ''
    })
  }
  return (
    <form class="notice-form" onSubmit={submit}>
      <OwnField label="account.passkeyName" value={name} />
      <p class="quiet">{t('account.passkeyNameAbout')}</p>
      <button type="submit" class="button notice-press" disabled={attempt.isBusy.value}>
        {t('account.passkeyAdd')}
      </button>
    </form>
  )
}

function Passkey(props: {
  readonly item: PasskeyItem
  readonly attempt: Attempt
  readonly remove: (id: string) => Promise<void>
  readonly rename: (id: string, name: string) => Promise<void>
}) {
  const { item, attempt, remove, rename } = props
  const state = useSignal<'shown' | 'naming' | 'asking'>('shown')
  const name = useSignal(item.name)
  function submit(event: Event): void {
    event.preventDefault()
    state.value = 'shown'
    void rename(item.id, name.value.trim())
  }
  if (state.value === 'naming') {
    return (
      <li>
        <form class="notice-form" onSubmit={submit}>
          <OwnField label="account.passkeyName" value={name} />
          <div class="duty-acts">
            <button type="submit" class="button">
              {t('duty.save')}
            </button>
            <button type="button" class="button button-outline" onClick={() => (state.value = 'shown')}>
              {t('duty.cancel')}
            </button>
          </div>
        </form>
      </li>
    )
  }
  return (
    <li>
      <div>
        <strong>{item.name}</strong>
        <div class="quiet">
          {item.site} · {item.usedAt === null ? t('account.neverUsed') : t('account.lastUsed')}{' '}
          {item.usedAt !== null && <AgeText timeMs={item.usedAt} />}
        </div>
      </div>
      <div class="notice-acts">
        <button
          type="button"
          class="button button-outline"
          aria-label={t('account.renameOf', { name: item.name })}
          onClick={() => (state.value = 'naming')}
        >
          {t('account.rename')}
        </button>
        {state.value === 'asking' ? (
          <button
            type="button"
            class="button button-danger"
            disabled={attempt.isBusy.value}
            onClick={() => void remove(item.id).then(() => (state.value = 'shown'))}
          >
            {t('duty.reallyRemove')}
          </button>
        ) : (
          <button
            type="button"
            class="button button-outline"
            aria-label={t('duty.removeOf', { name: item.name })}
            onClick={() => (state.value = 'asking')}
          >
            {t('duty.remove')}
          </button>
        )}
      </div>
    </li>
  )
}
