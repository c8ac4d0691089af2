// A wait that ends early when a signal aborts.
import type { Clock } from '../../broker/contract/ports.ts'

/** Resolves after `delayMs` or when the signal aborts; leaves no timer and no listener. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.setTimer(done, Math.max(0, delayMs))
    signal.addEventListener('abort', done, { once: true })
  })
}
