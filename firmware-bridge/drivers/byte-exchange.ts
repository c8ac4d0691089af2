// Question and answer on a byte stream, for instruments that answer in order and number nothing.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { DriverDiscard } from '../driver.ts'
import { ByteLink, type Endpoint } from './byte-link.ts'
import { abortReason } from './read-deadline.ts'

/** What an answer was found to be, and what of the stream comes after it. */
export interface Match<T> {
  readonly value: T
  readonly rest: Buffer
}

export interface Question {
  /** Empty: nothing is sent, the answer is still to come. */
  readonly bytes: Uint8Array
  /** Sent again this often until the answer is there: for a device that sleeps. */
  readonly repeatMs?: number
}

export interface ByteExchangeDependencies {
  readonly endpoint: Endpoint
  readonly clock: Clock
  readonly log: Log
  readonly onDiscard: (reason: DriverDiscard, amount: number) => void
}

interface Pending {
  offer(): void
  fail(error: AppError): void
}

/** Owner: the driver. Bound: bytes kept that are not yet an answer. Overflow: the oldest are dropped and counted. */
const maxKeptBytes = 4096

export class ByteExchange {
  readonly #link: ByteLink
  readonly #clock: Clock
  readonly #onDiscard: ByteExchangeDependencies['onDiscard']
  #received: Buffer = Buffer.alloc(0)
  #pending: Pending | undefined

  constructor({ endpoint, clock, log, onDiscard }: ByteExchangeDependencies) {
    this.#clock = clock
    this.#onDiscard = onDiscard
    this.#link = new ByteLink({
      endpoint,
      clock,
      log,
      events: { onBytes: (bytes) => this.#onBytes(bytes), onDown: (error) => this.#onDown(error) },
    })
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

  /** Throws away what has arrived and was not used. */
  discard(reason: DriverDiscard): void {
    if (this.#received.length > 0) this.#onDiscard(reason, this.#received.length)
    this.#received = Buffer.alloc(0)
  }

  /**
   * Resolves with what `match` finds in the bytes kept so far; it gives undefined while more are needed and may throw an
   * AppError. Rejects with `driver.timeout` or, where something had come, `driver.frame` when the signal's time is over,
   * with `driver.connection` when the link is lost or the caller gives up. One at a time.
   */
  ask<T>(
    { bytes, repeatMs }: Question,
    match: (received: Buffer) => Match<T> | undefined,
    signal: AbortSignal,
  ): Promise<T> {
    if (signal.aborted) return Promise.reject(abortReason(signal))
    return new Promise((resolve, reject) => {
      let again: Timer | undefined
      const end = () => {
        this.#pending = undefined
        again?.cancel()
        signal.removeEventListener('abort', onAbort)
      }
      const fail = (error: AppError) => {
        end()
        reject(error)
      }
      const onAbort = () => fail(this.#whatCame(abortReason(signal)))
      const offer = () => {
        try {
          const found = match(this.#received)
          if (found === undefined) return
          this.#received = found.rest
          end()
          resolve(found.value)
        } catch (error) {
          fail(toAppError(error, 'driver.frame'))
        }
      }
      const send = () => {
        if (bytes.length > 0) this.#link.write(bytes)
        if (repeatMs !== undefined) again = this.#clock.setTimer(send, repeatMs)
      }
      this.#pending = { offer, fail }
      signal.addEventListener('abort', onAbort, { once: true })
      send()
      if (this.#received.length > 0) offer()
    })
  }

  /** Time is over: bytes that are no answer were one that is truncated or malformed. */
  #whatCame(reason: AppError): AppError {
    const count = this.#received.length
    if (reason.code !== 'driver.timeout' || count === 0) return reason
    this.discard('noise')
    return new AppError('driver.frame', `the answer is truncated or malformed, ${count} bytes came`, { cause: reason })
  }

  #onBytes(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes])
    const excess = this.#received.length - maxKeptBytes
    if (excess > 0) {
      this.#received = this.#received.subarray(excess)
      this.#onDiscard('overflow', excess)
    }
    this.#pending?.offer()
  }

  #onDown(error: AppError): void {
    const isTruncated = this.#received.length > 0
    this.discard('noise')
    this.#pending?.fail(
      isTruncated ? new AppError('driver.frame', 'the connection closed within an answer', { cause: error }) : error,
    )
  }
}
