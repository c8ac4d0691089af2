// Davis Vantage Pro, Pro2 and Vue consoles over their serial or USB logger, or a serial device server: one LOOP packet a read.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Driver, DriverDependencies, DriverDevice, DriverFactory, Measurement } from '../driver.ts'
import { createBusTurn } from './bus-turn.ts'
import { ByteExchange, type Match } from './byte-exchange.ts'
import { loopBytes, parseLoop, type LoopPacket } from './davis-loop.ts'
import type { DavisAddress, DavisConnection, DavisProfile, davisSchemas } from './davis-schemas.ts'
import { measureLoop } from './davis-values.ts'
import { serialEndpoint, tcpEndpoint } from './endpoints.ts'
import { startDeadline } from './read-deadline.ts'

export const davis: DriverFactory<typeof davisSchemas> = {
  type: 'davis',
  schemas: async () => (await import('./davis-schemas.ts')).davisSchemas,
  create: (connection, dependencies) => new DavisDriver(connection, dependencies),
}

/** The console's own setting as it leaves the factory. */
const defaultBaudRate = 19_200
/** The console sleeps to save its battery; a line feed wakes it, at times only the second or third. */
const wakeRepeatMs = 1200
const wakeUp = Buffer.from('\n')
const awake = Buffer.from('\n\r')
/** Answered by its own text: once that has come, no older answer is on its way. */
const probe = Buffer.from('TEST\n')
const probeAnswer = Buffer.from('TEST\n\r')
const loopOnce = Buffer.from('LOOP 1\n')
const loopStart = Buffer.from('\u0006LOO')
const acknowledge = 0x06
/** Not acknowledged, by the manual and by consoles; and cancelled because of a wrong check sum. */
const refusals: ReadonlySet<number> = new Set([0x21, 0x15, 0x18])

class DavisDriver implements Driver<DavisAddress, DavisProfile> {
  readonly #dependencies: DriverDependencies
  readonly #exchange: ByteExchange
  readonly #turn = createBusTurn()
  /** A packet that was asked for did not come, or not whole: it may still be on its way. */
  #owed = false

  constructor(connection: DavisConnection, dependencies: DriverDependencies) {
    const { clock, log, onDiscard = () => undefined } = dependencies
    this.#dependencies = dependencies
    const endpoint =
      'host' in connection
        ? tcpEndpoint(connection, clock)
        : serialEndpoint({ ...connection, baudRate: connection.baudRate ?? defaultBaudRate })
    this.#exchange = new ByteExchange({ endpoint, clock, log, onDiscard })
  }

  async open(): Promise<void> {
    this.#exchange.open()
  }

  read(device: DriverDevice<DavisAddress, DavisProfile>, signal: AbortSignal): Promise<readonly Measurement[]> {
    return this.#turn.take(signal, async () => {
      const deadline = startDeadline(this.#dependencies.clock, device.timeoutMs, signal)
      try {
        await this.#exchange.ready(deadline.signal)
        return measureLoop(device.profile, await this.#loop(deadline.signal))
      } finally {
        deadline.end()
      }
    })
  }

  close(): Promise<void> {
    return this.#exchange.close()
  }

  /** Wakes the console, makes sure that nothing older is on its way, and asks for one packet. */
  async #loop(signal: AbortSignal): Promise<LoopPacket> {
    this.#exchange.discard('late-reply')
    await this.#exchange.ask({ bytes: wakeUp, repeatMs: wakeRepeatMs }, endOf(awake), signal)
    if (this.#owed) {
      await this.#exchange.ask({ bytes: probe }, endOf(probeAnswer), signal)
      this.#owed = false
    }
    this.#owed = true
    const packet = parseLoop(await this.#exchange.ask({ bytes: loopOnce }, packetIn, signal))
    this.#owed = false
    return packet
  }
}

function endOf(mark: Buffer): (received: Buffer) => Match<null> | undefined {
  return (received) => {
    const at = received.indexOf(mark)
    return at < 0 ? undefined : { value: null, rest: received.subarray(at + mark.length) }
  }
}

/** ACK and packet, after the line ends of a console that was woken more than once. */
export function packetIn(received: Buffer): Match<Buffer> | undefined {
  const first = received.find((byte) => byte !== 0x0a && byte !== 0x0d)
  if (first !== undefined && refusals.has(first)) {
    throw new AppError('driver.exception', `the console refuses LOOP with 0x${first.toString(16)}`)
  }
  const at = received.indexOf(loopStart)
  const end = at + 1 + loopBytes
  if (at >= 0 && received.length >= end) return { value: received.subarray(at + 1, end), rest: received.subarray(end) }
  // A whole packet's worth of bytes behind the ACK that does not begin as one will not become one.
  const acknowledged = received.indexOf(acknowledge)
  if (at < 0 && acknowledged >= 0 && received.length > acknowledged + loopBytes) {
    throw new AppError('driver.frame', 'what the console sends is no LOOP packet')
  }
  return undefined
}
