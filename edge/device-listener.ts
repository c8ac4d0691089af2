// One device that speaks by itself: what it says goes down the pipeline, and its silence is noticed.
import { AppError } from '../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../broker/contract/ports.ts'
import type { DeviceListener, Measurement } from '../firmware-bridge/driver.ts'
import type { Counters } from './counters.ts'
import { type DeviceCondition, failureRepeatMs, type PollOutcome, stopGraceMs } from './device-poller.ts'
import { FaultTally } from './fault-tally.ts'

export interface ListenPlan {
  readonly device: string
  /** How often the device is expected to speak. */
  readonly intervalMs: number
}

export interface ListenerDependencies {
  /** Begins to listen; see Driver.listen. */
  readonly listen: (listener: DeviceListener) => () => void
  /** Takes what the pipeline must see: all that was heard, and failures at the transition and then at `failureRepeatMs`. */
  readonly deliver: (outcome: PollOutcome) => void
  /** Resolves when what was delivered cannot be lost any more; see Outbox.durable. */
  readonly durable: () => Promise<void>
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
}

/** Nothing usable for this many expected intervals: the device is offline. */
const offlineAfterIntervals = 3

/** ok: the last that was heard was understood. failing: it was not. offline: nothing usable came for three intervals. */
export class ListenedDevice implements DeviceListener {
  readonly plan: ListenPlan
  readonly faults: FaultTally
  readonly #dependencies: ListenerDependencies
  /** Owner: this listener. Bound: that of Outbox.durable, which refuses more with `limit.exceeded`. */
  readonly #taking = new Set<Promise<void>>()
  #endListening: () => void = () => undefined
  #timer: Timer | undefined
  #running = false
  #condition: DeviceCondition = 'ok'
  #heardMs = 0
  #toldFailureMs = -Infinity
  #lastFault: AppError | undefined

  constructor(plan: ListenPlan, dependencies: ListenerDependencies) {
    this.plan = plan
    this.#dependencies = dependencies
    this.faults = new FaultTally(dependencies.clock)
  }

  get condition(): DeviceCondition {
    return this.#condition
  }

  start(): void {
    this.#running = true
    this.#heardMs = this.#dependencies.clock.monotonic()
    this.#watch(this.#patienceMs)
    this.#endListening = this.#dependencies.listen(this)
  }

  askSoon(): void {
    // It speaks when it speaks.
  }

  /** Hears nothing more, and waits at most `stopGraceMs` until what was heard is durable: its senders may then be told so. */
  async stop(): Promise<void> {
    this.#running = false
    this.#timer?.cancel()
    this.#endListening()
    let grace: Timer | undefined
    const over = new Promise<void>((resolve) => {
      grace = this.#dependencies.clock.setTimer(resolve, stopGraceMs)
    })
    await Promise.race([Promise.allSettled(this.#taking), over])
    grace?.cancel()
  }

  take(measurements: readonly Measurement[]): Promise<void> {
    if (!this.#running) return Promise.reject(new AppError('driver.connection', 'nobody listens any more'))
    const { clock, counters, deliver, durable } = this.#dependencies
    this.#heard()
    deliver({ device: this.plan.device, timeMs: clock.now(), measurements })
    const taking = durable().then(
      () => counters.add('heard_messages', 'kept'),
      (error: unknown) => {
        counters.add('heard_messages', 'not-confirmed')
        throw error
      },
    )
    this.#taking.add(taking)
    const forget = () => void this.#taking.delete(taking)
    taking.then(forget, forget)
    return taking
  }

  fault(error: AppError): void {
    if (!this.#running) return
    this.#dependencies.counters.add('listen_errors', error.code)
    this.faults.count(error.code)
    this.faults.began(error.code)
    this.#lastFault = error
    if (this.#condition === 'ok') this.#condition = 'failing'
    this.#tell(error)
  }

  get #patienceMs(): number {
    return offlineAfterIntervals * this.plan.intervalMs
  }

  #heard(): void {
    const { clock, log } = this.#dependencies
    const wasOffline = this.#condition === 'offline'
    this.#heardMs = clock.monotonic()
    this.#condition = 'ok'
    this.#lastFault = undefined
    this.faults.over()
    this.#toldFailureMs = -Infinity
    if (!wasOffline) return
    log.info({ device: this.plan.device }, 'device is back online')
    this.#watch(this.#patienceMs)
  }

  /** One timer for as long as the device speaks: it is set anew when it fires, not at each message. */
  #watch(delayMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#dependencies.clock.setTimer(() => this.#watched(), delayMs)
  }

  #watched(): void {
    const leftMs = this.#heardMs + this.#patienceMs - this.#dependencies.clock.monotonic()
    if (leftMs > 0) return this.#watch(leftMs)
    this.#silent()
    this.#watch(this.#repeatMs)
  }

  get #repeatMs(): number {
    return Math.max(failureRepeatMs, this.plan.intervalMs)
  }

  #silent(): void {
    const { log, counters } = this.#dependencies
    const { device, intervalMs } = this.plan
    const silence = new AppError('driver.timeout', `nothing for ${(offlineAfterIntervals * intervalMs) / 1000} s`)
    const error = this.#lastFault ?? silence
    counters.add('listen_errors', 'driver.timeout')
    this.faults.count('driver.timeout')
    this.faults.began(error.code)
    if (this.#condition !== 'offline') {
      log.warn({ device, code: error.code, reason: error.message }, 'device is offline')
    }
    this.#condition = 'offline'
    this.#tell(error)
  }

  #tell(error: AppError): void {
    const { clock, deliver } = this.#dependencies
    const transition = this.#toldFailureMs === -Infinity
    const nowMs = clock.monotonic()
    if (!transition && nowMs - this.#toldFailureMs < this.#repeatMs) return
    this.#toldFailureMs = nowMs
    deliver({ device: this.plan.device, timeMs: clock.now(), error, transition })
  }
}
