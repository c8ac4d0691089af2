// When those who keep back-ups are told that none comes to anything, and that one was made again.
import { type BackupNotice } from '../notifications/notice.ts'
import { everyTenant } from '../people/principal.ts'
import type { BackupTrouble } from './backup-journal.ts'

/** One that fails may be cut off by a restart, and the next one is made an hour later. */
const toldTries = 2
/** Told anew after so long, as often as it lasts. */
const reminderMs = 7 * 24 * 3_600_000

/** Undefined: it is too early to tell anybody. The same within a week has the same key. */
export function noticeOfTrouble(
  trouble: BackupTrouble,
  code: string | undefined,
  nowMs: number,
): BackupNotice | undefined {
  if (trouble.tries < toldTries) return undefined
  const { id, sinceMs, tries, lastMs } = trouble
  // The clock may have been put back.
  const week = Math.max(0, Math.floor((nowMs - sinceMs) / reminderMs))
  const key = `backups:${id}:failing:${String(week)}`
  return {
    key,
    kind: 'failing',
    timeMs: nowMs,
    tenant: everyTenant,
    spell: id,
    backups: { sinceMs, tries, code, lastMs },
  }
}

/** Undefined: nobody had been told. `trouble`: with the one that was made among its tries. */
export function noticeOfEnd(trouble: BackupTrouble, nowMs: number): BackupNotice | undefined {
  const { id, sinceMs, lastMs } = trouble
  const tries = trouble.tries - 1
  if (tries < toldTries) return undefined
  const backups = { sinceMs, tries, code: undefined, lastMs }
  return { key: `backups:${id}:made`, kind: 'made', timeMs: nowMs, tenant: everyTenant, spell: id, backups }
}
