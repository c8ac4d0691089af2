// The one loop of notification: plan what is new, climb what is due, let go what was held, send; then sleep until the next time.
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { Bundles } from './bundles.ts'
import type { DeliveryQueue } from './delivery-queue.ts'
import type { Escalations } from './escalations.ts'
import { noticeOf } from './notice.ts'
import type { Planner } from './planner.ts'
import type { Sender } from './sender.ts'

export interface DispatchDependencies {
  readonly database: HubDatabase
  readonly queue: DeliveryQueue
  readonly planner: Planner
  readonly escalations: Escalations
  readonly bundles: Bundles
  readonly sender: Sender
  readonly clock: Clock
  readonly log: Log
}

const noticesAtOnce = 100
/** The clock may jump, and a database may be changed by hand: nothing is slept through for longer. */
const maxSleepMs = 30_000
const minSleepMs = 20
const retryMs = 5_000

export class Dispatch {
  readonly #dependencies: DispatchDependencies
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #again = false
  #state: 'new' | 'running' | 'stopped' = 'new'

  constructor(dependencies: DispatchDependencies) {
    this.#dependencies = dependencies
  }

  async start(channels: readonly string[]): Promise<void> {
    await this.#dependencies.queue.takeUp(channels, this.#dependencies.clock.now())
    this.#state = 'running'
    this.wake()
  }

  /** Something may be due. Cheap, and safe to call from anywhere; before the start it does nothing. */
  wake(): void {
    if (this.#state !== 'running') return
    this.#again = true
    this.#running ??= this.#rounds().finally(() => {
      this.#running = undefined
      if (this.#again) this.wake()
    })
  }

  async stop(graceMs: number): Promise<void> {
    this.#state = 'stopped'
    this.#timer?.cancel()
    await this.#running
    await this.#dependencies.sender.stop(graceMs)
  }

  async #rounds(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    let sleepMs = retryMs
    try {
      while (this.#again && this.#state === 'running') {
        this.#again = false
        await this.#round()
      }
      sleepMs = await this.#untilNext()
    } catch (thrown) {
      this.#again = false
      this.#dependencies.log.error({ err: thrown }, 'notifications wait for the database; it is tried again')
    }
    if (this.#state !== 'running' || this.#again) return
    this.#timer = this.#dependencies.clock.setTimer(() => this.wake(), sleepMs)
  }

  async #round(): Promise<void> {
    const { escalations, bundles, sender } = this.#dependencies
    await this.#planNew()
    await escalations.climb()
    await bundles.release()
    await sender.begin()
  }

  async #planNew(): Promise<void> {
    const { database, planner } = this.#dependencies
    const rows = await database
      .selectFrom('notices')
      .select('document')
      .where('planned', '=', 0)
      .orderBy('time_ms')
      .limit(noticesAtOnce)
      .execute()
    for (const { document } of rows) await planner.plan(noticeOf(document))
    if (rows.length === noticesAtOnce) this.#again = true
  }

  async #untilNext(): Promise<number> {
    const { queue, escalations, clock } = this.#dependencies
    const nowMs = clock.now()
    const next = [await queue.nextDueMs(nowMs), await escalations.nextDueMs()].filter((ms) => ms !== undefined)
    const sleepMs = Math.min(maxSleepMs, ...next.map((ms) => ms - nowMs))
    return Math.max(minSleepMs, sleepMs)
  }
}
