// What `musubi hub` and `musubi cloud` have in common on the command line: ports, data folder, store, rules, map tiles.
import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { AppError } from '../broker/contract/app-error.ts'
import { systemClock, type Log } from '../broker/contract/ports.ts'
import { defaultPhotoLimits } from '../cloud/images/photo-book.ts'
import { defaultAlarmDays } from '../cloud/alarms/alarm-retention.ts'
import { parseRules } from '../cloud/alarms/rules/rule-file.ts'
import { type BulletinSettings, noSources, parseBulletinSettings } from '../cloud/bulletins/sources/source-settings.ts'
import { copiedNames } from '../cloud/backup/backup-manifest.ts'
import type { BackupSettings } from '../cloud/backup/backups.ts'
import { refuseUnfinished } from '../cloud/backup/restore.ts'
import { parseTimeOfDay } from '../cloud/calendar/local-time.ts'
import type { CloudOptions } from '../cloud/cloud-options.ts'
import { readContact } from '../cloud/http/security-text.ts'
import { type OpenDataSettings, parseOpenData } from '../cloud/open-data/open-data-file.ts'
import { defaultRetention } from '../cloud/maintenance.ts'
import { type SecondFactorRule, secondFactorRules } from '../cloud/people/second-factor.ts'
import { isPostgresUrl } from '../cloud/registry/hub-database.ts'
import { openDuckDbStore } from '../cloud/store/duckdb/duckdb-store.ts'
import { openInfluxStore } from '../cloud/store/influx/influx-store.ts'
import type { Store } from '../cloud/store/store.ts'
import { identityProviderOf } from './identity-provider-options.ts'
import { notificationsOf } from './notification-options.ts'
import { ensureDashboard } from './build-dashboard.ts'

/** parseArgs options; each may also be given as an environment variable, the command line wins. */
export const cloudFlags = {
  data: { type: 'string' },
  database: { type: 'string' },
  'database-wait': { type: 'string' },
  'http-port': { type: 'string' },
  'http-host': { type: 'string' },
  store: { type: 'string' },
  'influx-url': { type: 'string' },
  'influx-database': { type: 'string' },
  'influx-write-path': { type: 'string' },
  'influx-organization': { type: 'string' },
  rules: { type: 'string' },
  notifications: { type: 'string' },
  'open-data': { type: 'string' },
  bulletins: { type: 'string' },
  'alarm-days': { type: 'string' },
  'photo-days': { type: 'string' },
  'photo-gb': { type: 'string' },
  'event-days': { type: 'string' },
  'thumbnail-days': { type: 'string' },
  'thumbnail-gb': { type: 'string' },
  'tile-url': { type: 'string' },
  'security-contact': { type: 'string' },
  'second-factor': { type: 'string' },
  'identity-provider': { type: 'string' },
  backups: { type: 'string' },
  'backup-at': { type: 'string' },
  'backup-keep': { type: 'string' },
  'no-dashboard': { type: 'boolean' },
  log: { type: 'string' },
  help: { type: 'boolean' },
} as const

export type CloudFlags = Readonly<Partial<Record<keyof typeof cloudFlags, string | boolean>>>

