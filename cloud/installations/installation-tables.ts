// The table of installations in the hub's database: what engineers signed off, one row each; only the photo can go.
import type { Migration } from 'kysely/migration'

export interface InstallationRow {
  id: string
  /** `{tenant}/{gateway}` */
  gateway: string
  kind: string
  signed_off_ms: number
  received_ms: number
  engineer: string
  note: string | null
  /** Place, JSON. */
  place: string
  /** Replaced, JSON. */
  replaced: string | null
  /** SHA-256 of the photo's file, hexadecimal. */
  photo: string | null
  /** Of the gateway's record: one record is good for one installation. */
  record_id: string
  /** SignedRecord, JSON. */
  record: string
  /** Of the certificate that the record is signed with. */
  serial_number: string
  /** SHA-256 of what was sent, hexadecimal. */
  body_hash: string
}

export interface InstallationTables {
  installations: InstallationRow
}

export const installationMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('installations')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('gateway', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('signed_off_ms', 'double precision', (column) => column.notNull())
      .addColumn('received_ms', 'double precision', (column) => column.notNull())
      .addColumn('engineer', 'text', (column) => column.notNull())
      .addColumn('note', 'text')
      .addColumn('place', 'text', (column) => column.notNull())
      .addColumn('replaced', 'text')
      .addColumn('photo', 'text')
      .addColumn('record_id', 'text', (column) => column.notNull().unique())
      .addColumn('record', 'text', (column) => column.notNull())
      .addColumn('serial_number', 'text', (column) => column.notNull())
      .addColumn('body_hash', 'text', (column) => column.notNull())
      .execute()
    await database.schema
      .createIndex('installations_by_gateway')
      .on('installations')
      .columns(['gateway', 'signed_off_ms'])
      .execute()
  },
}
