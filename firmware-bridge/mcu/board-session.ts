// One board on a line of its own while it is being listed or updated: its SMP server and, beside it, its readings.
import { decodePack } from '../../broker/contract/pack-codec.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Reading } from '../../broker/contract/senml.ts'
import type { BoardFrame } from './board-frame.ts'
import { type BoardAddress, type BoardFraming, BoardLine } from './board-line.ts'
import { BoardManagement, type ManagementLimits, usualLimits } from './board-management.ts'
import { SmpClient } from './smp-client.ts'

export interface BoardSessionOptions {
  readonly address: BoardAddress
  readonly framing: BoardFraming
  readonly clock: Clock
  readonly log: Log
  readonly limits?: ManagementLimits
}

/** What was heard while a board was watched. */
export interface HeardReadings {
  /** Packs in which at least one reading is good. */
  readonly good: number
  readonly other: number
}

/**
 * Nothing heard here is acknowledged: what a board keeps until then goes to the gateway afterwards. Owner: the command or
 * agent that updates. `close` gives the port back.
 */
export class BoardSession {
  readonly management: BoardManagement
  readonly #line: BoardLine
  readonly #clock: Clock
  /** Starts of the board that were heard before its last restart: what they send again says nothing of a new image. */
  #earlierBoots: ReadonlySet<number> = new Set()
  readonly #boots = new Set<number>()
  #watcher: ((readings: readonly Reading[]) => void) | undefined

  constructor({ address, framing, clock, log, limits = usualLimits }: BoardSessionOptions) {
    this.#clock = clock
    this.#line = new BoardLine({
      address,
      framing,
      clock,
      log,
      discard: () => undefined,
      events: {
        onReadings: (payload, frame) => this.#onReadings(payload, frame),
        onFault: () => undefined,
        onDown: (error) => client.onFault(error),
        smp: {
          onPacket: (packet) => client.onPacket(packet),
          onFault: (error) => client.onFault(error),
        },
      },
    })
    const client = new SmpClient(this.#line, clock)
    this.management = new BoardManagement(client, limits)
  }

  open(): void {
    this.#line.open()
  }

  async close(): Promise<void> {
    await this.#line.close()
  }

  /** From here on only readings of later starts count. */
  expectRestart(): void {
    this.#earlierBoots = new Set(this.#boots)
  }

  /** Listens until that many good packs came, the time is over or the signal aborts. */
  hearReadings(wanted: number, limitMs: number, signal: AbortSignal): Promise<HeardReadings> {
    let good = 0
    let other = 0
    const { promise, resolve } = Promise.withResolvers<HeardReadings>()
    const end = () => resolve({ good, other })
    const timer = this.#clock.setTimer(end, limitMs)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted || wanted === 0) end()
    this.#watcher = (readings) => {
      if (readings.some(({ quality, value }) => quality === 'good' && value !== null)) good += 1
      else other += 1
      if (good >= wanted) end()
    }
    return promise.finally(() => {
      timer.cancel()
      signal.removeEventListener('abort', end)
      this.#watcher = undefined
    })
  }

  #onReadings(payload: Uint8Array, frame: BoardFrame | undefined): void {
    if (frame !== undefined) {
      this.#boots.add(frame.boot)
      if (this.#earlierBoots.has(frame.boot)) return
    }
    try {
      this.#watcher?.(decodePack(payload, this.#clock.now()))
    } catch {
      // A pack that is none is no good reading; it is counted as such.
      this.#watcher?.([])
    }
  }
}
