// The hub's tables of crowding: the places that are watched, and what staff counted there.
import type { Migration } from 'kysely/migration'

interface CrowdingSpotRow {
  tenant: string
  id: string
  /** SpotSettings, JSON. */
  settings: string
  /** What staff last said of it: open, closed or full. */
  state: string | null
  state_ms: number | null
  state_by: string | null
}

interface PeopleCountRow {
  tenant: string
  spot: string
  time_ms: number
  people: number
  /** Devices that were connected at that time; null: nobody knows. */
  clients: number | null
  /** People that its cameras saw at that time; null: nobody knows. */
  seen: number | null
  counted_by: string | null
}

export interface CrowdingTables {
  crowding_spots: CrowdingSpotRow
  people_counts: PeopleCountRow
}

export const crowdingMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('crowding_spots')
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('settings', 'text', (column) => column.notNull())
      .addColumn('state', 'text')
      .addColumn('state_ms', 'double precision')
      .addColumn('state_by', 'text')
      .addPrimaryKeyConstraint('crowding_spots_key', ['tenant', 'id'])
      .execute()
    await database.schema
      .createTable('people_counts')
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('spot', 'text', (column) => column.notNull())
      .addColumn('time_ms', 'double precision', (column) => column.notNull())
      .addColumn('people', 'integer', (column) => column.notNull())
      .addColumn('clients', 'integer')
      .addColumn('counted_by', 'text')
      .addPrimaryKeyConstraint('people_counts_key', ['tenant', 'spot', 'time_ms'])
      .execute()
  },
}

export const camerasMigration: Migration = {
  async up(database) {
    await database.schema.alterTable('people_counts').addColumn('seen', 'integer').execute()
  },
}
