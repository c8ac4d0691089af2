// The hub's own small database (gateways, alarms, images) through Kysely: SQLite in one file here, the same tables elsewhere later.
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, sql, SqliteDialect, type Transaction } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import { AppError } from '../../broker/contract/app-error.ts'
import { commandMigration, type CommandTables } from '../commands/command-tables.ts'
import { deploymentMigration, type DeploymentTables } from '../deployments/deployment-tables.ts'
import { installationMigration, type InstallationTables } from '../installations/installation-tables.ts'
import { imageMigration, type ImageTables } from './image-tables.ts'

export interface GatewayRow {
  id: string
  state: 'online' | 'offline'
  reason: string | null
  since_ms: number
  last_seen_ms: number | null
  /** The status document of its last birth, JSON. */
  birth: string | null
}

export interface AlarmRow {
  id: string
  rule: string
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
  acknowledged_ms: number | null
  acknowledged_by: string | null
  comment: string | null
}

/** What a rule remembers of one subject between readings, JSON. */
export interface AlarmMemoryRow {
  rule: string
  subject: string
  memory: string
}

/** The present unit of a series that had another one before. `since_ms` is event time. */
export interface SeriesUnitRow {
  series: string
  unit: string
  previous: string
  since_ms: number
  changed_ms: number
  cause: string
}

interface HubTables extends ImageTables, CommandTables, InstallationTables, DeploymentTables {
  gateways: GatewayRow
  alarms: AlarmRow
  alarm_memory: AlarmMemoryRow
  series_units: SeriesUnitRow
}

export type HubDatabase = Kysely<HubTables>
export type HubTransaction = Transaction<HubTables>

/** Each runs once, in the order of its name; a released one is never changed. */
const migrations: Readonly<Record<string, Migration>> = {
  '2026-11-22-spine': {
    async up(database) {
      await database.schema
        .createTable('gateways')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('reason', 'text')
        .addColumn('since_ms', 'real', (column) => column.notNull())
        .addColumn('last_seen_ms', 'real')
        .addColumn('birth', 'text')
        .execute()
      await database.schema
        .createTable('alarms')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('rule', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('gateway', 'text', (column) => column.notNull())
        .addColumn('device', 'text')
        .addColumn('series', 'text')
        .addColumn('site', 'text')
        .addColumn('severity', 'text', (column) => column.notNull())
        .addColumn('texts', 'text', (column) => column.notNull())
        .addColumn('value', 'real')
        .addColumn('raised_ms', 'real', (column) => column.notNull())
        .addColumn('cleared_ms', 'real')
        .addColumn('acknowledged_ms', 'real')
        .addColumn('acknowledged_by', 'text')
        .addColumn('comment', 'text')
        .execute()
      await database.schema.createIndex('alarms_by_time').on('alarms').column('raised_ms').execute()
      await database.schema
        .createTable('alarm_memory')
        .addColumn('rule', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('memory', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('alarm_memory_key', ['rule', 'subject'])
        .execute()
    },
  },
  '2026-11-23-images': imageMigration,
  '2026-11-24-series-units': {
    async up(database) {
      await database.schema
        .createTable('series_units')
        .addColumn('series', 'text', (column) => column.primaryKey())
        .addColumn('unit', 'text', (column) => column.notNull())
        .addColumn('previous', 'text', (column) => column.notNull())
        .addColumn('since_ms', 'real', (column) => column.notNull())
        .addColumn('changed_ms', 'real', (column) => column.notNull())
        .addColumn('cause', 'text', (column) => column.notNull())
        .execute()
    },
  },
  '2026-11-25-commands': commandMigration,
  '2026-11-26-installations': installationMigration,
  '2026-11-27-deployments': deploymentMigration,
}

/**
 * One transaction that is on the medium when this resolves: the others of the hub's database may lose their last second
 * in a power cut, and are told again by the gateways.
 */
export async function durably<T>(database: HubDatabase, work: (transaction: HubTransaction) => Promise<T>): Promise<T> {
  return await database.connection().execute(async (connection) => {
    await sql`PRAGMA synchronous = FULL`.execute(connection)
    try {
      return await connection.transaction().execute(work)
    } finally {
      await sql`PRAGMA synchronous = NORMAL`.execute(connection)
    }
  })
}

/**
 * Opens or creates the file and brings its tables up to date. One program at a time: throws `data.locked` where another
 * holds it, `store.unavailable` where it cannot be written.
 */
export async function openHubDatabase(path: string): Promise<HubDatabase> {
  const database = new Kysely<HubTables>({ dialect: new SqliteDialect({ database: sqliteFor(openExclusively(path)) }) })
  const provider = { getMigrations: () => Promise.resolve({ ...migrations }) }
  const { error } = await new Migrator({ db: database, provider }).migrateToLatest()
  if (error === undefined) return database
  await database.destroy()
  throw new AppError('store.unavailable', `the tables of ${path} cannot be brought up to date`, { cause: error })
}

function openExclusively(path: string): DatabaseSync {
  let sqlite: DatabaseSync | undefined
  try {
    sqlite = new DatabaseSync(path, { timeout: 0 })
    sqlite.exec('PRAGMA locking_mode = EXCLUSIVE')
    sqlite.exec('PRAGMA journal_mode = WAL')
    sqlite.exec('PRAGMA synchronous = NORMAL')
    sqlite.exec('BEGIN EXCLUSIVE; COMMIT')
    return sqlite
  } catch (thrown) {
    sqlite?.close()
    const locked = thrown instanceof Error && /locked|busy/i.test(thrown.message)
    if (locked)
      throw new AppError('data.locked', `${path} is in use by another hub; stop that one or choose another --data`)
    throw new AppError('store.unavailable', `${path} cannot be opened`, { cause: thrown })
  }
}

/** The part of better-sqlite3's shape that Kysely asks for, on node:sqlite. */
function sqliteFor(sqlite: DatabaseSync) {
  return {
    close: () => sqlite.close(),
    prepare(sql: string) {
      const statement = sqlite.prepare(sql)
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...(parameters as SQLInputValue[])),
      }
    },
  }
}
