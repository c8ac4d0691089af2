// Asks a board by SMP, one request at a time: a lost request or answer is asked again, a late answer is never taken for another.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { abortReason, startDeadline } from '../drivers/read-deadline.ts'
import { decodeSmpMessage, encodeSmpMessage, type SmpBody, type SmpMessage } from './smp-message.ts'
import { refusalOf } from './smp-refusal.ts'

export interface SmpRequest {
  readonly op: 0 | 2
  readonly group: number
  readonly command: number
  readonly body: SmpBody
  /** For one attempt. */
  readonly timeoutMs: number
  readonly attempts: number
}

/** What a request goes out on. */
export interface SmpLine {
  ready(signal: AbortSignal): Promise<void>
  sendSmpPacket(packet: Uint8Array): void
}

interface Pending {
  readonly request: SmpMessage
  resolve(body: SmpBody): void
  reject(error: AppError): void
}

const firstPauseMs = 50
const maxPauseMs = 2000
/** What another attempt can help: everything but the board's own "no". */
const passingCodes: readonly string[] = ['driver.timeout', 'driver.connection', 'driver.crc', 'driver.frame']

export class SmpClient {
  readonly #line: SmpLine
  readonly #clock: Clock
  #pending: Pending | undefined
  #seq = 0

  constructor(line: SmpLine, clock: Clock) {
    this.#line = line
    this.#clock = clock
  }

  /**
   * The body of the answer. Throws AppError `driver.exception` when the board refuses (its message names why),
   * `driver.timeout`, `.connection`, `.crc` or `.frame` when no attempt brought an answer; at once when the signal aborts.
   */
  async ask(request: SmpRequest, signal: AbortSignal): Promise<SmpBody> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#askOnce(request, signal)
      } catch (thrown) {
        const error = toAppError(thrown, 'driver.frame')
        if (signal.aborted || attempt >= request.attempts || !passingCodes.includes(error.code)) throw error
        const ceilingMs = Math.min(maxPauseMs, firstPauseMs * 2 ** (attempt - 1))
        await pause(this.#clock, ceilingMs * (0.5 + Math.random() / 2), signal)
      }
    }
  }

  /** A packet that came from the line. */
  onPacket(packet: Buffer): void {
    const pending = this.#pending
    if (pending === undefined) return
    try {
      const answer = decodeSmpMessage(packet)
      if (!isAnswer(answer, pending.request)) return
      const refusal = refusalOf(answer.body)
      if (refusal === undefined) pending.resolve(answer.body)
      else pending.reject(new AppError('driver.exception', `the board refuses: ${refusal}`))
    } catch (thrown) {
      pending.reject(toAppError(thrown, 'driver.frame'))
    }
  }

  /** The line is down, or what came on it was spoilt: the attempt under way will have no answer. */
  onFault(error: AppError): void {
    this.#pending?.reject(error)
  }

  async #askOnce(request: SmpRequest, signal: AbortSignal): Promise<SmpBody> {
    const deadline = startDeadline(this.#clock, request.timeoutMs, signal)
    try {
      await this.#line.ready(deadline.signal)
      return await this.#exchange(request, deadline.signal)
    } finally {
      deadline.end()
      this.#pending = undefined
    }
  }

  #exchange({ op, group, command, body }: SmpRequest, signal: AbortSignal): Promise<SmpBody> {
    this.#seq = (this.#seq + 1) & 0xff
    const request: SmpMessage = { op, group, command, seq: this.#seq, body }
    const { promise, resolve, reject } = Promise.withResolvers<SmpBody>()
    signal.addEventListener('abort', () => reject(abortReason(signal)), { once: true })
    this.#pending = { request, resolve, reject }
    this.#line.sendSmpPacket(encodeSmpMessage(request))
    return promise
  }
}

/** Resolves after the time; rejects with `driver.connection` when the signal aborts. */
export function pause(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = clock.setTimer(resolve, durationMs)
  const onAbort = () => reject(abortReason(signal))
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return promise.finally(() => {
    timer.cancel()
    signal.removeEventListener('abort', onAbort)
  })
}

function isAnswer(answer: SmpMessage, request: SmpMessage): boolean {
  return (
    answer.op === request.op + 1 &&
    answer.group === request.group &&
    answer.command === request.command &&
    answer.seq === request.seq
  )
}
