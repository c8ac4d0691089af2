// The hub's tables of public places and of what is published.
import type { Migration } from 'kysely/migration'

interface PlaceRow {
  tenant: string
  kind: string
  /** The ID of the list. */
  id: string
  name: string
  lat: number | null
  lon: number | null
  /** Values by column, JSON. */
  columns: string
  changed_ms: number
  changed_by: string | null
}

/** What somebody has decided about publishing a series or a list; what has no row is not published. */
interface PublicationRow {
  /** `series:{tenant}/{gateway}/{name}` or `list:{tenant}/{kind}` */
  subject: string
  tenant: string
  /** JSON. */
  settings: string
  changed_ms: number
  changed_by: string | null
}

export interface OpenDataTables {
  places: PlaceRow
  publications: PublicationRow
}

export const openDataMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('places')
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('lat', 'double precision')
      .addColumn('lon', 'double precision')
      .addColumn('columns', 'text', (column) => column.notNull())
      .addColumn('changed_ms', 'double precision', (column) => column.notNull())
      .addColumn('changed_by', 'text')
      .addPrimaryKeyConstraint('places_key', ['tenant', 'kind', 'id'])
      .execute()
    await database.schema
      .createTable('publications')
      .addColumn('subject', 'text', (column) => column.primaryKey())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('settings', 'text', (column) => column.notNull())
      .addColumn('changed_ms', 'double precision', (column) => column.notNull())
      .addColumn('changed_by', 'text')
      .execute()
  },
}