export const cloudUsage = `  --data DIR          where everything is kept (MUSUBI_DATA; default ./data)
  --database URL      the hub's own database on PostgreSQL, postgres://USER@HOST/NAME (MUSUBI_DATABASE, which other
                      users of the machine do not see: for a password; default: a file in --data)
  --database-wait S   seconds to wait for another hub to leave it (MUSUBI_DATABASE_WAIT; default 0)
  --http-port N       dashboard and API (MUSUBI_HTTP_PORT; default 8080; 0: any free port)
  --http-host HOST    address to listen on (MUSUBI_HTTP_HOST; default 127.0.0.1)
  --store KIND        duckdb (default) or influx (MUSUBI_STORE)
  --influx-url URL    (MUSUBI_INFLUX_URL; default http://127.0.0.1:8086)
  --influx-database N database or bucket (MUSUBI_INFLUX_DATABASE; default musubi)
  --influx-write-path PATH   /write (default; InfluxDB 1) or /api/v2/write (MUSUBI_INFLUX_WRITE_PATH)
  --influx-organization NAME InfluxDB 2 only (MUSUBI_INFLUX_ORGANIZATION)
                      The token, or USER:PASSWORD, comes from MUSUBI_INFLUX_TOKEN alone.
  --rules FILE        alarm rules (MUSUBI_RULES; default: those of the package)
  --notifications FILE  how people are told of alarms (MUSUBI_NOTIFICATIONS; default: nobody is; docs/notifications.md)
  --open-data FILE    who publishes, the licence, and the lists of places (MUSUBI_OPEN_DATA; docs/open-data.md)
  --bulletins FILE    feeds of the disaster broadcast that are read (MUSUBI_BULLETINS; default: none; docs/bulletins.md)
  --alarm-days N      closed alarms are kept this long (MUSUBI_ALARM_DAYS; default ${defaultAlarmDays})
  --photo-days N      photos of alarms, work orders and installations are kept this long (MUSUBI_PHOTO_DAYS; default 1100)
  --photo-gb N        and take at most this much room, installations as much again; the oldest go first
                      (MUSUBI_PHOTO_GB; default 20)
  --event-days N      events are kept this long (MUSUBI_EVENT_DAYS; default 400)
  --thumbnail-days N  and their thumbnails (MUSUBI_THUMBNAIL_DAYS; default 60)
  --thumbnail-gb N    which take at most this much room; the oldest days go first (MUSUBI_THUMBNAIL_GB; default 20)
  --tile-url URL      map tiles below the built-in coast: "gsi" (the national map service, with its name on the map), an
                      address with {z}/{x}/{y}, or "none" (MUSUBI_TILE_URL; default none: pages ask no third party)
  --security-contact C  e-mail address, https:// or tel: for /.well-known/security.txt (MUSUBI_SECURITY_CONTACT)
  --second-factor WHO whoever has more than viewer or operator signs in with two factors: "others", who come from another
                      machine than this (default); "always"; "never" (MUSUBI_SECOND_FACTOR)
  --identity-provider FILE  people also sign in by the city's own accounts (MUSUBI_IDENTITY_PROVIDER; docs/people.md)
  --backups FOLDER    where back-ups go, on another disk (MUSUBI_BACKUPS; default: nowhere; docs/backup.md)
  --backup-at HH:MM   every day at this time of Japan, or "never" (MUSUBI_BACKUP_AT; default 02:30)
  --backup-keep N     the newest so many are kept (MUSUBI_BACKUP_KEEP; default 7)
  --no-dashboard      API only
  --log LEVEL         debug, info (default), warn, error (MUSUBI_LOG)`

const gsiTiles = {
  url: 'https://cyberjapandata.gsi.go.jp/xyz/pale/{z}/{x}/{y}.png',
  attribution: '地理院タイル',
  maxZoom: 18,
}

/** A setting by its flag, then its environment variable, then the default. */
function setting(flags: CloudFlags, flag: keyof typeof cloudFlags, variable: string, otherwise: string): string {
  const given = flags[flag]
  return typeof given === 'string' ? given : (process.env[variable] ?? otherwise)
}

/** Throws `config.invalid` for what is no port. */
export function portOf(text: string, flag: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new AppError('config.invalid', `${flag} is "${text}"; a port is a number from 0 to 65535, for example 8080`)
}

export function logOf(flags: CloudFlags, program: string): Log {
  const level = setting(flags, 'log', 'MUSUBI_LOG', 'info')
  return pino({ level, base: { program } }, pino.destination(2))
}

/** The data folder, made if it is missing. Throws `restore.unfinished`. */
export async function dataFolder(flags: CloudFlags): Promise<string> {
  const folder = setting(flags, 'data', 'MUSUBI_DATA', 'data')
  await refuseUnfinished(folder)
  await mkdir(join(folder, 'hub'), { recursive: true })
  return folder
}

