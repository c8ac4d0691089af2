// How long leaves stayed wet through a night, from hourly weather: the wet period of BLASTAM.

/**
 * Columns of hourly weather. Index i is the hour that ends at 16:00 + i of the evening (0: 15–16 o'clock of the day before,
 * 23: 14–15 o'clock of the day); `before` more hours stand in front of it.
 */
export interface NightWeather {
  /** Hours in front of index 0, for rain that washes off. */
  readonly before: number
  readonly rainMm: readonly number[]
  /** Hours of sunshine in the hour, 0 to 1. */
  readonly sunshineH: readonly number[]
  readonly windMps: readonly number[]
}

export interface WetPeriod {
  /** Index of its first hour. */
  readonly start: number
  readonly hours: number
}

export const nightHours = 24
/** AMeDAS counts rain in steps of 0.5 mm. */
const rainStepMm = 0.5
/** Heavy rain this many hours away makes wet hours ineffective. */
export const washOffHours = 9

/** 0.2 h, and what adding tenths leaves over. */
const driedAfterSunH = 0.2 + 1e-9
const lastRainStart = 14
const midnight = 8
const fourOClock = 12
const sevenOClock = 15

/**
 * The longest wet period between 16:00 and 15:00, the first of equals.
 * Source: 越水幸男 (1988)「アメダス資料による葉いもち発生予察法」, criteria 1, 2 and 5 as its text is quoted by
 * Raingel/BLASTAM, and the same criteria of Oita prefecture. Taken from the text, not from that program, whose
 * condition `hour >= 4 or hour <= 7` always holds. Where the text leaves open what is meant: sunshine before midnight is added up
 * since the first rain, as that program does, and the hour before a rain is wet unless its own sun or wind ended the wetness.
 */
export function wetPeriod(weather: NightWeather): WetPeriod {
  const wet = nightWetness(weather)
  addDayRain(wet, weather)
  bridgeGaps(wet, weather)
  washOff(wet, weather)
  return longest(wet)
}

/** Criterion 1: rain between 16:00 and 06:00 wets until 07:00, unless sun or wind end it. */
function nightWetness(weather: NightWeather): boolean[] {
  const wet: boolean[] = Array.from({ length: nightHours }, () => false)
  let isWet = false
  let ended = false
  let hasRained = false
  let sunSinceRain = 0
  let windyHours = 0
  for (let hour = 0; hour <= sevenOClock; hour += 1) {
    const { rain, sun, wind } = at(weather, hour)
    windyHours = wind >= 3 ? windyHours + 1 : 0
    const isDried = hour <= midnight && sunSinceRain > driedAfterSunH
    if (rain && wind < 4 && hour <= lastRainStart && !isDried) {
      if (!isWet && hour > 0 && !ended) wet[hour - 1] = true
      isWet = true
      hasRained = true
    }
    if (hasRained && hour <= midnight) sunSinceRain += rain && sun <= 0.1 ? 0 : sun
    const isSunny = hour <= midnight && sunSinceRain > driedAfterSunH
    ended = isSunny || endsByWind(hour, { rain, wind, windyHours })
    if (ended) isWet = false
    if (isWet) wet[hour] = true
  }
  return wet
}

function endsByWind(
  hour: number,
  { rain, wind, windyHours }: { readonly rain: boolean; readonly wind: number; readonly windyHours: number },
): boolean {
  if (hour > fourOClock) return wind >= (rain ? 4 : 3)
  return wind >= 4 || windyHours >= 3
}

/** Criterion 2: rain between 06:00 and 16:00, and the three hours after it where neither sun nor wind dry the leaves. */
function addDayRain(wet: boolean[], weather: NightWeather): void {
  for (let hour = sevenOClock; hour < nightHours; hour += 1) {
    const { rain, wind } = at(weather, hour)
    if (!rain || wind >= 4) continue
    wet[hour] = true
    for (let after = hour + 1; after <= Math.min(hour + 3, nightHours - 1); after += 1) {
      const next = at(weather, after)
      if (next.sun <= 0.1 && next.wind <= 2) wet[after] = true
    }
  }
}

/** Criterion 2: one dry hour between two wet ones, where rain of the day is about. */
function bridgeGaps(wet: boolean[], weather: NightWeather): void {
  for (let hour = sevenOClock; hour < nightHours - 1; hour += 1) {
    if (wet[hour] === true || wet[hour - 1] !== true || wet[hour + 1] !== true) continue
    const { sun, wind } = at(weather, hour)
    if (sun <= 0.1 && wind <= 3) wet[hour] = true
  }
}

/** Criterion 5: 4 mm in an hour, or 3 mm in each of two hours running, wash the spores off. */
function washOff(wet: boolean[], { rainMm, before }: NightWeather): void {
  const mm = (hour: number) => rainMm[before + hour] ?? 0
  for (let hour = -Math.min(before, washOffHours); hour < nightHours; hour += 1) {
    const isHeavy = mm(hour) >= 4 || (mm(hour) >= 3 && (mm(hour - 1) >= 3 || mm(hour + 1) >= 3))
    if (!isHeavy) continue
    for (
      let near = Math.max(0, hour - washOffHours);
      near <= Math.min(nightHours - 1, hour + washOffHours);
      near += 1
    ) {
      wet[near] = false
    }
  }
}

function at({ before, rainMm, sunshineH, windMps }: NightWeather, hour: number) {
  const place = before + hour
  return {
    rain: (rainMm[place] ?? 0) >= rainStepMm - 1e-9,
    sun: sunshineH[place] ?? 0,
    wind: windMps[place] ?? 0,
  }
}

function longest(wet: readonly boolean[]): WetPeriod {
  let best: WetPeriod = { start: 0, hours: 0 }
  let start = 0
  for (let hour = 0; hour <= wet.length; hour += 1) {
    if (wet[hour] === true) continue
    if (hour - start > best.hours) best = { start, hours: hour - start }
    start = hour + 1
  }
  return best
}
