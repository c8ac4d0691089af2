// The durable queue of messages: one row for each address of each person and occasion, from its planning to its proof.
import { createHash } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import type { TenantScope } from '../people/principal.ts'
import type { HubDatabase, HubTransaction } from '../registry/hub-database.ts'
import type { Proof } from './channels/channel.ts'
import type { DeliveryRow } from './notification-tables.ts'

/**
 * `waiting` → `sending` → `delivered` or `dead`; `held` waits for the end of quiet hours, a digest or a token, and is then
 * `waiting` alone or `bundled` into another; `dropped` was above the bound.
 */
export const deliveryStates = ['waiting', 'sending', 'held', 'bundled', 'delivered', 'dead', 'dropped'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** A person and a channel, or a system and its channel. */
export interface Address {
  readonly person: string
  readonly channel: string
  readonly target: string
}

export interface NewDelivery extends Address {
  readonly subject: string
  readonly notice: string | null
  readonly kind: string
  readonly tenant: string
  readonly severity: string
  /** When it may be sent; later than now with `heldFor`. */
  readonly dueMs: number
  readonly heldFor: 'quiet' | 'digest' | 'rate' | undefined
  readonly nextChannels: readonly string[]
  readonly state: 'waiting' | 'held' | 'dropped' | 'dead'
  readonly error?: string
}

/** A UUID that follows from what is told to whom: the same for every try, in every run of the hub. */
export function idempotencyKey({ subject, person, channel, target }: Address & { readonly subject: string }): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([subject, person, channel, target]))
    .digest('hex')
  // RFC 9562 version 8: a UUID of one's own making.
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16).padStart(2, '0')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(18, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}

/** Adds it once; true where it is new. */
export async function addDelivery(transaction: HubTransaction, added: NewDelivery, nowMs: number): Promise<boolean> {
  const { subject, notice, kind, tenant, person, channel, target, severity, dueMs, state } = added
  const isOver = state === 'dropped' || state === 'dead'
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto('deliveries')
    .values({
      id: idempotencyKey(added),
      subject,
      notice,
      kind,
      tenant,
      person,
      channel,
      target,
      severity,
      state,
      due_ms: dueMs,
      attempts: 0,
      created_ms: nowMs,
      settled_ms: isOver ? nowMs : null,
      bundle: null,
      held_for: added.heldFor ?? null,
      next_channels: JSON.stringify(added.nextChannels),
      error: added.error ?? null,
      proof: null,
    })
    .onConflict((conflict) => conflict.columns(['subject', 'person', 'channel', 'target']).doNothing())
    .executeTakeFirst()
  return Number(numInsertedOrUpdatedRows ?? 0) > 0
}

/** What is held for this address may go now: an escalation waits for nothing. */
export async function releaseHeld(transaction: HubTransaction, key: string, nowMs: number): Promise<void> {
  await transaction
    .updateTable('deliveries')
    .set({ state: 'waiting', due_ms: nowMs, held_for: null })
    .where('id', '=', key)
    .where('state', '=', 'held')
    .execute()
}

/** Messages of an address that are neither sent nor given up. */
export async function unsettledOf(transaction: HubTransaction, { person, channel, target }: Address): Promise<number> {
  const { count } = await transaction
    .selectFrom('deliveries')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('person', '=', person)
    .where('channel', '=', channel)
    .where('target', '=', target)
    .where('state', 'in', ['waiting', 'sending', 'held'])
    .executeTakeFirstOrThrow()
  return count
}

export class DeliveryQueue {
  readonly #database: HubDatabase

  constructor(database: HubDatabase) {
    this.#database = database
  }

  /**
   * What the last run was sending when it ended may have arrived or not: it is sent again under the same key. What waits
   * for a channel that is no longer set up will never go.
   */
  async takeUp(channels: readonly string[], nowMs: number): Promise<void> {
    const update = () => this.#database.updateTable('deliveries')
    await update().set({ state: 'waiting', due_ms: nowMs }).where('state', '=', 'sending').execute()
    await update()
      .set({ state: 'dead', settled_ms: nowMs, error: 'this channel is no longer set up' })
      .where('state', 'in', ['waiting', 'held'])
      .where('channel', 'not in', [...channels, ''])
      .execute()
  }

