// Where a field stands in its season: the course of its development, its heading and maturity, and its stage on a day.
import type { LocalizedText } from '../../../broker/contract/documents.ts'
import { coastOfTokyoBay, expectedOn, normalOn } from '../climate.ts'
import type { FieldSettings } from '../field-settings.ts'
import type { Hours } from '../insight.ts'
import { cultivarParameters, developmentCourse, type CultivarParameters } from './development.ts'
import { dayAt } from '../../calendar/japan-days.ts'
import { dayValues, parseDay, valueOn, type DayValues } from './local-days.ts'

const stageIds = [
  'before',
  'rooting',
  'tillering',
  'mid-drainage',
  'after-drainage',
  'panicle-formation',
  'booting',
  'heading',
  'ripening',
  'late-ripening',
  'drained',
  'after',
] as const
export type StageId = (typeof stageIds)[number]

export const stageNames: Readonly<Record<StageId, LocalizedText>> = {
  before: { ja: '移植前', en: 'before transplanting' },
  rooting: { ja: '活着期', en: 'rooting' },
  tillering: { ja: '分げつ期', en: 'tillering' },
  'mid-drainage': { ja: '中干し期', en: 'mid-season drainage' },
  'after-drainage': { ja: '中干し後', en: 'after mid-season drainage' },
  'panicle-formation': { ja: '幼穂形成期', en: 'panicle formation' },
  booting: { ja: '穂ばらみ期', en: 'booting' },
  heading: { ja: '出穂・開花期', en: 'heading and flowering' },
  ripening: { ja: '登熟期', en: 'ripening' },
  'late-ripening': { ja: '登熟後期', en: 'late ripening' },
  drained: { ja: '落水期', en: 'drained for harvest' },
  after: { ja: '収穫後', en: 'after harvest' },
}

/** Days, counted from heading unless said otherwise. Sources: docs/insights.md. */
const stageDays = {
  rootingAfterTransplanting: 14,
  panicleFormation: -25,
  booting: -14,
  ripening: 14,
  lateRipening: 25,
  drained: 30,
  after: 50,
} as const

export interface FieldSeason {
  /** Today: the day of the season that the question is about. */
  readonly today: number
  readonly transplantedDay: number
  readonly headingDay: number
  /** Half of the range in which heading is expected, days; 0 where it was seen. */
  readonly headingRangeDays: number
  readonly isHeadingSeen: boolean
  /** Days by which the model is corrected for this field. */
  readonly correctionDays: number
  readonly maturityDay: number | undefined
  /** At the end of yesterday, of the model without correction. */
  readonly dvi: number
  readonly stage: StageId
  /** Days of the season with too few readings, for which the normals stood in. */
  readonly daysFilledIn: number
  readonly days: DayValues
  /** End of the index of each day from transplanting on; for the stages of the model. */
  readonly dviOn: (day: number) => number
}

export interface SeasonUnknown {
  readonly code: string
  readonly because: LocalizedText
}

/** A season is forecast through so many days of growth. */
const longestSeasonDays = 220
/** Standard error of the model for heading, days. Source: 堀江・中川 (1990), Nipponbare. */
const modelErrorDays = 3.6
/** By so much the days to come may be warmer or colder than expected: own choice. */
const unknownTemperatureC = 1.5
/** A year after transplanting its season is no longer this one. */
const oldSeasonDays = 330
/** With more days without readings the course is not told. */
const mostDaysFilledIn = 10
const mostCorrectionDays = 15

/** The season of a field at an instant, of the hourly air temperature that reaches back to transplanting. */
export function fieldSeason(
  settings: FieldSettings,
  { timeMs, latDeg, temperature }: { readonly timeMs: number; readonly latDeg: number; readonly temperature: Hours },
): FieldSeason | SeasonUnknown {
  const transplantedDay = parseDay(settings.transplanted)
  if (transplantedDay === undefined) {
    return {
      code: 'transplanted',
      because: { ja: '移植日が設定されていません', en: 'the date of transplanting is not set' },
    }
  }
  const known = correctedParameters(settings)
  if ('because' in known) return known
  const today = dayAt(timeMs)
  if (today - transplantedDay > oldSeasonDays) {
    return {
      code: 'transplanted',
      because: { ja: '今作の移植日が設定されていません', en: 'the date of transplanting is of an older season' },
    }
  }
  const days = dayValues(temperature)
  const expected = expectation(settings, days, today)
  const headedDay = parseDay(settings.headed)
  const isHeadingSeen = headedDay !== undefined && headedDay >= transplantedDay && headedDay <= today
  const field = {
    startDay: transplantedDay,
    latDeg,
    days: longestSeasonDays,
    headedDay: isHeadingSeen ? headedDay : undefined,
  }
  const run = (shiftC: number) => developmentCourse(known.parameters, field, (day) => expected(day, shiftC))
  const course = run(0)
  if (course.headingDay === undefined) {
    return {
      code: 'heading',
      because: { ja: '気温から出穂期が求まりません', en: 'the temperatures lead to no heading' },
    }
  }
  const daysFilledIn = countFilledIn(days, transplantedDay, Math.min(today, course.headingDay))
  if (daysFilledIn > mostDaysFilledIn && !isHeadingSeen) return missingDays(daysFilledIn)
  const correctionDays = isHeadingSeen ? 0 : known.correctionDays
  const headingDay = course.headingDay + correctionDays
  const spreadDays = today > course.headingDay ? 0 : spread(run, course.headingDay)
  return {
    today,
    transplantedDay,
    headingDay,
    headingRangeDays: isHeadingSeen ? 0 : Math.ceil(Math.hypot(modelErrorDays, spreadDays)),
    isHeadingSeen,
    correctionDays,
    maturityDay: course.maturityDay === undefined ? undefined : course.maturityDay + correctionDays,
    dvi: course.dvi[Math.min(course.dvi.length, Math.max(0, today - transplantedDay)) - 1] ?? 0,
    stage: stageOn({ today, transplantedDay, headingDay }, settings),
    daysFilledIn,
    days,
    dviOn: (day) => course.dvi[day - correctionDays - transplantedDay] ?? Number.NaN,
  }
}

