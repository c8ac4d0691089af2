// The year of a field as a row of dates: what was seen, what the hub expects, and where today stands among them.
import type { FieldSettings } from '../api/farm-api.ts'
import type { LatestItem } from '../api/shapes.ts'
import { startOfDay } from './farm-weather.ts'

const dayMs = 86_400_000

export type SeasonStep =
  | 'transplanted'
  | 'drainage-from'
  | 'drainage-to'
  | 'headed'
  | 'mature'
  | 'harvest-due'
  | 'harvested'
  | 'today'

export interface SeasonMark {
  readonly step: SeasonStep
  /** Midnight in Japan, Unix ms. */
  readonly dayMs: number
  /** What the hub expects; else a person has told it. */
  readonly isExpected: boolean
  /** Of today: 0; negative: past. */
  readonly daysAway: number
}

/** `2026-05-03` in Japan. */
function dayOf(text: string): number {
  return Date.parse(`${text}T00:00:00+09:00`)
}

/**
 * In order of time, today among them. Empty where nothing is known. `series`: of the site. A result says how many days
 * away something is from the day on which it was computed.
 */
export function seasonMarks(
  settings: FieldSettings,
  series: readonly LatestItem[],
  nowMs: number,
): readonly SeasonMark[] {
  const today = startOfDay(nowMs)
  const found: { readonly step: SeasonStep; readonly dayMs: number; readonly isExpected: boolean }[] = []
  const seen = (step: SeasonStep, day: string | undefined): void => {
    if (day !== undefined) found.push({ step, dayMs: dayOf(day), isExpected: false })
  }
  const expected = (step: SeasonStep, insight: string, output: string): void => {
    const item = series.find(({ device, channel }) => device.endsWith(`.${insight}`) && channel === output)
    if (item?.time === undefined || item.time === null || item.value === null) return
    // A result of an older season is none of this one.
    if (nowMs - item.time > 3 * dayMs) return
    found.push({ step, dayMs: startOfDay(item.time) + Math.round(item.value) * dayMs, isExpected: true })
  }
  seen('transplanted', settings.transplanted)
  seen('drainage-from', settings.midDrainage?.from)
  seen('drainage-to', settings.midDrainage?.to)
  if (settings.headed !== undefined) seen('headed', settings.headed)
  else expected('headed', 'heading', 'days-to-heading')
  if (settings.harvested !== undefined) seen('harvested', settings.harvested)
  else {
    expected('mature', 'heading', 'days-to-maturity')
    expected('harvest-due', 'harvest', 'days-to-harvest')
  }
  if (found.length === 0) return []
  return [...found, { step: 'today' as const, dayMs: today, isExpected: false }]
    .map((mark) => ({ ...mark, daysAway: Math.round((mark.dayMs - today) / dayMs) }))
    .toSorted((a, b) => a.dayMs - b.dayMs || Number(a.step === 'today') - Number(b.step === 'today'))
}
