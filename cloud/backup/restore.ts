// A back-up becomes a data folder again: read through first, then put in place so that a half of it is never taken for a hub.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { knownMigrations } from '../registry/hub-database.ts'
import { diskFull } from '../store/copy-fault.ts'
import { inspectCopy } from '../store/duckdb/store-copy.ts'
import {
  type BackupManifest,
  backupNames,
  copiedNames,
  damaged,
  type ListedFile,
  listedFiles,
  readManifest,
  sha256Of,
} from './backup-manifest.ts'
import { syncPath } from './sync-path.ts'

/** In a data folder: a restore has begun here and not come to its end. */
const unfinishedName = '.restoring'
const reserveBytes = 16 * 2 ** 20

export interface Verified {
  readonly manifest: BackupManifest
  readonly files: readonly ListedFile[]
}

/**
 * Reads every byte of a back-up. Throws `backup.unfinished`, `backup.damaged` with the file that is not what was written,
 * `backup.newer`.
 */
export async function verifyBackup(folder: string, onProgress: (bytes: number) => void): Promise<Verified> {
  const manifest = await readManifest(folder)
  refuseNewer(manifest)
  const found = await sha256Of(join(folder, backupNames.list)).catch(() => undefined)
  if (found !== manifest.list.sha256) throw damaged(`the list of files of ${folder} is not what was written`)
  const files: ListedFile[] = []
  let bytes = 0
  for await (const file of listedFiles(folder)) {
    const path = join(folder, backupNames.files, file.path)
    const sha256 = await sha256Of(path).catch((thrown: unknown) => {
      throw damaged(`${path} is missing or cannot be read`, thrown)
    })
    if (sha256 !== file.sha256) throw damaged(`${path} is not what was written`)
    files.push(file)
    onProgress((bytes += file.bytes))
  }
  await checkReadings(folder, manifest)
  return { manifest, files }
}

function refuseNewer({ database, program }: BackupManifest): void {
  const unknown = database?.migrations.find((name) => !knownMigrations.includes(name))
  if (unknown === undefined) return
  throw new AppError(
    'backup.newer',
    `the back-up was made by Musubi ${program}, whose database has ${unknown}; restore it with that version or a later one`,
  )
}

async function checkReadings(folder: string, { readings }: BackupManifest): Promise<void> {
  if (readings === null) return
  const file = join(folder, backupNames.files, copiedNames.readings)
  const found = await inspectCopy(file)
  if (found.batch === readings.batch && found.readings === readings.readings) return
  throw damaged(`${file} holds ${String(found.readings)} readings instead of ${String(readings.readings)}`)
}

/**
 * Puts a verified back-up into an empty or missing folder, or one in which an earlier restore was cut off. Until everything is
 * on the medium no hub starts there (`refuseUnfinished`). Throws `restore.not-empty`, `backup.*`.
 */
export async function restoreBackup(
  folder: string,
  dataFolder: string,
  { verified, onProgress }: { readonly verified: Verified; readonly onProgress: (bytes: number) => void },
): Promise<void> {
  const { files, manifest } = verified
  await clearPlace(dataFolder)
  const begun = join(dataFolder, unfinishedName)
  await mkdir(begun, { recursive: true, mode: 0o700 })
  await syncPath(dataFolder)
  await needRoom(dataFolder, manifest.list.bytes)
  const folders = new Set([begun])
  let bytes = 0
  for (const file of files) {
    const to = join(begun, file.path)
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    for (let above = dirname(to); above.length > begun.length; above = dirname(above)) folders.add(above)
    await copyChecked(join(folder, backupNames.files, file.path), to, file)
    onProgress((bytes += file.bytes))
  }
  for (const path of folders) await syncPath(path)
  // A cut between these leaves the mark, and the next restore begins anew.
  for (const name of await readdir(begun)) await rename(join(begun, name), join(dataFolder, name))
  await syncPath(dataFolder)
  await rm(begun, { recursive: true })
  await syncPath(dataFolder)
}

/** Throws `restore.unfinished` where a restore did not come to its end. */
export async function refuseUnfinished(dataFolder: string): Promise<void> {
  const found = await stat(join(dataFolder, unfinishedName)).catch(() => undefined)
  if (found === undefined) return
  throw new AppError(
    'restore.unfinished',
    `${dataFolder} was not restored to its end: run the same musubi restore again, which begins anew`,
  )
}

/** Of a folder with the mark everything came from a restore. */
async function clearPlace(dataFolder: string): Promise<void> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  const names = await readdir(dataFolder)
  if (names.includes(unfinishedName)) {
    for (const name of names.filter((one) => one !== unfinishedName)) {
      await rm(join(dataFolder, name), { recursive: true, force: true })
    }
    await rm(join(dataFolder, unfinishedName), { recursive: true, force: true })
    return
  }
  // What mkfs leaves in every file system of its own.
  const found = names.filter((name) => name !== 'lost+found')
  if (found.length === 0) return
  throw new AppError(
    'restore.not-empty',
    `${dataFolder} holds ${found.slice(0, 3).join(', ')}; name an empty folder with --data, or move that one away first`,
  )
}

async function needRoom(dataFolder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dataFolder)
  if (bavail * bsize >= bytes + reserveBytes) return
  await rm(join(dataFolder, unfinishedName), { recursive: true, force: true })
  throw diskFull(`${dataFolder} has ${String(bavail * bsize)} bytes free, and the back-up has ${String(bytes)}`)
}

async function copyChecked(from: string, to: string, { bytes, sha256, mode, modifiedMs }: ListedFile): Promise<void> {
  const hash = createHash('sha256')
  const file = await open(to, 'wx', 0o600)
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: 1024 * 1024 })) {
      hash.update(chunk as Uint8Array)
      await file.writeFile(chunk as Uint8Array)
    }
    if (hash.digest('hex') !== sha256) throw damaged(`${from} changed while it was restored (${String(bytes)} bytes)`)
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
  // Photos and parts of uploads are looked after by their age.
  await utimes(to, modifiedMs / 1000, modifiedMs / 1000)
}
