// A clock whose monotonic time and timers go on only when a test says so.
import { systemClock, type Clock } from '../../broker/contract/ports.ts'

export interface ManualClock extends Clock {
  /** Goes on to this monotonic time, and calls the timers that are due, once. */
  advance(toMs: number): void
}

export function manualClock(): ManualClock {
  let nowMs = 0
  let timers: { readonly atMs: number; readonly callback: () => void }[] = []
  return {
    ...systemClock,
    monotonic: () => nowMs,
    setTimer(callback, delayMs) {
      const timer = { atMs: nowMs + delayMs, callback }
      timers.push(timer)
      return { cancel: () => void (timers = timers.filter((other) => other !== timer)) }
    },
    advance(toMs) {
      nowMs = toMs
      const due = timers.filter(({ atMs }) => atMs <= nowMs)
      timers = timers.filter(({ atMs }) => atMs > nowMs)
      for (const { callback } of due) callback()
    },
  }
}