  /** Of one channel, the longest due first; `sending` ones whose time is over were lost. */
  async due(channel: string, nowMs: number, limit: number): Promise<readonly DeliveryRow[]> {
    return await this.#database
      .selectFrom('deliveries')
      .selectAll()
      .where('channel', '=', channel)
      .where('state', 'in', ['waiting', 'sending'])
      .where('due_ms', '<=', nowMs)
      .orderBy('due_ms')
      .orderBy('created_ms')
      .limit(limit)
      .execute()
  }

  /** When something else is due; what is due by `nowMs` waits for room, and is looked for when there is some. */
  async nextDueMs(nowMs: number): Promise<number | undefined> {
    const { next } = await this.#database
      .selectFrom('deliveries')
      .select(({ fn }) => fn.min<number | null>('due_ms').as('next'))
      .where('state', 'in', ['waiting', 'sending', 'held'])
      .where('due_ms', '>', nowMs)
      .executeTakeFirstOrThrow()
    return next ?? undefined
  }

  /** Marks that a try begins, before it begins, so that a message that brings the hub down is not tried for ever. */
  async begin({ id, attempts, due_ms }: DeliveryRow, leaseUntilMs: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('deliveries')
      .set({ state: 'sending', attempts: attempts + 1, due_ms: leaseUntilMs })
      .where('id', '=', id)
      .where('due_ms', '=', due_ms)
      .where('state', 'in', ['waiting', 'sending'])
      .executeTakeFirst()
    return numUpdatedRows > 0
  }

  async delivered(id: string, proof: Proof, nowMs: number): Promise<void> {
    await this.#settle(id, { state: 'delivered', settled_ms: nowMs, proof: JSON.stringify(proof), error: null })
  }

  async retry(id: string, dueMs: number, reason: string, proof: Proof | undefined): Promise<void> {
    const said = proof === undefined ? {} : { proof: JSON.stringify(proof) }
    await this.#settle(id, { state: 'waiting', due_ms: dueMs, error: reason, ...said })
  }

  async dead(id: string, reason: string, proof: Proof | undefined, nowMs: number): Promise<void> {
    const said = proof === undefined ? {} : { proof: JSON.stringify(proof) }
    await this.#settle(id, { state: 'dead', settled_ms: nowMs, error: reason, ...said })
  }

  /**
   * A dead letter waits again, with all its tries. False: there is none such in these tenants. Throws `delivery.state` where it
   * is no dead letter, or nothing could carry it.
   */
  async revive(
    id: string,
    within: { readonly tenants: TenantScope['tenants']; readonly channels: readonly string[] },
    nowMs: number,
  ): Promise<boolean> {
    const { tenants, channels } = within
    const row = await this.#database
      .selectFrom('deliveries')
      .select(['tenant', 'channel', 'state'])
      .where('id', '=', id)
      .executeTakeFirst()
    if (row === undefined || (tenants !== 'all' && !tenants.includes(row.tenant))) return false
    if (!channels.includes(row.channel)) throw new AppError('delivery.state', 'its channel is not set up here')
    const { numUpdatedRows } = await this.#database
      .updateTable('deliveries')
      .set({ state: 'waiting', due_ms: nowMs, attempts: 0, settled_ms: null, error: null })
      .where('id', '=', id)
      .where('state', '=', 'dead')
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw new AppError('delivery.state', 'only what was given up is sent again')
    return true
  }

  async waiting(): Promise<number> {
    const { count } = await this.#database
      .selectFrom('deliveries')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('state', 'in', ['waiting', 'sending', 'held'])
      .executeTakeFirstOrThrow()
    return count
  }

  async #settle(id: string, change: Partial<DeliveryRow>): Promise<void> {
    await this.#database.updateTable('deliveries').set(change).where('id', '=', id).execute()
  }
}
