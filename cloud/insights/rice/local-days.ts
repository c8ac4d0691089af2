// Days as the farmer counts them, in words and with what was measured on them.
import { dateText, type DayNumber, dayMs, parseDate } from '../../calendar/day-number.ts'
import { japanMs, startOfDayMs } from '../../calendar/japan-days.ts'
import { hourMs, type Hours } from '../insight.ts'

/** 1 on 1 January. */
export function dayOfYear(day: DayNumber): number {
  return day - Math.floor(Date.UTC(new Date(day * dayMs).getUTCFullYear(), 0, 1) / dayMs) + 1
}

export function parseDay(text: string | undefined): DayNumber | undefined {
  return text === undefined ? undefined : parseDate(text)
}

export function dayText(day: DayNumber): string {
  return dateText(day)
}

/** `7月25日` and `25 July`. */
export function dayWords(day: DayNumber): { readonly ja: string; readonly en: string } {
  const date = new Date(day * dayMs)
  const month = date.toLocaleString('en-GB', { month: 'long', timeZone: 'UTC' })
  return {
    ja: `${date.getUTCMonth() + 1}月${date.getUTCDate()}日`,
    en: `${date.getUTCDate()} ${month}`,
  }
}

/** A day counts when this many of its hours were measured. */
const leastHoursOfDay = 20

export interface DayValues {
  readonly firstDay: DayNumber
  /** NaN: too few hours. */
  readonly mean: Float64Array
  readonly min: Float64Array
  readonly max: Float64Array
}

/** Daily mean, lowest and highest of whole local days; days that the hours do not cover whole are NaN. */
export function dayValues({ fromMs, mean, min, max }: Hours): DayValues {
  const firstDay = Math.ceil((fromMs + japanMs) / dayMs)
  const offset = Math.round((startOfDayMs(firstDay) - fromMs) / hourMs)
  const days = Math.max(0, Math.floor((mean.length - offset) / 24))
  const found = {
    firstDay,
    mean: new Float64Array(days).fill(Number.NaN),
    min: new Float64Array(days).fill(Number.NaN),
    max: new Float64Array(days).fill(Number.NaN),
  }
  for (let day = 0; day < days; day += 1) {
    let sum = 0
    let count = 0
    let low = Number.POSITIVE_INFINITY
    let high = Number.NEGATIVE_INFINITY
    for (let hour = offset + day * 24; hour < offset + day * 24 + 24; hour += 1) {
      const value = mean[hour] as number
      if (Number.isNaN(value)) continue
      sum += value
      count += 1
      low = Math.min(low, min[hour] as number)
      high = Math.max(high, max[hour] as number)
    }
    if (count < leastHoursOfDay) continue
    found.mean[day] = sum / count
    found.min[day] = low
    found.max[day] = high
  }
  return found
}

/** NaN where the days do not reach. */
export function valueOn(column: Float64Array, firstDay: DayNumber, day: DayNumber): number {
  return column[day - firstDay] ?? Number.NaN
}
