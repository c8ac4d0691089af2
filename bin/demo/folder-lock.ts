// One demo per data folder: a lock of the operating system that ends with the process, however it ends.
import { DatabaseSync } from 'node:sqlite'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'

/**
 * Locks the folder, making it where it is missing; returns the release, which the caller keeps: a lock that nothing refers
 * to ends with a garbage collection. Throws `data.locked`.
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'demo.lock')
  // SQLite's exclusive lock is a lock of the kernel on an open file: nothing stale can stay behind.
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (cause) {
    database.close()
    throw new AppError(
      'data.locked',
      `the data folder ${folder} is in use by another demo: set MUSUBI_DATA to another`,
      {
        cause,
      },
    )
  }
  return () => {
    if (database.isOpen) database.close()
    rmSync(file, { force: true })
  }
}
