// The hub's tables of factories: what people said that parts really were, and the shifts and kinds of defect of a site.
import type { Migration } from 'kysely/migration'

/** One for a verdict that somebody corrected or confirmed; the newest word counts. */
interface VerdictCorrectionRow {
  gateway: string
  time_ms: number
  epoch: string
  seq: number
  source: string
  /** good or bad. */
  judgement: string
  /** Kind of defect; null: not said. */
  class: string | null
  corrected_by: string | null
  corrected_ms: number
}

interface FactorySettingsRow {
  /** `{tenant}/{gateway}/{site}` */
  site: string
  tenant: string
  /** FactorySettings, JSON. */
  settings: string
  changed_ms: number
  changed_by: string | null
}

export interface FactoryTables {
  verdict_corrections: VerdictCorrectionRow
  factory_settings: FactorySettingsRow
}

export const factoryMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('verdict_corrections')
      .addColumn('gateway', 'text', (column) => column.notNull())
      .addColumn('time_ms', 'double precision', (column) => column.notNull())
      .addColumn('epoch', 'text', (column) => column.notNull())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('judgement', 'text', (column) => column.notNull())
      .addColumn('class', 'text')
      .addColumn('corrected_by', 'text')
      .addColumn('corrected_ms', 'double precision', (column) => column.notNull())
      .addPrimaryKeyConstraint('verdict_corrections_key', ['gateway', 'time_ms', 'epoch', 'seq'])
      .execute()
    await database.schema
      .createTable('factory_settings')
      .addColumn('site', 'text', (column) => column.primaryKey())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('settings', 'text', (column) => column.notNull())
      .addColumn('changed_ms', 'double precision', (column) => column.notNull())
      .addColumn('changed_by', 'text')
      .execute()
  },
}
