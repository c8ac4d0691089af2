// What became of each back-up that was begun, in the hub's database: a failed one leaves nothing else behind.
import { AppError } from '../../broker/contract/app-error.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { BackupManifest } from './backup-manifest.ts'

export interface BackupRun {
  readonly id: string
  readonly startedMs: number
  /** Undefined: under way, or cut off. */
  readonly finishedMs: number | undefined
  readonly cause: BackupManifest['cause']
  readonly by: string
  /** Undefined: it did not fail. */
  readonly code: string | undefined
  readonly reason: string | undefined
}

/** A year of days, and some that were asked for. */
const keptRuns = 400
const maxReasonLength = 1_000

export class BackupJournal {
  readonly #database: HubDatabase

  constructor(database: HubDatabase) {
    this.#database = database
  }

  /** Throws `backup.busy` where one was begun in the same second. */
  async begin({ id, startedMs, cause, by }: Pick<BackupRun, 'id' | 'startedMs' | 'cause' | 'by'>): Promise<void> {
    const row = { id, started_ms: startedMs, finished_ms: null, cause, by_name: by, code: null, reason: null }
    const inserting = this.#database.insertInto('backup_runs').values(row)
    const { numInsertedOrUpdatedRows } = await inserting
      .onConflict((id) => id.column('id').doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows === 0n) throw new AppError('backup.busy', `${id} was begun already`)
    const kept = this.#database.selectFrom('backup_runs').select('id').orderBy('id', 'desc').limit(keptRuns)
    const old = (await kept.execute()).at(-1)
    if (old === undefined) return
    // After the clock was put back, the one that begins is not the newest.
    await this.#database.deleteFrom('backup_runs').where('id', '<', old.id).where('id', '!=', id).execute()
  }

  /** `fault` undefined: it is whole. */
  async end(id: string, finishedMs: number, fault: AppError | undefined): Promise<void> {
    const code = fault?.code ?? null
    const reason = fault?.message.slice(0, maxReasonLength) ?? null
    await this.#database
      .updateTable('backup_runs')
      .set({ finished_ms: finishedMs, code, reason })
      .where('id', '=', id)
      .execute()
  }

  /** Newest first. */
  async list(limit: number): Promise<readonly BackupRun[]> {
    const rows = await this.#database.selectFrom('backup_runs').selectAll().orderBy('id', 'desc').limit(limit).execute()
    return rows.map((row) => ({
      id: row.id,
      startedMs: row.started_ms,
      finishedMs: row.finished_ms ?? undefined,
      cause: row.cause as BackupRun['cause'],
      by: row.by_name,
      code: row.code ?? undefined,
      reason: row.reason ?? undefined,
    }))
  }
}
