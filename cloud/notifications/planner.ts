// Writes the messages that follow from a notice, once however often it is planned, each with its time, its room and its token.
import type { Clock } from '../../broker/contract/ports.ts'
import type { HubDatabase, HubTransaction } from '../registry/hub-database.ts'
import { addDelivery, idempotencyKey, type NewDelivery, releaseHeld, unsettledOf } from './delivery-queue.ts'
import type { EscalationPolicy } from './escalation-policy.ts'
import { type Intent, type Intents, type Route, systemPerson } from './intents.ts'
import { type AlarmNotice, isOfAlarm, type Notice, type Recipient, severityOf } from './notice.ts'
import type { NotificationCounters } from './notification-counters.ts'
import type { PersonChannel } from './preferences.ts'
import { type RateLimit, takeToken } from './rate-limit.ts'

export interface PlannerDependencies {
  readonly database: HubDatabase
  readonly intents: Intents
  readonly rate: RateLimit
  readonly counters: NotificationCounters
  readonly clock: Clock
}

/** What a delivery tells. */
export type Told = Pick<NewDelivery, 'subject' | 'notice' | 'kind' | 'tenant' | 'severity'>

/** Bound: messages of one address that are neither sent nor given up. Overflow: a new one is `dropped` and told as a number. */
const maxUnsettled = 500

export class Planner {
  readonly #dependencies: PlannerDependencies

  constructor(dependencies: PlannerDependencies) {
    this.#dependencies = dependencies
  }

  /** Everything that follows from a notice, and that it is planned, in one transaction. */
  async plan(notice: Notice): Promise<void> {
    const { database, intents: plans } = this.#dependencies
    const { intents, policies } = await plans.of(notice)
    await database.transaction().execute(async (transaction) => {
      await this.write(transaction, intents)
      if (isOfAlarm(notice)) {
        for (const policy of policies) await beginEscalation(transaction, notice, policy)
      }
      await transaction.updateTable('notices').set({ planned: 1 }).where('key', '=', notice.key).execute()
    })
  }

  async write(transaction: HubTransaction, intents: readonly Intent[]): Promise<void> {
    for (const intent of intents) {
      const { routes, spread } = intent
      const [first, ...rest] = routes
      if (first === undefined) await this.#writeNowhere(transaction, intent)
      else if (spread === 'all') for (const route of routes) await this.#writeRoute(transaction, intent, route, [])
      else await this.#writeRoute(transaction, intent, first, rest)
    }
  }

  /** One message to oneself by one channel; returns the ids of its deliveries, none where there is no address. */
  async test(
    recipient: Recipient,
    channel: PersonChannel,
    tenant: string,
    subject: string,
  ): Promise<readonly string[]> {
    const { database, intents } = this.#dependencies
    const routes = await intents.routesOf(recipient, [channel])
    const told = { subject, notice: null, kind: 'test', tenant, severity: 'info' }
    await database.transaction().execute(async (transaction) => {
      await this.fallBack(transaction, recipient.id, routes, told)
    })
    return routes.flatMap(({ targets }) =>
      targets.map((target) => idempotencyKey({ subject, person: recipient.id, channel, target })),
    )
  }

  /** By the first of these routes, at once and without asking for a token; the others come after it. */
  async fallBack(transaction: HubTransaction, person: string, routes: readonly Route[], told: Told): Promise<void> {
    const nowMs = this.#dependencies.clock.now()
    const [route, ...rest] = routes
    if (route === undefined) return
    const timing = { dueMs: nowMs, heldFor: undefined, nextChannels: rest.map(({ channel }) => channel) }
    for (const target of route.targets) {
      const address = { person, channel: route.channel, target }
      await addDelivery(transaction, { ...told, ...address, ...timing, state: 'waiting' }, nowMs)
    }
  }

