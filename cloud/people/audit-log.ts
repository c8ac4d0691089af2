// The audit log: rows that are only added, each with a hash over the one before, so that a change or a gap shows.
import { createHash } from 'node:crypto'
import { type Expression, sql, type SqlBool } from 'kysely'
import type { Clock } from '../../broker/contract/ports.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import type { Audit, AuditRecord } from './audit.ts'
import type { AuditRow } from './people-tables.ts'
import type { TenantScope } from './principal.ts'
import { tenantWithin } from './tenant-filter.ts'

/** What `verify` finds. `head` is the hash of the last row: kept elsewhere, it also proves that none were cut off the end. */
export type AuditVerdict =
  | { readonly ok: true; readonly rows: number; readonly head: string }
  | { readonly ok: false; readonly rows: number; readonly at: number; readonly reason: string }

export interface AuditFilter {
  /** Rows before this sequence. */
  readonly before?: number | undefined
  /** An id, or a part of the name. */
  readonly person?: string | undefined
  /** A part of the subject or the action. */
  readonly about?: string | undefined
  /** Unix ms, from ≤ t < to. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

const beforeFirst = '0'.repeat(64)
const pageRows = 1_000
/** It reads the whole log. */
const checkEveryMs = 60_000
const maxText = 512
const maxDetail = 8_192

export class AuditLog implements Audit {
  readonly #database: HubDatabase
  readonly #clock: Clock
  /** One at a time, in the order in which they came. Bound: the requests that wait for their record. Owner: this log. */
  #last: Promise<unknown> = Promise.resolve()
  #checked: { readonly atMs: number; readonly found: ReturnType<AuditLog['check']> } | undefined

  constructor({ database, clock }: { readonly database: HubDatabase; readonly clock: Clock }) {
    this.#database = database
    this.#clock = clock
  }

  append(record: AuditRecord): Promise<void> {
    const appended = this.#last.then(() => this.#append(record))
    this.#last = appended.catch(() => undefined)
    return appended
  }

  /** Newest first. */
  async newest(
    scope: TenantScope,
    { limit, before, person, about, from, to }: AuditFilter & { readonly limit: number },
  ) {
    let query = this.#database.selectFrom('audit').selectAll().where(tenantWithin('tenant', scope))
    if (before !== undefined) query = query.where('sequence', '<', before)
    if (from !== undefined) query = query.where('time_ms', '>=', from)
    if (to !== undefined) query = query.where('time_ms', '<', to)
    if (person !== undefined) {
      const id = JSON.stringify({ person }).slice(1, -1)
      query = query.where((where) => where.or([contains('who', person), contains('detail', id)]))
    }
    if (about !== undefined) {
      query = query.where((where) => where.or([contains('subject', about), contains('action', about)]))
    }
    return await query.orderBy('sequence', 'desc').limit(limit).execute()
  }

  /** Every row that the scope holds, oldest first, as lines of JSON. */
  async *lines(scope: TenantScope): AsyncGenerator<string> {
    for await (const row of this.#rows()) {
      if (scope.tenants === 'all' || (row.tenant !== null && scope.allows(row.tenant))) yield `${JSON.stringify(row)}\n`
    }
  }

  /** `wanted`: a hash that was the last one once; the log must hold it. */
  async verify(wanted?: string): Promise<AuditVerdict> {
    let rows = 0
    let isHeld = wanted === undefined
    let head = beforeFirst
    for await (const row of this.#rows()) {
      if (row.sequence !== rows + 1) return { ok: false, rows, at: rows + 1, reason: 'a row is missing' }
      if (row.hash !== hashOf(head, row)) return { ok: false, rows, at: row.sequence, reason: 'a row was changed' }
      rows += 1
      head = row.hash
      isHeld ||= head === wanted
    }
    if (!isHeld) return { ok: false, rows, at: rows + 1, reason: 'rows are missing at the end' }
    return { ok: true, rows, head }
  }

  /** As verify, for who looks at a screen: at most once a minute, and once however many ask. */
  async check(): Promise<{
    readonly ok: boolean
    readonly checkedMs: number
    readonly rows: number
    readonly head: string | null
  }> {
    const nowMs = this.#clock.now()
    const known = this.#checked
    if (known !== undefined && nowMs - known.atMs < checkEveryMs) return await known.found
    const found = this.verify().then((verdict) => {
      return { ok: verdict.ok, checkedMs: nowMs, rows: verdict.rows, head: verdict.ok ? verdict.head : null }
    })
    this.#checked = { atMs: nowMs, found }
    found.catch(() => (this.#checked = undefined))
    return await found
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#last
  }

  async #append({ who, action, subject, detail = {}, tenant, remote }: AuditRecord): Promise<void> {
    const text = JSON.stringify(detail)
    await durably(this.#database, async (transaction) => {
      const last = await transaction
        .selectFrom('audit')
        .select(['sequence', 'hash'])
        .orderBy('sequence', 'desc')
        .limit(1)
        .executeTakeFirst()
      const row = {
        sequence: (last?.sequence ?? 0) + 1,
        time_ms: this.#clock.now(),
        who: oneLine(who),
        action: oneLine(action),
        subject: oneLine(subject),
        tenant: tenant ?? null,
        remote: remote ?? null,
        detail: text.length > maxDetail ? JSON.stringify({ cut: text.slice(0, maxDetail) }) : text,
      }
      const hash = hashOf(last?.hash ?? beforeFirst, row)
      await transaction
        .insertInto('audit')
        .values({ ...row, hash })
        .execute()
    })
  }

  async *#rows(): AsyncGenerator<AuditRow> {
    for (let after = 0; ;) {
      const page = await this.#database
        .selectFrom('audit')
        .selectAll()
        .where('sequence', '>', after)
        .orderBy('sequence')
        .limit(pageRows)
        .execute()
      yield* page
      const last = page.at(-1)
      if (last === undefined || page.length < pageRows) return
      after = last.sequence
    }
  }
}

/** Letters of the alphabet count alike, small or capital; nothing of the text is a wildcard. */
function contains(column: 'who' | 'detail' | 'subject' | 'action', text: string): Expression<SqlBool> {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  return sql<SqlBool>`lower(${sql.ref(column)}) like ${pattern} escape ${sql.lit('\\')}`
}

/** SHA-256 of the hash before, a line end and the row as a JSON array. */
function hashOf(before: string, row: Omit<AuditRow, 'hash'>): string {
  const { sequence, time_ms: time, who, action, subject, tenant, remote, detail } = row
  const canonical = JSON.stringify([sequence, time, who, action, subject, tenant, remote, detail])
  return createHash('sha256').update(`${before}\n${canonical}`).digest('hex')
}

/** What steers a terminal or a database is not kept. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- this is what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ').slice(0, maxText)
}
