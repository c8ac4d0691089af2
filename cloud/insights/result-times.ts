// When an insight has a result: each whole hour, or each local day at the hour at which its day ends.
import { japanMs } from '../calendar/japan-days.ts'
import { dayMs, hourMs, type AnyInsight } from './insight.ts'

/** The newest result time at or before `timeMs`. */
export function lastTime({ every, dayEndsHour = 0 }: AnyInsight, timeMs: number): number {
  if (every === 'hour') return Math.floor(timeMs / hourMs) * hourMs
  const offset = japanMs - dayEndsHour * hourMs
  return Math.floor((timeMs + offset) / dayMs) * dayMs - offset
}

export function stepMs({ every }: AnyInsight): number {
  return every === 'hour' ? hourMs : dayMs
}

/** Result times in (afterMs, throughMs]. */
export function timesBetween(insight: AnyInsight, afterMs: number, throughMs: number): readonly number[] {
  const step = stepMs(insight)
  const times: number[] = []
  for (let time = lastTime(insight, afterMs) + step; time <= throughMs; time += step) times.push(time)
  return times
}
