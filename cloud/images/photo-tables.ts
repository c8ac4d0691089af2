// The table of photos that people took, of alarms, work orders, installations and citizens' reports.
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export type PhotoKind = 'alarm' | 'work-order' | 'installation' | 'report'

export interface PhotoRow {
  kind: PhotoKind
  /** Id of what it belongs to. */
  owner: string
  /** sha-256 of the file; several may own the same. */
  hash: string
  /** 0: of before this table, not measured yet. */
  bytes: number
  kept_ms: number
  by_whom: string | null
}

export interface PhotoTables {
  photos: PhotoRow
}

/** Those of before stand in the logs of alarms and work orders, and with installations. */
export const photoMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('photos')
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('owner', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('bytes', 'double precision', (column) => column.notNull())
      .addColumn('kept_ms', 'double precision', (column) => column.notNull())
      .addColumn('by_whom', 'text')
      .addPrimaryKeyConstraint('photos_key', ['kind', 'owner', 'hash'])
      .execute()
    await database.schema.createIndex('photos_by_time').on('photos').column('kept_ms').execute()
    await database.schema.createIndex('photos_by_hash').on('photos').column('hash').execute()
    const to = database as unknown as Kysely<PhotoTables & Before>
    const alarms = await to.selectFrom('alarm_log').selectAll().where('action', '=', 'attached').execute()
    const orders = await to.selectFrom('work_order_log').selectAll().where('action', '=', 'attached').execute()
    const installations = await to.selectFrom('installations').selectAll().where('photo', 'is not', null).execute()
    const rows: PhotoRow[] = [
      ...alarms.map((line) => ({ kind: 'alarm' as const, owner: line.alarm, ...attached(line) })),
      ...orders.map((line) => ({ kind: 'work-order' as const, owner: line.work_order, ...attached(line) })),
      ...installations.map(({ id, photo, received_ms, engineer }) => ({
        kind: 'installation' as const,
        owner: id,
        hash: photo ?? '',
        bytes: 0,
        kept_ms: received_ms,
        by_whom: engineer,
      })),
    ]
    for (const row of rows) {
      const insert = to.insertInto('photos').values(row)
      await insert.onConflict((conflict) => conflict.columns(['kind', 'owner', 'hash']).doNothing()).execute()
    }
  },
}

interface Attached {
  action: string
  detail: string | null
  time_ms: number
  by_whom: string | null
}

interface Before {
  alarm_log: Attached & { alarm: string }
  work_order_log: Attached & { work_order: string }
  installations: { id: string; photo: string | null; received_ms: number; engineer: string }
}

function attached({ detail, time_ms, by_whom }: Attached): Pick<PhotoRow, 'hash' | 'bytes' | 'kept_ms' | 'by_whom'> {
  return { hash: detail ?? '', bytes: 0, kept_ms: time_ms, by_whom }
}
