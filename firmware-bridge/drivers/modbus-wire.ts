// One Modbus request on the stream and the reply to it: modbus-serial makes and judges the frames, this file owns stream and time.
//
// modbus-serial's own ports are not used: they keep bytes over from one request to the next, so that on RTU a late reply
// answers the following request, they cannot tell a truncated reply from silence, and their sockets do not reconnect.
import { EventEmitter } from 'node:events'
import modbusSerial from 'modbus-serial'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { DriverDiscard } from '../driver.ts'
import type { ModbusTable } from '../profile-schema.ts'
import { ByteLink, type Endpoint } from './byte-link.ts'
import { confirmationBytes, type ExpectedReply, type ModbusFraming } from './modbus-framing.ts'
import { abortReason } from './read-deadline.ts'

/** `count` registers, or bits for coils and discrete inputs, from `address`. */
export interface ModbusRequest {
  readonly unitId: number
  readonly table: ModbusTable
  readonly address: number
  readonly count: number
}

/** One coil (function 05), or the registers from `address` on: one by function 06, several by 16. */
export type ModbusWrite =
  | { readonly unitId: number; readonly address: number; readonly table: 'coil'; readonly on: boolean }
  | { readonly unitId: number; readonly address: number; readonly table: 'holding'; readonly words: readonly number[] }

export interface ModbusWireDependencies {
  readonly endpoint: Endpoint
  readonly framing: ModbusFraming
  readonly clock: Clock
  readonly log: Log
  readonly onDiscard: (reason: DriverDiscard, amount: number) => void
  /** False for a search of a bus, where silence is the usual answer and no sign of a lost peer. */
  readonly resetsAfterSilence?: boolean
}

// Its types name the constructor as the default export of a CommonJS module.
const ModbusRTU = modbusSerial.default
type ModbusRTU = InstanceType<typeof ModbusRTU>

const functionCodes = { coil: 1, discrete: 2, holding: 3, input: 4 } as const satisfies Record<ModbusTable, number>
/** A TCP peer that has vanished without a word is found by this many silent requests in a row. */
const silentRequestsBeforeReset = 3
/** Between requests nothing is expected: no unit and no transaction has these numbers. */
const nothingExpected: ExpectedReply = { unitId: -1, functionCode: -1, byteCount: -1, transactionId: -1 }

interface Pending {
  readonly expected: ExpectedReply
  settle(outcome: Buffer | AppError): void
}

/** Data bytes of a request's reply. */
export function byteCount({ table, count }: ModbusRequest): number {
  return table === 'coil' || table === 'discrete' ? Math.ceil(count / 8) : count * 2
}

export class ModbusWire {
  readonly #framing: ModbusFraming
  readonly #onDiscard: ModbusWireDependencies['onDiscard']
  readonly #link: ByteLink
  readonly #resetsAfterSilence: boolean
  readonly #port: ModbusPort
  readonly #modbus: ModbusRTU
  #pending: Pending | undefined
  #received: Buffer = Buffer.alloc(0)
  #transactionId = 0
  #silentRequests = 0

