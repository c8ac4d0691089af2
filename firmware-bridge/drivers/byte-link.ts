// A byte stream to a bus that connects by itself and comes back after a loss: TCP socket or serial port, the same to its driver.
import type { Duplex } from 'node:stream'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { abortReason, settledOrAborted } from './read-deadline.ts'

/** How a link is opened. `open` settles within its own time limit and leaves nothing open when it rejects or the signal aborts. */
export interface Endpoint {
  readonly name: string
  open(signal: AbortSignal): Promise<EndpointStream>
}

export interface EndpointStream {
  readonly stream: Duplex
  /** Resolves when the descriptor is given back. */
  close(): Promise<void>
}

interface ByteLinkEvents {
  onBytes(bytes: Buffer): void
  /** The connection was lost or reset; what was pending on it will not be answered. */
  onDown(error: AppError): void
}

export interface ByteLinkDependencies {
  readonly endpoint: Endpoint
  readonly clock: Clock
  readonly log: Log
  readonly events: ByteLinkEvents
}

const firstRetryMs = 100
const maxRetryMs = 10_000
/** Owner: the link. Bound: bytes that the peer has not taken yet. Overflow: the connection is reset, and `onDown` tells it. */
const maxUnsentBytes = 64 * 1024

/** The link's states: closed → connecting ⇄ waiting (for the next attempt), connecting → up → connecting. */
export class ByteLink {
  readonly #dependencies: ByteLinkDependencies
  #stream: EndpointStream | undefined
  #attempt: { readonly abort: AbortController; readonly done: Promise<void> } | undefined
  #retryTimer: Timer | undefined
  #retryMs = firstRetryMs
  #lastError: AppError
  #isOpen = false
  #closing: Promise<void>[] = []

  constructor(dependencies: ByteLinkDependencies) {
    this.#dependencies = dependencies
    this.#lastError = new AppError('driver.connection', `${dependencies.endpoint.name} is not open`)
  }

  /** Begins to connect; never throws. */
  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#connect()
  }

  /** Resolves when the link is up. Rejects with `driver.connection` at once while it waits to try again, or when the signal aborts. */
  async ready(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw abortReason(signal)
    if (this.#stream !== undefined) return
    try {
      if (this.#attempt !== undefined) await settledOrAborted(this.#attempt.done, signal)
    } catch (cause) {
      throw new AppError('driver.connection', `${this.#dependencies.endpoint.name}: not connected in time`, { cause })
    }
    if (this.#stream === undefined) throw this.#lastError
  }

  write(bytes: Uint8Array): void {
    const stream = this.#stream?.stream
    if (stream === undefined) return
    if (stream.writableLength > maxUnsentBytes) this.reset('the other end takes nothing more')
    else stream.write(bytes)
  }

  /**
   * Drops the connection and connects anew: for a stream that has lost its framing or a peer that has gone silent. Where
   * the peer has spoken since the last reset this happens at once, so that the other devices of the bus only wait for it.
   */
  reset(reason: string): void {
    const opened = this.#stream
    if (opened === undefined) return
    const error = new AppError('driver.connection', `${this.#dependencies.endpoint.name}: ${reason}`)
    this.#down(opened, error, this.#retryMs === firstRetryMs ? 'at once' : 'later')
  }

  /** Gives back socket or port and timers. */
  async close(): Promise<void> {
    this.#isOpen = false
    this.#retryTimer?.cancel()
    this.#retryTimer = undefined
    const attempt = this.#attempt
    attempt?.abort.abort()
    const stream = this.#stream
    if (stream !== undefined) this.#down(stream, new AppError('driver.connection', 'the driver was closed'))
    await attempt?.done
    await Promise.all(this.#closing)
    this.#lastError = new AppError('driver.connection', 'the driver is closed')
  }

  #connect(): void {
    const abort = new AbortController()
    this.#attempt = { abort, done: this.#attemptOnce(abort.signal) }
  }

  async #attemptOnce(signal: AbortSignal): Promise<void> {
    const { endpoint, log } = this.#dependencies
    try {
      // A serial port must be given back before it can be opened again.
      await Promise.all(this.#closing)
      if (signal.aborted) throw abortReason(signal)
      const opened = await endpoint.open(signal)
      this.#attempt = undefined
      if (this.#isOpen) this.#up(opened)
      else await opened.close()
    } catch (error) {
      this.#attempt = undefined
      this.#lastError = toAppError(error, 'driver.connection')
      if (!this.#isOpen) return
      log.warn({ endpoint: endpoint.name, error: this.#lastError.message }, 'cannot connect')
      this.#retryLater()
    }
  }

  #up(opened: EndpointStream): void {
    this.#stream = opened
    const { stream } = opened
    const { endpoint, events, log } = this.#dependencies
    log.info({ endpoint: endpoint.name }, 'connected')
    stream.on('data', (bytes: Buffer) => {
      if (this.#stream !== opened) return
      // Only a peer that speaks ends the backoff: one that accepts and hangs up must not be tried ever faster.
      this.#retryMs = firstRetryMs
      events.onBytes(bytes)
    })
    const lost = (error?: Error | null) => {
      const cause = error instanceof Error ? error.message : 'closed by the other end'
      this.#down(opened, new AppError('driver.connection', `${endpoint.name}: ${cause}`, { cause: error }))
    }
    stream.on('error', lost)
    stream.on('end', () => lost())
    stream.on('close', () => lost())
  }

  #down(opened: EndpointStream, error: AppError, again: 'at once' | 'later' = 'later'): void {
    if (this.#stream !== opened) return
    this.#stream = undefined
    this.#lastError = error
    const closing = opened.close().finally(() => {
      this.#closing = this.#closing.filter((entry) => entry !== closing)
    })
    this.#closing.push(closing)
    if (this.#isOpen && again === 'at once') {
      this.#retryMs *= 2
      this.#connect()
    } else if (this.#isOpen) {
      this.#retryLater()
    }
    this.#dependencies.events.onDown(error)
  }

  #retryLater(): void {
    // Full jitter over the upper half, so that gateways on one failing switch do not come back in step.
    const delayMs = this.#retryMs * (0.5 + Math.random() / 2)
    this.#retryMs = Math.min(this.#retryMs * 2, maxRetryMs)
    this.#retryTimer = this.#dependencies.clock.setTimer(() => {
      this.#retryTimer = undefined
      this.#connect()
    }, delayMs)
  }
}
