// Which roles somebody has, as fields: a tenant and a role each, with what the role may do said under it.
import type { Signal } from '@preact/signals'
import type { Membership } from '../api/people-api.ts'
import type { TenantItem } from '../api/shapes.ts'
import { language, localized, t } from '../text/language.ts'
import { isRole, type Role, roleTexts } from './role-text.ts'

export const everyTenant = '*'
const roles = Object.keys(roleTexts).filter(isRole)

export function tenantName(tenants: readonly TenantItem[], id: string): string {
  if (id === everyTenant) return t('people.everywhere')
  const found = tenants.find((one) => one.id === id)
  return found === undefined ? id : localized(found.name)
}

export function RoleFields(props: {
  readonly memberships: Signal<readonly Membership[]>
  readonly tenants: readonly TenantItem[]
  /** Those that may be chosen, `*` among them. */
  readonly choices: readonly string[]
}) {
  const { memberships, tenants, choices } = props
  const put = (index: number, change: Partial<Membership>): void => {
    memberships.value = memberships.value.map((own, at) => (at === index ? { ...own, ...change } : own))
  }
  const add = (): void => {
    const free = choices.find((id) => id !== everyTenant && !memberships.value.some(({ tenant }) => tenant === id))
    const tenant = free ?? choices[0]
    if (tenant !== undefined) memberships.value = [...memberships.value, { tenant, role: 'viewer' }]
  }
  return (
    <fieldset class="role-fields">
      <legend>{t('people.roles')}</legend>
      {memberships.value.map((own, index) => (
        <div class="role-field" key={`${index}-${language.value}`}>
          <label class="field">
            {t('people.tenant')}
            <select value={own.tenant} onChange={(event) => put(index, { tenant: event.currentTarget.value })}>
              {[...new Set([own.tenant, ...choices])].map((id) => (
                <option key={id} value={id}>
                  {tenantName(tenants, id)}
                </option>
              ))}
            </select>
          </label>
          <RoleChoice role={own.role} choose={(role) => put(index, { role })} />
          {memberships.value.length > 1 && (
            <button
              type="button"
              class="button button-outline notice-small"
              onClick={() => (memberships.value = memberships.value.toSpliced(index, 1))}
            >
              {t('people.dropRole')}
            </button>
          )}
        </div>
      ))}
      {choices.length > 1 && (
        <button type="button" class="button button-outline notice-press" onClick={add}>
          {t('people.addRole')}
        </button>
      )}
    </fieldset>
  )
}

function RoleChoice({ role, choose }: { readonly role: Role; readonly choose: (role: Role) => void }) {
  return (
    <label class="field">
      {t('people.role')}
      <select
        value={role}
        onChange={(event) => {
          const { value } = event.currentTarget
          if (isRole(value)) choose(value)
        }}
      >
        {roles.map((one) => (
          <option key={one} value={one}>
            {t(roleTexts[one].name)}
          </option>
        ))}
      </select>
      <small class="role-may">{t(roleTexts[role].may)}</small>
    </label>
  )
}
