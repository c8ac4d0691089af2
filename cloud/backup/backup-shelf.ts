// The folder in which back-ups lie: whole ones under their names, and what a run that was cut off has left.
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { targetFault } from '../store/copy-fault.ts'
import { type BackupManifest, readManifest } from './backup-manifest.ts'

const wholeName = /^[0-9]{8}T[0-9]{6}Z$/
const wholly = { recursive: true, force: true } as const
/** What copied for a hub that was killed may end a moment later, and write a last file. */
const leftRetries = 5
const leftName = /^\.[0-9]{8}T[0-9]{6}Z\.(?:part|gone)$/

/** `20261124T023000Z` */
export function backupIdAt(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

export function backupFolder(shelf: string, id: string): string {
  return join(shelf, id)
}

export function partFolder(shelf: string, id: string): string {
  return join(shelf, `.${id}.part`)
}

/** Newest first; folders whose manifest cannot be read are left out. Throws `backup.target`. */
export async function wholeBackups(shelf: string): Promise<readonly BackupManifest[]> {
  const names = (await namesIn(shelf)).filter((name) => wholeName.test(name)).toSorted()
  const found = await Promise.all(names.map((name) => readManifest(join(shelf, name)).catch(() => undefined)))
  return found.filter((manifest) => manifest !== undefined).toReversed()
}

/** Removes what was cut off. Only while nothing is being made. */
export async function clearLeftovers(shelf: string): Promise<void> {
  for (const name of await namesIn(shelf)) {
    if (leftName.test(name)) await rm(join(shelf, name), { ...wholly, maxRetries: leftRetries }).catch(failed)
  }
}

/** Keeps the newest `keep`, and the one just made, which a clock that was put back makes the oldest. Gives the ids of those that were removed. */
export async function removeOldest(shelf: string, keep: number, madeId: string): Promise<readonly string[]> {
  const old = (await wholeBackups(shelf)).slice(keep).filter(({ id }) => id !== madeId)
  for (const { id } of old) {
    const gone = join(shelf, `.${id}.gone`)
    // From here on it is not taken for a whole one.
    await rename(backupFolder(shelf, id), gone).catch(failed)
    await rm(gone, wholly).catch(failed)
  }
  return old.map(({ id }) => id)
}

async function namesIn(shelf: string): Promise<readonly string[]> {
  return await readdir(shelf).catch((thrown: unknown) => {
    throw new AppError('backup.target', `${shelf} cannot be read: is its disk mounted?`, { cause: thrown })
  })
}

function failed(thrown: unknown): never {
  throw targetFault(thrown)
}
