// Takes bulletins once, however often they come: what is new is told and written, what is updated or cancelled ends.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { NoticeSink } from '../notifications/notice.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import { type Bulletin, type BulletinDraft, stateOf } from './bulletin.ts'
import type { BulletinCounters } from './bulletin-counters.ts'
import { noticesOfBulletin, wordsOfCancellation } from './bulletin-notice.ts'
import {
  apiSource,
  type BulletinFilter,
  bulletinId,
  bulletinOf,
  bulletinsOf,
  digestOf,
  earlierWord,
  rowById,
  rowOf,
  rowsByName,
  rowsReferred,
} from './bulletin-rows.ts'
import type { BulletinRow } from './bulletin-tables.ts'

/** Where a bulletin comes from. */
export interface Origin {
  readonly tenant: string
  /** Id of a source of the configuration, or `api`. */
  readonly source: string
  /** Shown to everybody. */
  readonly isPublic: boolean
  /** People who asked for it are told. */
  readonly isTold: boolean
  /** How long one holds that does not say so itself. */
  readonly holdsMs: number
}

/** `expired`: it was over before it came. `late`: what it says was updated or cancelled before it came. */
export type IntakeOutcome = 'new' | 'updated' | 'cancelled' | 'duplicate' | 'expired' | 'late'

export interface Intake {
  readonly outcome: IntakeOutcome
  /** `{tenant}/{id}`; undefined for what is not kept. */
  readonly id: string | undefined
}

export interface BulletinBookDependencies {
  readonly database: HubDatabase
  readonly notices: NoticeSink
  readonly counters: BulletinCounters
  readonly clock: Clock
  readonly log: Log
}

/** A sender whose clock is wrong would be shown above everything for ever. */
const maxAheadMs = 24 * 3_600_000

export class BulletinBook {
  readonly #dependencies: BulletinBookDependencies
  /** One after the other: a cancellation must find what it cancels. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(dependencies: BulletinBookDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * Resolves when it is on the medium, and so is what people are told of it. Throws `bulletin.conflict` for a message of CAP
   * whose contents changed, `bulletin.invalid` for one of tomorrow, `store.unavailable`.
   */
  async take(draft: BulletinDraft, origin: Origin): Promise<Intake> {
    const turn = this.#last.then(() => this.#take(draft, origin))
    this.#last = turn.catch(() => undefined)
    const intake = await turn
    this.#dependencies.counters.taken(origin.source, intake.outcome)
    return intake
  }

  /** Newest first. */
  async list(filter: BulletinFilter): Promise<readonly Bulletin[]> {
    return await bulletinsOf(this.#dependencies.database, filter)
  }

  async find(tenant: string, id: string): Promise<Bulletin | undefined> {
    const row = await rowById(this.#dependencies.database, tenant, id)
    return row && bulletinOf(row)
  }

  async #take(draft: BulletinDraft, origin: Origin): Promise<Intake> {
    const { database, clock } = this.#dependencies
    const nowMs = clock.now()
    const id = bulletinId(origin.tenant, origin.source, draft)
    const key = `${origin.tenant}/${id}`
    const digest = digestOf(draft)
    const known = await rowById(database, origin.tenant, id)
    if (known?.digest === digest) return { outcome: 'duplicate', id: key }
    if (known !== undefined) return await this.#change(known, draft, digest, origin)
    const twin = await this.#twinOf(draft, digest, origin.tenant)
    if (twin !== undefined) return { outcome: 'duplicate', id: `${origin.tenant}/${twin.id}` }
    const fresh = bulletinFrom(draft, origin, id, nowMs)
    if (fresh.sentMs > nowMs + maxAheadMs) throw new AppError('bulletin.invalid', 'it was sent after tomorrow')
    if (draft.references.length === 0 && fresh.kind === 'alert' && fresh.expiresMs <= nowMs) {
      return { outcome: 'expired', id: undefined }
    }
    return await this.#add(fresh, draft, digest, origin)
  }

  /** The same message by another way: sent to the hub, and read by it too. */
  async #twinOf(draft: BulletinDraft, digest: string, tenant: string): Promise<BulletinRow | undefined> {
    if (draft.sender === '') return undefined
    const named = await rowsByName(this.#dependencies.database, tenant, apiSource, draft)
    return named.find((row) => row.digest === digest)
  }

  async #add(fresh: Bulletin, draft: BulletinDraft, digest: string, origin: Origin): Promise<Intake> {
    const { database } = this.#dependencies
    const { tenant, source } = origin
    const found = (await Promise.all(draft.references.map((one) => rowsReferred(database, tenant, source, one)))).flat()
    const earlier = await earlierWord(database, fresh)
    const thread = found[0]?.thread ?? earlier?.thread ?? fresh.id
    const ended = earlier && { how: earlier.how, atMs: fresh.receivedMs, by: earlier.by }
    const ends = fresh.kind === 'alert' ? [] : found.filter((row) => row.ended === null && row.kind !== 'cancel')
    const before = ends.map(bulletinOf)
    const content = fresh.kind === 'cancel' ? wordsOfCancellation(fresh.content, before) : fresh.content
    const bulletin: Bulletin = { ...fresh, content, thread, ended }
    await this.#tell(bulletin, before, origin)
    await this.#write(bulletin, digest, draft, ends)
    const outcome = ended !== undefined ? 'late' : fresh.kind === 'cancel' ? 'cancelled' : outcomeOf(ends)
    return { outcome, id: `${tenant}/${fresh.id}` }
  }

