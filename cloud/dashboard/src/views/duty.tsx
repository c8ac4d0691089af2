// Who is on call now and in the next days, and who is told where nobody answers.
import '../style/notices.css'
import '../style/duty.css'
import '../style/admin.css'
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { City } from '../city/city.ts'
import { access, may, mayAnywhere } from '../city/session.ts'
import { type DutyBook, openDutyBook } from '../notices/duty-book.ts'
import { PolicyCard } from '../parts/policy-card.tsx'
import { PolicyForm } from '../parts/policy-form.tsx'
import { RotaCard } from '../parts/rota-card.tsx'
import { RotaForm } from '../parts/rota-form.tsx'
import { t } from '../text/language.ts'

const right = 'edit-notification'

export function Duty({ city }: { readonly city: City }) {
  const book = useMemo(() => openDutyBook(city.api, mayAnywhere(right)), [city])
  useEffect(() => void book.load(), [book])
  const shown = book.shown.value
  return (
    <>
      <h1>{t('duty.title')}</h1>
      <p class="lead">{t('duty.lead')}</p>
      {shown === 'loading' && <p class="quiet">{t('app.loading')}</p>}
      {shown === 'failed' && (
        <div class="fault" role="alert">
          <p>{t('duty.failed')}</p>
          <button type="button" class="button button-outline" onClick={() => void book.load()}>
            {t('duty.again')}
          </button>
        </div>
      )}
      {typeof shown === 'object' && (
        <>
          <Rotas book={book} city={city} />
          <Policies book={book} city={city} />
        </>
      )}
    </>
  )
}

interface PartProps {
  readonly book: DutyBook
  readonly city: City
}

/** In which tenants this person sets it up. */
function tenantsToEdit(city: City): readonly string[] {
  const now = access.value
  const own = now.state === 'in' ? now.me.rights.map(({ tenant }) => tenant) : []
  const ofGateways = city.gateways.value.map(({ id }) => id.split('/', 1)[0] ?? '')
  const shown = [...new Set([...own, ...ofGateways])].filter((tenant) => tenant !== '' && tenant !== '*')
  return shown.filter((tenant) => may(right, tenant))
}

/** Those of gateways, and those of people and rotas where there is no gateway yet. */
function useTenants({ book, city }: PartProps): readonly string[] {
  const shown = book.shown.value
  if (typeof shown !== 'object') return []
  const more = [...shown.rotas.map(({ tenant }) => tenant), ...shown.people.flatMap(({ tenants }) => tenants)]
  const known = [...tenantsToEdit(city), ...more.filter((tenant) => tenant !== '*' && may(right, tenant))]
  return [...new Set(known)].toSorted()
}

function Rotas({ book, city }: PartProps) {
  const isNew = useSignal(false)
  const tenants = useTenants({ book, city })
  const shown = book.shown.value
  if (typeof shown !== 'object') return null
  const { rotas, people } = shown
  const close = (): void => void (isNew.value = false)
  return (
    <section aria-labelledby="rotas">
      <div class="section-head">
        <h2 id="rotas">{t('duty.rotas')}</h2>
        {tenants.length > 0 && !isNew.value && (
          <button type="button" class="button duty-new" onClick={() => (isNew.value = true)}>
            {t('duty.newRota')}
          </button>
        )}
      </div>
      {isNew.value && <RotaForm rota={undefined} tenants={tenants} people={people} book={book} close={close} />}
      {rotas.length === 0 && !isNew.value && (
        <p class="empty">{t(tenants.length > 0 ? 'duty.noRotasEdit' : 'duty.noRotas')}</p>
      )}
      <div class="duty-cards">
        {rotas.map((rota) => (
          <RotaCard
            key={`${rota.tenant}/${rota.id}`}
            rota={rota}
            people={people}
            mayEdit={may(right, rota.tenant)}
            isNamed={tenants.length > 1}
            book={book}
            city={city}
          />
        ))}
      </div>
    </section>
  )
}

function Policies({ book, city }: PartProps) {
  const isNew = useSignal(false)
  const tenants = useTenants({ book, city })
  const shown = book.shown.value
  if (typeof shown !== 'object') return null
  const { policies, rotas, people } = shown
  const close = (): void => void (isNew.value = false)
  const common = { rotas, people, book, city }
  return (
    <section aria-labelledby="policies">
      <div class="section-head">
        <h2 id="policies">{t('policy.title')}</h2>
        {tenants.length > 0 && !isNew.value && (
          <button type="button" class="button duty-new" onClick={() => (isNew.value = true)}>
            {t('policy.new')}
          </button>
        )}
      </div>
      <p class="quiet duty-about">{t('policy.about')}</p>
      {isNew.value && <PolicyForm policy={undefined} tenants={tenants} close={close} {...common} />}
      {policies.length === 0 && !isNew.value && <p class="empty">{t('policy.none')}</p>}
      <div class="duty-cards">
        {policies.map((policy) => (
          <PolicyCard
            key={`${policy.tenant}/${policy.id}`}
            policy={policy}
            mayEdit={may(right, policy.tenant)}
            {...common}
          />
        ))}
      </div>
    </section>
  )
}
