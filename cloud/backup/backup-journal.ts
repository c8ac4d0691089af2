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

/** Back-ups of which none has come to anything, and the one under way. */
export interface BackupTrouble {
  /** Of the first of them. */
  readonly id: string
  readonly sinceMs: number
  readonly tries: number
  /** Begin of the whole one before them; undefined: there is none on record. */
  readonly lastMs: number | undefined
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
    await this.#tried(id, startedMs)
    const kept = this.#database.selectFrom('backup_runs').select('id').orderBy('id', 'desc').limit(keptRuns)
    const old = (await kept.execute()).at(-1)
    if (old === undefined) return
    // After the clock was put back, the one that begins is not the newest.
    await this.#database.deleteFrom('backup_runs').where('id', '<', old.id).where('id', '!=', id).execute()
  }

  /** `fault` undefined: it is whole. Gives what it was one of, or has ended. */
  async end(id: string, finishedMs: number, fault: AppError | undefined): Promise<BackupTrouble | undefined> {
    const trouble = await this.trouble()
    const code = fault?.code ?? null
    const reason = fault?.message.slice(0, maxReasonLength) ?? null
    await this.#database
      .updateTable('backup_runs')
      .set({ finished_ms: finishedMs, code, reason })
      .where('id', '=', id)
      .execute()
    if (fault === undefined) await this.#database.deleteFrom('backup_troubles').execute()
    return trouble
  }

  /** Undefined: none was begun after the newest that is whole. */
  async trouble(): Promise<BackupTrouble | undefined> {
    const row = await this.#database.selectFrom('backup_troubles').selectAll().executeTakeFirst()
    if (row === undefined) return undefined
    const last = await this.#database
      .selectFrom('backup_runs')
      .select('started_ms')
      .where('finished_ms', 'is not', null)
      .where('code', 'is', null)
      .orderBy('id', 'desc')
      .executeTakeFirst()
    return { id: row.id, sinceMs: row.since_ms, tries: row.tries, lastMs: last?.started_ms }
  }

  /** Counted before it has failed, so that those are counted too in which the hub was killed. */
  async #tried(id: string, sinceMs: number): Promise<void> {
    const { numUpdatedRows } = await this.#database
      .updateTable('backup_troubles')
      .set((column) => ({ tries: column('tries', '+', 1) }))
      .executeTakeFirst()
    if (numUpdatedRows > 0n) return
    await this.#database.insertInto('backup_troubles').values({ id, since_ms: sinceMs, tries: 1 }).execute()
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
