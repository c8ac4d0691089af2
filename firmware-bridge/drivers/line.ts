// Devices that speak in lines, over a serial port or TCP: asked at each read, or listened to while they speak by themselves.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Driver, DriverDependencies, DriverDevice, DriverFactory, Measurement } from '../driver.ts'
import type { LineProfile } from '../profile-schema.ts'
import { createBusTurn } from './bus-turn.ts'
import { ByteLink } from './byte-link.ts'
import { serialEndpoint, tcpEndpoint } from './endpoints.ts'
import { createLineSplitter } from './line-splitter.ts'
import { LineListeners } from './line-listeners.ts'
import { type LineAddress, lineProtocols, queryOf } from './line-protocols.ts'
import type { LineConnection, lineSchemas } from './line-schemas.ts'
import { abortReason, startDeadline } from './read-deadline.ts'

type LineDevice = DriverDevice<LineAddress, LineProfile>

export const line: DriverFactory<typeof lineSchemas> = {
  type: 'line',
  schemas: async () => (await import('./line-schemas.ts')).lineSchemas,
  create: (connection, dependencies) => new LineDriver(connection, dependencies),
}

class LineDriver implements Driver<LineAddress, LineProfile> {
  readonly #dependencies: DriverDependencies
  readonly #discard: NonNullable<DriverDependencies['onDiscard']>
  readonly #link: ByteLink
  readonly #turn = createBusTurn()
  readonly #listeners: LineListeners
  readonly #splitter = createLineSplitter((bytes) => this.#discard('overflow', bytes))
  /** Devices whose answer to a query did not come in time and may still be on its way. */
  readonly #owed = new Set<string>()
  /** The one query under way: is offered each line, and told of the loss of the link. */
  #pending: { offer(line: string): boolean; fail(error: AppError): void } | undefined

  constructor(connection: LineConnection, dependencies: DriverDependencies) {
    this.#dependencies = dependencies
    this.#discard = dependencies.onDiscard ?? (() => undefined)
    this.#listeners = new LineListeners(dependencies.clock, this.#discard)
    this.#link = new ByteLink({
      endpoint: 'host' in connection ? tcpEndpoint(connection, dependencies.clock) : serialEndpoint(connection),
      clock: dependencies.clock,
      log: dependencies.log,
      events: {
        onBytes: (bytes) => this.#splitter.push(bytes).forEach((text) => this.#onLine(text)),
        onDown: (error) => this.#onDown(error),
      },
    })
  }

  async open(): Promise<void> {
    this.#link.open()
  }

  async read(device: LineDevice, signal: AbortSignal): Promise<readonly Measurement[]> {
    const mode = device.address.mode ?? device.profile.line.mode
    if (mode === 'automatic') return this.#listen(device, signal)
    return this.#turn.take(signal, () => this.#poll(device, signal))
  }

  async close(): Promise<void> {
    await this.#link.close()
  }

  async #listen(device: LineDevice, signal: AbortSignal): Promise<readonly Measurement[]> {
    const deadline = startDeadline(this.#dependencies.clock, device.timeoutMs, signal)
    try {
      this.#listeners.add(device)
      await this.#link.ready(deadline.signal)
      return await this.#listeners.take(device, deadline.signal)
    } finally {
      deadline.end()
    }
  }

  async #poll(device: LineDevice, signal: AbortSignal): Promise<readonly Measurement[]> {
    const protocol = lineProtocols[device.profile.line.protocol]
    const deadline = startDeadline(this.#dependencies.clock, device.timeoutMs, signal)
    try {
      await this.#link.ready(deadline.signal)
      const probe = this.#owed.has(device.id) ? protocol.probe(device.address) : undefined
      if (probe !== undefined) {
        await this.#ask(probe.query, deadline.signal, (text) => (text === probe.answer ? [] : undefined))
        this.#owed.delete(device.id)
      }
      this.#owed.add(device.id)
      const query = queryOf(protocol, device.address)
      const measurements = await this.#ask(query, deadline.signal, (text) =>
        protocol.parse(text, device.address, device.profile, undefined),
      )
      this.#owed.delete(device.id)
      return measurements
    } finally {
      deadline.end()
    }
  }

  /** Sends a query and settles with what `accept` makes of the first line that it does not leave alone. */
  #ask(
    query: string,
    signal: AbortSignal,
    accept: (text: string) => readonly Measurement[] | undefined,
  ): Promise<readonly Measurement[]> {
    const stale = this.#splitter.clear()
    if (stale > 0) this.#discard('late-reply', stale)
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#pending = undefined
        signal.removeEventListener('abort', onAbort)
      }
      const fail = (error: AppError) => {
        end()
        reject(error)
      }
      const onAbort = () => {
        const reason = abortReason(signal)
        const partial = this.#splitter.clear()
        const isTruncated = partial > 0 && reason.code === 'driver.timeout'
        fail(isTruncated ? new AppError('driver.frame', `the line is truncated after ${partial} bytes`) : reason)
      }
      const offer = (text: string): boolean => {
        try {
          const measurements = accept(text)
          if (measurements === undefined) return false
          end()
          resolve(measurements)
        } catch (error) {
          fail(toAppError(error, 'driver.frame'))
        }
        return true
      }
      this.#pending = { offer, fail }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#link.write(Buffer.from(query, 'latin1'))
    })
  }

  #onLine(text: string): void {
    if (this.#pending?.offer(text) === true) return
    if (!this.#listeners.offer(text)) this.#discard(this.#owed.size > 0 ? 'late-reply' : 'foreign', 1)
  }

  #onDown(error: AppError): void {
    const partial = this.#splitter.clear()
    if (partial > 0) this.#discard('noise', partial)
    const isTruncated = partial > 0
    this.#pending?.fail(isTruncated ? new AppError('driver.frame', 'the connection closed within a line') : error)
    this.#listeners.fail(error)
  }
}
