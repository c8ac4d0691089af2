// Sends what is due: a few at a time for each channel, marked before and after, tried again with backoff, at last a dead letter.
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { backoffMs, type RetryLimits } from './backoff.ts'
import { type Channel, reasonOf, type SendOutcome } from './channels/channel.ts'
import type { DeliveryQueue } from './delivery-queue.ts'
import type { Intents } from './intents.ts'
import type { Recipients } from './notice.ts'
import { countSend, type NotificationCounters } from './notification-counters.ts'
import type { DeliveryRow } from './notification-tables.ts'
import type { Planner } from './planner.ts'
import type { Renderer } from './renderer.ts'

export interface SenderDependencies {
  readonly database: HubDatabase
  readonly queue: DeliveryQueue
  readonly channels: readonly Channel[]
  readonly renderer: Renderer
  readonly planner: Planner
  readonly intents: Intents
  readonly recipients: Recipients
  readonly counters: NotificationCounters
  readonly retries: RetryLimits
  readonly sendTimeoutMs: number
  /** There is room for more, or something to fall back to. */
  readonly onSettled: () => void
  readonly random: () => number
  readonly clock: Clock
  readonly log: Log
}

/** After so many failed tries the next channel of the person is used too, while this one goes on. */
const triesBeforeFallback = 2
/** A try whose end was never written (the database was away) is tried again after this. */
const leaseMs = 120_000

export class Sender {
  readonly #dependencies: SenderDependencies
  /** Bound: the sum of the channels' concurrency. Overflow: the rest stays in the database. Owner: this sender. */
  readonly #underWay = new Map<string, Promise<void>>()
  readonly #aborting = new Set<AbortController>()

  constructor(dependencies: SenderDependencies) {
    this.#dependencies = dependencies
  }

  /** Begins as many as there is room for; resolves when they are begun. */
  async begin(): Promise<void> {
    const { queue, channels, clock } = this.#dependencies
    for (const channel of channels) {
      const busy = [...this.#underWay.keys()].filter((key) => key.startsWith(`${channel.name} `)).length
      const room = channel.concurrency - busy
      if (room <= 0) continue
      const due = await queue.due(channel.name, clock.now(), channel.concurrency)
      const fresh = due.filter(({ id }) => !this.#underWay.has(`${channel.name} ${id}`)).slice(0, room)
      for (const row of fresh) if (await queue.begin(row, clock.now() + leaseMs)) this.#start(channel, row)
    }
  }

  /** Ends what is under way after `graceMs`; what is cut off is tried again by the next run. */
  async stop(graceMs: number): Promise<void> {
    const timer = this.#dependencies.clock.setTimer(() => {
      for (const controller of this.#aborting) controller.abort(new Error('the hub stops'))
    }, graceMs)
    await Promise.all(this.#underWay.values())
    timer.cancel()
  }

  #start(channel: Channel, row: DeliveryRow): void {
    const key = `${channel.name} ${row.id}`
    const work = this.#send(channel, { ...row, attempts: row.attempts + 1 })
      .catch((thrown: unknown) => {
        this.#dependencies.log.error(
          { err: thrown, delivery: row.id },
          'the outcome of a message was not written; it is sent again',
        )
      })
      .finally(() => {
        this.#underWay.delete(key)
        this.#dependencies.onSettled()
      })
    this.#underWay.set(key, work)
  }

  async #send(channel: Channel, row: DeliveryRow): Promise<void> {
    const { renderer, sendTimeoutMs, clock } = this.#dependencies
    const message = await renderer.message(row)
    if (typeof message === 'string') {
      return await this.#settle(row, { kind: 'refused', permanent: true, reason: message }, false)
    }
    const controller = new AbortController()
    this.#aborting.add(controller)
    const timer = clock.setTimer(() => controller.abort(new Error('no answer in time')), sendTimeoutMs)
    let outcome: SendOutcome
    try {
      outcome = await channel.send(row.target, message, row.id, controller.signal)
    } catch (thrown) {
      outcome = { kind: 'retry-later', afterMs: 0, reason: reasonOf(thrown) }
    } finally {
      timer.cancel()
      this.#aborting.delete(controller)
    }
    await this.#settle(row, outcome, true)
  }

  async #settle(row: DeliveryRow, outcome: SendOutcome, mayFallBack: boolean): Promise<void> {
    const { queue, counters, retries, random, clock, log } = this.#dependencies
    const { id, attempts, channel } = row
    if (outcome.kind === 'delivered') {
      await queue.delivered(id, outcome.proof, clock.now())
      return countSend(counters, channel, 'delivered')
    }
    const { reason, proof } = outcome
    const isDead = outcome.kind === 'refused' || attempts >= retries.tries
    if (mayFallBack && (isDead || attempts >= triesBeforeFallback)) await this.#fallBack(row)
    if (isDead) {
      await queue.dead(id, reason, proof, clock.now())
      log.warn({ delivery: id, channel, attempts, reason }, 'a message is given up')
      return countSend(counters, channel, 'dead')
    }
    const asked = outcome.kind === 'retry-later' ? outcome.afterMs : 0
    await queue.retry(id, clock.now() + backoffMs(retries, attempts, asked, random()), reason, proof)
    countSend(counters, channel, 'retry')
  }

  /** By the person's next channel, unless another browser or address of this one has it or may still get it. */
  async #fallBack(row: DeliveryRow): Promise<void> {
    const { database, recipients, intents, planner } = this.#dependencies
    const next = JSON.parse(row.next_channels) as readonly string[]
    const recipient = recipients().find(({ id }) => id === row.person)
    if (next.length === 0 || recipient === undefined) return
    const routes = await intents.routesOf(recipient, next)
    await database.transaction().execute(async (transaction) => {
      const { subject, notice, kind, tenant, severity, person, channel } = row
      const others = await transaction
        .selectFrom('deliveries')
        .select(['state', 'attempts'])
        .where('subject', '=', subject)
        .where('person', '=', person)
        .where('channel', '=', channel)
        .where('id', '!=', row.id)
        .execute()
      const isReached = others.some(
        ({ state, attempts }) => state === 'delivered' || (isUnderWay(state) && attempts < triesBeforeFallback),
      )
      if (!isReached) await planner.fallBack(transaction, person, routes, { subject, notice, kind, tenant, severity })
    })
  }
}

function isUnderWay(state: string): boolean {
  return state === 'waiting' || state === 'sending'
}
