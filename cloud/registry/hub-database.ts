// The hub's own small database (gateways, alarms, images, people) through Kysely: the same tables in SQLite or PostgreSQL.
import { type Dialect, Kysely, type Transaction } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import { AppError } from '../../broker/contract/app-error.ts'
import { type Clock, type Log, silentLog, systemClock } from '../../broker/contract/ports.ts'
import { alarmLifeCycleMigration, type AlarmTables } from '../alarms/alarm-tables.ts'
import { ruleMigration, type RuleTables } from '../alarms/rules/rule-tables.ts'
import { backupMigration, type BackupTables, backupTroubleMigration } from '../backup/backup-tables.ts'
import { bulletinMigration, type BulletinTables } from '../bulletins/bulletin-tables.ts'
import { commandMigration, type CommandTables } from '../commands/command-tables.ts'
import { auditOrderMigration, deploymentMigration, type DeploymentTables } from '../deployments/deployment-tables.ts'
import { installationMigration, type InstallationTables } from '../installations/installation-tables.ts'
import { infrastructureMigration, insightMigration, type InsightTables } from '../insights/insight-tables.ts'
import { camerasMigration, crowdingMigration, type CrowdingTables } from '../crowding/crowding-tables.ts'
import { openDataMigration, type OpenDataTables } from '../open-data/open-data-tables.ts'
import {
  bulletinNoticeMigration,
  dutyRevisionMigration,
  notificationMigration,
  type NotificationTables,
  stormEscalationMigration,
} from '../notifications/notification-tables.ts'
import { peopleMigration, type PeopleTables, signInMigration } from '../people/people-tables.ts'
import { durableTransaction } from './durable-transaction.ts'
import { factoryMigration, type FactoryTables } from '../factory/factory-tables.ts'
import { reportLeftOutMigration, reportMigration, type ReportTables } from '../reports/report-tables.ts'
import { workOrderMigration, type WorkOrderTables } from '../work-orders/work-order-tables.ts'
import { idempotencyMigration, type IdempotencyTables } from '../http/idempotency-tables.ts'
import { photoMigration, type PhotoTables } from '../images/photo-tables.ts'
import { imageMigration, type ImageTables } from './image-tables.ts'
import { sqliteDialect } from './sqlite-database.ts'

