// The hub's tables of bulletins: what was sent, what it refers to, and how the polled sources are.
import type { Migration } from 'kysely/migration'

export interface BulletinRow {
  tenant: string
  id: string
  source: string
  sender: string
  identifier: string
  kind: string
  thread: string
  revision: number
  /** SHA-256 of what it says: the same again is known. */
  digest: string
  /** BulletinContent, JSON. */
  content: string
  status: string
  sent_ms: number
  effective_ms: number
  expires_ms: number
  received_ms: number
  public: number
  /** `updated`, `cancelled`; null: neither. */
  ended: string | null
  ended_ms: number | null
  ended_by: string | null
}

/** What a bulletin updates or cancels, also where that has not come yet. */
interface BulletinReferenceRow {
  tenant: string
  /** Of the bulletin that refers. */
  source: string
  sender: string
  identifier: string
  by_id: string
  kind: string
}

interface BulletinSourceRow {
  id: string
  etag: string | null
  last_modified: string | null
  polled_ms: number
  /** When it was read last; null: never. */
  read_ms: number | null
  /** Failures one after the other. */
  failures: number
  /** When it is polled next. */
  next_ms: number
  /** SourceFault[], newest first, JSON. */
  faults: string
}

export interface BulletinTables {
  bulletins: BulletinRow
  bulletin_references: BulletinReferenceRow
  bulletin_sources: BulletinSourceRow
}

export const bulletinMigration: Migration = {
  async up({ schema }) {
    await schema
      .createTable('bulletins')
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('sender', 'text', (column) => column.notNull())
      .addColumn('identifier', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('thread', 'text', (column) => column.notNull())
      .addColumn('revision', 'integer', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('sent_ms', 'double precision', (column) => column.notNull())
      .addColumn('effective_ms', 'double precision', (column) => column.notNull())
      .addColumn('expires_ms', 'double precision', (column) => column.notNull())
      .addColumn('received_ms', 'double precision', (column) => column.notNull())
      .addColumn('public', 'integer', (column) => column.notNull())
      .addColumn('ended', 'text')
      .addColumn('ended_ms', 'double precision')
      .addColumn('ended_by', 'text')
      .addPrimaryKeyConstraint('bulletins_key', ['tenant', 'id'])
      .execute()
    await schema.createIndex('bulletins_by_name').on('bulletins').columns(['tenant', 'sender', 'identifier']).execute()
    await schema.createIndex('bulletins_by_time').on('bulletins').columns(['sent_ms', 'id']).execute()
    await schema.createIndex('bulletins_by_end').on('bulletins').column('expires_ms').execute()
    await schema
      .createTable('bulletin_references')
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('sender', 'text', (column) => column.notNull())
      .addColumn('identifier', 'text', (column) => column.notNull())
      .addColumn('by_id', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('bulletin_references_key', ['tenant', 'sender', 'identifier', 'by_id'])
      .execute()
    await schema
      .createTable('bulletin_sources')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('etag', 'text')
      .addColumn('last_modified', 'text')
      .addColumn('polled_ms', 'double precision', (column) => column.notNull())
      .addColumn('read_ms', 'double precision')
      .addColumn('failures', 'integer', (column) => column.notNull())
      .addColumn('next_ms', 'double precision', (column) => column.notNull())
      .addColumn('faults', 'text', (column) => column.notNull())
      .execute()
  },
}
