// The state machine of a condition: limit, hysteresis, on- and off-delay, in the event time of what decides, without a clock of its own.

/** idle, rising (on-delay runs since `sinceMs`), active, falling (off-delay runs). */
export interface ThresholdMemory {
  readonly phase: 'idle' | 'rising' | 'active' | 'falling'
  readonly sinceMs: number
  /** While rising: the newest reading was late, so that only a newer one can raise. */
  readonly late?: true
  /** While rising and late: the event time at which the on-delay was over. */
  readonly overMs?: number
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

/** A reading may arrive this long after its event and still decide like any other; later it is late. */
export const allowedLatenessMs = 5 * 60_000

/**
 * The next state; the same object where nothing changed. `timeMs` is event time. `late` readings may begin, end or clear
 * a condition but never make it active: a state that may have ended long ago raises nothing. If it still lasts at the first
 * reading that is not late, it is active since its on-delay was over.
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
      if (delays.onDelayMs > 0) return rising(timeMs, { late, overMs: undefined })
      return late ? rising(timeMs, { late, overMs: timeMs }) : enter('active', timeMs)
    case 'rising': {
      if (condition !== 'on') return idleMemory
      const overMs = memory.overMs ?? (timeMs >= delayEndMs(memory, delays) ? timeMs : undefined)
      if (!late && overMs !== undefined) return enter('active', overMs)
      const isSame = (memory.late === true) === late && memory.overMs === overMs
      return isSame ? memory : rising(memory.sinceMs, { late, overMs })
    }
    case 'active':
      if (condition !== 'off') return memory
      return delays.offDelayMs === 0 ? idleMemory : enter('falling', timeMs)
    case 'falling':
      if (condition !== 'off') return enter('active', timeMs)
      return timeMs >= delayEndMs(memory, delays) ? idleMemory : memory
    default:
      return memory.phase satisfies never
  }
}

/** A delay runs, and the next reading may end it. */
export function isWaiting(memory: ThresholdMemory): boolean {
  return memory.phase === 'rising' || memory.phase === 'falling'
}

/** Event time at which the delay that runs is over. */
function delayEndMs(memory: ThresholdMemory, delays: ThresholdDelays): number {
  return memory.sinceMs + delayMsOf(memory, delays)
}

function delayMsOf({ phase }: ThresholdMemory, delays: ThresholdDelays): number {
  return phase === 'rising' ? delays.onDelayMs : delays.offDelayMs
}

/**
 * For how long (ms, from now on) no reading may come before the delay is taken to have run out: until each reading of the
 * delay's span has had the allowed lateness to arrive, and at least for the delay itself. `nowMs`: hub time.
 */
export function silenceUntilRunOutMs(memory: ThresholdMemory, delays: ThresholdDelays, nowMs: number): number {
  return Math.max(delayEndMs(memory, delays) + allowedLatenessMs - nowMs, delayMsOf(memory, delays))
}

/** For how long (ms, from now on) the delay still runs by the hub's clock; a jump of it can neither add to the delay nor end it early. */
export function untilDelayEndMs(memory: ThresholdMemory, delays: ThresholdDelays, nowMs: number): number {
  return Math.min(Math.max(delayEndMs(memory, delays) - nowMs, 0), delayMsOf(memory, delays))
}

/** The next state where no reading has contradicted for the whole delay, and the event time at which that was so. */
export function runOut(
  memory: ThresholdMemory,
  delays: ThresholdDelays,
): { readonly memory: ThresholdMemory; readonly timeMs: number } {
  const timeMs = delayEndMs(memory, delays)
  return { memory: memory.phase === 'rising' ? enter('active', timeMs) : idleMemory, timeMs }
}

export function isActivePhase(memory: ThresholdMemory): boolean {
  return memory.phase === 'active' || memory.phase === 'falling'
}

function rising(
  sinceMs: number,
  { late, overMs }: { readonly late: boolean; readonly overMs: number | undefined },
): ThresholdMemory {
  if (!late) return { phase: 'rising', sinceMs }
  return overMs === undefined ? { phase: 'rising', sinceMs, late } : { phase: 'rising', sinceMs, late, overMs }
}

function enter(phase: ThresholdMemory['phase'], sinceMs: number): ThresholdMemory {
  return { phase, sinceMs }
}