export interface GatewayRow {
  id: string
  state: 'online' | 'offline'
  reason: string | null
  since_ms: number
  last_seen_ms: number | null
  /** The status document of its last birth, JSON. */
  birth: string | null
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

interface HubTables
  extends
    AlarmTables,
    WorkOrderTables,
    ImageTables,
    PhotoTables,
    CommandTables,
    InstallationTables,
    DeploymentTables,
    PeopleTables,
    NotificationTables,
    IdempotencyTables,
    RuleTables,
    InsightTables,
    OpenDataTables,
    BulletinTables,
    FactoryTables,
    CrowdingTables,
    ReportTables,
    BackupTables {
  gateways: GatewayRow
  series_units: SeriesUnitRow
}

export type HubDatabase = Kysely<HubTables>
export type HubTransaction = Transaction<HubTables>

/**
 * Each runs once, in the order of its name; a released one is never changed. Times in ms and bytes are `double precision`
 * (`real` has 4 bytes in PostgreSQL), whole numbers that may pass 2^31 `bigint`; both come back as numbers. Files of
 * before 2026-11-24 say `real`, which is the same to SQLite.
 */
const migrations: Readonly<Record<string, Migration>> = {
  '2026-11-22-spine': {
    async up(database) {
      await database.schema
        .createTable('gateways')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('reason', 'text')
        .addColumn('since_ms', 'double precision', (column) => column.notNull())
        .addColumn('last_seen_ms', 'double precision')
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
        .addColumn('value', 'double precision')
        .addColumn('raised_ms', 'double precision', (column) => column.notNull())
        .addColumn('cleared_ms', 'double precision')
        .addColumn('acknowledged_ms', 'double precision')
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
        .addColumn('since_ms', 'double precision', (column) => column.notNull())
        .addColumn('changed_ms', 'double precision', (column) => column.notNull())
        .addColumn('cause', 'text', (column) => column.notNull())
        .execute()
    },
  },
  '2026-11-25-commands': commandMigration,
  '2026-11-26-installations': installationMigration,
  '2026-11-27-deployments': deploymentMigration,
  '2026-11-29-alarms': alarmLifeCycleMigration,
  '2026-11-29-work-orders': workOrderMigration,
  '2026-11-30-people': peopleMigration,
  '2026-12-01-notifications': notificationMigration,
  '2026-12-02-rules': ruleMigration,
  '2026-12-03-idempotency': idempotencyMigration,
  '2026-12-04-insights': insightMigration,
  '2026-12-05-sign-in': signInMigration,
  '2026-12-06-notices': stormEscalationMigration,
  '2026-12-07-alarms': photoMigration,
  '2026-12-08-infrastructure': infrastructureMigration,
  '2026-12-09-open-data': openDataMigration,
  '2026-12-10-crowding': crowdingMigration,
  '2026-12-13-factories': factoryMigration,
  '2026-12-13-people-seen': camerasMigration,
  '2026-12-11-bulletin-notices': bulletinNoticeMigration,
  '2026-12-11-bulletins': bulletinMigration,
  '2026-12-12-reports': reportMigration,
  '2026-12-14-backups': backupMigration,
  '2026-12-14-report-photos': reportLeftOutMigration,
  '2026-12-15-roll-out-audit': auditOrderMigration,
  '2026-12-16-backup-troubles': backupTroubleMigration,
  '2026-12-17-duty-revisions': dutyRevisionMigration,
}

/**
 * One transaction that is on the medium when this resolves: the others of the hub's database may lose their last second
 * in a power cut, and are told again by the gateways.
 */
export async function durably<T>(database: HubDatabase, work: (transaction: HubTransaction) => Promise<T>): Promise<T> {
  return await durableTransaction(database, work)
}

type CopyTo = (file: string) => Promise<void>

/** Kysely has no word for it. */
const copies = new WeakMap<HubDatabase, CopyTo>()

/** Writes a consistent copy into a new file while the hub goes on. Undefined: PostgreSQL, which is backed up by its own tools. */
export function copierOf(database: HubDatabase): CopyTo | undefined {
  return copies.get(database)
}

/** The migrations that this program knows, the oldest first. */
export const knownMigrations: readonly string[] = Object.keys(migrations).toSorted()

export interface HubDatabaseSettings {
  /** A SQLite file, or a `postgres://` URL. */
  readonly place: string
  /** PostgreSQL only: how long to wait for another hub to let go; default 0. */
  readonly waitMs?: number
  /** PostgreSQL only: another hub has taken over; this one should stop. */
  readonly onLost?: () => void
  readonly clock?: Clock
  readonly log?: Log
}

/**
 * Opens or creates the database and brings its tables up to date. One program at a time: throws `data.locked` where
 * another holds it, `store.unavailable` where it cannot be reached or written.
 */
export async function openHubDatabase(given: string | HubDatabaseSettings): Promise<HubDatabase> {
  const settings = typeof given === 'string' ? { place: given } : given
  const { dialect, copyTo } = await dialectOf(settings)
  const database = new Kysely<HubTables>({ dialect })
  if (copyTo !== undefined) copies.set(database, copyTo)
  const provider = { getMigrations: () => Promise.resolve({ ...migrations }) }
  const { error } = await new Migrator({ db: database, provider }).migrateToLatest()
  if (error === undefined) return database
  await database.destroy()
  const name = isPostgresUrl(settings.place) ? 'the PostgreSQL database' : settings.place
  throw new AppError('store.unavailable', `the tables of ${name} cannot be brought up to date`, { cause: error })
}

async function dialectOf({
  place,
  waitMs = 0,
  onLost = () => undefined,
  clock = systemClock,
  log = silentLog,
}: HubDatabaseSettings): Promise<{ readonly dialect: Dialect; readonly copyTo?: CopyTo }> {
  if (!isPostgresUrl(place)) return sqliteDialect(place)
  // Its library is loaded only where it is used.
  const { postgresDialect } = await import('./postgres-database.ts')
  return { dialect: await postgresDialect({ url: place, waitMs, onLost, clock, log }) }
}

export function isPostgresUrl(place: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(place)
}
