// A clock that a test moves by hand: timers fire in order of their time, and nothing waits for real.
import type { Clock } from '../../broker/contract/ports.ts'

export interface ManualClock extends Clock {
  /** Moves time on and fires what falls due, letting promises settle between two timers. */
  advance(durationMs: number): Promise<void>
  /** Puts the wall clock forward or back, as a person or NTP would; monotonic time and timers know nothing of it. */
  jump(byMs: number): void
  readonly pendingTimers: number
}

export function createManualClock(startMs = Date.UTC(2026, 10, 22)): ManualClock {
  let elapsedMs = 0
  let wallMs = startMs
  let timers: { readonly atMs: number; readonly callback: () => void }[] = []
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    now: () => wallMs + elapsedMs,
    monotonic: () => elapsedMs,
    setTimer(callback, delayMs) {
      const timer = { atMs: elapsedMs + Math.max(0, delayMs), callback }
      timers.push(timer)
      return {
        cancel: () => {
          timers = timers.filter((other) => other !== timer)
        },
      }
    },
    jump(byMs) {
      wallMs += byMs
    },
    get pendingTimers() {
      return timers.length
    },
    async advance(durationMs) {
      const endMs = elapsedMs + durationMs
      for (;;) {
        await settle()
        const next = timers.filter(({ atMs }) => atMs <= endMs).toSorted((a, b) => a.atMs - b.atMs)[0]
        if (next === undefined) break
        timers = timers.filter((other) => other !== next)
        elapsedMs = Math.max(elapsedMs, next.atMs)
        next.callback()
      }
      elapsedMs = endMs
    },
  }
}
