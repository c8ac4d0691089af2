// Bulletins in the hub's database and out of it, and the searches among them.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { HubDatabase, HubTransaction } from '../registry/hub-database.ts'
import type { Bulletin, BulletinContent, BulletinDraft, BulletinReference, BulletinKind } from './bulletin.ts'
import type { BulletinRow } from './bulletin-tables.ts'

/** What people and tokens give by the API. Their word counts for every bulletin of the tenant; a source's for its own. */
export const apiSource = 'api'

export interface BulletinFilter {
  /** Absent: every tenant. */
  readonly tenants?: readonly string[] | undefined
  /** In force at this time: neither ended, nor a cancellation, nor expired. */
  readonly currentMs?: number | undefined
  /** Only what everybody may see. */
  readonly isPublic?: true | undefined
  /** A page goes on after this. */
  readonly after?: { readonly sentMs: number; readonly id: string } | undefined
  readonly limit: number
}

/** 32 hexadecimal digits; the same message of the same source has the same id wherever and whenever it is read. */
export function bulletinId(tenant: string, source: string, { sender, identifier }: BulletinReference): string {
  return createHash('sha256')
    .update(JSON.stringify([tenant, source, sender, identifier]))
    .digest('hex')
    .slice(0, 32)
}

/** Of what it says; an entry of a feed that only moves its time says nothing new. */
export function digestOf({
  kind,
  references,
  content,
  effectiveMs,
  expiresMs,
  sentMs,
  ...rest
}: BulletinDraft): string {
  const times = rest.changesInPlace ? [] : [sentMs, effectiveMs, expiresMs]
  return createHash('sha256')
    .update(JSON.stringify([kind, references, content, times]))
    .digest('hex')
}

export function rowOf(bulletin: Bulletin, digest: string): BulletinRow {
  const { ended, content } = bulletin
  return {
    tenant: bulletin.tenant,
    id: bulletin.id,
    source: bulletin.source,
    sender: bulletin.sender,
    identifier: bulletin.identifier,
    kind: bulletin.kind,
    thread: bulletin.thread,
    revision: bulletin.revision,
    digest,
    content: JSON.stringify(content),
    status: content.status,
    sent_ms: bulletin.sentMs,
    effective_ms: bulletin.effectiveMs,
    expires_ms: bulletin.expiresMs,
    received_ms: bulletin.receivedMs,
    public: bulletin.isPublic ? 1 : 0,
    ended: ended?.how ?? null,
    ended_ms: ended?.atMs ?? null,
    ended_by: ended?.by ?? null,
  }
}

export function bulletinOf(row: BulletinRow): Bulletin {
  const { ended, ended_ms: atMs, ended_by: by } = row
  const content = JSON.parse(row.content) as BulletinContent
  return {
    tenant: row.tenant,
    id: row.id,
    source: row.source,
    sender: row.sender,
    identifier: row.identifier,
    kind: row.kind as BulletinKind,
    thread: row.thread,
    revision: row.revision,
    content: { ...content, link: content.link },
    sentMs: row.sent_ms,
    effectiveMs: row.effective_ms,
    expiresMs: row.expires_ms,
    receivedMs: row.received_ms,
    isPublic: row.public === 1,
    ended: ended === null ? undefined : { how: ended as 'updated' | 'cancelled', atMs: atMs ?? 0, by: by ?? '' },
  }
}

/** Newest first. */
export async function bulletinsOf(
  database: HubDatabase,
  { tenants, currentMs, isPublic, after, limit }: BulletinFilter,
): Promise<readonly Bulletin[]> {
  let query = database.selectFrom('bulletins').selectAll()
  if (tenants !== undefined) {
    // An empty list of tenants sees nothing.
    query = tenants.length === 0 ? query.where(sql<boolean>`1 = 0`) : query.where('tenant', 'in', tenants)
  }
  if (currentMs !== undefined) {
    query = query.where('expires_ms', '>', currentMs).where('ended', 'is', null).where('kind', '!=', 'cancel')
  }
  if (isPublic === true) query = query.where('public', '=', 1).where('status', '!=', 'test')
  if (after !== undefined) {
    const { sentMs, id } = after
    query = query.where((where) =>
      where.or([where('sent_ms', '<', sentMs), where.and([where('sent_ms', '=', sentMs), where('id', '<', id)])]),
    )
  }
  const rows = await query.orderBy('sent_ms', 'desc').orderBy('id', 'desc').limit(limit).execute()
  return rows.map(bulletinOf)
}

export async function rowById(database: HubDatabase, tenant: string, id: string): Promise<BulletinRow | undefined> {
  const query = database.selectFrom('bulletins').selectAll().where('tenant', '=', tenant).where('id', '=', id)
  return await query.executeTakeFirst()
}

/** Bulletins that are named so: of the same source, or of any where the word of the asker counts for all. */
export async function rowsByName(
  database: HubDatabase,
  tenant: string,
  source: string,
  { sender, identifier }: BulletinReference,
): Promise<readonly BulletinRow[]> {
  const query = database
    .selectFrom('bulletins')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('sender', '=', sender)
    .where('identifier', '=', identifier)
  return await (source === apiSource ? query : query.where('source', '=', source)).execute()
}

/** What somebody refers to; by its id where they knew it. */
export async function rowsReferred(
  database: HubDatabase,
  tenant: string,
  source: string,
  reference: BulletinReference,
): Promise<readonly BulletinRow[]> {
  if (reference.id === undefined) return await rowsByName(database, tenant, source, reference)
  const row = await rowById(database, tenant, reference.id)
  return row === undefined ? [] : [row]
}

/** What came before and already updates or cancels it; a cancellation goes first. */
export async function earlierWord(
  database: HubDatabase,
  { tenant, source, sender, identifier }: Bulletin,
): Promise<{ readonly how: 'updated' | 'cancelled'; readonly by: string; readonly thread: string } | undefined> {
  const rows = await database
    .selectFrom('bulletin_references')
    .innerJoin('bulletins', (join) =>
      join
        .onRef('bulletins.tenant', '=', 'bulletin_references.tenant')
        .onRef('bulletins.id', '=', 'bulletin_references.by_id'),
    )
    .select(['bulletin_references.by_id', 'bulletin_references.kind', 'bulletins.thread'])
    .where('bulletin_references.tenant', '=', tenant)
    .where('bulletin_references.sender', '=', sender)
    .where('bulletin_references.identifier', '=', identifier)
    .where('bulletin_references.source', 'in', [source, apiSource])
    .execute()
  const found = rows.find(({ kind }) => kind === 'cancel') ?? rows[0]
  if (found === undefined) return undefined
  return { how: found.kind === 'cancel' ? 'cancelled' : 'updated', by: found.by_id, thread: found.thread }
}

/** At most so many rows that ended before; returns how many went. */
export async function deleteBulletinsBefore(database: HubDatabase, beforeMs: number, rows: number): Promise<number> {
  const found = await database
    .selectFrom('bulletins')
    .select(['tenant', 'id'])
    .where('expires_ms', '<', beforeMs)
    .where('received_ms', '<', beforeMs)
    .limit(rows)
    .execute()
  await database.transaction().execute(async (transaction) => {
    for (const { tenant, id } of found) await forget(transaction, tenant, id)
  })
  return found.length
}

async function forget(transaction: HubTransaction, tenant: string, id: string): Promise<void> {
  await transaction.deleteFrom('bulletins').where('tenant', '=', tenant).where('id', '=', id).execute()
  await transaction.deleteFrom('bulletin_references').where('tenant', '=', tenant).where('by_id', '=', id).execute()
}
