// The tables of alarms in the hub's database: alarms, what happened to each, shelves, storms and maintenance windows.
import type { Migration } from 'kysely/migration'

export interface AlarmRow {
  id: string
  rule: string
  /** Kind of its rule. */
  kind: string
  subject: string
  gateway: string
  device: string | null
  series: string | null
  site: string | null
  severity: string
  /** {title, advice}, JSON, as the rule had them when it raised. */
  texts: string
  value: number | null
  raised_ms: number
  cleared_ms: number | null
  occurrence: number
  acknowledged_ms: number | null
  acknowledged_by: string | null
  comment: string | null
  assignee: string | null
  /** Separated by spaces. */
  suppressions: string
  storm: string | null
  /** raised or quiet: what people were last told. */
  told: string
}

/** What a rule remembers of one subject between readings, JSON. */
export interface AlarmMemoryRow {
  rule: string
  subject: string
  memory: string
}

/** One thing that happened to an alarm; never changed. */
export interface AlarmLogRow {
  id: string
  alarm: string
  /** Rule and subject, by which a flapping alarm is known over its lives. */
  alarm_key: string
  time_ms: number
  action: string
  /** Who did it; null: the hub. */
  by_whom: string | null
  detail: string | null
}

/** A rule and subject that somebody put aside for a time. */
export interface AlarmShelfRow {
  alarm_key: string
  gateway: string
  since_ms: number
  until_ms: number
  by_whom: string | null
  reason: string
}

export interface AlarmStormRow {
  id: string
  cause: string
  group_key: string
  tenant: string
  started_ms: number
  joined_ms: number
  ended_ms: number | null
  severity: string
  members: number
  told_members: number
}

export interface MaintenanceWindowRow {
  id: string
  tenant: string
  /** tenant, gateway, site or device */
  scope: string
  /** The tenant, or the id of the gateway, site or device. */
  place: string
  from_ms: number
  to_ms: number
  reason: string
  by_whom: string | null
  created_ms: number
}

export interface AlarmTables {
  alarms: AlarmRow
  alarm_memory: AlarmMemoryRow
  alarm_log: AlarmLogRow
  alarm_shelves: AlarmShelfRow
  alarm_storms: AlarmStormRow
  maintenance_windows: MaintenanceWindowRow
}

/** Alarms of before, whose condition lasts, count as told: nobody is told now of what began long ago. */
export const alarmLifeCycleMigration: Migration = {
  async up(database) {
    const alarms = () => database.schema.alterTable('alarms')
    await alarms()
      .addColumn('kind', 'text', (column) => column.notNull().defaultTo('threshold'))
      .execute()
    await alarms()
      .addColumn('occurrence', 'integer', (column) => column.notNull().defaultTo(1))
      .execute()
    await alarms().addColumn('assignee', 'text').execute()
    await alarms()
      .addColumn('suppressions', 'text', (column) => column.notNull().defaultTo(''))
      .execute()
    await alarms().addColumn('storm', 'text').execute()
    await alarms()
      .addColumn('told', 'text', (column) => column.notNull().defaultTo('quiet'))
      .execute()
    await database.updateTable('alarms').set({ told: 'raised' }).where('cleared_ms', 'is', null).execute()
    await database.schema
      .createTable('alarm_log')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('alarm', 'text', (column) => column.notNull())
      .addColumn('alarm_key', 'text', (column) => column.notNull())
      .addColumn('time_ms', 'double precision', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('by_whom', 'text')
      .addColumn('detail', 'text')
      .execute()
    await database.schema.createIndex('alarm_log_by_alarm').on('alarm_log').columns(['alarm', 'time_ms']).execute()
    await database.schema.createIndex('alarm_log_by_time').on('alarm_log').columns(['action', 'time_ms']).execute()
    await database.schema
      .createTable('alarm_shelves')
      .addColumn('alarm_key', 'text', (column) => column.primaryKey())
      .addColumn('gateway', 'text', (column) => column.notNull())
      .addColumn('since_ms', 'double precision', (column) => column.notNull())
      .addColumn('until_ms', 'double precision', (column) => column.notNull())
      .addColumn('by_whom', 'text')
      .addColumn('reason', 'text', (column) => column.notNull())
      .execute()
    await database.schema
      .createTable('alarm_storms')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('cause', 'text', (column) => column.notNull())
      .addColumn('group_key', 'text', (column) => column.notNull())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('started_ms', 'double precision', (column) => column.notNull())
      .addColumn('joined_ms', 'double precision', (column) => column.notNull())
      .addColumn('ended_ms', 'double precision')
      .addColumn('severity', 'text', (column) => column.notNull())
      .addColumn('members', 'integer', (column) => column.notNull())
      .addColumn('told_members', 'integer', (column) => column.notNull())
      .execute()
    await database.schema
      .createTable('maintenance_windows')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('scope', 'text', (column) => column.notNull())
      .addColumn('place', 'text', (column) => column.notNull())
      .addColumn('from_ms', 'double precision', (column) => column.notNull())
      .addColumn('to_ms', 'double precision', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('by_whom', 'text')
      .addColumn('created_ms', 'double precision', (column) => column.notNull())
      .execute()
    await database.schema
      .createIndex('maintenance_windows_by_end')
      .on('maintenance_windows')
      .columns(['to_ms'])
      .execute()
  },
}
