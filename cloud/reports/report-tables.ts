// The tables of citizens' reports in the hub's database.
import type { Migration } from 'kysely/migration'

export interface ReportRow {
  id: string
  number: number
  /** SHA-256 of the secret of its link, hexadecimal. */
  secret_hash: string
  tenant: string
  kind: string
  text: string
  lat: number
  lon: number
  lamp: string | null
  contact: string | null
  photos: number
  /** Names of the reasons, with commas between; empty: every photo is kept. */
  photos_left_out: string
  state: string
  answer: string | null
  merged_into: string | null
  work_order: string | null
  received_ms: number
  changed_ms: number
  closed_ms: number | null
}

/** What happened to a report; goes with it. */
export interface ReportLogRow {
  id: string
  report: string
  time_ms: number
  action: string
  by_whom: string | null
  detail: string | null
}

export interface ReportTables {
  citizen_reports: ReportRow
  citizen_report_log: ReportLogRow
}

export const reportMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('citizen_reports')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('number', 'integer', (column) => column.notNull().unique())
      .addColumn('secret_hash', 'text', (column) => column.notNull().unique())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('text', 'text', (column) => column.notNull())
      .addColumn('lat', 'double precision', (column) => column.notNull())
      .addColumn('lon', 'double precision', (column) => column.notNull())
      .addColumn('lamp', 'text')
      .addColumn('contact', 'text')
      .addColumn('photos', 'integer', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('answer', 'text')
      .addColumn('merged_into', 'text')
      .addColumn('work_order', 'text')
      .addColumn('received_ms', 'double precision', (column) => column.notNull())
      .addColumn('changed_ms', 'double precision', (column) => column.notNull())
      .addColumn('closed_ms', 'double precision')
      .execute()
    for (const column of ['state', 'received_ms', 'work_order', 'lat']) {
      await database.schema.createIndex(`citizen_reports_by_${column}`).on('citizen_reports').column(column).execute()
    }
    await database.schema
      .createTable('citizen_report_log')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('report', 'text', (column) => column.notNull())
      .addColumn('time_ms', 'double precision', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('by_whom', 'text')
      .addColumn('detail', 'text')
      .execute()
    await database.schema
      .createIndex('citizen_report_log_by_report')
      .on('citizen_report_log')
      .columns(['report', 'id'])
      .execute()
  },
}

/** Reports of before were refused with a photo that could not be kept. */
export const reportLeftOutMigration: Migration = {
  async up(database) {
    await database.schema
      .alterTable('citizen_reports')
      .addColumn('photos_left_out', 'text', (column) => column.notNull().defaultTo(''))
      .execute()
  },
}
