// Inputs of insights for tests beside them: hours as numbers, a place, and an insight asked for one time.
import {
  hourMs,
  type AnyInsight,
  type GroupMember,
  type Hours,
  type InsightInput,
  type InsightResult,
} from './insight.ts'

interface HourValue {
  readonly mean: number
  readonly min?: number
  readonly max?: number
  readonly count?: number
}

/** The hours before `toMs`, the first first. A number alone is mean, min and max; NaN is an hour without readings. */
export function hoursUntil(toMs: number, values: readonly (number | HourValue)[]): Hours {
  const each = values.map((value) => (typeof value === 'number' ? { mean: value } : value))
  return {
    fromMs: toMs - values.length * hourMs,
    mean: Float32Array.from(each, ({ mean }) => mean),
    min: Float32Array.from(each, ({ mean, min = mean }) => min),
    max: Float32Array.from(each, ({ mean, max = mean }) => max),
    count: Float32Array.from(each, ({ mean, count = Number.isNaN(mean) ? 0 : 60 }) => count),
  }
}

export const cityHall = { id: 'kimitsu/gw/site', name: { ja: '市役所', en: 'City Hall' }, lat: 35.3304, lon: 139.9027 }

/** What an insight says at a time, its inputs by their names; those of many as `groups`. */
export function ask(
  insight: AnyInsight,
  timeMs: number,
  given: {
    readonly series?: Readonly<Record<string, Hours | undefined>>
    readonly groups?: Readonly<Record<string, readonly GroupMember[]>>
    readonly settings?: InsightInput['settings']
  },
): InsightResult {
  const { series = {}, groups = {}, settings = {} } = given
  return insight.compute({ place: cityHall, timeMs, settings, series, groups })
}
