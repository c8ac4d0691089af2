// SDI-12 sensors behind a bridge that passes commands and answers as text, over a serial port or TCP.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { measure, unusable } from '../channel-measurement.ts'
import type { Driver, DriverDependencies, DriverDevice, DriverFactory, Measurement } from '../driver.ts'
import { createBusTurn } from './bus-turn.ts'
import { ByteExchange, type Match } from './byte-exchange.ts'
import { serialEndpoint, tcpEndpoint } from './endpoints.ts'
import { abortReason, startDeadline } from './read-deadline.ts'
import { isIdentification, parseStart, parseValues } from './sdi12-lines.ts'
import type { Sdi12Address, Sdi12Channel, Sdi12Connection, Sdi12Profile, sdi12Schemas } from './sdi12-schemas.ts'

type Sdi12Device = DriverDevice<Sdi12Address, Sdi12Profile>

export const sdi12: DriverFactory<typeof sdi12Schemas> = {
  type: 'sdi-12',
  schemas: async () => (await import('./sdi12-schemas.ts')).sdi12Schemas,
  create: (connection, dependencies) => new Sdi12Driver(connection, dependencies),
}

const lineEnds = { none: '', cr: '\r', lf: '\n', crlf: '\r\n' } as const
/** aD0! to aD9!. */
const maxDataRequests = 10

class Sdi12Driver implements Driver<Sdi12Address, Sdi12Profile> {
  readonly #clock: Clock
  readonly #exchange: ByteExchange
  readonly #turn = createBusTurn()
  readonly #lineEnd: string
  readonly #echo: boolean
  /** Sensors whose answer did not come and may still be on its way. */
  readonly #owed = new Set<string>()

  constructor(connection: Sdi12Connection, { clock, log, onDiscard = () => undefined }: DriverDependencies) {
    const { lineEnd = 'none', echo = false, ...settings } = connection
    this.#clock = clock
    this.#lineEnd = lineEnds[lineEnd]
    this.#echo = echo
    const endpoint = 'host' in settings ? tcpEndpoint(settings, clock) : serialEndpoint(settings)
    this.#exchange = new ByteExchange({ endpoint, clock, log, onDiscard })
  }

  async open(): Promise<void> {
    this.#exchange.open()
  }

  read(device: Sdi12Device, signal: AbortSignal): Promise<readonly Measurement[]> {
    return this.#turn.take(signal, async () => {
      const deadline = startDeadline(this.#clock, device.timeoutMs, signal)
      const values = new Map<string, readonly number[]>()
      try {
        await this.#exchange.ready(deadline.signal)
        await this.#flushOwed(device.address.char, deadline.signal)
        this.#owed.add(device.address.char)
        for (const command of new Set(device.profile.channels.map(commandOf))) {
          values.set(command, await this.#measure(command, device, deadline.signal))
        }
        this.#owed.delete(device.address.char)
      } finally {
        deadline.end()
      }
      return device.profile.channels.map((channel) => measureValue(channel, values.get(commandOf(channel)) ?? []))
    })
  }

  close(): Promise<void> {
    return this.#exchange.close()
  }

  /** A sensor answers in order: when it has identified itself, no older answer is on its way. */
  async #flushOwed(address: string, signal: AbortSignal): Promise<void> {
    this.#exchange.discard('late-reply')
    if (!this.#owed.has(address)) return
    await this.#ask(`${address}I!`, (line) => isIdentification(line, address) || undefined, signal)
    this.#owed.delete(address)
  }

  async #measure(command: string, device: Sdi12Device, signal: AbortSignal): Promise<readonly number[]> {
    const { char } = device.address
    const hasCrc = device.profile.sdi12?.crc === true
    const asked = `${char}${command[0]}${hasCrc ? 'C' : ''}${command.slice(1)}!`
    if (command.startsWith('R')) return this.#ask(asked, (line) => parseValues(line, char, hasCrc), signal)
    const { seconds, count } = await this.#ask(asked, (line) => parseStart(line, char), signal)
    if (seconds > 0) await this.#untilReady(command, char, seconds * 1000, signal)
    const values: number[] = []
    for (let request = 0; values.length < count && request < maxDataRequests; request += 1) {
      const part = await this.#ask(`${char}D${request}!`, (line) => parseValues(line, char, hasCrc), signal)
      // An answer without values: the measurement was broken off, and no later request brings more.
      if (part.length === 0) break
      values.push(...part)
    }
    if (values.length < count) {
      throw new AppError('driver.exception', `${asked} promised ${count} values, ${values.length} came`)
    }
    return values
  }

  /** The service request `a<CR><LF>` ends the wait for a measurement early; concurrent ones have none. */
  async #untilReady(command: string, address: string, waitMs: number, signal: AbortSignal): Promise<void> {
    const wait = new AbortController()
    const timer = this.#clock.setTimer(() => wait.abort(), waitMs)
    const either = AbortSignal.any([wait.signal, signal])
    try {
      const isRequest = (line: string) => (line === address && command.startsWith('M')) || undefined
      await this.#ask('', isRequest, either)
    } catch (error) {
      if (signal.aborted) throw abortReason(signal)
      if (!wait.signal.aborted) throw error
    } finally {
      timer.cancel()
    }
  }

  /** Sends a command and settles with what `accept` makes of the first line that it does not leave alone. */
  #ask<T>(command: string, accept: (line: string) => T | undefined, signal: AbortSignal): Promise<T> {
    const echo = this.#echo ? command : undefined
    const bytes = Buffer.from(command === '' ? '' : command + this.#lineEnd, 'latin1')
    return this.#exchange.ask({ bytes }, (received) => firstLine(received, echo, accept), signal)
  }
}

function firstLine<T>(
  received: Buffer,
  echo: string | undefined,
  accept: (line: string) => T | undefined,
): Match<T> | undefined {
  let rest = received
  for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
    const text = rest.toString('latin1', 0, end).replace(/\r$/, '')
    rest = rest.subarray(end + 1)
    const line = echo !== undefined && text.startsWith(echo) ? text.slice(echo.length).replace(/^\r/, '') : text
    if (line === '') continue
    const value = accept(line)
    if (value !== undefined) return { value, rest }
  }
  return undefined
}

function commandOf({ source }: Sdi12Channel): string {
  return source.command ?? 'M'
}

function measureValue(channel: Sdi12Channel, values: readonly number[]): Measurement {
  const value = values[channel.source.value - 1]
  if (value === undefined) return unusable(channel, 'exception')
  if (channel.invalid?.includes(value) === true) return unusable(channel, 'sensor-fault')
  return measure(channel, value)
}