/** Everything of CloudOptions that flags and environment decide. */
export async function cloudOptionsOf(
  flags: CloudFlags,
  log: Log,
): Promise<Omit<CloudOptions, 'publish' | 'moreMetrics'>> {
  const folder = join(await dataFolder(flags), 'hub')
  return {
    store: await storeOf(flags, folder, log),
    backups: backupsOf(flags),
    database: databaseOf(flags, folder),
    commandFolder: join(folder, 'command-files'),
    photoFolder: join(folder, 'photos'),
    people: await peopleOf(flags, folder),
    rules: await rulesOf(flags),
    openData: await openDataOf(flags),
    bulletins: await bulletinsOf(flags),
    ...(await notificationsOf(setting(flags, 'notifications', 'MUSUBI_NOTIFICATIONS', ''), folder)),
    retention: defaultRetention,
    alarmDays: amountOf(flags, 'alarm-days', 'MUSUBI_ALARM_DAYS', defaultAlarmDays),
    photoLimits: {
      days: amountOf(flags, 'photo-days', 'MUSUBI_PHOTO_DAYS', defaultPhotoLimits.days),
      maxBytes: amountOf(flags, 'photo-gb', 'MUSUBI_PHOTO_GB', defaultPhotoLimits.maxBytes / 1e9) * 1e9,
    },
    events: {
      folder: join(folder, 'event-thumbnails'),
      days: amountOf(flags, 'event-days', 'MUSUBI_EVENT_DAYS', 400),
      pictures: {
        days: amountOf(flags, 'thumbnail-days', 'MUSUBI_THUMBNAIL_DAYS', 60),
        maxBytes: amountOf(flags, 'thumbnail-gb', 'MUSUBI_THUMBNAIL_GB', 20) * 1e9,
      },
    },
    http: {
      host: setting(flags, 'http-host', 'MUSUBI_HTTP_HOST', '127.0.0.1'),
      port: portOf(setting(flags, 'http-port', 'MUSUBI_HTTP_PORT', '8080'), '--http-port'),
    },
    dashboardFolder: flags['no-dashboard'] === true ? undefined : await ensureDashboard(),
    tiles: tilesOf(flags),
    securityContact: securityContactOf(flags),
    clock: systemClock,
    log,
  }
}

/** One that another hub has taken over is left as by SIGTERM: whoever keeps the hub running starts it anew. */
function databaseOf(flags: CloudFlags, folder: string): CloudOptions['database'] {
  const place = setting(flags, 'database', 'MUSUBI_DATABASE', join(folder, 'hub.sqlite'))
  const wait = setting(flags, 'database-wait', 'MUSUBI_DATABASE_WAIT', '0')
  const waitMs = Number(wait) * 1000
  if (!(waitMs >= 0 && waitMs < 2 ** 31)) {
    throw new AppError('config.invalid', `--database-wait is "${wait}"; it is seconds, for example 60`)
  }
  if (/^[a-z]+:\/\//.test(place) && !isPostgresUrl(place)) {
    throw new AppError('config.invalid', '--database is a file or begins with postgres://')
  }
  return { place, waitMs, onLost: () => process.kill(process.pid, 'SIGTERM') }
}

async function peopleOf(flags: CloudFlags, folder: string): Promise<CloudOptions['people']> {
  return {
    keyFile: join(folder, 'people.key'),
    secondFactor: secondFactorOf(flags),
    identityProvider: await identityProviderOf(setting(flags, 'identity-provider', 'MUSUBI_IDENTITY_PROVIDER', '')),
  }
}

function secondFactorOf(flags: CloudFlags): SecondFactorRule {
  const text = setting(flags, 'second-factor', 'MUSUBI_SECOND_FACTOR', 'others')
  const rule = secondFactorRules.find((one) => one === text)
  if (rule !== undefined) return rule
  throw new AppError('config.invalid', `--second-factor is "${text}"; it is one of ${secondFactorRules.join(', ')}`)
}

export function securityContactOf(flags: CloudFlags): string | undefined {
  return readContact(setting(flags, 'security-contact', 'MUSUBI_SECURITY_CONTACT', ''))
}

/** Days or gigabytes. */
function amountOf(flags: CloudFlags, flag: keyof typeof cloudFlags, variable: string, otherwise: number): number {
  const text = setting(flags, flag, variable, String(otherwise))
  const amount = Number(text)
  if (Number.isFinite(amount) && amount >= 1) return amount
  throw new AppError('config.invalid', `--${flag} is "${text}"; it is a number from 1, for example ${otherwise}`)
}

async function storeOf(flags: CloudFlags, folder: string, log: Log): Promise<Store> {
  const kind = setting(flags, 'store', 'MUSUBI_STORE', 'duckdb')
  if (kind === 'duckdb') return openDuckDbStore({ file: join(folder, 'readings.duckdb'), log, clock: systemClock })
  if (kind === 'influx') return influxOf(flags, log)
  throw new AppError('config.invalid', `--store is "${kind}"; known stores: duckdb, influx`)
}

