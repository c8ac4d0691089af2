// Where alarms and the memory of their rules are kept, so that both survive a restart.
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { AlarmMemoryRow, AlarmRow, HubDatabase } from '../registry/hub-database.ts'
import { WriteBehind } from '../registry/write-behind.ts'
import { alarmFromRow, alarmToRow, type Alarm } from './alarm.ts'

export interface AlarmStorage {
  load(): Promise<{ readonly open: readonly Alarm[]; readonly memory: readonly AlarmMemoryRow[] }>
  saveAlarm(alarm: Alarm): void
  saveMemory(row: AlarmMemoryRow): void
  /** Open and closed ones, newest first. */
  newest(limit: number): Promise<readonly Alarm[]>
  find(id: string): Promise<Alarm | undefined>
  /** Deletes at most `limit` alarms that were cleared and acknowledged before `beforeMs`; returns how many. */
  deleteClosed(beforeMs: number, limit: number): Promise<number>
  close(): Promise<void>
}

type Change = { readonly alarm: AlarmRow } | { readonly memory: AlarmMemoryRow }

export function openAlarmStorage(dependencies: {
  readonly database: HubDatabase
  readonly clock: Clock
  readonly log: Log
}): AlarmStorage {
  const { database, clock, log } = dependencies
  const writes = new WriteBehind<Change>({ clock, log, write: (changes) => writeChanges(database, changes) })
  return {
    async load() {
      const rows = await database
        .selectFrom('alarms')
        .selectAll()
        .where((where) => where.or([where('cleared_ms', 'is', null), where('acknowledged_ms', 'is', null)]))
        .execute()
      return { open: rows.map(alarmFromRow), memory: await database.selectFrom('alarm_memory').selectAll().execute() }
    },
    saveAlarm: (alarm) => writes.put(`alarm ${alarm.id}`, { alarm: alarmToRow(alarm) }),
    saveMemory: (memory) => writes.put(`memory ${memory.rule} ${memory.subject}`, { memory }),
    async newest(limit) {
      await writes.flush()
      const rows = await database.selectFrom('alarms').selectAll().orderBy('raised_ms', 'desc').limit(limit).execute()
      return rows.map(alarmFromRow)
    },
    async find(id) {
      await writes.flush()
      const row = await database.selectFrom('alarms').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : alarmFromRow(row)
    },
    async deleteClosed(beforeMs, limit) {
      await writes.flush()
      return await deleteClosed(database, beforeMs, limit)
    },
    close: () => writes.close(),
  }
}

async function deleteClosed(database: HubDatabase, beforeMs: number, limit: number): Promise<number> {
  const closed = database
    .selectFrom('alarms')
    .select('id')
    // What was closed before was raised before: this is what the index knows.
    .where('raised_ms', '<', beforeMs)
    .where('cleared_ms', '<', beforeMs)
    .where('acknowledged_ms', '<', beforeMs)
    .limit(limit)
  const { numDeletedRows } = await database.deleteFrom('alarms').where('id', 'in', closed).executeTakeFirst()
  return Number(numDeletedRows)
}

async function writeChanges(database: HubDatabase, changes: readonly Change[]): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    for (const change of changes) {
      if ('alarm' in change) {
        await transaction.replaceInto('alarms').values(change.alarm).execute()
      } else {
        await transaction.replaceInto('alarm_memory').values(change.memory).execute()
      }
    }
  })
}