  constructor({ endpoint, framing, clock, log, onDiscard, resetsAfterSilence = true }: ModbusWireDependencies) {
    this.#framing = framing
    this.#resetsAfterSilence = resetsAfterSilence
    this.#onDiscard = onDiscard
    this.#link = new ByteLink({
      endpoint,
      clock,
      log,
      events: { onBytes: (bytes) => this.#onBytes(bytes), onDown: (error) => this.#onDown(error) },
    })
    this.#port = new ModbusPort((frame) => this.#link.write(framing.wrap(frame, this.#transactionId)))
    this.#modbus = new ModbusRTU(this.#port)
    this.#modbus.open()
  }

  open(): void {
    this.#link.open()
  }

  ready(signal: AbortSignal): Promise<void> {
    return this.#link.ready(signal)
  }

  close(): Promise<void> {
    return this.#link.close()
  }

  /** Sends and waits for the data bytes; what ends the wait early is judged by what has arrived. One at a time. */
  exchange(request: ModbusRequest, signal: AbortSignal): Promise<Buffer> {
    const bytes = byteCount(request)
    const expected = { unitId: request.unitId, functionCode: functionCodes[request.table], byteCount: bytes }
    return this.#ask(expected, signal, (settle) =>
      send(this.#modbus, request, (error, reply) =>
        settle(error === null ? askedFor(reply?.buffer, bytes) : codedError(error)),
      ),
    )
  }

  /**
   * Resolves when the device has confirmed. One at a time. On RTU the confirmation repeats what was written: a late one of the same
   * write says that the device has it all the same.
   */
  async write(write: ModbusWrite, signal: AbortSignal): Promise<void> {
    const { functionCode, echo } = confirmationOf(write)
    await this.#ask({ unitId: write.unitId, functionCode, byteCount: 0, echo }, signal, (settle) =>
      sendWrite(this.#modbus, write, (error) => settle(error === null ? Buffer.alloc(0) : codedError(error))),
    )
  }

  #ask(
    reply: Omit<ExpectedReply, 'transactionId'>,
    signal: AbortSignal,
    start: (settle: Pending['settle']) => void,
  ): Promise<Buffer> {
    if (signal.aborted) return Promise.reject(abortReason(signal))
    this.#transactionId = (this.#transactionId + 1) % 0x1_0000
    if (this.#framing.type === 'rtu') this.#discardReceived('late-reply')
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#giveUp(pending, abortReason(signal))
      const pending: Pending = {
        expected: { ...reply, transactionId: this.#transactionId },
        settle: (outcome) => {
          if (this.#pending !== pending) return
          this.#pending = undefined
          signal.removeEventListener('abort', onAbort)
          if (outcome instanceof AppError) reject(outcome)
          else resolve(outcome)
        },
      }
      this.#pending = pending
      signal.addEventListener('abort', onAbort, { once: true })
      start((outcome) => pending.settle(outcome))
    })
  }

  #onBytes(bytes: Buffer): void {
    this.#silentRequests = 0
    const result = this.#framing.find(
      Buffer.concat([this.#received, bytes]),
      this.#pending?.expected ?? nothingExpected,
    )
    if (result.discarded > 0) this.#onDiscard('late-reply', result.discarded)
    if (result.kind === 'desync') {
      this.#received = Buffer.alloc(0)
      this.#pending?.settle(new AppError('driver.frame', 'the reply has no valid MBAP header'))
      this.#link.reset('lost the framing')
      return
    }
    this.#received = result.rest
    if (result.kind === 'reply') this.#port.emit('data', result.frame)
  }

  #onDown(error: AppError): void {
    const isTruncated = this.#received.length > 0
    this.#discardReceived('noise')
    this.#pending?.settle(
      isTruncated ? new AppError('driver.frame', 'the connection closed within a reply', { cause: error }) : error,
    )
  }

  /** Settles a request whose time is over by what has arrived of its reply; then makes sure that the next one can be answered. */
  #giveUp(pending: Pending, reason: AppError): void {
    if (reason.code !== 'driver.timeout') return pending.settle(reason)
    const receivedBytes = this.#received.length
    this.#discardReceived('noise')
    if (receivedBytes === 0) {
      pending.settle(reason)
      this.#silentRequests += 1
      const isOverdue = this.#silentRequests % silentRequestsBeforeReset === 0
      if (isOverdue && this.#resetsAfterSilence) this.#link.reset('silent for several requests')
      return
    }
    const wholeBytes = pending.expected.echo === undefined ? 3 + pending.expected.byteCount + 2 : confirmationBytes
    const isWholeFrame = this.#framing.type === 'rtu' && receivedBytes >= wholeBytes
    pending.settle(
      isWholeFrame
        ? new AppError('driver.crc', 'a reply of the right length has a wrong head or check sum', { cause: reason })
        : new AppError('driver.frame', `the reply is truncated after ${receivedBytes} bytes`, { cause: reason }),
    )
    // Half a MBAP frame leaves the stream out of step; RTU finds its place again by itself.
    if (this.#framing.type === 'mbap') this.#link.reset('a reply stayed incomplete')
  }

  #discardReceived(reason: DriverDiscard): void {
    if (this.#received.length > 0) this.#onDiscard(reason, this.#received.length)
    this.#received = Buffer.alloc(0)
  }
}

