// Where alarms, what happened to them and the memory of their rules are kept, so that all of it survives a restart.
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { keyWithin } from '../people/tenant-filter.ts'
import type { HubDatabase, HubTransaction } from '../registry/hub-database.ts'
import { WriteBehind } from '../registry/write-behind.ts'
import type { AlarmQuery } from './alarm-page.ts'
import { alarmFromRow, alarmToRow, type Alarm } from './alarm.ts'
import { logEntryFromRow, logEntryToRow, type AlarmLogEntry } from './alarm-log.ts'
import type { AlarmLogRow, AlarmMemoryRow, AlarmRow, AlarmShelfRow, AlarmStormRow } from './alarm-tables.ts'
import { shelfFromRow, shelfToRow, type Shelf } from './shelf.ts'
import { stormFromRow, stormToRow } from './storm-row.ts'
import type { Storm } from './storms.ts'

/** What the last run left. */
export interface StoredAlarms {
  /** Open ones, and those of which people believe that they last. */
  readonly alarms: readonly Alarm[]
  readonly memory: readonly AlarmMemoryRow[]
  readonly shelves: readonly Shelf[]
  readonly storms: readonly Storm[]
  /** Beginnings since `raisedSinceMs`, oldest first. */
  readonly raises: readonly Pick<AlarmLogEntry, 'alarmKey' | 'timeMs'>[]
}

export interface AlarmStorage {
  load(raisedSinceMs: number): Promise<StoredAlarms>
  saveAlarm(alarm: Alarm): void
  saveMemory(row: AlarmMemoryRow): void
  append(entry: AlarmLogEntry): void
  saveShelf(shelf: Shelf): void
  deleteShelf(key: string): void
  saveStorm(storm: Storm): void
  /** Open and closed ones, newest first. */
  newest(query: AlarmQuery): Promise<readonly Alarm[]>
  find(id: string): Promise<Alarm | undefined>
  /** Oldest first. */
  log(alarm: string): Promise<readonly AlarmLogEntry[]>
  /** Deletes at most `limit` alarms that were cleared and acknowledged before `beforeMs`; returns how many. */
  deleteClosed(beforeMs: number, limit: number): Promise<number>
  close(): Promise<void>
}

type Change =
  | { readonly alarm: AlarmRow }
  | { readonly memory: AlarmMemoryRow }
  | { readonly entry: AlarmLogRow }
  | { readonly shelf: AlarmShelfRow }
  | { readonly noShelf: string }
  | { readonly storm: AlarmStormRow }

/** In one statement. */
const memoryRows = 100
/** The lines of one alarm that a person is shown. */
const maxLogLines = 500

export function openAlarmStorage(dependencies: {
  readonly database: HubDatabase
  /** Waited for before each write: what people are to be told is durable before it counts as told. */
  readonly beforeWrite?: () => Promise<void>
  readonly clock: Clock
  readonly log: Log
}): AlarmStorage {
  const { database, beforeWrite, clock, log } = dependencies
  const write = async (changes: readonly Change[]) => {
    await beforeWrite?.()
    await writeChanges(database, changes)
  }
  const writes = new WriteBehind<Change>({ clock, log, write })
  return {
    load: (raisedSinceMs) => load(database, raisedSinceMs),
    saveAlarm: (alarm) => writes.put(`alarm ${alarm.id}`, { alarm: alarmToRow(alarm) }),
    saveMemory: (memory) => writes.put(`memory ${memory.rule} ${memory.subject}`, { memory }),
    append: (entry) => writes.put(`log ${entry.id}`, { entry: logEntryToRow(entry) }),
    saveShelf: (shelf) => writes.put(`shelf ${shelf.key}`, { shelf: shelfToRow(shelf) }),
    deleteShelf: (key) => writes.put(`shelf ${key}`, { noShelf: key }),
    saveStorm: (storm) => writes.put(`storm ${storm.id}`, { storm: stormToRow(storm) }),
    async newest(query) {
      await writes.flush()
      return await newest(database, query)
    },
    async find(id) {
      await writes.flush()
      const row = await database.selectFrom('alarms').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : alarmFromRow(row)
    },
    async log(alarm) {
      await writes.flush()
      const query = database.selectFrom('alarm_log').selectAll().where('alarm', '=', alarm)
      return (await query.orderBy('id').limit(maxLogLines).execute()).map(logEntryFromRow)
    },
    async deleteClosed(beforeMs, limit) {
      await writes.flush()
      return await deleteClosed(database, beforeMs, limit)
    },
    close: () => writes.close(),
  }
}

