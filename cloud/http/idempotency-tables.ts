// The table of requests that carry an Idempotency-Key, and what they were answered.
import type { Migration } from 'kysely/migration'

interface IdempotencyRow {
  /** SHA-256 over caller, method, path and key, hexadecimal. */
  id: string
  caller: string
  body_hash: string
  /** Null: it is under way. */
  status: number | null
  /** Content type. */
  type: string | null
  answer: string | null
  made_ms: number
}

export interface IdempotencyTables {
  idempotency_keys: IdempotencyRow
}

export const idempotencyMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('idempotency_keys')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('caller', 'text', (column) => column.notNull())
      .addColumn('body_hash', 'text', (column) => column.notNull())
      .addColumn('status', 'integer')
      .addColumn('type', 'text')
      .addColumn('answer', 'text')
      .addColumn('made_ms', 'double precision', (column) => column.notNull())
      .execute()
    await database.schema
      .createIndex('idempotency_keys_by_caller')
      .on('idempotency_keys')
      .columns(['caller', 'made_ms'])
      .execute()
  },
}
