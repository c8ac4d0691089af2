// Keeps what devices say by themselves between two reads, each measurement with the time when its line arrived.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { DriverDevice, DriverDiscard, Measurement } from '../driver.ts'
import type { LineProfile } from '../profile-schema.ts'
import { type LineAddress, lineProtocols } from './line-protocols.ts'
import { abortReason } from './read-deadline.ts'

type LineDevice = DriverDevice<LineAddress, LineProfile>

/** Owner: the line driver. Bound: measurements kept per device. Overflow: the oldest line's are dropped and counted. */
const maxKept = 4096
const defaultSilenceS = 180

interface Listener {
  device: LineDevice
  kept: Measurement[]
  fault: AppError | undefined
  heardAtMs: number
  wake: ((error?: AppError) => void) | undefined
}

export class LineListeners {
  readonly #clock: Clock
  readonly #discard: (reason: DriverDiscard, amount: number) => void
  readonly #byId = new Map<string, Listener>()

  constructor(clock: Clock, discard: (reason: DriverDiscard, amount: number) => void) {
    this.#clock = clock
    this.#discard = discard
  }

  /** Begins to listen for a device; its first read does. */
  add(device: LineDevice): void {
    const known = this.#byId.get(device.id)
    if (known !== undefined) known.device = device
    else
      this.#byId.set(device.id, {
        device,
        kept: [],
        fault: undefined,
        heardAtMs: Number.NEGATIVE_INFINITY,
        wake: undefined,
      })
  }

  /** Gives a line to the device that it belongs to; false when nobody's. A faulty line is everybody's fault. */
  offer(text: string): boolean {
    const timeMs = this.#clock.now()
    let isTaken = false
    for (const listener of this.#byId.values()) {
      const { address, profile } = listener.device
      try {
        const measurements = lineProtocols[profile.line.protocol].parse(text, address, profile, timeMs)
        if (measurements === undefined) continue
        isTaken = true
        listener.heardAtMs = this.#clock.monotonic()
        this.#keep(listener, measurements)
      } catch (error) {
        listener.fault = toAppError(error, 'driver.frame')
        this.#discard(listener.fault.code === 'driver.crc' ? 'check-sum' : 'noise', 1)
        isTaken = true
      }
      listener.wake?.()
    }
    return isTaken
  }

  /**
   * What was heard since the last take. With nothing new: the fault of a line that could not be used, else an empty list
   * while the device's silence is shorter than its profile allows, else waits for a line until the signal aborts.
   */
  async take(device: LineDevice, signal: AbortSignal): Promise<readonly Measurement[]> {
    const listener = this.#byId.get(device.id)
    if (listener === undefined) throw new AppError('driver.connection', `nobody listens for ${device.id}`)
    const silenceMs = (device.profile.line.silenceS ?? defaultSilenceS) * 1000
    const isSilent = () => this.#clock.monotonic() - listener.heardAtMs > silenceMs
    while (listener.kept.length === 0 && listener.fault === undefined && isSilent()) {
      await this.#nextLine(listener, signal)
    }
    const { kept, fault } = listener
    listener.kept = []
    listener.fault = undefined
    if (kept.length === 0 && fault !== undefined) throw fault
    return kept
  }

  /** Ends the waiting reads: the link is down. */
  fail(error: AppError): void {
    for (const listener of this.#byId.values()) listener.wake?.(error)
  }

  #keep(listener: Listener, measurements: readonly Measurement[]): void {
    listener.kept.push(...measurements)
    const excess = listener.kept.length - maxKept
    if (excess > 0) {
      listener.kept.splice(0, excess)
      this.#discard('overflow', excess)
    }
  }

  #nextLine(listener: Listener, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(abortReason(signal))
    return new Promise((resolve, reject) => {
      const onAbort = () => listener.wake?.(abortReason(signal))
      listener.wake = (error) => {
        listener.wake = undefined
        signal.removeEventListener('abort', onAbort)
        if (error === undefined) resolve()
        else reject(error)
      }
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}