async function load(database: HubDatabase, raisedSinceMs: number): Promise<StoredAlarms> {
  const alarms = await database
    .selectFrom('alarms')
    .selectAll()
    .where((where) =>
      where.or([where('cleared_ms', 'is', null), where('acknowledged_ms', 'is', null), where('told', '=', 'raised')]),
    )
    .execute()
  const raises = await database
    .selectFrom('alarm_log')
    .select(['alarm_key', 'time_ms'])
    .where('action', '=', 'raised')
    .where('time_ms', '>=', raisedSinceMs)
    .orderBy('id')
    .execute()
  const storms = await database.selectFrom('alarm_storms').selectAll().where('ended_ms', 'is', null).execute()
  const shelves = await database.selectFrom('alarm_shelves').selectAll().execute()
  return {
    alarms: alarms.map(alarmFromRow),
    memory: await database.selectFrom('alarm_memory').selectAll().execute(),
    shelves: shelves.map(shelfFromRow),
    storms: storms.map(stormFromRow),
    raises: raises.map(({ alarm_key, time_ms }) => ({ alarmKey: alarm_key, timeMs: time_ms })),
  }
}

async function newest(database: HubDatabase, query: AlarmQuery): Promise<readonly Alarm[]> {
  const { scope, gateway, site, rule, severity, assignee, fromMs, toMs, after, limit } = query
  let rows = database.selectFrom('alarms').selectAll().where(keyWithin('gateway', scope))
  if (gateway !== undefined) rows = rows.where('gateway', '=', gateway)
  if (site !== undefined) rows = rows.where('site', '=', site)
  if (rule !== undefined) rows = rows.where('rule', '=', rule)
  if (severity !== undefined) rows = rows.where('severity', '=', severity)
  if (assignee !== undefined) rows = rows.where('assignee', '=', assignee)
  if (fromMs !== undefined) rows = rows.where('raised_ms', '>=', fromMs)
  if (toMs !== undefined) rows = rows.where('raised_ms', '<', toMs)
  if (after !== undefined) {
    const { raisedMs, id } = after
    rows = rows.where((where) =>
      where.or([
        where('raised_ms', '<', raisedMs),
        where.and([where('raised_ms', '=', raisedMs), where('id', '>', id)]),
      ]),
    )
  }
  return (await rows.orderBy('raised_ms', 'desc').orderBy('id').limit(limit).execute()).map(alarmFromRow)
}

async function deleteClosed(database: HubDatabase, beforeMs: number, limit: number): Promise<number> {
  const closed = await database
    .selectFrom('alarms')
    .select('id')
    // What was closed before was raised before: this is what the index knows.
    .where('raised_ms', '<', beforeMs)
    .where('cleared_ms', '<', beforeMs)
    .where('acknowledged_ms', '<', beforeMs)
    .limit(limit)
    .execute()
  if (closed.length === 0) return 0
  const ids = closed.map(({ id }) => id)
  return await database.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('alarm_log').where('alarm', 'in', ids).execute()
    const { numDeletedRows } = await transaction.deleteFrom('alarms').where('id', 'in', ids).executeTakeFirst()
    return Number(numDeletedRows)
  })
}

async function writeChanges(database: HubDatabase, changes: readonly Change[]): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const memory = changes.flatMap((change) => ('memory' in change ? [change.memory] : []))
    for (let first = 0; first < memory.length; first += memoryRows) {
      await writeMemory(transaction, memory.slice(first, first + memoryRows))
    }
    for (const change of changes) if (!('memory' in change)) await writeChange(transaction, change)
  })
}

/** Rules remember something with each reading that begins or ends a delay: hundreds a second in a large city. */
async function writeMemory(transaction: HubTransaction, rows: readonly AlarmMemoryRow[]): Promise<void> {
  const insert = transaction.insertInto('alarm_memory').values(rows)
  await insert
    .onConflict((conflict) =>
      conflict.columns(['rule', 'subject']).doUpdateSet((set) => ({ memory: set.ref('excluded.memory') })),
    )
    .execute()
}

async function writeChange(
  transaction: HubTransaction,
  change: Exclude<Change, { readonly memory: AlarmMemoryRow }>,
): Promise<void> {
  if ('alarm' in change) {
    const { id: _id, ...rest } = change.alarm
    const insert = transaction.insertInto('alarms').values(change.alarm)
    await insert.onConflict((conflict) => conflict.column('id').doUpdateSet(rest)).execute()
  } else if ('entry' in change) {
    const insert = transaction.insertInto('alarm_log').values(change.entry)
    await insert.onConflict((conflict) => conflict.column('id').doNothing()).execute()
  } else if ('shelf' in change) {
    const { alarm_key: _key, ...rest } = change.shelf
    const insert = transaction.insertInto('alarm_shelves').values(change.shelf)
    await insert.onConflict((conflict) => conflict.column('alarm_key').doUpdateSet(rest)).execute()
  } else if ('noShelf' in change) {
    await transaction.deleteFrom('alarm_shelves').where('alarm_key', '=', change.noShelf).execute()
  } else {
    const { id: _id, ...rest } = change.storm
    const insert = transaction.insertInto('alarm_storms').values(change.storm)
    await insert.onConflict((conflict) => conflict.column('id').doUpdateSet(rest)).execute()
  }
}
