// What happened to an alarm, one line each, written and never changed.
import type { AlarmLogRow } from './alarm-tables.ts'

export type AlarmAction =
  | 'raised'
  | 'learnt'
  | 'cleared'
  | 'acknowledged'
  | 'shelved'
  | 'unshelved'
  | 'suppressed'
  | 'released'
  | 'assigned'
  | 'commented'
  | 'attached'
  | 'detached'
  | 'work-order'

export interface AlarmLogEntry {
  /** In the order in which they happened. */
  readonly id: string
  readonly alarm: string
  readonly alarmKey: string
  /** Hub time, Unix ms. */
  readonly timeMs: number
  readonly action: AlarmAction
  /** Undefined: the hub itself. */
  readonly by: string | undefined
  readonly detail: string | undefined
}

export function logEntryToRow(entry: AlarmLogEntry): AlarmLogRow {
  return {
    id: entry.id,
    alarm: entry.alarm,
    alarm_key: entry.alarmKey,
    time_ms: entry.timeMs,
    action: entry.action,
    by_whom: entry.by ?? null,
    detail: entry.detail ?? null,
  }
}

export function logEntryFromRow(row: AlarmLogRow): AlarmLogEntry {
  return {
    id: row.id,
    alarm: row.alarm,
    alarmKey: row.alarm_key,
    timeMs: row.time_ms,
    action: row.action as AlarmAction,
    by: row.by_whom ?? undefined,
    detail: row.detail ?? undefined,
  }
}
