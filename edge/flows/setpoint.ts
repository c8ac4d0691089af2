// One output that flows may set: its limits, its fail-safe value, and the dead-man that sets it when flows fall silent.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { Counters } from '../counters.ts'
import { type Backoff, createBackoff } from '../uplink/backoff.ts'
import type { SetpointConfig } from './flows-config.ts'

export interface SetpointPorts {
  /** Writes to the device; resolves when it has confirmed. Throws AppError `driver.*`, `limit.exceeded`. */
  readonly write: (value: number, signal: AbortSignal) => Promise<void>
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  readonly random: () => number
}

type Why = 'start' | 'stop' | 'flows-ended' | 'not-renewed'

/** From the asking to the device's confirmation, the wait for the bus included. */
const writeLimitMs = 10_000
const retry = { baseMs: 500, capMs: 15_000 } as const
/** How long the end of the agent waits for the fail-safe. */
const stopLimitMs = 5000

/**
 * At most one write is under way and one waits; a newer value takes the place of the waiting one, which is refused. The fail-safe
 * goes before all and is tried again until the device has confirmed it or a flow sets something.
 */
export class Setpoint {
  readonly config: SetpointConfig
  readonly #ports: SetpointPorts
  readonly #backoff: Backoff
  /** Settles after the last write. */
  #turn: Promise<void> = Promise.resolve()
  /** Rises with each thing that is to be set: what waits behind a newer one is not set any more. */
  #newest = 0
  /** What the device was told last, and when. It may have refused. */
  #told: { readonly value: number; readonly atMs: number } | undefined
  #renewal: Timer | undefined
  #retry: Timer | undefined
  #stopped = false

  constructor(config: SetpointConfig, ports: SetpointPorts) {
    this.config = config
    this.#ports = ports
    this.#backoff = createBackoff({ ...retry, random: ports.random })
  }

  /** The value that the device has confirmed last; undefined: none yet. */
  confirmed: number | undefined

  /** Throws AppError `setpoint.refused` (its message says which limit), or what the write throws. */
  async set(value: number, by: string): Promise<void> {
    const refusal = this.#refusal(value)
    if (refusal !== undefined) {
      this.#ports.counters.add('flow_setpoints', refusal[0])
      throw new AppError('setpoint.refused', refusal[1])
    }
    const { id, device, channel } = this.config
    const isNews = this.#told?.value !== value
    this.#renewed()
    this.#retry?.cancel()
    await this.#write(value)
    this.#ports.counters.add('flow_setpoints', 'written')
    // A value that is said again every second is no news.
    if (isNews) this.#ports.log.info({ setpoint: id, device, channel, value, by }, 'a flow has set an output')
  }

  /** Begins to set the fail-safe; never throws. */
  failSafe(why: Why): void {
    this.#renewal?.cancel()
    this.#ports.counters.add('flow_fail_safes', why)
    const { id, failSafe } = this.config
    if (why !== 'start') this.#ports.log.warn({ setpoint: id, value: failSafe, why }, 'an output goes to its fail-safe')
    void this.#untilSafe()
  }

  /** Leaves the output in its fail-safe, or gives up after 5 s. Never rejects. */
  async stop(): Promise<void> {
    this.failSafe('stop')
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const limit = this.#ports.clock.setTimer(resolve, stopLimitMs)
    await Promise.race([this.#turn, over])
    limit.cancel()
    this.#stopped = true
    this.#retry?.cancel()
  }

  #refusal(value: number): readonly [reason: 'stopped' | 'range' | 'rate', message: string] | undefined {
    const { id, min, max, maxPerS, failSafe } = this.config
    if (this.#stopped) return ['stopped', `${id}: the gateway stops`]
    if (!(value >= min && value <= max)) return ['range', `${id}: ${value} lies outside ${min} to ${max}`]
    if (maxPerS === undefined || this.#told === undefined || value === failSafe) return undefined
    const elapsedS = (this.#ports.clock.monotonic() - this.#told.atMs) / 1000
    const change = Math.abs(value - this.#told.value)
    if (change <= maxPerS * elapsedS) return undefined
    return [
      'rate',
      `${id}: from ${this.#told.value} to ${value} within ${elapsedS.toFixed(1)} s is faster than ${maxPerS} a second`,
    ]
  }

  #renewed(): void {
    const { renewWithinS } = this.config
    this.#renewal?.cancel()
    if (renewWithinS === undefined) return
    this.#renewal = this.#ports.clock.setTimer(() => this.failSafe('not-renewed'), renewWithinS * 1000)
  }

  /** Never rejects. */
  async #untilSafe(): Promise<void> {
    this.#retry?.cancel()
    const { failSafe, id } = this.config
    try {
      await this.#write(failSafe)
      this.#backoff.reset()
    } catch (thrown) {
      const error = toAppError(thrown, 'driver.exception')
      if (error.code === 'setpoint.refused' || this.#stopped) return
      this.#ports.counters.add('flow_fail_safes', 'failed')
      this.#ports.log.error(
        { setpoint: id, code: error.code, reason: error.message },
        'an output is not in its fail-safe',
      )
      this.#retry = this.#ports.clock.setTimer(() => void this.#untilSafe(), this.#backoff.next())
    }
  }

  #write(value: number): Promise<void> {
    this.#newest += 1
    const own = this.#newest
    const write = async (): Promise<void> => {
      if (own !== this.#newest) {
        this.#ports.counters.add('flow_setpoints', 'superseded')
        throw new AppError('setpoint.refused', `${this.config.id}: a newer value took the place of ${value}`)
      }
      if (this.#told?.value !== value) this.#told = { value, atMs: this.#ports.clock.monotonic() }
      await this.#limited(value)
      this.confirmed = value
    }
    const done = this.#turn.then(write)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #limited(value: number): Promise<void> {
    const { clock, write, counters } = this.#ports
    const limit = new AbortController()
    const late = new AppError('driver.timeout', 'the device did not confirm in time')
    const timer = clock.setTimer(() => limit.abort(late), writeLimitMs)
    try {
      await write(value, limit.signal)
    } catch (thrown) {
      counters.add('flow_setpoints', 'failed')
      throw thrown
    } finally {
      timer.cancel()
    }
  }
}
