// The threshold state machine: limit, hysteresis, on- and off-delay, in event time, without a clock of its own.

/** idle, rising (on-delay runs since `sinceMs`), active, falling (off-delay runs). */
export interface ThresholdMemory {
  readonly phase: 'idle' | 'rising' | 'active' | 'falling'
  readonly sinceMs: number
}

export interface ThresholdDelays {
  readonly onDelayMs: number
  readonly offDelayMs: number
}

export const idleMemory: ThresholdMemory = { phase: 'idle', sinceMs: 0 }

export interface Limits {
  readonly below?: number | undefined
  readonly above?: number | undefined
  readonly hysteresis: number
}

/** on: beyond the limit. off: back by the hysteresis. hold: in the dead band between. */
export function compareToLimits(value: number, limits: Limits): 'on' | 'off' | 'hold' {
  const { below, above, hysteresis } = limits
  if ((below !== undefined && value < below) || (above !== undefined && value > above)) return 'on'
  const clearOfBelow = below === undefined || value >= below + hysteresis
  const clearOfAbove = above === undefined || value <= above - hysteresis
  return clearOfBelow && clearOfAbove ? 'off' : 'hold'
}

/**
 * The next state; the same object where nothing changed. `timeMs` is event time. `late` readings (and late clocks) may
 * begin, end or clear a condition but never make it active: a state that may have ended long ago raises nothing.
 */
export function stepThreshold(
  memory: ThresholdMemory,
  input: { readonly condition: 'on' | 'off' | 'hold'; readonly timeMs: number; readonly late: boolean },
  delays: ThresholdDelays,
): ThresholdMemory {
  const { condition, timeMs, late } = input
  switch (memory.phase) {
    case 'idle':
      if (condition !== 'on') return memory
      return delays.onDelayMs === 0 && !late ? enter('active', timeMs) : enter('rising', timeMs)
    case 'rising':
      if (condition !== 'on') return idleMemory
      return !late && timeMs - memory.sinceMs >= delays.onDelayMs ? enter('active', timeMs) : memory
    case 'active':
      if (condition !== 'off') return memory
      return delays.offDelayMs === 0 ? idleMemory : enter('falling', timeMs)
    case 'falling':
      if (condition !== 'off') return enter('active', timeMs)
      return timeMs - memory.sinceMs >= delays.offDelayMs ? idleMemory : memory
    default:
      return memory.phase satisfies never
  }
}

export function isActivePhase(memory: ThresholdMemory): boolean {
  return memory.phase === 'active' || memory.phase === 'falling'
}

function enter(phase: ThresholdMemory['phase'], sinceMs: number): ThresholdMemory {
  return { phase, sinceMs }
}