/** Images are a part of `musubi hub` alone, whose own options say whether they lie in a bucket. */
function backupsOf(flags: CloudFlags): BackupSettings {
  const dataFolder = resolve(setting(flags, 'data', 'MUSUBI_DATA', 'data'))
  const shelf = setting(flags, 'backups', 'MUSUBI_BACKUPS', '')
  const at = setting(flags, 'backup-at', 'MUSUBI_BACKUP_AT', '02:30')
  if (at !== 'never' && !/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(at)) {
    throw new AppError('config.invalid', `--backup-at is "${at}"; it is a time such as 02:30, or never`)
  }
  const database = setting(flags, 'database', 'MUSUBI_DATABASE', join(dataFolder, copiedNames.database))
  const isEmbedded = setting(flags, 'store', 'MUSUBI_STORE', 'duckdb') === 'duckdb'
  return {
    dataFolder,
    storeFile: isEmbedded ? join(dataFolder, copiedNames.readings) : undefined,
    databaseFile: isPostgresUrl(database) ? undefined : resolve(database),
    imagesElsewhere: false,
    shelf: shelf === '' ? undefined : resolve(shelf),
    dailyMinute: at === 'never' ? undefined : parseTimeOfDay(at),
    keep: Math.floor(amountOf(flags, 'backup-keep', 'MUSUBI_BACKUP_KEEP', 7)),
  }
}

function influxOf(flags: CloudFlags, log: Log): Store {
  const writePath = setting(flags, 'influx-write-path', 'MUSUBI_INFLUX_WRITE_PATH', '/write')
  if (writePath !== '/write' && writePath !== '/api/v2/write') {
    throw new AppError('config.invalid', `--influx-write-path is "${writePath}"; it is /write or /api/v2/write`)
  }
  const token = process.env['MUSUBI_INFLUX_TOKEN']
  const organization = setting(flags, 'influx-organization', 'MUSUBI_INFLUX_ORGANIZATION', '')
  return openInfluxStore({
    url: setting(flags, 'influx-url', 'MUSUBI_INFLUX_URL', 'http://127.0.0.1:8086'),
    database: setting(flags, 'influx-database', 'MUSUBI_INFLUX_DATABASE', 'musubi'),
    writePath,
    ...(token === undefined ? {} : { token }),
    ...(organization === '' ? { createDatabase: true } : { organization }),
    clock: systemClock,
    log,
  })
}

async function rulesOf(flags: CloudFlags): Promise<CloudOptions['rules']> {
  const builtIn = fileURLToPath(new URL('../cloud/alarms/rules/default-rules.yaml', import.meta.url))
  const file = setting(flags, 'rules', 'MUSUBI_RULES', builtIn)
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new AppError('config.invalid', `the alarm rules ${file} cannot be read`, { cause: thrown })
  })
  return parseRules(text, file)
}

async function openDataOf(flags: CloudFlags): Promise<OpenDataSettings> {
  const builtIn = fileURLToPath(new URL('../cloud/open-data/open-data.yaml', import.meta.url))
  const file = setting(flags, 'open-data', 'MUSUBI_OPEN_DATA', builtIn)
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new AppError('config.invalid', `the settings of open data ${file} cannot be read`, { cause: thrown })
  })
  return parseOpenData(text, file)
}

async function bulletinsOf(flags: CloudFlags): Promise<BulletinSettings> {
  const file = setting(flags, 'bulletins', 'MUSUBI_BULLETINS', '')
  if (file === '') return noSources
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new AppError('config.invalid', `the settings of bulletins ${file} cannot be read`, { cause: thrown })
  })
  return await parseBulletinSettings(text, file, (path) => readFile(path, 'utf8'))
}

/** None unless configured: whoever opens a page tells its maps' servers where he looks. Throws `config.invalid`. */
function tilesOf(flags: CloudFlags): CloudOptions['tiles'] {
  const url = setting(flags, 'tile-url', 'MUSUBI_TILE_URL', 'none')
  if (url === 'none') return null
  if (url === 'gsi' || url === gsiTiles.url) return gsiTiles
  if (
    !/^https?:\/\//.test(url) ||
    !URL.canParse(url.replaceAll(/[{}]/g, '')) ||
    !/\{z\}.*\{[xy]\}.*\{[xy]\}/.test(url)
  ) {
    throw new AppError('config.invalid', `--tile-url ${url} is not "gsi", "none" or an address with {z}, {x} and {y}`)
  }
  return { url, attribution: '', maxZoom: 18 }
}
