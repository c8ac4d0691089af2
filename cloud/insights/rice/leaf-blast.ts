// Leaf-blast risk of a day after BLASTAM: was the night wet for long enough at the right temperature?
import { getPosition } from 'suncalc'
import {
  cannotTell,
  defineInsight,
  hourMs,
  missingReadings,
  missingSeries,
  type Advice,
  type Hours,
  type InsightInput,
  type InsightResult,
} from '../insight.ts'
import { mayHaveCrop } from './inputs.ts'
import { dayAt } from '../../calendar/japan-days.ts'
import { dayWords } from './local-days.ts'
import { nightHours, washOffHours, wetPeriod, type WetPeriod } from './leaf-wetness.ts'

/**
 * Where sources disagree. `hoursAt21C`: 三重県 表2 says 11, the code of Raingel/BLASTAM 10. `warmFrom25C`: the prefectures'
 * tables say code 2 from 25 °C on, NARO above 25 °C. Chosen: the tables of the prefectures.
 */
export interface BlastamChoices {
  readonly hoursAt21C: 10 | 11
  readonly warmFrom25C: boolean
}

const prefectureTables: BlastamChoices = { hoursAt21C: 11, warmFrom25C: true }

/** 10 favourable (●); 1 to 4 half favourable, labels and no ranking; 0 none (−). `null`: can't tell (?). */
export type BlastCode = 10 | 1 | 2 | 3 | 4 | 0

/** Wet hours that favour infection, from 15 °C to 25 °C. Source: 三重県 表2. */
const favourableHours = [17, 15, 14, 13, 12, 11, 11, 10, 10, 10, 10] as const
const leastWetHours = 10

/**
 * The code of a day. `wetMeanC`: mean temperature of the wet hours; `fiveDayMeanC`: mean of the daily mean temperatures of
 * the five days that end with the day. Source: criteria of 宮崎, 大分, 滋賀 and 京都 prefectures. Which label wins where several
 * hold is not published; as in Raingel/BLASTAM_Japan the five days go before the wet hours' temperature and their length.
 */
export function blastCode(
  {
    wetHours,
    wetMeanC,
    fiveDayMeanC,
  }: { readonly wetHours: number; readonly wetMeanC: number; readonly fiveDayMeanC: number },
  choices: BlastamChoices = prefectureTables,
): BlastCode {
  if (wetHours < leastWetHours) return 0
  if (fiveDayMeanC < 20) return 1
  if (choices.warmFrom25C ? fiveDayMeanC >= 25 : fiveDayMeanC > 25) return 2
  if (wetMeanC < 15 || wetMeanC > 25) return 3
  const degree = Math.round(wetMeanC)
  const needed = degree === 21 ? choices.hoursAt21C : (favourableHours[degree - 15] ?? leastWetHours)
  return wetHours < needed ? 4 : 10
}

export interface BlastDay {
  readonly code: BlastCode
  readonly wetHours: number
  /** NaN where nothing was wet. */
  readonly wetMeanC: number
  readonly fiveDayMeanC: number
}

/**
 * A day from its hours, the last of which ends at 15:00; `sunshineH` may hold NaN where it is not known, and null is given back
 * where the code depends upon it. `temperatureC` and `fiveDayMeanC` in °C, rain in mm, wind in m/s.
 */
export function blastDay(
  weather: {
    readonly before: number
    readonly rainMm: readonly number[]
    readonly sunshineH: readonly number[]
    readonly windMps: readonly number[]
    readonly temperatureC: readonly number[]
    readonly fiveDayMeanC: number
  },
  choices: BlastamChoices = prefectureTables,
): BlastDay | null {
  const judge = (unknownSun: number): BlastDay => {
    const sunshineH = weather.sunshineH.map((hours) => (Number.isNaN(hours) ? unknownSun : hours))
    const period = wetPeriod({ ...weather, sunshineH })
    const wetMeanC = meanOf(weather, period)
    const { fiveDayMeanC } = weather
    return {
      code: blastCode({ wetHours: period.hours, wetMeanC, fiveDayMeanC }, choices),
      wetHours: period.hours,
      wetMeanC,
      fiveDayMeanC,
    }
  }
  const cloudy = judge(0)
  return judge(1).code === cloudy.code ? cloudy : null
}

function meanOf(
  { temperatureC, before }: { readonly temperatureC: readonly number[]; readonly before: number },
  { start, hours }: WetPeriod,
): number {
  if (hours === 0) return Number.NaN
  const wet = temperatureC.slice(before + start, before + start + hours)
  return wet.reduce((sum, value) => sum + value, 0) / hours
}

