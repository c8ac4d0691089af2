// The door: a passkey, the city's identity provider, name and password with a code where one is asked for, or an invitation.
import { useSignal, type Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { HubError, type HubApi } from '../api/hub-api.ts'
import type { Me, UiSettings } from '../api/shapes.ts'
import { arePasskeysPossible, askPasskey, isPasskeyDeclined } from '../account/passkey-device.ts'
import { DoorHead } from '../parts/door-head.tsx'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'

const faultKeys: Readonly<Record<string, TextKey>> = {
  'sign-in.failed': 'signIn.failed',
  'sign-in.locked': 'signIn.locked',
  'request.rate': 'signIn.locked',
  'people.link': 'signIn.linkOver',
  'people.password': 'signIn.weak',
  'sign-in.challenge': 'signIn.begunTooLongAgo',
  'identity-provider.unavailable': 'signIn.providerDown',
  'identity-provider.refused': 'signIn.providerRefused',
  'identity-provider.unknown': 'signIn.providerUnknown',
}

/** What a fault means when it came back with the browser from the identity provider. */
const cameBackKeys: Readonly<Record<string, TextKey>> = {
  ...faultKeys,
  'sign-in.failed': 'signIn.notNow',
  'people.conflict': 'signIn.linkedElsewhere',
}

interface Trial {
  readonly fault: Signal<TextKey | undefined>
  readonly isBusy: Signal<boolean>
  /** Undefined: it failed, and `fault` says why. */
  run(work: () => Promise<Me>): Promise<string | undefined>
  /** Goes to the address that `work` names. */
  leave(work: () => Promise<string>): Promise<void>
}

/** Answers with the code of a refusal. */
function useTrial(done: (me: Me) => void, cameBackWith?: string): Trial {
  const began = cameBackWith === undefined ? undefined : (cameBackKeys[cameBackWith] ?? 'signIn.providerRefused')
  const fault = useSignal<TextKey | undefined>(began)
  const isBusy = useSignal(false)
  const attempt = async (work: () => Promise<void>): Promise<string | undefined> => {
    isBusy.value = true
    fault.value = undefined
    try {
      await work()
      return undefined
    } catch (thrown) {
      if (isPasskeyDeclined(thrown)) return undefined
      const code = thrown instanceof HubError ? (thrown.code ?? '') : 'unreached'
      fault.value = faultKeys[code] ?? (code === 'sign-in.second-factor' ? undefined : 'signIn.unreached')
      return code
    } finally {
      isBusy.value = false
    }
  }
  return {
    fault,
    isBusy,
    run: (work) => attempt(async () => done(await work())),
    leave: async (work) => void (await attempt(async () => location.assign(await work()))),
  }
}

interface Props {
  readonly api: HubApi
  /** Where to go on, as a path of this hub. */
  readonly next: string
  readonly done: (me: Me) => void
}

type Provider = UiSettings['identityProvider']

/** `link`: of an invitation or a reset, out of the address. `fault`: why the identity provider let nobody in. */
export function SignIn(props: Props & { readonly link: string | undefined; readonly fault: string | undefined }) {
  const { api, link } = props
  const provider = useSignal<Provider>(null)
  useEffect(() => {
    void api
      .settings()
      .then((settings) => (provider.value = settings.identityProvider))
      .catch(() => undefined)
  }, [api, provider])
  return (
    <main class="door" id="content" tabIndex={-1}>
      <DoorHead />
      {link === undefined ? (
        <DoorForm {...props} provider={provider.value} />
      ) : (
        <LinkForm {...props} link={link} provider={provider.value} />
      )}
    </main>
  )
}

/** A passkey first: it asks for nothing to be typed. */
function DoorForm(props: Props & { readonly fault: string | undefined; readonly provider: Provider }) {
  const { api, next, done, fault, provider } = props
  const trial = useTrial(done, fault)
  const isPasskeyThere = arePasskeysPossible()
  const enter = async (): Promise<void> => {
    const refusal = await trial.run(async () => {
      const offer = await api.session.invitePasskey()
      return await api.session.enterByPasskey(offer.ticket, await askPasskey(offer))
    })
    if (refusal === 'sign-in.failed') trial.fault.value = 'signIn.passkeyFailed'
  }
  return (
    <div class="door-form">
      <h1>{t('signIn.title')}</h1>
      <DoorFault fault={trial.fault.value} />
      {isPasskeyThere && (
        <button type="button" class="button" disabled={trial.isBusy.value} onClick={() => void enter()}>
          {t('signIn.passkey')}
        </button>
      )}
      {provider !== null && (
        <button
          type="button"
          class="button button-outline"
          disabled={trial.isBusy.value}
          onClick={() => void trial.leave(() => api.session.toProvider(next))}
        >
          {t('signIn.provider', { name: localized(provider) })}
        </button>
      )}
      {(isPasskeyThere || provider !== null) && <p class="door-or">{t('signIn.or')}</p>}
      <PasswordForm api={api} trial={trial} isFirst={!isPasskeyThere} />
    </div>
  )
}

function PasswordForm(props: { readonly api: HubApi; readonly trial: Trial; readonly isFirst: boolean }) {
  const { api, trial, isFirst } = props
  const name = useSignal('')
  const password = useSignal('')
  const code = useSignal('')
  const asksCode = useSignal(false)
  async function submit(event: Event): Promise<void> {
    event.preventDefault()
    const given = { name: name.value.trim(), password: password.value }
    const more = asksCode.value ? { code: code.value.replaceAll(/\s/g, '') } : {}
    const refusal = await trial.run(() => api.session.signIn({ ...given, ...more }))
    if (refusal === 'sign-in.second-factor') asksCode.value = true
  }
  return (
    <form class="door-fields" onSubmit={(event) => void submit(event)}>
      <DoorField label="signIn.name" type="text" autocomplete="username" value={name} />
      <DoorField label="signIn.password" type="password" autocomplete="current-password" value={password} />
      {asksCode.value && (
        <>
          <p role="status">{t('signIn.codeAbout')}</p>
          <DoorField label="signIn.code" type="text" autocomplete="one-time-code" value={code} />
        </>
      )}
      <button type="submit" class={isFirst ? 'button' : 'button button-outline'} disabled={trial.isBusy.value}>
        {t('signIn.go')}
      </button>
      <p class="quiet">{t('signIn.forgotten')}</p>
    </form>
  )
}

function LinkForm(props: Props & { readonly link: string; readonly provider: Provider }) {
  const { api, link, next, done, provider } = props
  const trial = useTrial(done)
  const password = useSignal('')
  function submit(event: Event): void {
    event.preventDefault()
    void trial.run(() => api.session.useLink({ link, password: password.value }))
  }
  return (
    <form class="door-form" onSubmit={submit}>
      <h1>{t('signIn.linkTitle')}</h1>
      <p>{t('signIn.linkAbout')}</p>
      <DoorField label="signIn.newPassword" type="password" autocomplete="new-password" value={password} />
      <DoorFault fault={trial.fault.value} />
      <button type="submit" class="button" disabled={trial.isBusy.value}>
        {t('signIn.linkGo')}
      </button>
      {provider !== null && (
        <>
          <p class="door-or">{t('signIn.or')}</p>
          <button
            type="button"
            class="button button-outline"
            disabled={trial.isBusy.value}
            onClick={() => void trial.leave(() => api.session.toProvider(next, link))}
          >
            {t('signIn.providerStart', { name: localized(provider) })}
          </button>
        </>
      )}
    </form>
  )
}

function DoorField(props: {
  readonly label: TextKey
  readonly type: 'text' | 'password'
  readonly autocomplete: string
  readonly value: Signal<string>
}) {
  const { label, type, autocomplete, value } = props
  const shared = {
    autocomplete,
    autocapitalize: 'off',
    spellcheck: false,
    maxLength: 254,
    required: true,
    value: value.value,
    onInput: (event: { readonly currentTarget: HTMLInputElement }) => void (value.value = event.currentTarget.value),
  } as const
  return (
    <label class="alarm-field">
      {t(label)}
      {type === 'password' ? <input type="password" {...shared} /> : <input type="text" {...shared} />}
    </label>
  )
}

function DoorFault({ fault }: { readonly fault: TextKey | undefined }) {
  if (fault === undefined) return null
  return (
    <p class="fault" role="alert">
      {t(fault)}
    </p>
  )
}
