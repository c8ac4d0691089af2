// A shelf: a rule and subject that somebody put aside for a time, whatever its condition does meanwhile.
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
export const maxShelfMs = 31 * 86_400_000

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