const inputs = {
  temperature: {
    from: 'weather',
    channel: /^air-temperature$|^temperature-outside$/,
    unit: 'Cel',
    lookBackHours: 135,
    label: { ja: '気温', en: 'air temperature' },
  },
  rain: {
    from: 'weather',
    channel: /^rain-(?:intensity|rate)$/,
    unit: 'm/s',
    lookBackHours: nightHours + washOffHours,
    label: { ja: '雨量', en: 'rain' },
  },
  wind: {
    from: 'weather',
    channel: /^wind-speed$/,
    unit: 'm/s',
    lookBackHours: nightHours + washOffHours,
    label: { ja: '風速', en: 'wind' },
  },
  sun: {
    from: 'weather',
    channel: /^solar-radiation$/,
    unit: 'W/m2',
    lookBackHours: nightHours + washOffHours,
    label: { ja: '日照', en: 'sunshine' },
  },
} as const

/** 1 m/s of rain is 3,600,000 mm/h. */
const mmOfHour = 3_600_000
/** Days after transplanting in which leaf blast is looked for: about until heading. Own choice. */
const leafDays = 95
/** WMO-No. 8: the sun shines where its direct beam has 120 W/m². Without a tracker: own rule, see `sunshineOf`. */
const directBeamWm2 = 120

export const leafBlast = defineInsight({
  id: 'leaf-blast',
  version: 1,
  title: { ja: '葉いもち感染好適条件', en: 'Leaf-blast infection risk' },
  source: {
    ja: 'BLASTAM: 越水幸男 (1988)「アメダス資料による葉いもち発生予察法」; 宮崎・大分・滋賀・京都・三重県の判定基準',
    en: 'BLASTAM: Koshimizu (1988), forecasting of leaf blast from AMeDAS data; criteria of Miyazaki, Oita, Shiga, Kyoto and Mie prefectures',
  },
  siteKind: 'paddy',
  every: 'day',
  dayEndsHour: 15,
  inputs,
  outputs: {
    code: {
      unit: undefined,
      label: { ja: '判定（10 好適、1–4 準好適、0 なし）', en: 'Code (10 favourable, 1–4 half, 0 none)' },
    },
    'wet-hours': { unit: 'h', label: { ja: '葉面湿潤時間', en: 'Leaf wetness' } },
    'wet-temperature': { unit: 'Cel', label: { ja: '湿潤時の平均気温', en: 'Mean temperature while wet' } },
    'five-day-temperature': { unit: 'Cel', label: { ja: '5日間平均気温', en: 'Mean temperature of five days' } },
  },
  compute(input) {
    const result = judge(input)
    return mayHaveCrop(input, leafDays) ? result : { ...result, advice: undefined }
  },
})

function judge({ series, timeMs, place }: InsightInput<keyof typeof inputs>): InsightResult {
  const { temperature, rain, wind, sun } = series
  if (temperature === undefined) return cannotTell('temperature', missingSeries(inputs.temperature))
  if (rain === undefined) return cannotTell('rain', missingSeries(inputs.rain))
  if (wind === undefined) return cannotTell('wind', missingSeries(inputs.wind))
  const fiveDayMeanC = fiveDayMean(temperature)
  if (fiveDayMeanC === undefined) return cannotTell('temperature', missingReadings(inputs.temperature))
  const hours = nightHours + washOffHours
  const rainMm = lastOf(rain, hours).map((value) => value * mmOfHour)
  const windMps = lastOf(wind, hours).map(Math.round)
  const temperatureC = lastOf(temperature, hours)
  const sunshineH = Array.from({ length: hours }, (_, index) => sunshineOf(sun, index, { timeMs, hours, place }))
  for (const [declared, column] of [
    [inputs.rain, rainMm],
    [inputs.wind, windMps],
    [inputs.temperature, temperatureC],
  ] as const) {
    const isNight = (index: number) => index >= washOffHours
    if (column.some((value, index) => Number.isNaN(value) && isNight(index))) {
      return cannotTell(
        declared === inputs.rain ? 'rain' : declared === inputs.wind ? 'wind' : 'temperature',
        missingReadings(declared),
      )
    }
  }
  const day = blastDay({ before: washOffHours, rainMm, windMps, temperatureC, sunshineH, fiveDayMeanC })
  if (day === null) {
    return cannotTell('sunshine', sun === undefined ? missingSeries(inputs.sun) : missingReadings(inputs.sun))
  }
  const { code, wetHours, wetMeanC } = day
  const values = { code, 'wet-hours': wetHours, 'five-day-temperature': fiveDayMeanC }
  return {
    values: wetHours > 0 ? { ...values, 'wet-temperature': wetMeanC } : values,
    advice: adviceOf(day, timeMs),
  }
}

