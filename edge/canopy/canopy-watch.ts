// Waits until a flight is over, has its canopy analysed, one flight at a time, and tells the result as events.
import { toAppError } from '../../broker/contract/app-error.ts'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { Counters } from '../counters.ts'
import type { FlightList, WaitingFlight } from './flight-list.ts'
import type { CanopyOutcome, CanopyRequest } from './messages.ts'

export interface CanopyWatchOptions extends Pick<CanopyRequest, 'fields' | 'cellM' | 'folder'> {
  /** A flight to which nothing was added for so long is over. */
  readonly settleMs: number
}

export interface CanopyWatchDependencies {
  readonly list: FlightList
  /** Throws AppError; settles soon after the signal. */
  readonly analyse: (request: CanopyRequest, signal: AbortSignal) => Promise<CanopyOutcome>
  readonly emitEvent: (event: NewEvent) => void
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
}

const lookEveryMs = 10_000
/** After the last attempt the flight is given up, counted and logged. Doubled after each. */
const attempts = { most: 3, pauseMs: 60_000 } as const

/** Counts `canopy_flights` by what became of each. */
export function startCanopyWatch(
  { settleMs, ...asked }: CanopyWatchOptions,
  { list, analyse, emitEvent, clock, log, counters }: CanopyWatchDependencies,
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const failures = new Map<string, { readonly count: number; readonly againMs: number }>()
  let timer: Timer | undefined
  let running: Promise<void> = Promise.resolve()

  async function look(): Promise<void> {
    const now = clock.now()
    const due = (await list.waiting()).filter(
      ({ flight, lastAddedMs }) => now - lastAddedMs >= settleMs && now >= (failures.get(flight)?.againMs ?? 0),
    )
    for (const flight of due) {
      if (stopping.signal.aborted) return
      await take(flight)
    }
  }

  async function take({ flight, images }: WaitingFlight): Promise<void> {
    try {
      const outcome = await analyse({ ...asked, flight, images }, stopping.signal)
      if ('events' in outcome) for (const event of outcome.events) emitEvent(event)
      const told = 'events' in outcome ? 'told' : outcome.nothing
      counters.add('canopy_flights', told)
      log.info({ flight, images: images.length, outcome: told }, 'the canopy of a flight was analysed')
    } catch (thrown) {
      if (stopping.signal.aborted) return
      if (!isLastFailure(flight, thrown)) return
    }
    failures.delete(flight)
    await list.remove(flight)
  }

  function isLastFailure(flight: string, thrown: unknown): boolean {
    const { code, message } = toAppError(thrown, 'model.failed')
    const count = (failures.get(flight)?.count ?? 0) + 1
    failures.set(flight, { count, againMs: clock.now() + attempts.pauseMs * 2 ** count })
    counters.add('canopy_failures', code)
    log.error({ flight, code, attempt: count }, `the canopy of a flight could not be analysed: ${message}`)
    if (count < attempts.most) return false
    counters.add('canopy_flights', 'given-up')
    return true
  }

  function schedule(delayMs: number): void {
    timer = clock.setTimer(() => {
      running = look()
        .catch((error: unknown) => log.error({ err: error }, 'the list of flights cannot be read'))
        .finally(() => {
          if (!stopping.signal.aborted) schedule(lookEveryMs)
        })
    }, delayMs)
  }

  schedule(0)
  return {
    async stop() {
      stopping.abort()
      timer?.cancel()
      await running
    },
  }
}
