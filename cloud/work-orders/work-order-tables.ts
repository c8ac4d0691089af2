// The tables of work orders in the hub's database.
import type { Migration } from 'kysely/migration'

export interface WorkOrderRow {
  id: string
  number: number
  tenant: string
  state: string
  /** LocalizedText, JSON. */
  title: string
  severity: string
  /** Empty: of no alarm. */
  gateway: string
  site: string | null
  /** Ids of alarms, JSON. */
  alarms: string
  assignee: string | null
  begun_ms: number
  opened_ms: number
  dispatched_ms: number | null
  fixed_ms: number | null
  closed_ms: number | null
}

/** What happened to a work order; never changed. */
export interface WorkOrderLogRow {
  id: string
  work_order: string
  time_ms: number
  action: string
  by_whom: string | null
  detail: string | null
}

export interface WorkOrderTables {
  work_orders: WorkOrderRow
  work_order_log: WorkOrderLogRow
}

export const workOrderMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('work_orders')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('number', 'integer', (column) => column.notNull().unique())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('severity', 'text', (column) => column.notNull())
      .addColumn('gateway', 'text', (column) => column.notNull())
      .addColumn('site', 'text')
      .addColumn('alarms', 'text', (column) => column.notNull())
      .addColumn('assignee', 'text')
      .addColumn('begun_ms', 'double precision', (column) => column.notNull())
      .addColumn('opened_ms', 'double precision', (column) => column.notNull())
      .addColumn('dispatched_ms', 'double precision')
      .addColumn('fixed_ms', 'double precision')
      .addColumn('closed_ms', 'double precision')
      .execute()
    await database.schema.createIndex('work_orders_by_state').on('work_orders').columns(['state', 'number']).execute()
    await database.schema
      .createTable('work_order_log')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('work_order', 'text', (column) => column.notNull())
      .addColumn('time_ms', 'double precision', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('by_whom', 'text')
      .addColumn('detail', 'text')
      .execute()
    await database.schema
      .createIndex('work_order_log_by_order')
      .on('work_order_log')
      .columns(['work_order', 'id'])
      .execute()
  },
}
