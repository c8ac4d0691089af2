// What the relay shows for each part: pulse or level, and the fail-safe where there is no verdict.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { Relay } from '../../firmware-bridge/line-io/line-io.ts'
import type { Counters } from '../counters.ts'

export interface SorterSettings {
  /** What an energised relay says of a part. */
  readonly signals: 'reject' | 'pass'
  /** 0: the relay shows the verdict until the next one. */
  readonly pulseMs: number
  /** Without a verdict, and when the gateway stops: `reject` the part, or `hold` the relay as it is. */
  readonly failSafe: 'reject' | 'hold'
}

type Sorting = 'pass' | 'reject' | 'unjudged'

export interface Sorter {
  /** Resolves when the relay shows it. Throws AppError `driver.*`. */
  sort(part: Sorting): Promise<void>
  /** Ends a pulse and leaves the relay in its fail-safe. Never rejects. */
  stop(): Promise<void>
}

/** How long one setting may take; the module answers in milliseconds or is away. */
const setLimitMs = 1000
/** A pulse that could not be ended is tried again so often. */
const endRetryMs = 200

export function createSorter(
  settings: SorterSettings,
  ports: { readonly relay: Relay; readonly clock: Clock; readonly log: Log; readonly counters: Counters },
): Sorter {
  const { relay, clock, log, counters } = ports
  const end = new AbortController()
  let pulse: Timer | undefined
  /** Settings in the order of asking: a pulse's end never overtakes the next part. */
  let last: Promise<void> = Promise.resolve()

  function set(on: boolean): Promise<void> {
    const limited = async (): Promise<void> => {
      const limit = new AbortController()
      const late = new AppError('driver.timeout', 'the relay did not answer in time')
      const timer = clock.setTimer(() => limit.abort(late), setLimitMs)
      await relay.set(on, limit.signal).finally(() => timer.cancel())
    }
    const done = last.then(limited)
    last = done.catch(() => undefined)
    return done
  }

  function endPulseAfter(delayMs: number): void {
    pulse = clock.setTimer(() => {
      pulse = undefined
      set(false).catch((error: unknown) => {
        counters.add('relay_faults', 'pulse-end')
        log.error({ error }, 'a pulse of the relay could not be ended')
        if (!end.signal.aborted && pulse === undefined) endPulseAfter(endRetryMs)
      })
    }, delayMs)
  }

  async function show(on: boolean): Promise<void> {
    const pulsed = settings.pulseMs > 0
    if (pulsed && !on) return
    pulse?.cancel()
    pulse = undefined
    try {
      await set(on)
    } catch (error) {
      counters.add('relay_faults', 'set')
      // A request that was not confirmed may have been carried out.
      if (pulsed && pulse === undefined && !end.signal.aborted) endPulseAfter(endRetryMs)
      throw error
    }
    if (pulsed && pulse === undefined && !end.signal.aborted) endPulseAfter(settings.pulseMs)
  }

  const shown = (part: 'pass' | 'reject'): boolean => part === settings.signals
  return {
    async sort(part) {
      if (part !== 'unjudged') return show(shown(part))
      if (settings.failSafe === 'reject') await show(shown('reject'))
    },
    async stop() {
      end.abort()
      pulse?.cancel()
      const wasPulsing = pulse !== undefined
      pulse = undefined
      const leave = settings.failSafe === 'reject' ? set(shown('reject')) : wasPulsing ? set(false) : last
      await leave.catch((error: unknown) => log.error({ error }, 'the relay could not be left in its fail-safe'))
      await relay.close()
    },
  }
}
