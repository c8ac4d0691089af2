// Who may do what: people with their roles, invitations, and the tenants of the city.
import '../style/notices.css'
import '../style/duty.css'
import '../style/admin.css'
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { openPeopleBook, type PeopleBook } from '../admin/people-book.ts'
import type { PersonItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { access, mayAnywhere } from '../city/session.ts'
import { HandedLink } from '../parts/handed-link.tsx'
import { PersonCard } from '../parts/person-card.tsx'
import { PersonForm } from '../parts/person-form.tsx'
import { everyTenant } from '../parts/role-fields.tsx'
import { TenantList } from '../parts/tenant-list.tsx'
import { t } from '../text/language.ts'

const right = 'manage-people'
/** From so many on a list is searched. */
const many = 8

export function People({ city }: { readonly city: City }) {
  const book = useMemo(() => openPeopleBook(city.api), [city])
  useEffect(() => void book.load(), [book])
  const shown = book.shown.value
  const isFirst = access.value.state !== 'in'
  return (
    <>
      <h1>{t('people.title')}</h1>
      <p class="lead">{t(mayAnywhere(right) ? 'people.lead' : 'people.leadSee')}</p>
      {shown === 'loading' && <p class="quiet">{t('app.loading')}</p>}
      {shown === 'failed' && (
        <div class="fault" role="alert">
          <p>{t('people.failed')}</p>
          <button type="button" class="button button-outline" onClick={() => void book.load()}>
            {t('people.again')}
          </button>
        </div>
      )}
      <HandedLink book={book} />
      {typeof shown === 'object' && (isFirst ? <FirstAdmin city={city} /> : <Persons book={book} />)}
      {typeof shown === 'object' && mayEverywhere() && <TenantList tenants={shown.tenants} book={book} />}
    </>
  )
}

/** In every tenant, those to come included. */
function mayEverywhere(): boolean {
  const now = access.value
  return (
    now.state !== 'in' || now.me.rights.some(({ tenant, rights }) => tenant === everyTenant && rights.includes(right))
  )
}

/** Where whoever looks may give roles. */
function choicesOf(tenants: readonly { readonly id: string }[]): readonly string[] {
  const now = access.value
  if (mayEverywhere()) return [...tenants.map(({ id }) => id), everyTenant]
  if (now.state !== 'in') return []
  const own = now.me.rights.filter(({ rights }) => rights.includes(right)).map(({ tenant }) => tenant)
  return tenants.map(({ id }) => id).filter((id) => own.includes(id))
}

function Persons({ book }: { readonly book: PeopleBook }) {
  const isNew = useSignal(false)
  const wanted = useSignal('')
  const { value: shown } = book.shown
  if (typeof shown !== 'object') return null
  const { people, tenants } = shown
  const choices = choicesOf(tenants)
  const now = access.value
  const self = now.state === 'in' ? now.me.person : undefined
  const close = (): void => void (isNew.value = false)
  const found = people.filter((person) => isLike(person, wanted.value))
  return (
    <section aria-labelledby="people">
      <div class="section-head">
        <h2 id="people">{t('people.list', { n: people.length })}</h2>
        {choices.length > 0 && !isNew.value && (
          <button type="button" class="button duty-new" onClick={() => (isNew.value = true)}>
            {t('people.invite')}
          </button>
        )}
      </div>
      {isNew.value && <PersonForm person={undefined} tenants={tenants} choices={choices} book={book} close={close} />}
      {people.length >= many && (
        <label class="field people-find">
          {t('people.find')}
          <input type="search" value={wanted.value} onInput={(event) => (wanted.value = event.currentTarget.value)} />
        </label>
      )}
      {found.length === 0 && <p class="empty">{t('people.noneLike')}</p>}
      <div class="people-cards">
        {found.map((person) => (
          <PersonCard
            key={person.id}
            person={person}
            tenants={tenants}
            choices={choices}
            isSelf={person.id === self}
            book={book}
          />
        ))}
      </div>
    </section>
  )
}

function isLike({ id, name, email }: PersonItem, wanted: string): boolean {
  const small = wanted.trim().toLowerCase()
  return [id, name, email ?? ''].some((text) => text.toLowerCase().includes(small))
}

/** On a hub that knows nobody: whoever becomes its first admin sets their password at once, since all must sign in from then on. */
function FirstAdmin({ city }: { readonly city: City }) {
  const id = useSignal('')
  const name = useSignal('')
  const fault = useSignal(false)
  async function begin(event: Event): Promise<void> {
    event.preventDefault()
    try {
      const memberships = [{ tenant: everyTenant, role: 'admin' as const }]
      const { link } = await city.api.people.invite({ id: id.value, name: name.value.trim(), memberships })
      location.assign(`${city.api.address('sign-in')}#link=${link}`)
    } catch {
      fault.value = true
    }
  }
  return (
    <form class="notice-card notice-form" onSubmit={(event) => void begin(event)}>
      <h2>{t('people.firstTitle')}</h2>
      <p>{t('people.firstAbout')}</p>
      <label class="field">
        {t('people.id')}
        <input
          type="text"
          required
          maxLength={32}
          pattern="[a-z0-9][a-z0-9._\-]*"
          autocapitalize="none"
          value={id.value}
          onInput={(event) => (id.value = event.currentTarget.value)}
        />
        <small class="quiet">{t('people.idHint')}</small>
      </label>
      <label class="field">
        {t('people.name')}
        <input
          type="text"
          required
          maxLength={80}
          value={name.value}
          onInput={(event) => (name.value = event.currentTarget.value)}
        />
      </label>
      {fault.value && (
        <p class="fault" role="alert">
          {t('people.notSaved')}
        </p>
      )}
      <button type="submit" class="button notice-press">
        {t('people.firstGo')}
      </button>
    </form>
  )
}
