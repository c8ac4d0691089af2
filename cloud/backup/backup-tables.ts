// The hub's tables of back-ups: what became of each that was begun, the failed ones too, and since when none came to anything.
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

/** At most one row, from the first that is begun after a whole one to the end of the next whole one. */
interface BackupTroubleRow {
  /** Of the first of them. */
  id: string
  since_ms: number
  /** How many were begun. */
  tries: number
}

export interface BackupTables {
  backup_runs: BackupRunRow
  backup_troubles: BackupTroubleRow
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

export const backupTroubleMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('backup_troubles')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('since_ms', 'double precision', (column) => column.notNull())
      .addColumn('tries', 'integer', (column) => column.notNull())
      .execute()
  },
}
