// Keeps queries of the hub's database inside the tenants of whoever asks.
import { type Expression, expressionBuilder, type SqlBool } from 'kysely'
import type { TenantScope } from './principal.ts'

/** A condition for `where`: a column of tenants holds one of the scope. */
export function tenantWithin(column: string, { tenants }: TenantScope): Expression<SqlBool> {
  const where = expressionBuilder<Record<string, Record<string, string>>, string>()
  if (tenants === 'all') return where.lit(true)
  if (tenants.length === 0) return where.lit(false)
  return where(column, 'in', tenants)
}

/** The same for a column of keys that begin with `{tenant}/`. Names of tenants hold no character that LIKE knows. */
export function keyWithin(column: string, { tenants }: TenantScope): Expression<SqlBool> {
  const where = expressionBuilder<Record<string, Record<string, string>>, string>()
  if (tenants === 'all') return where.lit(true)
  if (tenants.length === 0) return where.lit(false)
  return where.or(tenants.map((tenant) => where(column, 'like', `${tenant}/%`)))
}
