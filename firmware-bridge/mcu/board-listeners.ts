// Gives each board's readings to the devices that they belong to, once, and confirms a frame when all of it is kept.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { decodePack } from '../../broker/contract/pack-codec.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Reading } from '../../broker/contract/senml.ts'
import type { DeviceListener, DriverDevice, DriverDiscard } from '../driver.ts'
import type { McuProfile } from './profile-schema.ts'
import type { BoardFrame, FrameId } from './board-frame.ts'
import { BoardReadings } from './board-readings.ts'
import { FrameSequence } from './frame-sequence.ts'

/** Which of a line's boards a device is; without both it is all that speaks there. */
export interface McuAddress {
  /** The board's number in its frames. */
  readonly board?: number
  /** What the names of its readings begin with: SenML's base name. */
  readonly name?: string
}

export type McuDevice = DriverDevice<McuAddress, McuProfile>

export interface BoardListenersDependencies {
  readonly clock: Clock
  readonly log: Log
  readonly discard: (reason: DriverDiscard, amount: number) => void
  readonly acknowledge: (frame: FrameId) => void
}

interface BoardListener {
  readonly board: number | undefined
  readonly readings: BoardReadings
  readonly listener: DeviceListener
}

/**
 * Owner: the mcu driver. Bound: bytes of packs whose readings are not on the disk yet. Overflow: the newest pack is not
 * taken, not confirmed, and counted; a board that keeps its frames sends it again.
 */
const maxPendingBytes = 1024 * 1024
/** Boards times starts that are remembered; the one heard longest ago goes first. */
const maxSequences = 512

export class BoardListeners {
  readonly #dependencies: BoardListenersDependencies
  readonly #listeners = new Set<BoardListener>()
  /** By board and start, the one heard longest ago first. */
  readonly #sequences = new Map<string, FrameSequence>()
  /** Frames whose readings are being kept. */
  readonly #keeping = new Set<string>()
  #pendingBytes = 0

  constructor(dependencies: BoardListenersDependencies) {
    this.#dependencies = dependencies
  }

  add({ address, profile }: McuDevice, listener: DeviceListener): () => void {
    const entry: BoardListener = {
      board: address.board,
      readings: new BoardReadings(profile, address.name, this.#dependencies.discard),
      listener,
    }
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  /** Nobody can tell whose bytes they were: it is a fault of every board on the line. */
  fault(error: AppError): void {
    for (const { listener } of this.#listeners) listener.fault(error)
  }

  clear(): void {
    this.#listeners.clear()
  }

  /** A pack that arrived, in the order of arrival. */
  take(payload: Uint8Array, frame: BoardFrame | undefined): void {
    const { discard } = this.#dependencies
    if (this.#pendingBytes + payload.length > maxPendingBytes) {
      discard('overflow', 1)
      return
    }
    if (frame === undefined) {
      void this.#deliver(payload, { board: undefined, isKept: false })
      return
    }
    const sequence = this.#sequenceOf(frame)
    const { isRepeated, lost } = sequence.arrive(frame.seq, frame.wantsAck)
    if (lost > 0) discard('gap', lost)
    if (isRepeated) this.#repeated(frame)
    else void this.#takeFrame(payload, frame, sequence)
  }

  /** Its acknowledgement was lost, or is still to come. */
  #repeated(frame: BoardFrame): void {
    this.#dependencies.discard('duplicate', 1)
    if (frame.wantsAck && !this.#keeping.has(keyOf(frame))) this.#dependencies.acknowledge(frame)
  }

  async #takeFrame(payload: Uint8Array, frame: BoardFrame, sequence: FrameSequence): Promise<void> {
    const key = keyOf(frame)
    this.#keeping.add(key)
    const isSettled = await this.#deliver(payload, { board: frame.board, isKept: frame.wantsAck })
    this.#keeping.delete(key)
    if (!isSettled) sequence.forget(frame.seq)
    else if (frame.wantsAck) this.#dependencies.acknowledge(frame)
  }

  /** True when the readings are kept, or can never be: a pack that is none would be sent again for ever. */
  async #deliver(
    payload: Uint8Array,
    { board, isKept }: { readonly board: number | undefined; readonly isKept: boolean },
  ): Promise<boolean> {
    const readings = this.#decode(payload)
    if (readings === undefined) return true
    const { discard, log } = this.#dependencies
    this.#pendingBytes += payload.length
    try {
      return await this.#keep(readings, board)
    } catch (thrown) {
      const { code, message } = toAppError(thrown, 'outbox.full')
      log.debug({ code, reason: message }, 'the readings of a board were not kept')
      // A board that keeps its frames sends this one again; of any other it is lost.
      if (!isKept) discard('overflow', 1)
      return false
    } finally {
      this.#pendingBytes -= payload.length
    }
  }

  #decode(payload: Uint8Array): readonly Reading[] | undefined {
    try {
      return decodePack(payload, this.#dependencies.clock.now())
    } catch (thrown) {
      const error = toAppError(thrown, 'driver.frame')
      this.#dependencies.discard('noise', payload.length)
      this.fault(new AppError('driver.frame', `a board's pack: ${error.message}`, { cause: error }))
      return undefined
    }
  }

  /** False where the readings are nobody's: their device may yet be configured. */
  async #keep(readings: readonly Reading[], board: number | undefined): Promise<boolean> {
    const entries = [...this.#listeners].filter((entry) => entry.board === undefined || entry.board === board)
    const parts = entries
      .map((entry) => ({ entry, own: readings.filter(({ name }) => entry.readings.owns(name)) }))
      .filter(({ own }) => own.length > 0)
    const strangers = readings.filter(({ name }) => !entries.some((entry) => entry.readings.owns(name))).length
    if (strangers > 0) this.#dependencies.discard('foreign', strangers)
    if (parts.length === 0 && readings.length > 0) return false
    const takes = parts.map(async ({ entry, own }) => {
      const measurements = entry.readings.measurementsOf(own)
      if (measurements.length > 0) await entry.listener.take(measurements)
    })
    await Promise.all(takes)
    return true
  }

  #sequenceOf({ board, boot }: FrameId): FrameSequence {
    const key = `${board}.${boot}`
    const sequence = this.#sequences.get(key) ?? new FrameSequence()
    this.#sequences.delete(key)
    this.#sequences.set(key, sequence)
    const [oldest] = this.#sequences.keys()
    if (this.#sequences.size > maxSequences && oldest !== undefined) this.#sequences.delete(oldest)
    return sequence
  }
}

function keyOf({ board, boot, seq }: FrameId): string {
  return `${board}.${boot}.${seq}`
}
