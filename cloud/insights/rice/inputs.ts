// The series that the insights of a paddy read, and what several of them ask of the season.
import {
  cannotTell,
  missingSeries,
  type Hours,
  type InputDeclaration,
  type InsightInput,
  type InsightResult,
} from '../insight.ts'
import { dayAt } from '../../calendar/japan-days.ts'
import { parseDay } from './local-days.ts'
import { fieldSeason, type FieldSeason } from './field-season.ts'

/** From the longest time of transplanting to the end of the season. */
const seasonHours = 220 * 24

export const seasonTemperature: InputDeclaration = {
  from: 'weather',
  channel: /^air-temperature$/,
  unit: 'Cel',
  lookBackHours: seasonHours,
  label: { ja: '気温', en: 'air temperature' },
}

export const waterLevel = (lookBackHours: number): InputDeclaration => ({
  from: 'site',
  channel: /^water-level$/,
  unit: 'm',
  lookBackHours,
  label: { ja: '水位', en: 'water level' },
})

export const rain = (lookBackHours: number): InputDeclaration => ({
  from: 'weather',
  channel: /^rain-intensity$/,
  unit: 'm/s',
  lookBackHours,
  label: { ja: '雨量', en: 'rain' },
})

/** The season, or why it cannot be told. */
export function seasonOf(
  { settings, timeMs, place }: Pick<InsightInput, 'settings' | 'timeMs' | 'place'>,
  temperature: Hours | undefined,
): FieldSeason | InsightResult<never> {
  if (temperature === undefined) return cannotTell('temperature', missingSeries(seasonTemperature))
  const season = fieldSeason(settings, { timeMs, latDeg: place.lat, temperature })
  return 'because' in season ? cannotTell(season.code, season.because) : season
}

/** Days after transplanting in which a crop stands in the field; without the date there may be one. Own choice. */
const cropDays = { from: 0, to: 130 } as const

/** May a crop stand in the field? Advice about one is given only then; results are computed the whole year. */
export function mayHaveCrop(
  { settings, timeMs }: Pick<InsightInput, 'settings' | 'timeMs'>,
  toDay: number = cropDays.to,
): boolean {
  const transplantedDay = parseDay(settings.transplanted)
  if (transplantedDay === undefined) return true
  const age = dayAt(timeMs) - transplantedDay
  const harvestedDay = parseDay(settings.harvested) ?? Number.POSITIVE_INFINITY
  return age >= cropDays.from && age <= toDay && !(harvestedDay >= transplantedDay && harvestedDay <= dayAt(timeMs))
}

export function isUnknown(found: object): found is InsightResult<never> {
  return 'advice' in found
}

/** The newest hour with a value; NaN where the last `withinHours` have none. */
export function newest(column: Float32Array, withinHours: number): number {
  for (let back = 1; back <= Math.min(withinHours, column.length); back += 1) {
    const value = column[column.length - back] as number
    if (!Number.isNaN(value)) return value
  }
  return Number.NaN
}

/** Mean, lowest or highest of the last hours; NaN where fewer than three quarters of them were measured. */
export function ofLast(column: Float32Array, hours: number, how: 'mean' | 'min' | 'max'): number {
  let count = 0
  let sum = 0
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let index = Math.max(0, column.length - hours); index < column.length; index += 1) {
    const value = column[index] as number
    if (Number.isNaN(value)) continue
    count += 1
    sum += value
    if (value < low) low = value
    if (value > high) high = value
  }
  if (count < hours * 0.75) return Number.NaN
  return how === 'mean' ? sum / count : how === 'min' ? low : high
}
