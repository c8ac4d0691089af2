// The audit of commands: each is written down before it is sent, and again when it is answered.
import type { CommandFile } from '../../broker/contract/command-files.ts'
import type { CommandDocument, CommandResult } from '../../broker/contract/command.ts'
import type { TenantScope } from '../people/principal.ts'
import { keyWithin } from '../people/tenant-filter.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import type { CommandRow } from './command-tables.ts'

interface AskedCommand {
  readonly id: string
  readonly gateway: string
  readonly kind: string
  readonly arguments: CommandDocument['arguments']
  readonly by: string
  readonly remote: string
  readonly askedMs: number
}

type CommandOutcome = Pick<CommandResult, 'code' | 'message' | 'file'> & {
  readonly state: CommandResult['state'] | 'no-answer'
}

export interface CommandRecord extends AskedCommand {
  readonly outcome: CommandOutcome | undefined
  readonly answeredMs: number | undefined
}

export interface CommandJournal {
  /** Durable when it resolves. */
  begun(command: AskedCommand): Promise<void>
  settled(id: string, outcome: CommandOutcome, answeredMs: number): Promise<void>
  get(id: string): Promise<CommandRecord | undefined>
  /** Newest first; `gateway` undefined: of all. */
  newest(limit: number, scope: TenantScope, gateway?: string): Promise<readonly CommandRecord[]>
  /** Forgets those that were asked before; resolves with how many. */
  forget(beforeMs: number): Promise<number>
}

/** Commands that the last run of the hub did not see answered get no answer any more. */
export async function openCommandJournal(database: HubDatabase): Promise<CommandJournal> {
  const lost = { state: 'no-answer', code: 'gateway.no-answer', message: 'the hub was stopped before an answer came' }
  await database.updateTable('commands').set(lost).where('state', '=', 'sent').execute()
  return {
    async begun({ id, gateway, kind, arguments: given, by, remote, askedMs }) {
      const row: CommandRow = {
        id,
        gateway,
        kind,
        arguments: JSON.stringify(given),
        asked_by: by,
        remote,
        asked_ms: askedMs,
        state: 'sent',
        code: null,
        message: null,
        answered_ms: null,
        file: null,
      }
      await durably(database, (transaction) => transaction.insertInto('commands').values(row).execute())
    },
    async settled(id, { state, code, message, file }, answeredMs) {
      const told = {
        code: code ?? null,
        message: message ?? null,
        file: file === undefined ? null : JSON.stringify(file),
      }
      const change = { state, ...told, answered_ms: answeredMs }
      await database.updateTable('commands').set(change).where('id', '=', id).execute()
    },
    async get(id) {
      const row = await database.selectFrom('commands').selectAll().where('id', '=', id).executeTakeFirst()
      return row && recordOf(row)
    },
    async newest(limit, scope, gateway) {
      const seen = database.selectFrom('commands').selectAll().where(keyWithin('gateway', scope))
      const all = seen.orderBy('asked_ms', 'desc').limit(limit)
      const rows = await (gateway === undefined ? all : all.where('gateway', '=', gateway)).execute()
      return rows.map(recordOf)
    },
    async forget(beforeMs) {
      const { numDeletedRows } = await database
        .deleteFrom('commands')
        .where('asked_ms', '<', beforeMs)
        .executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },
  }
}

function recordOf(row: CommandRow): CommandRecord {
  const { id, gateway, kind, remote, state, code, message, file } = row
  return {
    id,
    gateway,
    kind,
    arguments: JSON.parse(row.arguments) as CommandDocument['arguments'],
    by: row.asked_by,
    remote,
    askedMs: row.asked_ms,
    answeredMs: row.answered_ms ?? undefined,
    outcome: state === 'sent' ? undefined : outcomeOf(state as CommandOutcome['state'], { code, message, file }),
  }
}

function outcomeOf(
  state: CommandOutcome['state'],
  { code, message, file }: Pick<CommandRow, 'code' | 'message' | 'file'>,
): CommandOutcome {
  return {
    state,
    ...(code === null ? {} : { code }),
    ...(message === null ? {} : { message }),
    ...(file === null ? {} : { file: JSON.parse(file) as CommandFile }),
  }
}
