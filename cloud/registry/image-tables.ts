// The tables of images in the hub's database: what is stored, which flight it belongs to, and what is still arriving.
import type { Migration } from 'kysely/migration'

/** An image that is stored durably, whole and under its hash. */
export interface ImageRow {
  tenant: string
  sha256: string
  /** `{tenant}/{gateway}` that brought it first. */
  gateway: string
  name: string
  bytes: number
  media_type: string
  time_ms: number
  received_ms: number
  flight: string | null
  /** `{tenant}/{gateway}/{site}` whose area holds the camera's position. */
  site: string | null
  lat: number | null
  lon: number | null
  /** ImageFacts, JSON. */
  facts: string
  /** A ring of [lon, lat], JSON. */
  footprint: string | null
}

export interface FlightRow {
  tenant: string
  id: string
  gateway: string
  camera: string | null
  first_ms: number
  last_ms: number
  images: number
  bytes: number
  /** The convex hull of the footprints of its images, a ring of [lon, lat], JSON. */
  footprint: string | null
}

/** An upload that has begun; its bytes are in the folder of arriving files under its id. */
export interface UploadRow {
  id: string
  tenant: string
  gateway: string
  sha256: string
  bytes: number
  name: string
  facts: string
  created_ms: number
}

export interface ImageTables {
  images: ImageRow
  flights: FlightRow
  uploads: UploadRow
}

export const imageMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('images')
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('gateway', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('bytes', 'double precision', (column) => column.notNull())
      .addColumn('media_type', 'text', (column) => column.notNull())
      .addColumn('time_ms', 'double precision', (column) => column.notNull())
      .addColumn('received_ms', 'double precision', (column) => column.notNull())
      .addColumn('flight', 'text')
      .addColumn('site', 'text')
      .addColumn('lat', 'double precision')
      .addColumn('lon', 'double precision')
      .addColumn('facts', 'text', (column) => column.notNull())
      .addColumn('footprint', 'text')
      .addPrimaryKeyConstraint('images_key', ['tenant', 'sha256'])
      .execute()
    await database.schema.createIndex('images_by_time').on('images').column('time_ms').execute()
    await database.schema
      .createIndex('images_by_flight')
      .on('images')
      .columns(['tenant', 'flight', 'time_ms'])
      .execute()
    await database.schema.createIndex('images_by_gateway').on('images').columns(['gateway', 'bytes']).execute()
    await database.schema
      .createTable('flights')
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('gateway', 'text', (column) => column.notNull())
      .addColumn('camera', 'text')
      .addColumn('first_ms', 'double precision', (column) => column.notNull())
      .addColumn('last_ms', 'double precision', (column) => column.notNull())
      .addColumn('images', 'integer', (column) => column.notNull())
      .addColumn('bytes', 'double precision', (column) => column.notNull())
      .addColumn('footprint', 'text')
      .addPrimaryKeyConstraint('flights_key', ['tenant', 'id'])
      .execute()
    await database.schema.createIndex('flights_by_time').on('flights').column('first_ms').execute()
    await database.schema
      .createTable('uploads')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('gateway', 'text', (column) => column.notNull())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('bytes', 'double precision', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('facts', 'text', (column) => column.notNull())
      .addColumn('created_ms', 'double precision', (column) => column.notNull())
      .execute()
    await database.schema.createIndex('uploads_by_hash').on('uploads').columns(['gateway', 'sha256']).execute()
  },
}
