// Cold that hurts the ears: the week's mean temperature, the nights of booting, and what the model expects of it.
import { cannotTell, defineInsight, missingReadings, type Advice } from '../insight.ts'
import { coldStage, coldSterilityPercent } from './development.ts'
import type { FieldSeason, StageId } from './field-season.ts'
import { isUnknown, ofLast, seasonOf, seasonTemperature } from './inputs.ts'
import { valueOn } from './local-days.ts'

/** NARO early warning: limits of the mean of seven days, °C. */
const weekLimitsC = { heavy: 17, damage: 20, prevent: 22 } as const
/** Nights of booting: sterility begins, and becomes severe. Source: 和歌山県系 page, agrin. */
const nightLimitsC = { begins: 20, severe: 17 } as const

const sensitive: readonly StageId[] = ['panicle-formation', 'booting', 'heading']

export type WeekRisk = 'heavy' | 'damage' | 'prevent' | 'none'

/** Source: NARO 水稲冷害早期警戒: ≤ 17 heavy damage, to 20 damage in weak cultivars, to 22 prevent, above none. */
export function weekRisk(sevenDayMeanC: number): WeekRisk {
  if (sevenDayMeanC <= weekLimitsC.heavy) return 'heavy'
  if (sevenDayMeanC <= weekLimitsC.damage) return 'damage'
  return sevenDayMeanC < weekLimitsC.prevent ? 'prevent' : 'none'
}

/** Sum of max(22 − mean, 0) over the cold stage so far. Source: SIMRIW. */
export function coldDegreeDays(season: Pick<FieldSeason, 'today' | 'transplantedDay' | 'dviOn' | 'days'>): number {
  let sum = 0
  for (let day = season.transplantedDay; day < season.today; day += 1) {
    const dvi = season.dviOn(day)
    if (!(dvi > coldStage.from && dvi < coldStage.to)) continue
    const mean = valueOn(season.days.mean, season.days.firstDay, day)
    if (!Number.isNaN(mean)) sum += Math.max(22 - mean, 0)
  }
  return sum
}

export const cold = defineInsight({
  id: 'cold',
  version: 1,
  title: { ja: '低温注意', en: 'Low temperature' },
  source: {
    ja: '農研機構 水稲冷害早期警戒の7日平均気温; 和歌山県系資料の穂ばらみ期最低気温; 不稔歩合は SIMRIW',
    en: '7-day mean temperature of NARO’s early warning of cool-summer damage; lowest temperature at booting as in Wakayama’s guidance; share of sterile grains by SIMRIW',
  },
  siteKind: 'paddy',
  every: 'day',
  dayEndsHour: 0,
  inputs: { temperature: seasonTemperature },
  outputs: {
    'seven-day-temperature': { unit: 'Cel', label: { ja: '7日間平均気温', en: 'Mean temperature of seven days' } },
    'cold-degree-days': { unit: undefined, label: { ja: '冷却度日', en: 'Cold degree-days' } },
    'cold-sterility': { unit: '%', label: { ja: '低温による推定不稔歩合', en: 'Expected sterility by cold' } },
  },
  compute(input) {
    const season = seasonOf(input, input.series.temperature)
    if (isUnknown(season)) return season
    const { temperature } = input.series
    if (!sensitive.includes(season.stage) || temperature === undefined) return { values: {}, advice: undefined }
    const sevenDayMeanC = ofLast(temperature.mean, 168, 'mean')
    const nightC = ofLast(temperature.min, 24, 'min')
    if (Number.isNaN(sevenDayMeanC) || Number.isNaN(nightC)) {
      return cannotTell('temperature', missingReadings(seasonTemperature))
    }
    const degreeDays = coldDegreeDays(season)
    return {
      values: {
        'seven-day-temperature': sevenDayMeanC,
        'cold-degree-days': degreeDays,
        'cold-sterility': coldSterilityPercent(degreeDays),
      },
      advice: adviceOf({ stage: season.stage, sevenDayMeanC, nightC, degreeDays }),
    }
  },
})

interface ColdDay {
  readonly stage: StageId
  readonly sevenDayMeanC: number
  readonly nightC: number
  readonly degreeDays: number
}

function adviceOf({ stage, sevenDayMeanC, nightC, degreeDays }: ColdDay): Advice {
  const week = weekRisk(sevenDayMeanC)
  const ofWeek = { value: sevenDayMeanC, unit: '℃', label: { ja: '7日間平均気温', en: 'mean of seven days' } }
  const ofNight = { value: nightC, unit: '℃', label: { ja: '昨夜の最低気温', en: 'lowest of last night' } }
  const sterile = coldSterilityPercent(degreeDays).toFixed(0)
  const [mean, night] = [sevenDayMeanC.toFixed(1), nightC.toFixed(1)]
  if (stage === 'booting' && nightC <= nightLimitsC.severe) {
    return {
      level: 'urgent',
      code: 'night-severe',
      text: {
        ja: `穂ばらみ期に最低${night}℃です。障害不稔のおそれが大きい。15cm以上の深水で穂を守ってください（推定不稔${sterile}%）。`,
        en: `${night} °C at booting: severe sterility is likely. Keep the ears under 15 cm of water or more (model: ${sterile} % sterile).`,
      },
      number: ofNight,
    }
  }
  if (week === 'heavy' || week === 'damage') {
    return {
      level: week === 'heavy' ? 'urgent' : 'act',
      code: `week-${week}`,
      text: {
        ja: `7日間の平均気温が${mean}℃です。${week === 'heavy' ? '大きな冷害のおそれがあります' : '耐冷性の弱い品種は被害が出ます'}。深水にしてください（推定不稔${sterile}%）。`,
        en: `The mean of seven days is ${mean} °C: ${week === 'heavy' ? 'heavy cold damage is likely' : 'weak cultivars will be hurt'}. Flood deep (model: ${sterile} % sterile).`,
      },
      number: ofWeek,
    }
  }
  if (stage === 'booting' && nightC <= nightLimitsC.begins) {
    return {
      level: 'act',
      code: 'night-begins',
      text: {
        ja: `穂ばらみ期に最低${night}℃です。不稔が出はじめる温度です。10cm以上の深水にしてください。`,
        en: `${night} °C at booting: sterility begins at this temperature. Keep 10 cm of water or more.`,
      },
      number: ofNight,
    }
  }
  if (week === 'prevent') {
    return {
      level: 'watch',
      code: 'week-prevent',
      text: {
        ja: `7日間の平均気温が${mean}℃です。予防の深水を考えてください。`,
        en: `The mean of seven days is ${mean} °C: consider deep water as a precaution.`,
      },
      number: ofWeek,
    }
  }
  return {
    level: 'fine',
    code: 'none',
    text: { ja: `低温の心配はありません（7日平均${mean}℃）。`, en: `No risk of cold (mean of seven days ${mean} °C).` },
    number: ofWeek,
  }
}
