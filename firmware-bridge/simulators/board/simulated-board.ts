// A microcontroller board on a serial pair or TCP: sends readings in frames, keeps what is not acknowledged, and is updated by SMP.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { CborWriter } from '../../../broker/contract/cbor-writer.ts'
import type { Clock, Timer } from '../../../broker/contract/ports.ts'
import { type BoardFrame, decodeBoardFrame, encodeBoardFrame, frameDelimiter } from '../../mcu/board-frame.ts'
import { createSegmentSplitter } from '../../mcu/segment-splitter.ts'
import { ConsoleAssembler, consoleDelimiters, encodeConsolePacket } from '../../mcu/smp-console.ts'
import { decodeSmpMessage, encodeSmpMessage } from '../../mcu/smp-message.ts'
import { closeSerialPort, listen, openSerialPort } from '../modbus/modbus-server.ts'
import { type BoardFaults, noBoardFaults } from './board-faults.ts'
import { BoardFlash } from './board-flash.ts'
import { SmpServer } from './smp-server.ts'

export interface SimulatedBoardOptions {
  readonly clock: Clock
  /** A serial port or pseudo terminal, or a loopback TCP port (0 for any). */
  readonly line: { readonly path: string; readonly baudRate: number } | { readonly port: number }
  readonly factoryImage: Buffer
  readonly number?: number
  /** The number of its first start; it counts on at each restart. */
  readonly firstBoot?: number
  /** Sends a reading this often; undefined: only when `say` is called. */
  readonly intervalMs?: number
  /** How long a start takes. */
  readonly startMs?: number
  /** Whether it answers what its SMP buffer holds; undefined: it does not know the question. */
  readonly smpBufferBytes?: number | undefined
}

export interface BoardReading {
  readonly name: string
  readonly unit: string
  readonly value: number
  /** Seconds before now; left out: now. */
  readonly ageS?: number
}

/** Frames that are not acknowledged are kept, the oldest goes first, and sent again this often. */
const maxKeptFrames = 64
const resendMs = 200
const textEncoder = new TextEncoder()

interface KeptFrame {
  readonly seq: number
  readonly boot: number
  readonly readings: readonly BoardReading[]
  readonly saidAtMs: number
}

export class SimulatedBoard {
  readonly faults: BoardFaults = noBoardFaults()
  readonly flash: BoardFlash
  readonly smp: SmpServer
  readonly #options: SimulatedBoardOptions
  readonly #lines = new Set<Duplex>()
  readonly #timers = new Set<Timer>()
  #kept: KeptFrame[] = []
  #boot: number
  #seq = 0
  #state: 'running' | 'starting' | 'closed' = 'running'
  #acknowledged = 0
  #starts = 0
  #close: () => Promise<void> = () => Promise.resolve()
  #port = 0

  private constructor(options: SimulatedBoardOptions) {
    this.#options = options
    this.#boot = options.firstBoot ?? 1
    this.flash = new BoardFlash(options.factoryImage)
    this.smp = new SmpServer({
      flash: this.flash,
      faults: this.faults,
      bufferBytes: options.smpBufferBytes,
      restart: () => this.#after(0, () => this.restart()),
    })
  }

  static async start(options: SimulatedBoardOptions): Promise<SimulatedBoard> {
    const board = new SimulatedBoard(options)
    const { line } = options
    if ('path' in line) await board.#openSerial(line)
    else await board.#openTcp(line.port)
    board.#speakRegularly()
    board.#resendRegularly()
    return board
  }

  /** The TCP port that was bound; 0 on a serial line. */
  get port(): number {
    return this.#port
  }

  get connections(): number {
    return this.#lines.size
  }

