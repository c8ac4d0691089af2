// Tenants and persons as the hub works with them.
import type { PersonRow, TenantRow } from './people-tables.ts'
import type { Membership } from './principal.ts'
import type { Role } from './rights.ts'

export const tenantKinds = ['city', 'farm', 'factory'] as const
type TenantKind = (typeof tenantKinds)[number]

export interface Tenant {
  readonly id: string
  readonly name: { readonly ja: string; readonly en: string }
  /** city: a department of the city; farm: a co-operative or a farm; factory: a company. */
  readonly kind: TenantKind
  readonly createdMs: number
}

export interface Person {
  readonly id: string
  readonly name: string
  readonly language: 'ja' | 'en'
  readonly email: string | undefined
  readonly memberships: readonly Membership[]
  readonly createdMs: number
  readonly suspendedMs: number | undefined
  /** Argon2id. */
  readonly password: string | undefined
  /** Sealed (totp-secrets.ts). */
  readonly totp: { readonly secret: string; readonly step: number } | undefined
}

export function tenantFromRow(row: TenantRow): Tenant {
  const { id, name_ja: ja, name_en: en, created_ms: createdMs } = row
  return { id, name: { ja, en }, kind: row.kind as TenantKind, createdMs }
}

export function tenantToRow({ id, name, kind, createdMs }: Tenant): TenantRow {
  return { id, name_ja: name.ja, name_en: name.en, kind, created_ms: createdMs }
}

export function personFromRow(row: PersonRow, memberships: readonly Membership[]): Person {
  return {
    id: row.id,
    name: row.name,
    language: row.language === 'en' ? 'en' : 'ja',
    email: row.email ?? undefined,
    memberships,
    createdMs: row.created_ms,
    suspendedMs: row.suspended_ms ?? undefined,
    password: row.password ?? undefined,
    totp: row.totp_secret === null ? undefined : { secret: row.totp_secret, step: row.totp_step },
  }
}

export function personToRow({ id, name, language, email, createdMs, suspendedMs, password, totp }: Person): PersonRow {
  return {
    id,
    name,
    language,
    email: email ?? null,
    created_ms: createdMs,
    password: password ?? null,
    totp_secret: totp?.secret ?? null,
    totp_step: totp?.step ?? 0,
    suspended_ms: suspendedMs ?? null,
  }
}

export function membershipFromRow({ tenant, role }: { readonly tenant: string; readonly role: string }): Membership {
  return { tenant, role: role as Role }
}
