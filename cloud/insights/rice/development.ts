// How fast rice grows towards heading and maturity: the development index of Horie and Nakagawa, day by day.
import type { CultivarId } from '../field-settings.ts'
import { dayOfYear } from './local-days.ts'

/** Of the development rate: `gv` days, `alf` 1/°C, `th` °C, `bdl` 1/h, `lc` h, `dviA` index from which day length counts. */
export interface CultivarParameters {
  readonly gv: number
  readonly alf: number
  readonly th: number
  readonly bdl: number
  readonly lc: number
  readonly dviA: number
}

/**
 * Source: cultivars.hjson of ky0on/simriw, after 堀江・中川 (1990). Nothing is published for ふさおとめ and ふさこがね.
 */
export const cultivarParameters: Readonly<Partial<Record<CultivarId, CultivarParameters>>> = {
  koshihikari: { gv: 51.3, alf: 0.365, th: 17.8, bdl: 0.566, lc: 16, dviA: 0.23 },
  sasanishiki: { gv: 51, alf: 0.51, th: 17.1, bdl: 0.53, lc: 15.96, dviA: 0.25 },
  nipponbare: { gv: 59.6, alf: 0.361, th: 18.47, bdl: 0.558, lc: 16.2, dviA: 0.39 },
  mizuho: { gv: 59.9, alf: 0.408, th: 17.9, bdl: 0.607, lc: 15.66, dviA: 0 },
  ishikari: { gv: 51.03, alf: 0.29, th: 17.6, bdl: 0.66, lc: 23.55, dviA: 1 },
}

/** Index at transplanting, after the same source: 0 emergence, 1 heading, 2 maturity. */
const transplantedDvi = 0.15

const ripening = { gr: 30.7, kcr: 0.071, tcr: 6.4 } as const

/** Rate per day at an index, a mean temperature (°C) and a day length (h). Source: SIMRIW, ky0on/simriw `simriw.py`. */
export function developmentRate(
  { gv, alf, th, bdl, lc, dviA }: CultivarParameters,
  dvi: number,
  { meanC, dayLengthH }: { readonly meanC: number; readonly dayLengthH: number },
): number {
  if (dvi > 1) return Math.max(0, 1 - Math.exp(-ripening.kcr * Math.max(meanC - ripening.tcr, 0))) / ripening.gr
  const warmth = 1 / (gv * (1 + Math.exp(-alf * (meanC - th))))
  return dvi < dviA ? warmth : warmth * (1 - Math.exp(bdl * Math.min(dayLengthH - lc, 0)))
}

/**
 * Hours of daylight on a day of the year at a latitude in degrees. Source: the same code (CBM model of Forsythe et al. 1995
 * with 0.8333° for refraction and the sun's disc).
 */
export function dayLengthH(dayOfTheYear: number, latDeg: number): number {
  const phi = (latDeg * Math.PI) / 180
  const theta = 0.2163108 + 2 * Math.atan(0.9671396 * Math.tan(0.0086 * (dayOfTheYear - 186)))
  const declination = Math.asin(0.39795 * Math.cos(theta))
  const sunset =
    (Math.sin((0.8333 * Math.PI) / 180) + Math.sin(phi) * Math.sin(declination)) /
    (Math.cos(phi) * Math.cos(declination))
  return 24 - (24 / Math.PI) * Math.acos(Math.min(1, Math.max(-1, sunset)))
}

export interface DevelopmentCourse {
  /** Index at the end of each day from `startDay` on. */
  readonly dvi: readonly number[]
  readonly startDay: number
  /** First day at whose end the index is 1 or more; undefined: not within the days given. */
  readonly headingDay: number | undefined
  /** The same with 2. */
  readonly maturityDay: number | undefined
}

/** Adds the rate up from `startDay` on; ends at maturity, where a temperature is NaN, or after `days`. */
export function developmentCourse(
  parameters: CultivarParameters,
  field: {
    readonly startDay: number
    readonly startDvi?: number
    readonly latDeg: number
    readonly days: number
    /** An observed heading: the index is 1 at its end, whatever the model says. */
    readonly headedDay?: number | undefined
  },
  meanCOn: (day: number) => number,
): DevelopmentCourse {
  const dvi: number[] = []
  let index = field.startDvi ?? transplantedDvi
  let headingDay: number | undefined
  let maturityDay: number | undefined
  for (let day = field.startDay; day < field.startDay + field.days && maturityDay === undefined; day += 1) {
    const meanC = meanCOn(day)
    if (Number.isNaN(meanC)) break
    const before = index
    index += developmentRate(parameters, index, { meanC, dayLengthH: dayLengthH(dayOfYear(day), field.latDeg) })
    if (field.headedDay !== undefined) {
      // Never beyond heading before the day on which it was seen.
      if (day === field.headedDay) index = 1
      else if (day < field.headedDay) index = Math.min(index, 1 - 1e-9)
    }
    if (before < 1 && index >= 1) headingDay = day
    if (index >= 2) maturityDay = day
    dvi.push(index)
  }
  return { dvi, startDay: field.startDay, headingDay, maturityDay }
}

/** Ends of the cold stage in which ears are hurt, and of the warm one. Source: SIMRIW. */
export const coldStage = { from: 0.75, to: 1.2 } as const
export const heatStage = { from: 0.96, to: 1.2 } as const

/** Share of sterile grains in %, of cold degree-days (sum of max(22 − mean, 0) over the cold stage). Source: SIMRIW. */
export function coldSterilityPercent(coldDegreeDays: number): number {
  return Math.min(100, 4.6 + 0.054 * coldDegreeDays ** 1.56)
}

/** Share of sterile grains in %, of the mean of the daily highest temperatures over the warm stage. Source: SIMRIW. */
export function heatSterilityPercent(meanHighestC: number): number {
  return 100 / (1 + Math.exp(-0.853 * (meanHighestC - 36.6)))
}
