// Inputs and relays of a Modbus TCP module, over one connection of their own: polled every few milliseconds, written at once.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { createBusTurn } from '../drivers/bus-turn.ts'
import type { TcpSettings } from '../drivers/connection-settings.ts'
import { tcpEndpoint } from '../drivers/endpoints.ts'
import { mbapFraming } from '../drivers/modbus-framing.ts'
import { ModbusWire } from '../drivers/modbus-wire.ts'
import { startDeadline } from '../drivers/read-deadline.ts'
import { createEdgeDetector, type TriggerEdge } from './edge-detector.ts'
import type { OnTrigger, Relay, TriggerInput } from './line-io.ts'

export interface ModbusIo {
  trigger(settings: ModbusTriggerSettings, onTrigger: OnTrigger): TriggerInput
  relay(settings: { readonly unitId: number; readonly coil: number }): Relay
  /** Close inputs and relays first. */
  close(): Promise<void>
}

interface ModbusTriggerSettings {
  readonly unitId: number
  readonly table: 'discrete' | 'coil'
  readonly address: number
  readonly edge: TriggerEdge
  readonly pollMs: number
  readonly debounceMs: number
}

/** An answer on a machine's own network takes a few milliseconds; a module that takes longer than this is lost. */
const requestTimeoutMs = 500
const never = new AbortController().signal

/** Connects by itself and comes back after a loss. */
export function openModbusIo(
  settings: TcpSettings,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): ModbusIo {
  const turn = createBusTurn()
  const wire = new ModbusWire({
    endpoint: tcpEndpoint(settings, clock),
    framing: mbapFraming,
    clock,
    log,
    onDiscard: () => undefined,
  })
  wire.open()

  function request<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return turn.take(signal, async () => {
      const deadline = startDeadline(clock, requestTimeoutMs, signal)
      try {
        await wire.ready(deadline.signal)
        return await work(deadline.signal)
      } finally {
        deadline.end()
      }
    })
  }

  return {
    trigger: (trigger, onTrigger) =>
      new PolledInput(trigger, onTrigger, clock, async () => {
        const { unitId, table, address } = trigger
        const data = await request(never, (signal) => wire.exchange({ unitId, table, address, count: 1 }, signal))
        return ((data[0] ?? 0) & 1) === 1
      }),
    relay: ({ unitId, coil }) => ({
      set: (on, signal) =>
        request(signal, (limited) => wire.write({ unitId, table: 'coil', address: coil, on }, limited)),
      close: () => Promise.resolve(),
    }),
    close: () => wire.close(),
  }
}

/** Asks again `pollMs` after it asked last, or as soon as the answer is there where that takes longer. */
class PolledInput implements TriggerInput {
  fault: AppError | undefined = new AppError('driver.connection', 'the input was not read yet')
  readonly #pollMs: number
  readonly #onTrigger: OnTrigger
  readonly #clock: Clock
  readonly #read: () => Promise<boolean>
  readonly #detector: ReturnType<typeof createEdgeDetector>
  #timer: Timer | undefined
  #reading: Promise<void> = Promise.resolve()
  #closed = false

  constructor(settings: ModbusTriggerSettings, onTrigger: OnTrigger, clock: Clock, read: () => Promise<boolean>) {
    this.#pollMs = settings.pollMs
    this.#onTrigger = onTrigger
    this.#clock = clock
    this.#read = read
    this.#detector = createEdgeDetector(settings)
    this.#poll()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#reading
  }

  #poll(): void {
    const begunMs = this.#clock.monotonic()
    this.#reading = this.#readOnce().then(() => {
      if (this.#closed) return
      // A module that is away fails at once: it is asked no faster than one that answers.
      const delayMs = Math.max(
        this.fault === undefined ? 0 : this.#pollMs,
        begunMs + this.#pollMs - this.#clock.monotonic(),
      )
      this.#timer = this.#clock.setTimer(() => this.#poll(), delayMs)
    })
  }

  async #readOnce(): Promise<void> {
    try {
      const level = await this.#read()
      this.fault = undefined
      const happenedMs = this.#detector.sample(level, this.#clock.monotonic())
      if (happenedMs !== undefined && !this.#closed) this.#onTrigger(happenedMs)
    } catch (thrown) {
      this.fault = toAppError(thrown, 'driver.exception')
      this.#detector.reset()
    }
  }
}