type ReplyCallback = (error: Error | null, reply?: { readonly buffer: Buffer }) => void

function send(modbus: ModbusRTU, { unitId, table, address, count }: ModbusRequest, done: ReplyCallback): void {
  switch (table) {
    case 'coil':
      return modbus.writeFC1(unitId, address, count, done)
    case 'discrete':
      return modbus.writeFC2(unitId, address, count, done)
    case 'holding':
      return modbus.writeFC3(unitId, address, count, done)
    case 'input':
      return modbus.writeFC4(unitId, address, count, done)
  }
}

/** Function and the four bytes after it (address, value or number of registers) of a confirmation (V1.1b3, 6.5, 6.6, 6.12). */
function confirmationOf(write: ModbusWrite): { readonly functionCode: number; readonly echo: Buffer } {
  const echo = Buffer.alloc(4)
  echo.writeUInt16BE(write.address, 0)
  if (write.table === 'coil') {
    echo.writeUInt16BE(write.on ? 0xff00 : 0, 2)
    return { functionCode: 5, echo }
  }
  const single = write.words.length === 1
  echo.writeUInt16BE(single ? (write.words[0] ?? 0) : write.words.length, 2)
  return { functionCode: single ? 6 : 16, echo }
}

function sendWrite(modbus: ModbusRTU, write: ModbusWrite, done: (error: Error | null) => void): void {
  const { unitId, address } = write
  if (write.table === 'coil') return modbus.writeFC5(unitId, address, write.on, done)
  const [first = 0, ...more] = write.words
  if (more.length === 0) return modbus.writeFC6(unitId, address, first, done)
  return modbus.writeFC16(unitId, address, [...write.words], done)
}

/** modbus-serial lets a reply through whose data are shorter than was asked for and than their own byte count says. */
function askedFor(data: Buffer | undefined, bytes: number): Buffer | AppError {
  if (data?.length === bytes) return data
  return new AppError('driver.frame', `the reply carries ${data?.length ?? 0} bytes of data instead of ${bytes}`)
}

/** modbus-serial's errors, known by `modbusCode` and by the words of its messages. */
function codedError(error: Error): AppError {
  const exception = (error as Error & { modbusCode?: number }).modbusCode
  // 0B: the gateway's device did not answer; 0A: the gateway has no way to it (Modbus Application Protocol V1.1b3, 7).
  if (exception === 0x0b) return new AppError('driver.timeout', error.message, { cause: error })
  if (exception === 0x0a) return new AppError('driver.connection', error.message, { cause: error })
  if (exception !== undefined) return new AppError('driver.exception', error.message, { cause: error })
  return new AppError(error.message === 'CRC error' ? 'driver.crc' : 'driver.frame', error.message, { cause: error })
}

/** The port that modbus-serial writes to and hears from; frames in RTU form. */
class ModbusPort extends EventEmitter {
  readonly isOpen = true
  // One request is under way at a time, so modbus-serial's transaction table has this one place.
  _transactionIdRead = 1
  _transactionIdWrite = 1
  readonly #send: (frame: Buffer) => void

  constructor(send: (frame: Buffer) => void) {
    super()
    this.#send = send
  }

  open(done: (error?: Error) => void): void {
    done()
  }

  write(frame: Buffer): void {
    this.#send(frame)
  }
}
