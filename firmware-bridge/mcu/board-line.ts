// One line to one or more boards: sensor frames and SMP packets come from it and go out on it, side by side.
import { type AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { ByteLink } from '../drivers/byte-link.ts'
import type { SerialSettings, TcpSettings } from '../drivers/connection-settings.ts'
import { serialEndpoint, tcpEndpoint } from '../drivers/endpoints.ts'
import type { DriverDiscard } from '../driver.ts'
import {
  type BoardFrame,
  decodeBoardFrame,
  encodeBoardFrame,
  frameDelimiter,
  maxEncodedFrameBytes,
  maxFrameBytes,
} from './board-frame.ts'
import { createSegmentSplitter, type SegmentSplitter } from './segment-splitter.ts'
import {
  ConsoleAssembler,
  consoleDelimiters,
  encodeConsolePacket,
  isConsoleLine,
  maxConsoleLineBytes,
} from './smp-console.ts'

/** `cobs`: the frames of docs/boards.md. `jsonl`: one SenML pack or record in JSON a line, without numbers or check sums. */
export type BoardFraming = 'cobs' | 'jsonl'
export type BoardAddress = SerialSettings | TcpSettings

interface BoardLineEvents {
  /** A SenML pack; with its frame where the line has frames. */
  onReadings(payload: Uint8Array, frame: BoardFrame | undefined): void
  /** Something arrived that could not be understood: AppError `driver.frame` or `driver.crc`. */
  onFault(error: AppError): void
  onDown(error: AppError): void
  /** Where SMP is spoken; without it SMP lines are left alone. */
  readonly smp?: {
    /** A packet, its check sum right. */
    onPacket(packet: Buffer): void
    onFault(error: AppError): void
  }
}

export interface BoardLineOptions {
  readonly address: BoardAddress
  readonly framing: BoardFraming
  readonly clock: Clock
  readonly log: Log
  readonly discard: (reason: DriverDiscard, amount: number) => void
  readonly events: BoardLineEvents
}

/** What boards' consoles are nearly always set to. */
const defaultBaudRate = 115_200
const jsonLineEnds: readonly number[] = [0x0a, 0x0d]

export class BoardLine {
  readonly #options: BoardLineOptions
  readonly #link: ByteLink
  readonly #readings: SegmentSplitter
  readonly #console: SegmentSplitter
  readonly #packets = new ConsoleAssembler()

  constructor(options: BoardLineOptions) {
    const { address, framing, clock, log, discard, events } = options
    this.#options = options
    this.#readings = createSegmentSplitter({
      delimiters: framing === 'cobs' ? [frameDelimiter] : jsonLineEnds,
      maxBytes: framing === 'cobs' ? maxEncodedFrameBytes : maxFrameBytes,
      onOverflow: (bytes) => discard('overflow', bytes),
    })
    // What is no SMP line may be as long as it likes: the other splitter judges it.
    this.#console = createSegmentSplitter({
      delimiters: consoleDelimiters,
      maxBytes: maxConsoleLineBytes,
      onOverflow: () => undefined,
    })
    this.#link = new ByteLink({
      endpoint:
        'host' in address
          ? tcpEndpoint(address, clock)
          : serialEndpoint({ ...address, baudRate: address.baudRate ?? defaultBaudRate }),
      clock,
      log,
      events: {
        onBytes: (bytes) => this.#onBytes(bytes),
        onDown: (error) => {
          const partial = this.#readings.clear()
          if (partial > 0) discard('noise', partial)
          this.#console.clear()
          this.#packets.clear()
          events.onDown(error)
        },
      },
    })
  }

  open(): void {
    this.#link.open()
  }

  /** Resolves when bytes can be sent; see `ByteLink.ready`. */
  async ready(signal: AbortSignal): Promise<void> {
    await this.#link.ready(signal)
  }

  sendFrame(frame: BoardFrame): void {
    this.#link.write(encodeBoardFrame(frame))
  }

  sendSmpPacket(packet: Uint8Array): void {
    this.#link.write(encodeConsolePacket(packet))
  }

  async close(): Promise<void> {
    await this.#link.close()
  }

  #onBytes(bytes: Buffer): void {
    if (this.#options.events.smp !== undefined) {
      for (const line of this.#console.push(bytes)) this.#onConsoleLine(line)
    }
    for (const segment of this.#readings.push(bytes)) {
      if (this.#options.framing === 'cobs') this.#onFrame(segment)
      else this.#onJsonLine(segment)
    }
  }

  #onConsoleLine(line: Buffer): void {
    const { smp } = this.#options.events
    try {
      const packet = this.#packets.push(line)
      if (packet !== undefined) smp?.onPacket(packet)
    } catch (thrown) {
      smp?.onFault(toAppError(thrown, 'driver.frame'))
    }
  }

  #onFrame(segment: Buffer): void {
    // Text between frames: an answer of SMP, or a line of the board's log that a frame's delimiter ended.
    if (isConsoleLine(segment)) return
    try {
      const frame = decodeBoardFrame(segment)
      if (frame.kind === 'ack') this.#options.discard('foreign', segment.length)
      else this.#options.events.onReadings(frame.payload, frame)
    } catch (thrown) {
      this.#refuse(toAppError(thrown, 'driver.frame'), segment.length)
    }
  }

  /** A record alone is a pack of one. A line that is neither is the board's log. */
  #onJsonLine(line: Buffer): void {
    if (isConsoleLine(line)) return
    const text = line.toString('utf8').trim()
    if (text.startsWith('[')) this.#options.events.onReadings(Buffer.from(text), undefined)
    else if (text.startsWith('{')) this.#options.events.onReadings(Buffer.from(`[${text}]`), undefined)
    else this.#options.discard('foreign', line.length)
  }

  #refuse(error: AppError, bytes: number): void {
    this.#options.discard(error.code === 'driver.crc' ? 'check-sum' : 'noise', bytes)
    this.#options.events.onFault(error)
  }
}
