// One device's polling: fixed grid, retries, and the way to offline and back.
import { AppError, toAppError } from '../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../broker/contract/ports.ts'
import type { Measurement } from '../firmware-bridge/driver.ts'
import type { Counters } from './counters.ts'
import { FaultTally } from './fault-tally.ts'

export interface PollPlan {
  readonly device: string
  readonly intervalMs: number
  /** Offset of this device's grid, so that devices of a bus do not all begin in the same moment. */
  readonly phaseMs: number
  readonly timeoutMs: number
  /** Further attempts after the first within one poll, for errors that a retry can help. */
  readonly retries: number
}

/** What one poll brought. `timeMs` is Unix ms. A failed poll carries the last attempt's error. */
export type PollOutcome =
  | { readonly device: string; readonly timeMs: number; readonly measurements: readonly Measurement[] }
  | { readonly device: string; readonly timeMs: number; readonly error: AppError; readonly transition: boolean }

export interface PollerDependencies {
  /** Reads the device once; see Driver.read. */
  readonly read: (signal: AbortSignal) => Promise<readonly Measurement[]>
  /** Takes each outcome that the pipeline must see: every success, and failures at the transition and then at `failureRepeatMs`. */
  readonly deliver: (outcome: PollOutcome) => void
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  /** [0, 1), for jitter. */
  readonly random: () => number
}

/** ok: the last poll succeeded. failing: it did not. offline: so many in a row failed that the device is only probed. */
export type DeviceCondition = 'ok' | 'failing' | 'offline'

const offlineAfterFailures = 3
/** A device that stays away repeats its bad samples this often, or at its interval where that is longer. */
export const failureRepeatMs = 300_000
const probeCapMs = 600_000
const retryCapMs = 1000
/** A read that is under way at the end may still bring what its device has given out; a silent device must not hold up the end. */
export const stopGraceMs = 1000
/** A read waits for its bus behind others; longer than this and its interval together, and something is stuck. */
const stuckAfterMs = 60_000

export class DevicePoller {
  readonly plan: PollPlan
  readonly faults: FaultTally
  readonly #dependencies: PollerDependencies
  #timer: Timer | undefined
  /** Of the poll that is under way: aborted at stop, or when the driver is stuck. */
  #abort = new AbortController()
  #running = false
  #isPolling = false
  #polling: Promise<void> = Promise.resolve()
  #gridStartMs = 0
  #failures = 0
  #toldFailureMs = -Infinity
  /** The grid point of the last poll; -1 after a probe, which follows no grid. */
  #lastPoint = 0

  constructor(plan: PollPlan, dependencies: PollerDependencies) {
    this.plan = plan
    this.#dependencies = dependencies
    this.faults = new FaultTally(dependencies.clock)
  }

  get condition(): DeviceCondition {
    if (this.#failures === 0) return 'ok'
    return this.#failures >= offlineAfterFailures ? 'offline' : 'failing'
  }

  start(): void {
    this.#running = true
    this.#gridStartMs = this.#dependencies.clock.monotonic() + this.plan.phaseMs
    this.#schedule(this.plan.phaseMs)
  }

  /** Asks at once instead of at the next point of the grid, even where the device is only probed. */
  askSoon(): void {
    if (!this.#running || this.#isPolling) return
    this.#timer?.cancel()
    this.#schedule(0)
  }

  /** Waits for a read that is under way and delivers it; after `stopGraceMs` it is ended. Resolves when it has settled. */
  async stop(): Promise<void> {
    this.#running = false
    this.#timer?.cancel()
    const grace = this.#dependencies.clock.setTimer(() => this.#abort.abort(), stopGraceMs)
    await this.#polling
    grace.cancel()
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#dependencies.clock.setTimer(() => {
      this.#polling = this.#poll()
    }, delayMs)
  }

