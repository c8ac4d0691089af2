// The tables of tenants, persons, their roles, sessions, credentials and the audit log in the hub's database.
import type { ColumnDefinitionBuilder, Kysely, SchemaModule } from 'kysely'
import type { Migration } from 'kysely/migration'

export interface TenantRow {
  /** As in topics. */
  id: string
  name_ja: string
  name_en: string
  /** TenantKind. */
  kind: string
  created_ms: number
}

export interface PersonRow {
  id: string
  name: string
  language: string
  /** Lower case. */
  email: string | null
  created_ms: number
  /** Argon2id as a PHC string. */
  password: string | null
  /** Sealed; from before 2026-12-05 it may be plain base32 until the hub has been started. */
  totp_secret: string | null
  /** The step of the newest code that was taken: none is taken twice. */
  totp_step: number
  /** Unix ms; null: may sign in. */
  suspended_ms: number | null
}

interface MembershipRow {
  person: string
  tenant: string
  role: string
}

export interface SessionRow {
  /** SHA-256 of the cookie, hexadecimal. */
  hash: string
  /** What the API calls it. */
  id: string
  person: string
  /** password, passkey, oidc, link. */
  method: string
  remote: string
  agent: string
  created_ms: number
  seen_ms: number
  /** 2: a second factor was shown. */
  factors: number
}

export interface ApiTokenRow {
  id: string
  /** SHA-256 of the token, hexadecimal. */
  hash: string
  person: string
  name: string
  /** A tenant or `*`. */
  tenant: string
  /** Rights, space-separated. */
  rights: string
  created_ms: number
  expires_ms: number
  used_ms: number | null
}

interface OneTimeLinkRow {
  /** SHA-256 of the secret, hexadecimal. */
  hash: string
  person: string
  expires_ms: number
}

interface RecoveryCodeRow {
  /** SHA-256, hexadecimal. */
  hash: string
  person: string
}

export interface PasskeyRow {
  /** Credential id, base64url. */
  id: string
  person: string
  /** COSE key, base64url. */
  public_key: string
  counter: number
  /** Space-separated. */
  transports: string
  name: string
  /** The name of the hub for which it was made: a passkey is good for no other. */
  rp_id: string
  created_ms: number
  used_ms: number | null
}

/** Who a person is at an identity provider. */
export interface SubjectRow {
  issuer: string
  subject: string
  person: string
  linked_ms: number
}

export interface AuditRow {
  /** From 1, without a gap. */
  sequence: number
  time_ms: number
  who: string
  action: string
  subject: string
  tenant: string | null
  remote: string | null
  /** JSON. */
  detail: string
  /** SHA-256 over the hash before and this row, hexadecimal. */
  hash: string
}

export interface PeopleTables {
  tenants: TenantRow
  persons: PersonRow
  memberships: MembershipRow
  sessions: SessionRow
  api_tokens: ApiTokenRow
  one_time_links: OneTimeLinkRow
  recovery_codes: RecoveryCodeRow
  passkeys: PasskeyRow
  subjects: SubjectRow
  audit: AuditRow
}

export const peopleMigration: Migration = {
  async up({ schema }) {
    await createPeople(schema)
    await createCredentials(schema)
  },
}

/** How a session was begun counts from here on; whoever had an authenticator has shown it. */
export const signInMigration: Migration = {
  async up(database: Kysely<PeopleTables>) {
    const { schema } = database
    const zero = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(0)
    await schema
      .alterTable('sessions')
      .addColumn('factors', 'integer', (column) => column.notNull().defaultTo(1))
      .execute()
    const armed = database.selectFrom('persons').select('id').where('totp_secret', 'is not', null)
    await database.updateTable('sessions').set({ factors: 2 }).where('person', 'in', armed).execute()
    await schema
      .alterTable('passkeys')
      .addColumn('rp_id', 'text', (column) => column.notNull().defaultTo(''))
      .execute()
    await schema.alterTable('subjects').addColumn('linked_ms', 'double precision', zero).execute()
  },
}

async function createPeople(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('tenants')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name_ja', 'text', (column) => column.notNull())
    .addColumn('name_en', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('created_ms', 'double precision', (column) => column.notNull())
    .execute()
  await schema
    .createTable('persons')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('language', 'text', (column) => column.notNull())
    .addColumn('email', 'text', (column) => column.unique())
    .addColumn('created_ms', 'double precision', (column) => column.notNull())
    .addColumn('password', 'text')
    .addColumn('totp_secret', 'text')
    .addColumn('totp_step', 'bigint', (column) => column.notNull())
    .addColumn('suspended_ms', 'double precision')
    .execute()
  await schema
    .createTable('memberships')
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('memberships_key', ['person', 'tenant', 'role'])
    .execute()
  await schema
    .createTable('audit')
    .addColumn('sequence', 'bigint', (column) => column.primaryKey())
    .addColumn('time_ms', 'double precision', (column) => column.notNull())
    .addColumn('who', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('tenant', 'text')
    .addColumn('remote', 'text')
    .addColumn('detail', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute()
}

async function createCredentials(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('sessions')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('method', 'text', (column) => column.notNull())
    .addColumn('remote', 'text', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('created_ms', 'double precision', (column) => column.notNull())
    .addColumn('seen_ms', 'double precision', (column) => column.notNull())
    .execute()
  await schema
    .createTable('api_tokens')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('rights', 'text', (column) => column.notNull())
    .addColumn('created_ms', 'double precision', (column) => column.notNull())
    .addColumn('expires_ms', 'double precision', (column) => column.notNull())
    .addColumn('used_ms', 'double precision')
    .execute()
  await schema
    .createTable('one_time_links')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('expires_ms', 'double precision', (column) => column.notNull())
    .execute()
  await schema
    .createTable('recovery_codes')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('person', 'text', (column) => column.notNull())
    .execute()
  await schema
    .createTable('passkeys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('counter', 'bigint', (column) => column.notNull())
    .addColumn('transports', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('created_ms', 'double precision', (column) => column.notNull())
    .addColumn('used_ms', 'double precision')
    .execute()
  await schema
    .createTable('subjects')
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('person', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('subjects_key', ['issuer', 'subject'])
    .execute()
}
