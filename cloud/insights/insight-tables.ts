// The hub's tables of insights: settings of fields, how far each result is computed and from what, and what was advised when.
import type { Migration } from 'kysely/migration'

interface FieldSettingsRow {
  /** `{tenant}/{gateway}/{site}` */
  site: string
  tenant: string
  /** FieldSettings, JSON. */
  settings: string
  revision: number
  changed_ms: number
  changed_by: string | null
}

/**
 * Provenance: the results of an insight at a site for times in (from_ms, to_ms] were computed by this version, with this
 * revision of the settings, from readings since input_from_ms. `cause`: schedule, late or settings. A later run goes before.
 */
export interface InsightRunRow {
  site: string
  insight: string
  run: number
  tenant: string
  version: number
  settings_revision: number
  cause: string
  from_ms: number
  to_ms: number
  input_from_ms: number
  computed_ms: number
}

/** Each change of what an insight advises at a site; the newest is what holds. `body`: Advice, JSON; null: nothing any more. */
export interface InsightAdviceRow {
  site: string
  insight: string
  /** Rises with each change. */
  number: number
  tenant: string
  version: number
  time_ms: number
  level: string | null
  code: string | null
  body: string | null
}

/** `place`: a tenant, or `{tenant}/{gateway}/{site}`. `settings`: InfrastructureSettings, JSON. */
interface InfrastructureSettingsRow {
  place: string
  tenant: string
  settings: string
  revision: number
  changed_ms: number
  changed_by: string | null
}

export interface InsightTables {
  infrastructure_settings: InfrastructureSettingsRow
  field_settings: FieldSettingsRow
  insight_runs: InsightRunRow
  insight_advice: InsightAdviceRow
}

export const insightMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('field_settings')
      .addColumn('site', 'text', (column) => column.primaryKey())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('settings', 'text', (column) => column.notNull())
      .addColumn('revision', 'integer', (column) => column.notNull())
      .addColumn('changed_ms', 'double precision', (column) => column.notNull())
      .addColumn('changed_by', 'text')
      .execute()
    await database.schema
      .createTable('insight_runs')
      .addColumn('site', 'text', (column) => column.notNull())
      .addColumn('insight', 'text', (column) => column.notNull())
      .addColumn('run', 'integer', (column) => column.notNull())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('settings_revision', 'integer', (column) => column.notNull())
      .addColumn('cause', 'text', (column) => column.notNull())
      .addColumn('from_ms', 'double precision', (column) => column.notNull())
      .addColumn('to_ms', 'double precision', (column) => column.notNull())
      .addColumn('input_from_ms', 'double precision', (column) => column.notNull())
      .addColumn('computed_ms', 'double precision', (column) => column.notNull())
      .addPrimaryKeyConstraint('insight_runs_key', ['site', 'insight', 'run'])
      .execute()
    await database.schema
      .createTable('insight_advice')
      .addColumn('site', 'text', (column) => column.notNull())
      .addColumn('insight', 'text', (column) => column.notNull())
      .addColumn('number', 'integer', (column) => column.notNull())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('time_ms', 'double precision', (column) => column.notNull())
      .addColumn('level', 'text')
      .addColumn('code', 'text')
      .addColumn('body', 'text')
      .addPrimaryKeyConstraint('insight_advice_key', ['site', 'insight', 'number'])
      .execute()
    await database.schema
      .createIndex('insight_advice_by_time')
      .on('insight_advice')
      .columns(['site', 'time_ms'])
      .execute()
  },
}

export const infrastructureMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('infrastructure_settings')
      .addColumn('place', 'text', (column) => column.primaryKey())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('settings', 'text', (column) => column.notNull())
      .addColumn('revision', 'integer', (column) => column.notNull())
      .addColumn('changed_ms', 'double precision', (column) => column.notNull())
      .addColumn('changed_by', 'text')
      .execute()
  },
}
