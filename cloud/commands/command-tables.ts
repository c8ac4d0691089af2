// The table of commands in the hub's database: who asked which gateway for what, when, and what became of it.
import type { Migration } from 'kysely/migration'

export interface CommandRow {
  id: string
  gateway: string
  kind: string
  /** JSON. */
  arguments: string
  /** As the person said; empty where nobody said it. */
  asked_by: string
  /** Address from which it was asked; empty for the hub itself. */
  remote: string
  asked_ms: number
  /** `sent`, or a state of CommandResult. */
  state: string
  code: string | null
  message: string | null
  answered_ms: number | null
  /** CommandFile, JSON. */
  file: string | null
}

export interface CommandTables {
  commands: CommandRow
}

export const commandMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('commands')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('gateway', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('arguments', 'text', (column) => column.notNull())
      .addColumn('asked_by', 'text', (column) => column.notNull())
      .addColumn('remote', 'text', (column) => column.notNull())
      .addColumn('asked_ms', 'double precision', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('code', 'text')
      .addColumn('message', 'text')
      .addColumn('answered_ms', 'double precision')
      .addColumn('file', 'text')
      .execute()
    await database.schema.createIndex('commands_by_time').on('commands').column('asked_ms').execute()
  },
}