  async #write(bulletin: Bulletin, digest: string, draft: BulletinDraft, ends: readonly BulletinRow[]): Promise<void> {
    const { tenant, source, id, kind, receivedMs } = bulletin
    await durably(this.#dependencies.database, async (transaction) => {
      await transaction
        .insertInto('bulletins')
        .values(rowOf(bulletin, digest))
        .onConflict((conflict) => conflict.columns(['tenant', 'id']).doNothing())
        .execute()
      const named = kind === 'alert' ? [] : draft.references.filter((one) => one.id === undefined)
      for (const { sender, identifier } of named) {
        await transaction
          .insertInto('bulletin_references')
          .values({ tenant, source, sender, identifier, by_id: id, kind })
          .onConflict((conflict) => conflict.columns(['tenant', 'sender', 'identifier', 'by_id']).doNothing())
          .execute()
      }
      for (const row of ends) {
        await transaction
          .updateTable('bulletins')
          .set({ ended: kind === 'cancel' ? 'cancelled' : 'updated', ended_ms: receivedMs, ended_by: id })
          .where('tenant', '=', tenant)
          .where('id', '=', row.id)
          .where('ended', 'is', null)
          .execute()
      }
    })
  }

  /** An entry of a feed that reads differently now. */
  async #change(known: BulletinRow, draft: BulletinDraft, digest: string, origin: Origin): Promise<Intake> {
    if (!draft.changesInPlace) {
      throw new AppError('bulletin.conflict', `${draft.identifier} is known with other contents`)
    }
    const before = bulletinOf(known)
    const fresh = bulletinFrom(draft, origin, known.id, this.#dependencies.clock.now())
    const bulletin: Bulletin = {
      ...fresh,
      sentMs: draft.sentMs ?? before.sentMs,
      receivedMs: before.receivedMs,
      thread: before.thread,
      revision: before.revision + 1,
      ended: before.ended,
    }
    if (before.ended === undefined) await this.#tell(bulletin, [before], origin)
    await durably(this.#dependencies.database, (transaction) =>
      transaction
        .updateTable('bulletins')
        .set(rowOf(bulletin, digest))
        .where('tenant', '=', bulletin.tenant)
        .where('id', '=', bulletin.id)
        .execute(),
    )
    return { outcome: 'updated', id: `${bulletin.tenant}/${bulletin.id}` }
  }

  /** Before it is written: the same occasion has the same key, so that a hub which ends in between tells it once. */
  async #tell(bulletin: Bulletin, ends: readonly Bulletin[], { isTold }: Origin): Promise<void> {
    const { notices, clock } = this.#dependencies
    if (!isTold || bulletin.content.status === 'test' || bulletin.ended !== undefined) return
    if (bulletin.kind !== 'cancel' && stateOf(bulletin, clock.now()) !== 'current') return
    if (bulletin.kind === 'cancel' && ends.length === 0) return
    for (const notice of noticesOfBulletin(bulletin, ends, clock.now())) notices.take(notice)
    await notices.flush()
  }
}

function outcomeOf(ends: readonly BulletinRow[]): IntakeOutcome {
  return ends.length > 0 ? 'updated' : 'new'
}

function bulletinFrom(draft: BulletinDraft, origin: Origin, id: string, nowMs: number): Bulletin {
  const { sender, identifier, kind, content, sentMs = nowMs } = draft
  const effectiveMs = draft.effectiveMs ?? sentMs
  return {
    tenant: origin.tenant,
    id,
    source: origin.source,
    sender,
    identifier,
    kind,
    thread: id,
    revision: 1,
    content,
    sentMs,
    effectiveMs,
    expiresMs: draft.expiresMs ?? Math.max(sentMs, effectiveMs) + origin.holdsMs,
    receivedMs: nowMs,
    isPublic: origin.isPublic,
    ended: undefined,
  }
}
