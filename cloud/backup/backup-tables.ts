// The hub's table of back-ups: what became of each that was begun, the failed ones too.
import type { Migration } from 'kysely/migration'

interface BackupRunRow {
  id: string
  started_ms: number
  /** Null: under way, or cut off. */
  finished_ms: number | null
  cause: string
  by_name: string
  /** Null: it did not fail. */
  code: string | null
  reason: string | null
}

export interface BackupTables {
  backup_runs: BackupRunRow
}

export const backupMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('backup_runs')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('started_ms', 'double precision', (column) => column.notNull())
      .addColumn('finished_ms', 'double precision')
      .addColumn('cause', 'text', (column) => column.notNull())
      .addColumn('by_name', 'text', (column) => column.notNull())
      .addColumn('code', 'text')
      .addColumn('reason', 'text')
      .execute()
  },
}
