// What a fault of the disk means for a copy of the store, and for the back-up that it is made for.
import { AppError } from '../../broker/contract/app-error.ts'
import { isSystemFault } from '../../broker/contract/system-fault.ts'

/** Coded errors pass through unchanged; `backup.disk-full` where there is no room, `backup.target` for the rest. */
export function targetFault(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  // SQLite says it in its own words.
  const isFull = isSystemFault(thrown, 'ENOSPC', 'EDQUOT') || /ENOSPC|EDQUOT|disk is full/.test(message)
  if (isFull) return diskFull(message, thrown)
  return new AppError('backup.target', message, { cause: thrown })
}

export function diskFull(message: string, cause?: unknown): AppError {
  return new AppError('backup.disk-full', `${message}: make room there, or keep fewer back-ups (--backup-keep)`, {
    cause,
  })
}