  async #writeNowhere(transaction: HubTransaction, intent: Intent): Promise<void> {
    const nowMs = this.#dependencies.clock.now()
    const address = { person: intent.person, channel: 'none', target: '' }
    const timing = { dueMs: nowMs, heldFor: undefined, nextChannels: [] }
    const error = 'there is no address to tell this person by'
    const isNew = await addDelivery(
      transaction,
      { ...toldBy(intent), ...address, ...timing, state: 'dead', error },
      nowMs,
    )
    if (isNew) this.#dependencies.counters.unreachable += 1
  }

  async #writeRoute(
    transaction: HubTransaction,
    intent: Intent,
    { channel, targets }: Route,
    next: readonly Route[],
  ): Promise<void> {
    const { clock, counters } = this.#dependencies
    const nowMs = clock.now()
    const told = toldBy(intent)
    const addresses = targets.map((target) => ({ person: intent.person, channel, target }))
    const known = await knownStates(transaction, told.subject, addresses)
    const missing = addresses.filter((address) => !known.has(idempotencyKey({ ...told, ...address })))
    if (intent.isUrgent) {
      for (const [id, state] of known) if (state === 'held') await releaseHeld(transaction, id, nowMs)
    }
    if (missing.length === 0) return
    const timing = await this.#timed(transaction, intent, channel, nowMs)
    const nextChannels = next.map((route) => route.channel)
    for (const address of missing) {
      const isFull = (await unsettledOf(transaction, address)) >= maxUnsettled
      const state = isFull ? 'dropped' : timing.heldFor === undefined ? 'waiting' : 'held'
      if (isFull) counters.overflow += 1
      else countHeld(counters, timing.heldFor)
      await addDelivery(transaction, { ...told, ...address, ...timing, nextChannels, state }, nowMs)
    }
  }

  /** What is not held anyway needs a token of the person and channel; programs need none. */
  async #timed(
    transaction: HubTransaction,
    { person, atMs, heldFor }: Intent,
    channel: string,
    nowMs: number,
  ): Promise<Pick<NewDelivery, 'dueMs' | 'heldFor'>> {
    if (heldFor !== undefined || person === systemPerson) return { dueMs: atMs, heldFor }
    const token = await takeToken(transaction, { person, channel }, this.#dependencies.rate, nowMs)
    return token.taken ? { dueMs: atMs, heldFor: undefined } : { dueMs: token.atMs, heldFor: 'rate' }
  }
}

function toldBy({ subject, notice }: Intent): Told {
  return { subject, notice: notice.key, kind: notice.kind, tenant: notice.tenant, severity: severityOf(notice) }
}

/** State by id, of those that are written already. */
async function knownStates(
  transaction: HubTransaction,
  subject: string,
  addresses: readonly { readonly person: string; readonly channel: string; readonly target: string }[],
): Promise<ReadonlyMap<string, string>> {
  const ids = addresses.map((address) => idempotencyKey({ subject, ...address }))
  const rows = await transaction.selectFrom('deliveries').select(['id', 'state']).where('id', 'in', ids).execute()
  return new Map(rows.map(({ id, state }) => [id, state]))
}

/** A newer notice of the same alarm, or of the same storm, begins its steps anew, and ends those of the older one. */
async function beginEscalation(
  transaction: HubTransaction,
  notice: AlarmNotice,
  { id, body: { steps } }: EscalationPolicy,
): Promise<void> {
  const step = steps[0]?.afterMinutes === 0 ? 1 : 0
  const next = steps[step]
  const { storm } = notice
  await transaction
    .updateTable('escalations')
    .set({ state: 'superseded' })
    .where((where) => where.or([where('alarm', '=', notice.alarm.id), where('storm', '=', storm ?? '')]))
    .where('policy', '=', id)
    .where('state', '=', 'waiting')
    .where('notice', '!=', notice.key)
    .execute()
  if (next === undefined) return
  const due_ms = notice.timeMs + next.afterMinutes * 60_000
  await transaction
    .insertInto('escalations')
    .values({
      notice: notice.key,
      policy: id,
      alarm: notice.alarm.id,
      storm: storm ?? null,
      step,
      due_ms,
      state: 'waiting',
    })
    .onConflict((conflict) => conflict.columns(['notice', 'policy']).doNothing())
    .execute()
}

function countHeld(counters: NotificationCounters, heldFor: NewDelivery['heldFor']): void {
  if (heldFor === 'quiet') counters.heldForQuiet += 1
  if (heldFor === 'digest') counters.heldForDigest += 1
  if (heldFor === 'rate') counters.heldForRate += 1
}