  /** The driver keeps `timeoutMs`; the limit here only frees the poller from a driver that is stuck. */
  async #poll(): Promise<void> {
    const abort = new AbortController()
    this.#abort = abort
    this.#isPolling = true
    const limitMs = this.plan.intervalMs + this.plan.timeoutMs + stuckAfterMs
    const limit = this.#dependencies.clock.setTimer(() => abort.abort(), limitMs)
    try {
      this.#succeeded(await this.#readWithRetries(abort.signal))
    } catch (thrown) {
      if (this.#running) this.#failed(toAppError(thrown, 'driver.exception'))
    } finally {
      limit.cancel()
      this.#isPolling = false
    }
    if (this.#running) this.#schedule(this.#nextDelayMs())
  }

  /** An offline device is asked once a probe: retries would only hold up the others on its bus. */
  async #readWithRetries(signal: AbortSignal): Promise<readonly Measurement[]> {
    const { counters, read, random } = this.#dependencies
    const attempts = this.condition === 'offline' ? 1 : this.plan.retries + 1
    const ended = aborted(signal)
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await Promise.race([read(signal), ended])
      } catch (thrown) {
        const error = toAppError(thrown, 'driver.exception')
        if (this.#running) {
          counters.add('poll_errors', error.code)
          this.faults.count(error.code)
        }
        if (attempt >= attempts || !error.retryable || signal.aborted || !this.#running) throw error
        const ceilingMs = Math.min(retryCapMs, 100 * 2 ** (attempt - 1))
        await this.#pause(ceilingMs * (0.5 + random() / 2), ended)
        if (!this.#running) throw error
      }
    }
  }

  async #pause(delayMs: number, ended: Promise<never>): Promise<void> {
    let timer: Timer | undefined
    const over = new Promise<void>((resolve) => {
      timer = this.#dependencies.clock.setTimer(resolve, delayMs)
    })
    await Promise.race([over, ended]).finally(() => timer?.cancel())
  }

  #succeeded(measurements: readonly Measurement[]): void {
    const { clock, deliver, log } = this.#dependencies
    if (this.condition === 'offline') log.info({ device: this.plan.device }, 'device is back online')
    this.#failures = 0
    this.faults.over()
    this.#toldFailureMs = -Infinity
    deliver({ device: this.plan.device, timeMs: clock.now(), measurements })
  }

  #failed(error: AppError): void {
    const { clock, deliver, log } = this.#dependencies
    this.#failures += 1
    this.faults.began(error.code)
    if (this.#failures === offlineAfterFailures) {
      log.warn({ device: this.plan.device, code: error.code, reason: error.message }, 'device is offline')
    }
    const transition = this.#failures === 1
    const nowMs = clock.monotonic()
    if (!transition && nowMs - this.#toldFailureMs < Math.max(failureRepeatMs, this.plan.intervalMs)) return
    this.#toldFailureMs = nowMs
    deliver({ device: this.plan.device, timeMs: clock.now(), error, transition })
  }

  /** To the next point of the grid that is still ahead; an offline device skips points, twice as many each time. */
  #nextDelayMs(): number {
    const { clock, counters, random } = this.#dependencies
    const { intervalMs } = this.plan
    const sinceStartMs = clock.monotonic() - this.#gridStartMs
    const nextPoint = Math.floor(sinceStartMs / intervalMs) + 1
    const onGridMs = nextPoint * intervalMs - sinceStartMs
    if (this.condition !== 'offline') {
      const missed = nextPoint - this.#lastPoint - 1
      if (missed > 0 && this.#lastPoint >= 0) counters.add('polls_skipped', 'overrun', missed)
      this.#lastPoint = nextPoint
      return onGridMs
    }
    this.#lastPoint = -1
    const exponent = Math.min(this.#failures - offlineAfterFailures + 1, 20)
    const ceilingMs = Math.max(intervalMs, Math.min(probeCapMs, intervalMs * 2 ** exponent))
    return Math.max(onGridMs, ceilingMs * (0.75 + random() / 4))
  }
}

/** Rejects when the signal aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    const refuse = (): void => reject(new AppError('driver.timeout', 'the read was ended'))
    signal.addEventListener('abort', refuse, { once: true })
  })
  ended.catch(() => undefined)
  return ended
}
