// The tenants of the city: their names and kinds, and a form for one.
import { useSignal, type Signal } from '@preact/signals'
import type { PeopleBook } from '../admin/people-book.ts'
import type { TenantBody } from '../api/people-api.ts'
import type { TenantItem } from '../api/shapes.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'

type Kind = TenantBody['kind']
const kindTexts: Readonly<Record<Kind, TextKey>> = {
  city: 'tenants.city',
  farm: 'tenants.farm',
  factory: 'tenants.factory',
}
const isKind = (word: string): word is Kind => Object.hasOwn(kindTexts, word)
const idPattern = /^[a-z0-9-]{1,32}$/

export function TenantList(props: { readonly tenants: readonly TenantItem[]; readonly book: PeopleBook }) {
  const { tenants, book } = props
  /** Id of the one that is changed; empty: a new one. */
  const edited = useSignal<string | undefined>(undefined)
  const close = (): void => void (edited.value = undefined)
  return (
    <section aria-labelledby="tenants">
      <div class="section-head">
        <h2 id="tenants">{t('tenants.title')}</h2>
        {edited.value === undefined && (
          <button type="button" class="button button-outline duty-new" onClick={() => (edited.value = '')}>
            {t('tenants.add')}
          </button>
        )}
      </div>
      <p class="quiet duty-about">{t('tenants.about')}</p>
      {edited.value === '' && <TenantForm tenant={undefined} book={book} close={close} />}
      {tenants.length === 0 && edited.value === undefined && <p class="empty">{t('tenants.none')}</p>}
      <ul class="tenant-list">
        {tenants.map((tenant) =>
          edited.value === tenant.id ? (
            <li key={tenant.id} class="tenant-edited">
              <TenantForm tenant={tenant} book={book} close={close} />
            </li>
          ) : (
            <li key={tenant.id}>
              <span>
                <b>{localized(tenant.name)}</b> <small class="quiet code">{tenant.id}</small>
              </span>
              <small class="quiet">{isKind(tenant.kind) ? t(kindTexts[tenant.kind]) : tenant.kind}</small>
              <button
                type="button"
                class="button button-outline notice-small"
                aria-label={t('tenants.changeOf', { name: localized(tenant.name) })}
                onClick={() => (edited.value = tenant.id)}
              >
                {t('people.change')}
              </button>
            </li>
          ),
        )}
      </ul>
    </section>
  )
}

function TenantForm(props: {
  readonly tenant: TenantItem | undefined
  readonly book: PeopleBook
  readonly close: () => void
}) {
  const { tenant, book, close } = props
  const id = useSignal(tenant?.id ?? '')
  const ja = useSignal(tenant?.name.ja ?? '')
  const en = useSignal(tenant?.name.en ?? '')
  const kind = useSignal<Kind>(tenant !== undefined && isKind(tenant.kind) ? tenant.kind : 'farm')
  const fault = useSignal<TextKey | undefined>(undefined)
  async function save(event: Event): Promise<void> {
    event.preventDefault()
    const name = { ja: ja.value.trim(), en: en.value.trim() }
    if (!idPattern.test(id.value) || name.ja === '' || name.en === '') return void (fault.value = 'tenants.missing')
    const body = { id: id.value, name, kind: kind.value }
    fault.value = await (tenant === undefined ? book.addTenant(body) : book.changeTenant(body))
    if (fault.value === undefined) close()
  }
  return (
    <form class="notice-card notice-form" onSubmit={(event) => void save(event)} noValidate>
      {tenant === undefined && <Line label="tenants.id" hint="tenants.idHint" value={id} />}
      <Line label="tenants.nameJa" value={ja} />
      <Line label="tenants.nameEn" value={en} />
      <label class="field">
        {t('tenants.kind')}
        <select
          value={kind.value}
          onChange={({ currentTarget: { value } }) => {
            if (isKind(value)) kind.value = value
          }}
        >
          {Object.entries(kindTexts).map(([one, text]) => (
            <option key={one} value={one}>
              {t(text)}
            </option>
          ))}
        </select>
      </label>
      {fault.value !== undefined && (
        <p class="fault" role="alert">
          {t(fault.value)}
        </p>
      )}
      <div class="duty-acts">
        <button type="submit" class="button">
          {t('people.saveRoles')}
        </button>
        <button type="button" class="button button-outline" onClick={close}>
          {t('people.cancel')}
        </button>
      </div>
    </form>
  )
}

function Line(props: { readonly label: TextKey; readonly hint?: TextKey; readonly value: Signal<string> }) {
  const { label, hint, value } = props
  return (
    <label class="field">
      {t(label)}
      <input
        type="text"
        maxLength={80}
        autocomplete="off"
        value={value.value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
      {hint !== undefined && <small class="quiet">{t(hint)}</small>}
    </label>
  )
}
