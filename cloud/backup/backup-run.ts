// One back-up from its beginning to its end.
import { mkdir, open, readFile, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { isSystemFault } from '../../broker/contract/system-fault.ts'
import { copierOf, type HubDatabase } from '../registry/hub-database.ts'
import { diskFull, targetFault } from '../store/copy-fault.ts'
import type { Store, StoreCopy } from '../store/store.ts'
import { backupFormat, type BackupManifest, backupNames, copiedNames, type ExternalPart } from './backup-manifest.ts'
import { backupFolder, partFolder, wholeBackups } from './backup-shelf.ts'
import type { Gathered } from './file-keeper.ts'
import { type KeeperProcess, startKeeperProcess } from './keeper-process.ts'
import { syncPath } from './sync-path.ts'

export interface BackupSources {
  readonly dataFolder: string
  readonly store: Pick<Store, 'copyTo'>
  /** Undefined: the store is a server. */
  readonly storeFile: string | undefined
  readonly database: HubDatabase
  /** Undefined: PostgreSQL. */
  readonly databaseFile: string | undefined
  /** Images are in a bucket. */
  readonly imagesElsewhere: boolean
}

export interface BackupRequest {
  readonly cause: BackupManifest['cause']
  /** As people read it. */
  readonly by: string
  readonly id: string
}

/** What is done at the moment. */
export const backupPhases = ['measuring', 'files', 'database', 'readings', 'finishing'] as const
type BackupPhase = (typeof backupPhases)[number]

export interface BackupProgress {
  readonly phase: BackupPhase
  /** Bytes of plain files that are there already, and of all. */
  readonly bytes: number
  readonly ofBytes: number
}

interface Run {
  readonly sources: BackupSources
  readonly request: BackupRequest
  /** The folder in which back-ups lie. */
  readonly shelf: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onProgress: (progress: BackupProgress) => void
}

/** Left free beside a back-up, for what comes while it is made. */
const reserveBytes = 16 * 2 ** 20

/**
 * The order: files that need no copy of one moment, the hub's database, the store, files that came meanwhile. So whatever a row
 * names is there, and the database is a moment older than the readings, never newer, which is what a power cut leaves too.
 * The folder gets its name when everything is on the medium. Throws `backup.*`, `store.unavailable`.
 */
export async function makeBackup(run: Run): Promise<BackupManifest> {
  const { sources, request, shelf, clock, onProgress } = run
  const startedMs = clock.now()
  const part = partFolder(shelf, request.id)
  await claimFolder(part)
  const keeper = startKeeperProcess()
  const end = (): void => void keeper.end()
  run.signal.addEventListener('abort', end)
  try {
    run.signal.throwIfAborted()
    await furnishFolder(part)
    const measured = await measure(run, keeper, part)
    const filesPhase = (phase: BackupPhase) => (soFar: Gathered) =>
      onProgress({ phase, bytes: soFar.bytes, ofBytes: Math.max(measured.bytes, soFar.bytes) })
    await keeper.gather(filesPhase('files'))
    onProgress({ phase: 'database', bytes: measured.bytes, ofBytes: measured.bytes })
    const copied = await copyDatabases(sources, part)
    onProgress({ phase: 'readings', bytes: measured.bytes, ofBytes: measured.bytes })
    const readings = await Promise.race([copyStore(sources, part), aborted(run.signal)])
    await keeper.gather(filesPhase('finishing'))
    await keeper.seal([...copied, ...(readings === undefined ? [] : [copiedNames.readings])])
    const { files, bytes, newBytes, sha256 } = await keeper.finish()
    const manifest: BackupManifest = {
      format: backupFormat,
      id: request.id,
      program: await programVersion(),
      startedMs,
      finishedMs: clock.now(),
      cause: request.cause,
      by: request.by,
      database: sources.databaseFile === undefined ? null : { migrations: await migrationsOf(sources.database) },
      readings: readings ?? null,
      external: externalOf(sources),
      list: { sha256, files, bytes },
      newBytes,
    }
    await finishFolder(run, manifest)
    return manifest
  } catch (thrown) {
    await keeper.end()
    await rm(part, { recursive: true, force: true }).catch(() => undefined)
    if (run.signal.aborted) throw new AppError('backup.unfinished', 'the hub stopped', { cause: thrown })
    throw targetFault(thrown)
  } finally {
    run.signal.removeEventListener('abort', end)
    await keeper.end()
  }
}

/** The shelf itself must be there: where its disk is not mounted, the disk below would be filled instead. */
async function claimFolder(part: string): Promise<void> {
  try {
    await mkdir(part, { mode: 0o700 })
  } catch (thrown) {
    if (isSystemFault(thrown, 'EEXIST'))
      throw new AppError('backup.busy', `${part} is being written`, { cause: thrown })
    const hint = isSystemFault(thrown, 'ENOENT') ? 'is missing: is its disk mounted?' : 'cannot be written'
    throw new AppError('backup.target', `${dirname(part)} ${hint}`, { cause: thrown })
  }
}

async function furnishFolder(part: string): Promise<void> {
  await mkdir(join(part, backupNames.files), { mode: 0o700 })
  for (const path of Object.values(copiedNames)) {
    await mkdir(dirname(join(part, backupNames.files, path)), { recursive: true, mode: 0o700 })
  }
}

/** Throws `backup.disk-full` before anything is copied. */
async function measure({ sources, shelf, onProgress }: Run, keeper: KeeperProcess, part: string): Promise<Gathered> {
  onProgress({ phase: 'measuring', bytes: 0, ofBytes: 0 })
  const [previous] = await wholeBackups(shelf)
  const { dataFolder } = sources
  const measured = await keeper.begin({
    dataFolder,
    target: part,
    exclude: excludedOf(sources, shelf),
    previous: previous === undefined ? undefined : backupFolder(shelf, previous.id),
  })
  const databases = await Promise.all(liveFilesOf(sources).map(sizeOf))
  const needed = measured.newBytes + databases.reduce((sum, bytes) => sum + bytes, 0) + reserveBytes
  const { bavail, bsize } = await statfs(shelf)
  if (bavail * bsize >= needed) return measured
  throw diskFull(`${shelf} has ${megabytes(bavail * bsize)} free, and one more back-up needs ${megabytes(needed)}`)
}

function megabytes(bytes: number): string {
  return `${String(Math.ceil(bytes / 1e6))} MB`
}

/** What may be open in this process: none of it may be opened by other means (store/duckdb/copy-file.ts), and a plain copy of it would be torn. */
function liveFilesOf({ dataFolder, storeFile, databaseFile }: BackupSources): readonly string[] {
  return [storeFile, databaseFile, join(dataFolder, copiedNames.enrolment)]
    .filter((file) => file !== undefined)
    .flatMap((file) => [file, `${file}.wal`, `${file}-wal`])
}

/** What the broker keeps comes back by itself when its clients do. */
function excludedOf(sources: BackupSources, shelf: string): readonly string[] {
  const live = liveFilesOf(sources)
  const beside = live.flatMap((file) => [`${file}.tmp`, `${file}-shm`, `${file}-journal`, `${file}.wal.checkpoint`])
  return [...live, ...beside, join(sources.dataFolder, 'broker'), shelf]
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0
}

/** The paths that were written. */
async function copyDatabases({ database, dataFolder }: BackupSources, part: string): Promise<readonly string[]> {
  const copied: string[] = []
  const to = (path: string): string => join(part, backupNames.files, path)
  if (await copyEnrolment(join(dataFolder, copiedNames.enrolment), to(copiedNames.enrolment))) {
    copied.push(copiedNames.enrolment)
  }
  const copyHub = copierOf(database)
  if (copyHub === undefined) return copied
  await copyHub(to(copiedNames.database))
  return [...copied, copiedNames.database]
}

/** False: this hub has no authority of its own. */
async function copyEnrolment(from: string, to: string): Promise<boolean> {
  if ((await sizeOf(from)) === 0) return false
  const database = new DatabaseSync(from, { readOnly: true })
  try {
    await backup(database, to)
    return true
  } finally {
    database.close()
  }
}

async function copyStore({ store }: BackupSources, part: string): Promise<StoreCopy | undefined> {
  if (store.copyTo === undefined) return undefined
  const { batch, cursors, readings } = await store.copyTo(join(part, backupNames.files, copiedNames.readings))
  return { batch, cursors, readings }
}

/** The copy itself is cut off by the end of the store. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stopped = (): void => reject(new AppError('backup.unfinished', 'the hub stopped'))
    if (signal.aborted) stopped()
    else signal.addEventListener('abort', stopped, { once: true })
  })
}

async function migrationsOf(database: HubDatabase): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`SELECT name FROM kysely_migration ORDER BY name`.execute(database)
  return rows.map(({ name }) => name)
}

export function externalOf({ store, databaseFile, imagesElsewhere }: BackupSources): ExternalPart[] {
  const parts: ExternalPart[] = []
  if (store.copyTo === undefined) parts.push('readings')
  if (databaseFile === undefined) parts.push('database')
  if (imagesElsewhere) parts.push('images')
  return parts
}

async function programVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}

async function finishFolder({ shelf, request, signal }: Run, manifest: BackupManifest): Promise<void> {
  const part = partFolder(shelf, request.id)
  const file = await open(join(part, backupNames.manifest), 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(manifest, undefined, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncPath(part)
  signal.throwIfAborted()
  await rename(part, backupFolder(shelf, request.id))
  await syncPath(shelf)
}