/** How far warmer and colder days to come would move heading, half of the whole. */
function spread(run: (shiftC: number) => { readonly headingDay: number | undefined }, headingDay: number): number {
  const early = run(unknownTemperatureC).headingDay ?? headingDay
  const late = run(-unknownTemperatureC).headingDay ?? headingDay
  return (late - early) / 2
}

function missingDays(days: number): SeasonUnknown {
  return {
    code: 'temperature',
    because: {
      ja: `移植後${days}日分の気温がありません`,
      en: `${days} days of air temperature since transplanting are missing`,
    },
  }
}

/**
 * The parameters of a cultivar, and by how many days its heading differs here from the model: the mean over the years seen.
 * ふさおとめ and ふさこがね have no published parameters: those of コシヒカリ stand in, moved by what was seen here.
 */
function correctedParameters(
  settings: FieldSettings,
): { readonly parameters: CultivarParameters; readonly correctionDays: number } | SeasonUnknown {
  const { cultivar } = settings
  if (cultivar === undefined) {
    return { code: 'cultivar', because: { ja: '品種が設定されていません', en: 'the cultivar is not set' } }
  }
  const published = cultivarParameters[cultivar]
  const residuals = (settings.pastHeadings ?? []).flatMap(({ headed, modelled }) => {
    const [seen, model] = [parseDay(headed), parseDay(modelled ?? undefined)]
    return seen === undefined || model === undefined ? [] : [seen - model]
  })
  const parameters = published ?? cultivarParameters.koshihikari
  if (
    parameters === undefined ||
    (published === undefined && residuals.length === 0 && settings.headed === undefined)
  ) {
    return {
      code: 'parameters',
      because: {
        ja: 'この品種には公表された係数がありません。過去の出穂日か今年の出穂日を入れてください',
        en: 'no parameters are published for this cultivar: enter a heading date of a past year or of this year',
      },
    }
  }
  const mean = residuals.length === 0 ? 0 : residuals.reduce((sum, days) => sum + days, 0) / residuals.length
  return { parameters, correctionDays: Math.round(Math.min(mostCorrectionDays, Math.max(-mostCorrectionDays, mean))) }
}

/** Measured days as measured; the others by the normals and by how the fortnight before today departed from them. */
function expectation(settings: FieldSettings, days: DayValues, today: number): (day: number, shiftC: number) => number {
  const normals = settings.normalsC ?? coastOfTokyoBay
  let sum = 0
  let count = 0
  for (let day = today - 14; day < today; day += 1) {
    const measured = valueOn(days.mean, days.firstDay, day)
    if (Number.isNaN(measured)) continue
    sum += measured - normalOn(normals, day)
    count += 1
  }
  const departureC = count === 0 ? 0 : sum / count
  return (day, shiftC) => {
    const measured = valueOn(days.mean, days.firstDay, day)
    if (day < today) return Number.isNaN(measured) ? normalOn(normals, day) : measured
    return expectedOn(normals, day, { days: day - today + 1, departureC }) + shiftC
  }
}

function countFilledIn(days: DayValues, fromDay: number, toDay: number): number {
  let count = 0
  for (let day = fromDay; day < toDay; day += 1) {
    if (Number.isNaN(valueOn(days.mean, days.firstDay, day))) count += 1
  }
  return count
}

function stageOn(
  {
    today,
    transplantedDay,
    headingDay,
  }: { readonly today: number; readonly transplantedDay: number; readonly headingDay: number },
  settings: FieldSettings,
): StageId {
  if (today < transplantedDay) return 'before'
  const harvestedDay = parseDay(settings.harvested)
  if (harvestedDay !== undefined && harvestedDay >= transplantedDay && harvestedDay <= today) return 'after'
  const { from, to } = midDrainage(settings, headingDay)
  const sinceHeading = today - headingDay
  if (sinceHeading >= stageDays.after) return 'after'
  if (sinceHeading >= stageDays.drained) return 'drained'
  if (sinceHeading >= stageDays.lateRipening) return 'late-ripening'
  if (sinceHeading >= stageDays.ripening) return 'ripening'
  if (sinceHeading >= 0) return 'heading'
  if (sinceHeading >= stageDays.booting) return 'booting'
  if (sinceHeading >= stageDays.panicleFormation) return 'panicle-formation'
  if (today - transplantedDay < stageDays.rootingAfterTransplanting) return 'rooting'
  if (today >= to) return 'after-drainage'
  return today >= from ? 'mid-drainage' : 'tillering'
}

/**
 * As set; else for ten days that end five days before panicle formation. Source of the end: 岩手県 ("several days before");
 * its length is an own choice.
 */
function midDrainage(settings: FieldSettings, headingDay: number): { readonly from: number; readonly to: number } {
  const to = parseDay(settings.midDrainage?.to) ?? headingDay + stageDays.panicleFormation - 5
  return { from: parseDay(settings.midDrainage?.from) ?? to - 10, to }
}