  /** Frames that were acknowledged while they were kept. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  get keptFrames(): number {
    return this.#kept.length
  }

  get starts(): number {
    return this.#starts
  }

  /** Sends readings in one frame and keeps it until it is acknowledged. */
  say(readings: readonly BoardReading[]): void {
    const frame = { seq: this.#seq, boot: this.#boot, readings, saidAtMs: this.#options.clock.monotonic() }
    this.#seq = (this.#seq + 1) & 0xffff
    this.#kept = [...this.#kept, frame].slice(-maxKeptFrames)
    this.#send(frame)
    if (this.faults.repeatsFrames) this.#send(frame)
  }

  /** Bytes as they are, for what no frame says. */
  utter(bytes: Uint8Array): void {
    for (const line of this.#lines) if (line.writable) line.write(bytes)
  }

  /** Ends every connection to the board, as a serial device server does that loses its network; new ones are taken. */
  dropLine(): void {
    for (const line of this.#lines) line.destroy()
  }

  /** As after a reset or a power cut: what is only in memory is gone, MCUboot swaps as it was asked to. */
  restart(): void {
    if (this.#state === 'closed') return
    this.#starts += 1
    this.#state = 'starting'
    this.smp.forget()
    this.flash.start({ refuses: this.faults.refusesImages, keeps: this.faults.neverReverts })
    this.#boot = (this.#boot + 1) & 0xffff
    this.#seq = 0
    this.#kept = []
    this.#after(this.#options.startMs ?? 0, () => {
      if (this.#state === 'starting') this.#state = 'running'
    })
    const { watchdogMs } = this.faults
    if (this.#behaviour() === 'dead' && watchdogMs !== undefined) this.#after(watchdogMs, () => this.restart())
  }

  async close(): Promise<void> {
    this.#state = 'closed'
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    await this.#close()
  }

  #behaviour() {
    return this.flash.running.equals(this.#options.factoryImage) ? 'well' : this.faults.newImage
  }

  #isMute(): boolean {
    return this.#state !== 'running' || this.faults.silent || this.#behaviour() === 'dead'
  }

  async #openSerial(line: { readonly path: string; readonly baudRate: number }): Promise<void> {
    const port = await openSerialPort(line.path, line.baudRate)
    this.#attach(port)
    this.#close = () => closeSerialPort(port)
  }

  async #openTcp(wanted: number): Promise<void> {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
      this.#attach(socket)
    })
    await listen(server, wanted)
    this.#port = (server.address() as AddressInfo).port
    this.#close = async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    }
  }

  #attach(line: Duplex): void {
    this.#lines.add(line)
    line.on('close', () => this.#lines.delete(line))
    const packets = new ConsoleAssembler()
    const consoleLines = createSegmentSplitter({
      delimiters: consoleDelimiters,
      maxBytes: 1024,
      onOverflow: () => undefined,
    })
    const frames = createSegmentSplitter({ delimiters: [frameDelimiter], maxBytes: 1024, onOverflow: () => undefined })
    line.on('data', (bytes: Buffer) => {
      if (this.#isMute()) return
      for (const segment of consoleLines.push(bytes)) this.#onConsoleLine(packets, segment)
      for (const segment of frames.push(bytes)) this.#onFrame(segment)
    })
  }

  #onConsoleLine(packets: ConsoleAssembler, line: Buffer): void {
    try {
      const packet = packets.push(line)
      const answer = packet === undefined ? undefined : this.smp.answer(decodeSmpMessage(packet))
      if (answer === undefined) return
      const bytes = encodeConsolePacket(encodeSmpMessage(answer))
      if (this.faults.spoiledAnswers > 0) {
        this.faults.spoiledAnswers -= 1
        // Still base64, but other bytes.
        bytes[8] = bytes[8] === 0x41 ? 0x42 : 0x41
      }
      this.utter(bytes)
    } catch {
      // Zephyr drops a packet that it does not understand without a word.
    }
  }

  #onFrame(segment: Buffer): void {
    try {
      const { kind, board, boot, seq } = decodeBoardFrame(segment)
      if (kind !== 'ack' || board !== (this.#options.number ?? 0)) return
      const before = this.#kept.length
      this.#kept = this.#kept.filter((frame) => frame.seq !== seq || frame.boot !== boot)
      this.#acknowledged += before - this.#kept.length
    } catch {
      // Not for a board: its console line, or noise.
    }
  }

  #send({ readings, seq, boot, saidAtMs }: KeptFrame): void {
    if (this.#isMute() || this.#behaviour() === 'mute') return
    const elapsedS = (this.#options.clock.monotonic() - saidAtMs) / 1000
    const frame: BoardFrame = {
      kind: 'readings',
      wantsAck: true,
      board: this.#options.number ?? 0,
      boot,
      seq,
      payload: packOf(readings, { elapsedS, isIll: this.#behaviour() === 'ill' }),
    }
    if (this.faults.garbage) this.utter(textEncoder.encode('<inf> adc: ready\r\n\u0000\u0007\u00fe\u0001noise'))
    this.utter(encodeBoardFrame(frame))
  }

  #speakRegularly(): void {
    const { intervalMs } = this.#options
    if (intervalMs === undefined) return
    this.#after(intervalMs, () => {
      if (!this.#isMute()) this.say([{ name: 'temp', unit: 'Cel', value: 20 + (this.#seq % 50) / 10 }])
      this.#speakRegularly()
    })
  }

  #resendRegularly(): void {
    this.#after(resendMs, () => {
      for (const frame of this.#kept) this.#send(frame)
      this.#resendRegularly()
    })
  }

  #after(delayMs: number, action: () => void): void {
    const timer = this.#options.clock.setTimer(() => {
      this.#timers.delete(timer)
      action()
    }, delayMs)
    this.#timers.add(timer)
  }
}

/** A board without a clock: an age is a time relative to now, and grows while a frame waits to be sent again. */
function packOf(
  readings: readonly BoardReading[],
  { elapsedS, isIll }: { readonly elapsedS: number; readonly isIll: boolean },
): Uint8Array {
  const writer = new CborWriter()
  writer.array(readings.length)
  for (const { name, unit, value, ageS = 0 } of readings) {
    const relativeS = -Math.round((ageS + elapsedS) * 1000) / 1000
    const hasTime = relativeS !== 0
    writer.map(3 + (hasTime ? 1 : 0) + (isIll ? 1 : 0))
    writer.number(0)
    writer.text(name)
    writer.number(1)
    writer.text(unit)
    writer.number(2)
    writer.number(value)
    if (hasTime) {
      writer.number(6)
      writer.number(relativeS)
    }
    if (isIll) {
      writer.text('q')
      writer.text('bad')
    }
  }
  return writer.finish()
}
