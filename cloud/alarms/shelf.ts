// A shelf: a rule and subject that somebody put aside for a time, whatever its condition does meanwhile.
import { AppError } from '../../broker/contract/app-error.ts'
import type { AlarmShelfRow } from './alarm-tables.ts'

export interface Shelf {
  /** Of the alarm (`alarmKey`). */
  readonly key: string
  readonly gateway: string
  readonly sinceMs: number
  readonly untilMs: number
  readonly by: string | undefined
  readonly reason: string
}

/** A shelf is no way to switch a rule off: it ends by itself. */
const maxShelfMs = 31 * 86_400_000

/** Unix ms. Throws `payload.schema` for a time that is past or more than 31 days away. */
export function requireShelfTime(untilMs: number, nowMs: number): void {
  if (untilMs > nowMs && untilMs <= nowMs + maxShelfMs) return
  throw new AppError('payload.schema', 'an alarm is shelved until a time to come, at most 31 days from now')
}

export function shelfFromRow(row: AlarmShelfRow): Shelf {
  return {
    key: row.alarm_key,
    gateway: row.gateway,
    sinceMs: row.since_ms,
    untilMs: row.until_ms,
    by: row.by_whom ?? undefined,
    reason: row.reason,
  }
}

export function shelfToRow(shelf: Shelf): AlarmShelfRow {
  return {
    alarm_key: shelf.key,
    gateway: shelf.gateway,
    since_ms: shelf.sinceMs,
    until_ms: shelf.untilMs,
    by_whom: shelf.by ?? null,
    reason: shelf.reason,
  }
}
