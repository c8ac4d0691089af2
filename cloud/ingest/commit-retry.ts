// Tries a commit until the store takes it: back-off with jitter and a cap while it is unavailable, no second try for a refusal.
import { toAppError, type AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'

export interface CommitAttempt {
  commit(): Promise<void>
  onRetry(error: AppError, delayMs: number): void
  readonly signal: AbortSignal
  readonly clock: Clock
}

const firstDelayMs = 50
const maxDelayMs = 5_000

/** Throws the store's error when no retry can help, or the last one when `signal` aborts. */
export async function commitWithRetry(attempt: CommitAttempt): Promise<void> {
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
    try {
      await attempt.commit()
      return
    } catch (thrown) {
      const error = toAppError(thrown, 'store.unavailable')
      if (!error.retryable || attempt.signal.aborted) throw error
      const jittered = delayMs * (0.5 + Math.random() / 2)
      attempt.onRetry(error, jittered)
      await pause(attempt.clock, jittered, attempt.signal)
    }
  }
}

/** Resolves after the delay, or at once when `signal` aborts. */
function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      timer.cancel()
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = clock.setTimer(finish, delayMs)
    signal.addEventListener('abort', finish)
  })
}
