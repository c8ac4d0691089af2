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

/** Removes what was cut off. Only while nothing is being made. Gives the fault of each that stays. Throws `backup.target`. */
export async function clearLeftovers(shelf: string): Promise<readonly AppError[]> {
  const faults: AppError[] = []
  for (const name of (await namesIn(shelf)).filter((one) => leftName.test(one))) {
    const removing = rm(join(shelf, name), { ...wholly, maxRetries: leftRetries })
    await removing.catch((thrown: unknown) => faults.push(targetFault(thrown)))
  }
  return faults
}

/** Keeps the newest `keep`, and the one just made, which a clock that was put back makes the oldest. Gives the ids of those that were removed, and the fault of each that stays. Throws `backup.target`. */
export async function removeOldest(
  shelf: string,
  keep: number,
  madeId: string,
): Promise<{ readonly removed: readonly string[]; readonly faults: readonly AppError[] }> {
  const old = (await wholeBackups(shelf)).slice(keep).filter(({ id }) => id !== madeId)
  const removed: string[] = []
  const faults: AppError[] = []
  for (const { id } of old) {
    const gone = join(shelf, `.${id}.gone`)
    try {
      // From here on it is not taken for a whole one.
      await rename(backupFolder(shelf, id), gone)
      await rm(gone, wholly)
      removed.push(id)
    } catch (thrown) {
      faults.push(targetFault(thrown))
    }
  }
  return { removed, faults }
}

async function namesIn(shelf: string): Promise<readonly string[]> {
  return await readdir(shelf).catch((thrown: unknown) => {
    throw new AppError('backup.target', `${shelf} cannot be read: is its disk mounted?`, { cause: thrown })
  })
}
