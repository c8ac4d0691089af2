// The field's own time: wall time, or wall time run faster from an origin, for watching a day in minutes.
import type { Clock } from '../../../broker/contract/ports.ts'

export interface SimulatedClock {
  /** Simulated Unix ms. */
  now(): number
  wallMs(): number
  /** The wall time at which the simulated clock shows (or showed) this instant. */
  wallOf(simulatedMs: number): number
  /** Simulated seconds per wall second; 1 is real time. */
  readonly factor: number
}

/** `originMs`: the wall time at which both clocks show the same; keep it across restarts for continuity. */
export function createSimulatedClock(
  clock: Clock,
  options: { readonly factor: number; readonly originMs: number },
): SimulatedClock {
  const { factor, originMs } = options
  return {
    now: () => originMs + (clock.now() - originMs) * factor,
    wallMs: () => clock.now(),
    wallOf: (simulatedMs) => originMs + (simulatedMs - originMs) / factor,
    factor,
  }
}
