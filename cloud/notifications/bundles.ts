// Lets go what was held: alone, or together with everything else that the same person waits for.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../broker/contract/ports.ts'
import { type Severity, severities } from '../alarms/rules/rule.ts'
import type { HubDatabase, HubTransaction } from '../registry/hub-database.ts'
import { addDelivery } from './delivery-queue.ts'
import type { DeliveryRow } from './notification-tables.ts'
import { type RateLimit, takeToken } from './rate-limit.ts'

export interface BundleDependencies {
  readonly database: HubDatabase
  readonly rate: RateLimit
  readonly clock: Clock
}

const groupsAtOnce = 200

export class Bundles {
  readonly #dependencies: BundleDependencies

  constructor(dependencies: BundleDependencies) {
    this.#dependencies = dependencies
  }

  /** Each person and channel whose time has come, in a transaction of its own. */
  async release(): Promise<void> {
    const { database, rate, clock } = this.#dependencies
    const nowMs = clock.now()
    const groups = await database
      .selectFrom('deliveries')
      .select(['person', 'channel'])
      .distinct()
      .where('state', '=', 'held')
      .where('due_ms', '<=', nowMs)
      .limit(groupsAtOnce)
      .execute()
    for (const group of groups) {
      await database.transaction().execute(async (transaction) => {
        const token = await takeToken(transaction, group, rate, nowMs)
        const held = await heldOf(transaction, group, nowMs)
        if (token.taken) for (const rows of byTarget(held)) await bundle(transaction, rows, nowMs)
        else await postpone(transaction, held, token.atMs)
      })
    }
    if (groups.length === groupsAtOnce) await this.release()
  }
}

/** What is due, and everything that waits only for the rate: it goes along. */
async function heldOf(
  transaction: HubTransaction,
  { person, channel }: { readonly person: string; readonly channel: string },
  nowMs: number,
): Promise<readonly DeliveryRow[]> {
  return await transaction
    .selectFrom('deliveries')
    .selectAll()
    .where('person', '=', person)
    .where('channel', '=', channel)
    .where('state', '=', 'held')
    .where((where) => where.or([where('due_ms', '<=', nowMs), where('held_for', '=', 'rate')]))
    .orderBy('created_ms')
    .execute()
}

function byTarget(rows: readonly DeliveryRow[]): Iterable<readonly DeliveryRow[]> {
  // A message to one tenant's people is never put together with another tenant's.
  return Map.groupBy(rows, ({ target, tenant }) => `${tenant} ${target}`).values()
}

async function bundle(transaction: HubTransaction, rows: readonly DeliveryRow[], nowMs: number): Promise<void> {
  const [first, ...rest] = rows
  if (first === undefined) return
  const { tenant, person, channel, target, next_channels } = first
  const dropped = await droppedOf(transaction, first)
  if (rest.length === 0 && dropped.length === 0) {
    await transaction
      .updateTable('deliveries')
      .set({ state: 'waiting', due_ms: nowMs })
      .where('id', '=', first.id)
      .execute()
    return
  }
  const subject = `bundle:${randomUUID()}`
  const nextChannels = JSON.parse(next_channels) as readonly string[]
  const told = { subject, notice: null, kind: 'bundle', tenant, severity: worstOf(rows) }
  const address = { person, channel, target }
  await addDelivery(
    transaction,
    { ...told, ...address, dueMs: nowMs, heldFor: undefined, nextChannels, state: 'waiting' },
    nowMs,
  )
  for (const { id } of rows) {
    await transaction
      .updateTable('deliveries')
      .set({ state: 'bundled', bundle: subject, settled_ms: nowMs })
      .where('id', '=', id)
      .execute()
  }
  for (const { id } of dropped) {
    await transaction.updateTable('deliveries').set({ bundle: subject }).where('id', '=', id).execute()
  }
}

/** Above the bound, and not told as a number yet. */
async function droppedOf(transaction: HubTransaction, { tenant, person, channel, target }: DeliveryRow) {
  return await transaction
    .selectFrom('deliveries')
    .select('id')
    .where('tenant', '=', tenant)
    .where('person', '=', person)
    .where('channel', '=', channel)
    .where('target', '=', target)
    .where('state', '=', 'dropped')
    .where('bundle', 'is', null)
    .execute()
}

async function postpone(transaction: HubTransaction, rows: readonly DeliveryRow[], atMs: number): Promise<void> {
  for (const { id } of rows) {
    await transaction.updateTable('deliveries').set({ due_ms: atMs, held_for: 'rate' }).where('id', '=', id).execute()
  }
}

function worstOf(rows: readonly DeliveryRow[]): Severity {
  return severities.find((severity) => rows.some((row) => row.severity === severity)) ?? 'info'
}
