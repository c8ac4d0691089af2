// One person: their roles in plain words, whether they may come in, and what an admin does about them.
import { useSignal } from '@preact/signals'
import type { PeopleBook } from '../admin/people-book.ts'
import type { PersonItem, TenantItem } from '../api/shapes.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { PersonForm } from './person-form.tsx'
import { tenantName } from './role-fields.tsx'
import { isRole, roleTexts } from './role-text.ts'

interface PersonProps {
  readonly person: PersonItem
  readonly tenants: readonly TenantItem[]
  readonly choices: readonly string[]
  /** The one who looks. */
  readonly isSelf: boolean
  readonly book: PeopleBook
}

export function PersonCard(props: PersonProps) {
  const { person, tenants, choices, isSelf, book } = props
  const isEdited = useSignal(false)
  const close = (): void => void (isEdited.value = false)
  if (isEdited.value)
    return <PersonForm person={person} tenants={tenants} choices={choices} book={book} close={close} />
  const { id, name, email, memberships } = person
  return (
    <article class="notice-card person-card" data-person={id}>
      <header class="person-head">
        <h3>
          {name} <small class="quiet code">{id}</small>
          {isSelf && <small class="mark-here">{t('people.you')}</small>}
        </h3>
        <Standing person={person} />
      </header>
      {email !== null && <p class="quiet person-mail">{email}</p>}
      {memberships.length === 0 ? (
        <p class="quiet">{t('people.noRoles')}</p>
      ) : (
        <ul class="person-roles">
          {memberships.map(({ tenant, role }) => (
            <li key={`${tenant} ${role}`}>
              <span>{tenantName(tenants, tenant)}</span>
              <b>{isRole(role) ? t(roleTexts[role].name) : role}</b>
              {isRole(role) && <small class="quiet">{t(roleTexts[role].may)}</small>}
            </li>
          ))}
        </ul>
      )}
      {choices.length > 0 && <Acts person={person} isSelf={isSelf} book={book} edit={() => (isEdited.value = true)} />}
    </article>
  )
}

function Standing({ person }: { readonly person: PersonItem }) {
  const { suspendedAt, hasPassword, secondFactor } = person
  const state = suspendedAt !== null ? 'suspended' : hasPassword || secondFactor ? 'active' : 'invited'
  const texts = { suspended: 'people.suspended', active: 'people.active', invited: 'people.invited' } as const
  return (
    <p class="person-standing">
      <span class={`person-state person-${state}`}>{t(texts[state])}</span>
      <small class="quiet">{t(secondFactor ? 'people.factor' : 'people.noFactor')}</small>
    </p>
  )
}

interface Act {
  readonly text: TextKey
  readonly of: TextKey
  /** Asked before it is done. */
  readonly sure?: TextKey
  readonly run: () => Promise<TextKey | undefined>
}

function actsOf({ person, isSelf, book }: Pick<PersonProps, 'person' | 'isSelf' | 'book'>): readonly Act[] {
  const { id, suspendedAt } = person
  // Nobody shuts themselves out.
  if (isSelf) return []
  const suspend = (suspended: boolean) => () => book.change(id, { suspended })
  return [
    suspendedAt === null
      ? { text: 'people.suspend', of: 'people.suspendOf', sure: 'people.sureSuspend', run: suspend(true) }
      : { text: 'people.resume', of: 'people.resumeOf', run: suspend(false) },
    { text: 'people.reset', of: 'people.resetOf', sure: 'people.sureReset', run: () => book.reset(person) },
    { text: 'people.remove', of: 'people.removeOf', sure: 'people.sureRemove', run: () => book.remove(id) },
  ]
}

function Acts(props: Pick<PersonProps, 'person' | 'isSelf' | 'book'> & { readonly edit: () => void }) {
  const { person, edit } = props
  const asked = useSignal<Act | undefined>(undefined)
  const fault = useSignal<TextKey | undefined>(undefined)
  const isBusy = useSignal(false)
  async function run(act: Act): Promise<void> {
    isBusy.value = true
    fault.value = await act.run()
    isBusy.value = false
    asked.value = undefined
  }
  const { name } = person
  const sure = asked.value?.sure
  if (asked.value !== undefined && sure !== undefined) {
    const act = asked.value
    return (
      <div class="person-sure" role="group" aria-label={t(act.of, { name })}>
        <p class="warn">{t(sure)}</p>
        <div class="duty-acts">
          <button type="button" class="button button-danger" disabled={isBusy.value} onClick={() => void run(act)}>
            {t('people.yes')}
          </button>
          <button type="button" class="button button-outline" onClick={() => (asked.value = undefined)}>
            {t('people.cancel')}
          </button>
        </div>
      </div>
    )
  }
  return (
    <div class="duty-acts">
      {fault.value !== undefined && (
        <p class="fault" role="alert">
          {t(fault.value)}
        </p>
      )}
      <button type="button" class="button button-outline" aria-label={t('people.changeOf', { name })} onClick={edit}>
        {t('people.change')}
      </button>
      {actsOf(props).map((act) => (
        <button
          key={act.text}
          type="button"
          class="button button-outline"
          aria-label={t(act.of, { name })}
          disabled={isBusy.value}
          onClick={() => (act.sure === undefined ? void run(act) : void (asked.value = act))}
        >
          {t(act.text)}
        </button>
      ))}
    </div>
  )
}
