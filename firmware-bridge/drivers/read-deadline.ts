// The time limit of one read and the caller's abort as one signal, so that every wait inside a read ends with the right error.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'

export interface ReadDeadline {
  readonly signal: AbortSignal
  /** Stops the timer and the listener; call it when the read has settled. */
  end(): void
}

/** Aborts with `driver.timeout` after `timeoutMs`, or with `driver.connection` when the caller gives up. */
export function startDeadline(clock: Clock, timeoutMs: number, caller: AbortSignal): ReadDeadline {
  const controller = new AbortController()
  const timer = clock.setTimer(() => {
    controller.abort(new AppError('driver.timeout', `no complete answer within ${timeoutMs} ms`))
  }, timeoutMs)
  const onAbort = () => controller.abort(abortError())
  caller.addEventListener('abort', onAbort, { once: true })
  if (caller.aborted) onAbort()
  return {
    signal: controller.signal,
    end: () => {
      timer.cancel()
      caller.removeEventListener('abort', onAbort)
    },
  }
}

/** Why a read's signal aborted, as a coded error. */
export function abortReason(signal: AbortSignal): AppError {
  return signal.reason instanceof AppError ? signal.reason : abortError()
}

/** Waits for the promise, which must not reject; rejects with the abort's reason as soon as the signal aborts. */
export function settledOrAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(abortReason(signal))
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortReason(signal))
    signal.addEventListener('abort', onAbort, { once: true })
    void promise.then(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
  })
}

function abortError(): AppError {
  return new AppError('driver.connection', 'the read was aborted')
}