/** Mean of the daily means of the day and the four before. The day ends at 15:00, so that its own mean has 15 hours. */
function fiveDayMean(temperature: Hours): number | undefined {
  const days = [0, 1, 2, 3, 4].map((day) => {
    const end = temperature.mean.length - (day === 0 ? 0 : 15 + 24 * (day - 1))
    const hours = [...temperature.mean.subarray(Math.max(0, end - (day === 0 ? 15 : 24)), end)].filter(
      (value) => !Number.isNaN(value),
    )
    return hours.length < (day === 0 ? 12 : 20)
      ? Number.NaN
      : hours.reduce((sum, value) => sum + value, 0) / hours.length
  })
  const mean = days.reduce((sum, value) => sum + value, 0) / days.length
  return Number.isNaN(mean) ? undefined : mean
}

function lastOf({ mean }: Hours, hours: number): number[] {
  const column = [...mean.subarray(Math.max(0, mean.length - hours))]
  return [...Array.from({ length: hours - column.length }, () => Number.NaN), ...column]
}

/**
 * Hours of sunshine in an hour; NaN where it cannot be told. From global radiation by an own rule, of which no source is
 * published: the sun shines for the share of the hour by which the radiation passes 40 % of that outside the atmosphere
 * on its way to 60 %, and never below 120 W/m². At night it does not shine.
 */
function sunshineOf(
  sun: Hours | undefined,
  index: number,
  {
    timeMs,
    hours,
    place,
  }: {
    readonly timeMs: number
    readonly hours: number
    readonly place: { readonly lat: number; readonly lon: number }
  },
): number {
  const middleMs = timeMs - (hours - index) * hourMs + hourMs / 2
  const { altitude } = getPosition(new Date(middleMs), place.lat, place.lon)
  const outsideWm2 = 1361 * Math.sin(radians(altitude))
  if (outsideWm2 <= 0) return 0
  const globalWm2 = sun?.mean[sun.mean.length - hours + index] ?? Number.NaN
  if (Number.isNaN(globalWm2)) return Number.NaN
  if (globalWm2 < directBeamWm2) return 0
  return Math.min(1, Math.max(0, (globalWm2 / outsideWm2 - 0.4) / 0.2))
}

function adviceOf({ code, wetHours, wetMeanC, fiveDayMeanC }: BlastDay, timeMs: number): Advice {
  const wet = Math.round(wetHours)
  const number = { value: wetHours, unit: 'h', label: { ja: '葉面湿潤時間', en: 'leaf wetness' } }
  const { ja, en } = dayWords(dayAt(timeMs))
  const warm = wetMeanC.toFixed(1)
  if (code === 10) {
    const soon = dayWords(dayAt(timeMs) + 7)
    return {
      level: 'act',
      code: 'favourable',
      text: {
        ja: `${ja}は葉いもちの感染好適日です（湿潤${wet}時間、${warm}℃）。${soon.ja}ごろから葉を見回り、病斑があれば防除してください。`,
        en: `${en} was favourable for leaf blast (wet for ${wet} h at ${warm} °C). Look at the leaves from about ${soon.en} and spray if there are lesions.`,
      },
      number,
    }
  }
  if (code === 0) {
    return {
      level: 'fine',
      code: 'none',
      text: {
        ja: `葉いもちの感染好適条件はありません（湿潤${wet}時間）。`,
        en: `No conditions for leaf blast (wet for ${wet} h).`,
      },
      number,
    }
  }
  const why = {
    1: { ja: `5日平均${fiveDayMeanC.toFixed(1)}℃と低い`, en: `five-day mean low, ${fiveDayMeanC.toFixed(1)} °C` },
    2: { ja: `5日平均${fiveDayMeanC.toFixed(1)}℃と高い`, en: `five-day mean high, ${fiveDayMeanC.toFixed(1)} °C` },
    3: { ja: `湿潤時の気温${warm}℃が範囲外`, en: `${warm} °C while wet is out of range` },
    4: { ja: `${warm}℃には湿潤が短い`, en: `too short for ${warm} °C` },
  }[code]
  return {
    level: 'watch',
    code: `half-${code}`,
    text: {
      ja: `${ja}は葉いもちの準好適条件${code}です（湿潤${wet}時間、${why.ja}）。`,
      en: `${en} was half favourable for leaf blast, label ${code} (wet for ${wet} h, ${why.en}).`,
    },
    number,
  }
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}
