// The door: name and password, the code of an authenticator where one is asked for, or a new password by a one-time link.
import { useSignal, type Signal } from '@preact/signals'
import { HubError, type HubApi } from '../api/hub-api.ts'
import type { Me } from '../api/shapes.ts'
import markUrl from '../style/mark.svg'
import type { TextKey } from '../text/dictionary.ts'
import { chooseLanguage, language, t } from '../text/language.ts'

const faultKeys: Readonly<Record<string, TextKey>> = {
  'sign-in.failed': 'signIn.failed',
  'sign-in.locked': 'signIn.locked',
  'request.rate': 'signIn.locked',
  'people.link': 'signIn.linkOver',
  'people.password': 'signIn.weak',
}

interface Trial {
  readonly fault: Signal<TextKey | undefined>
  readonly isBusy: Signal<boolean>
  /** Undefined: it failed, and `fault` says why. */
  run(work: () => Promise<Me>): Promise<string | undefined>
}

/** Answers with the code of a refusal. */
function useTrial(done: (me: Me) => void): Trial {
  const fault = useSignal<TextKey | undefined>(undefined)
  const isBusy = useSignal(false)
  return {
    fault,
    isBusy,
    async run(work) {
      isBusy.value = true
      fault.value = undefined
      try {
        done(await work())
        return undefined
      } catch (thrown) {
        const code = thrown instanceof HubError ? (thrown.code ?? '') : 'unreached'
        fault.value = faultKeys[code] ?? (code === 'sign-in.second-factor' ? undefined : 'signIn.unreached')
        return code
      } finally {
        isBusy.value = false
      }
    },
  }
}

/** `link`: of an invitation or a reset, out of the address. */
export function SignIn(props: {
  readonly api: HubApi
  readonly link: string | undefined
  readonly done: (me: Me) => void
}) {
  const other = language.value === 'ja' ? 'en' : 'ja'
  return (
    <main class="door" id="content" tabIndex={-1}>
      <div class="door-head">
        <span class="brand">
          <img src={markUrl} alt="" width="40" height="40" />
          <span class="brand-name">{t('app.name')}</span>
        </span>
        <button type="button" class="language" lang={other} onClick={() => chooseLanguage(other)}>
          {t('nav.language')}
        </button>
      </div>
      {props.link === undefined ? (
        <PasswordForm api={props.api} done={props.done} />
      ) : (
        <LinkForm api={props.api} link={props.link} done={props.done} />
      )}
    </main>
  )
}

function PasswordForm({ api, done }: { readonly api: HubApi; readonly done: (me: Me) => void }) {
  const trial = useTrial(done)
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
    <form class="door-form" onSubmit={(event) => void submit(event)}>
      <h1>{t('signIn.title')}</h1>
      <DoorField label="signIn.name" type="text" autocomplete="username" value={name} />
      <DoorField label="signIn.password" type="password" autocomplete="current-password" value={password} />
      {asksCode.value && (
        <>
          <p role="status">{t('signIn.codeAbout')}</p>
          <DoorField label="signIn.code" type="text" autocomplete="one-time-code" value={code} />
        </>
      )}
      <DoorFault fault={trial.fault.value} />
      <button type="submit" class="button" disabled={trial.isBusy.value}>
        {t('signIn.go')}
      </button>
      <p class="quiet">{t('signIn.forgotten')}</p>
    </form>
  )
}

function LinkForm(props: { readonly api: HubApi; readonly link: string; readonly done: (me: Me) => void }) {
  const { api, link, done } = props
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
