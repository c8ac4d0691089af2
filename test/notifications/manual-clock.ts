// A clock that stands still until a test moves it, and waiting for a condition instead of for time.
import type { Clock } from '../../broker/contract/ports.ts'

export interface ManualClock extends Clock {
  /** Moves on to each timer in turn, so that what one sets the next may see. */
  advance(ms: number): Promise<void>
}

export function manualClock(startMs: number): ManualClock {
  let nowMs = startMs
  let timers: { readonly atMs: number; readonly run: () => void }[] = []
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    setTimer(callback, delayMs) {
      const timer = { atMs: nowMs + delayMs, run: callback }
      timers.push(timer)
      return { cancel: () => void (timers = timers.filter((other) => other !== timer)) }
    },
    async advance(ms) {
      const endMs = nowMs + ms
      for (;;) {
        const [next] = timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)
        if (next === undefined) break
        timers = timers.filter((timer) => timer !== next)
        nowMs = Math.max(nowMs, next.atMs)
        next.run()
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
      nowMs = endMs
    },
  }
}

/** Resolves as soon as `check` gives something that is true; fails after a minute with what was seen last. */
export async function until<T>(check: () => Promise<T> | T, what = 'the condition'): Promise<NonNullable<T>> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const seen = await check()
    if (seen !== undefined && seen !== null && seen !== false) return seen
    if (performance.now() > deadline) throw new Error(`${what} did not come about; seen last: ${String(seen)}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
