// Runs the store's background work once an hour, and the retention that a hub begins with.
import type { Clock, Log, Timer } from '../broker/contract/ports.ts'
import type { RetentionClass, Store } from './store/store.ts'

/** The first that matches wins: gateways' own health is kept briefly, everything else long. */
export const defaultRetention: readonly RetentionClass[] = [
  { name: 'gateway-health', pattern: /\/gateway[:/]/, rawDays: 30, hourlyDays: 400 },
  { name: 'readings', pattern: /(?:)/, rawDays: 400, hourlyDays: 3650 },
]

const firstAfterMs = 60_000
const everyMs = 3_600_000

export function startMaintenance(dependencies: {
  readonly store: Pick<Store, 'maintain'>
  readonly retention: readonly RetentionClass[]
  readonly clock: Clock
  readonly log: Log
}): { stop(): void } {
  const { store, retention, clock, log } = dependencies
  let stopped = false
  let timer: Timer
  const run = async () => {
    try {
      const report = await store.maintain(clock.now(), retention)
      log.info({ ...report }, 'maintenance done')
    } catch (thrown) {
      if (!stopped) log.warn({ err: thrown }, 'maintenance failed; it is repeated in an hour')
    }
    if (!stopped) schedule(everyMs)
  }
  const schedule = (delayMs: number) => {
    timer = clock.setTimer(() => void run(), delayMs)
  }
  schedule(firstAfterMs)
  return {
    /** Does not wait for a run under way, which may have days to compact: `store.close()` cuts it off. */
    stop() {
      stopped = true
      timer.cancel()
    },
  }
}
