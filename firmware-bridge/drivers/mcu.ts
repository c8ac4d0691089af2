// Microcontroller boards on a serial port or TCP, which send their readings by themselves (docs/boards.md).
import { AppError } from '../../broker/contract/app-error.ts'
import { BoardLine } from '../mcu/board-line.ts'
import { BoardListeners, type McuAddress, type McuDevice } from '../mcu/board-listeners.ts'
import type { DeviceListener, Driver, DriverDependencies, DriverFactory, Measurement } from '../driver.ts'
import type { McuProfile } from '../mcu/profile-schema.ts'
import type { McuConnection, mcuSchemas } from './mcu-schemas.ts'
import { abortReason, startDeadline } from './read-deadline.ts'

export const mcu: DriverFactory<typeof mcuSchemas> = {
  type: 'mcu',
  schemas: async () => (await import('./mcu-schemas.ts')).mcuSchemas,
  create: (connection, dependencies) => new McuDriver(connection, dependencies),
}

class McuDriver implements Driver<McuAddress, McuProfile> {
  readonly #dependencies: DriverDependencies
  readonly #line: BoardLine
  readonly #listeners: BoardListeners
  /** Reads that wait for a frame; the end of the line ends them. */
  readonly #waiting = new Set<(error: AppError) => void>()

  constructor({ framing = 'cobs', ...address }: McuConnection, dependencies: DriverDependencies) {
    this.#dependencies = dependencies
    const { clock, log, onDiscard: discard = () => undefined } = dependencies
    this.#listeners = new BoardListeners({
      clock,
      log,
      discard,
      acknowledge: ({ board, boot, seq }) =>
        this.#line.sendFrame({ kind: 'ack', wantsAck: false, board, boot, seq, payload: new Uint8Array() }),
    })
    this.#line = new BoardLine({
      address,
      framing,
      clock,
      log,
      discard,
      events: {
        onReadings: (payload, frame) => this.#listeners.take(payload, frame),
        onFault: (error) => this.#listeners.fault(error),
        onDown: (error) => this.#onDown(error),
      },
    })
  }

  async open(): Promise<void> {
    this.#line.open()
  }

  listen(device: McuDevice, listener: DeviceListener): () => void {
    return this.#listeners.add(device, listener)
  }

  /** The next readings of the board, without confirming them: whoever asks once does not keep them. */
  async read(device: McuDevice, signal: AbortSignal): Promise<readonly Measurement[]> {
    const deadline = startDeadline(this.#dependencies.clock, device.timeoutMs, signal)
    try {
      await this.#line.ready(deadline.signal)
      return await this.#next(device, deadline.signal)
    } finally {
      deadline.end()
    }
  }

  async close(): Promise<void> {
    this.#listeners.clear()
    await this.#line.close()
  }

  #next(device: McuDevice, signal: AbortSignal): Promise<readonly Measurement[]> {
    if (signal.aborted) return Promise.reject(abortReason(signal))
    const { promise, resolve, reject } = Promise.withResolvers<readonly Measurement[]>()
    const end = this.#listeners.add(device, {
      take(measurements) {
        resolve(measurements)
        return Promise.reject(new AppError('outbox.full', 'a single read keeps nothing'))
      },
      fault: reject,
    })
    const onAbort = () => reject(abortReason(signal))
    signal.addEventListener('abort', onAbort, { once: true })
    this.#waiting.add(reject)
    return promise.finally(() => {
      end()
      this.#waiting.delete(reject)
      signal.removeEventListener('abort', onAbort)
    })
  }

  #onDown(error: AppError): void {
    for (const reject of this.#waiting) reject(error)
    this.#listeners.fault(error)
  }
}
