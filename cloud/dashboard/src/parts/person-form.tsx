// Somebody new, or other roles of somebody known, as a form.
import { useSignal, type Signal } from '@preact/signals'
import type { PeopleBook } from '../admin/people-book.ts'
import type { Membership } from '../api/people-api.ts'
import type { PersonItem, TenantItem } from '../api/shapes.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { everyTenant, RoleFields } from './role-fields.tsx'
import { isRole } from './role-text.ts'

const idPattern = /^[a-z0-9][a-z0-9._-]{0,31}$/

export function PersonForm(props: {
  /** Undefined: somebody new. */
  readonly person: PersonItem | undefined
  readonly tenants: readonly TenantItem[]
  /** Where whoever looks may give roles; `*` among them. */
  readonly choices: readonly string[]
  readonly book: PeopleBook
  readonly close: () => void
}) {
  const { person, tenants, choices, book, close } = props
  const id = useSignal('')
  const name = useSignal(person?.name ?? '')
  const email = useSignal(person?.email ?? '')
  const memberships = useSignal(membershipsOf(person, choices))
  const fault = useSignal<TextKey | undefined>(undefined)
  const isBusy = useSignal(false)
  async function save(event: Event): Promise<void> {
    event.preventDefault()
    const isMissing = name.value.trim() === '' || memberships.value.length === 0
    if (isMissing || (person === undefined && id.value === '')) return void (fault.value = 'people.missing')
    if (person === undefined && !idPattern.test(id.value)) return void (fault.value = 'people.wrongId')
    isBusy.value = true
    fault.value = await (person === undefined ? invite() : change(person))
    isBusy.value = false
    if (fault.value === undefined) close()
  }
  const address = (): string | undefined => email.value.trim() || undefined
  const invite = () => {
    const known = address() === undefined ? {} : { email: address() as string }
    return book.invite({ id: id.value, name: name.value.trim(), memberships: [...memberships.value], ...known })
  }
  const change = (known: PersonItem) => {
    const named = name.value.trim() === known.name ? {} : { name: name.value.trim() }
    const mailed = (address() ?? null) === known.email ? {} : { email: address() ?? null }
    return book.change(known.id, { ...named, ...mailed, memberships: [...memberships.value] })
  }
  return (
    <form class="notice-card notice-form" onSubmit={(event) => void save(event)} noValidate>
      <h3>{person === undefined ? t('people.invite') : t('people.changeOf', { name: person.name })}</h3>
      {person === undefined && <p class="quiet">{t('people.inviteAbout')}</p>}
      {person === undefined && <Line label="people.id" hint="people.idHint" value={id} isId />}
      <Line label="people.name" value={name} />
      <Line label="people.email" value={email} isEmail />
      <RoleFields memberships={memberships} tenants={tenants} choices={choices} />
      {fault.value !== undefined && (
        <p class="fault" role="alert">
          {t(fault.value)}
        </p>
      )}
      <div class="duty-acts">
        <button type="submit" class="button" disabled={isBusy.value}>
          {t(person === undefined ? 'people.makeLink' : 'people.saveRoles')}
        </button>
        <button type="button" class="button button-outline" onClick={close}>
          {t('people.cancel')}
        </button>
      </div>
    </form>
  )
}

function membershipsOf(person: PersonItem | undefined, choices: readonly string[]): readonly Membership[] {
  const known = person?.memberships.flatMap(({ tenant, role }) => (isRole(role) ? [{ tenant, role }] : [])) ?? []
  if (known.length > 0) return known
  const tenant = choices.find((one) => one !== everyTenant) ?? choices[0]
  return tenant === undefined ? [] : [{ tenant, role: 'viewer' }]
}

function Line(props: {
  readonly label: TextKey
  readonly hint?: TextKey
  readonly value: Signal<string>
  readonly isId?: true
  readonly isEmail?: true
}) {
  const { label, hint, value, isId, isEmail } = props
  return (
    <label class="field">
      {t(label)}
      <input
        type="text"
        maxLength={isId === true ? 32 : isEmail === true ? 254 : 80}
        autocomplete="off"
        inputMode={isEmail === true ? 'email' : 'text'}
        autocapitalize={isId === true || isEmail === true ? 'none' : undefined}
        spellcheck={false}
        value={value.value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
      {hint !== undefined && <small class="quiet">{t(hint)}</small>}
    </label>
  )
}
