// The next 24 hours of a field's water and of a station's air, each shown only where it is better than two simple guesses.
import type { LocalizedText } from '../../../broker/contract/documents.ts'
import {
  cannotTell,
  defineInsight,
  missingReadings,
  missingSeries,
  type Advice,
  type AnyInsight,
  type Hours,
  type InputDeclaration,
} from '../insight.ts'
import { dayAt } from '../../calendar/japan-days.ts'
import { forecastLookBackHours, hourlyProblem, minimumProblem } from './forecast-problems.ts'
import { isShown, leastDays, rollingForecast, type ForecastScore, type RollingForecast } from './rolling-forecast.ts'

const source = {
  ja: '自社の方法：季節ナイーブ・7日平均・変化量のリッジ回帰。取り置いた14日で持続・季節ナイーブと比べ、区間はその誤差の80%（Hoerl・Kennard 1970, Lei ほか 2018）',
  en: 'Own method: seasonal naive, mean of 7 days and ridge regression of the change, compared with persistence and seasonal naive on 14 days held back; the span holds 80% of the errors there (Hoerl and Kennard 1970, Lei et al. 2018)',
}

/** How a forecast is made of the hours of its series; the same for the stored results and for the curve that is asked for. */
export interface ForecastKind {
  readonly insight: AnyInsight
  /** Of its series. */
  readonly input: InputDeclaration
  readonly make: (hours: Hours) => RollingForecast | undefined
  /** How many hours the value of a point covers: 1, or the whole day of a minimum. */
  readonly pointHours: number
}

/** The forecast, or why there is none. */
function made(
  hours: Hours | undefined,
  input: InputDeclaration,
  make: ForecastKind['make'],
): RollingForecast | ReturnType<typeof cannotTell> {
  if (hours === undefined) return cannotTell('series', missingSeries(input))
  if (Number.isNaN(hours.mean.at(-1) ?? Number.NaN)) return cannotTell('readings', missingReadings(input))
  return make(hours) ?? cannotTell('history', tooShort)
}

const tooShort: LocalizedText = {
  ja: '測定が24日分たまっていません',
  en: 'there are not yet 24 days of readings',
}

function isNone(found: RollingForecast | ReturnType<typeof cannotTell>): found is ReturnType<typeof cannotTell> {
  return 'advice' in found
}

function withoutSkill({ skill, days }: ForecastScore): Advice | undefined {
  if (days < leastDays) return cannotTell('history', tooShort).advice
  const percent = (skill * 100).toFixed(0)
  return cannotTell('skill', {
    ja: `予測が単純な見込みより良くありません（直近${days}日の改善${percent}%）`,
    en: `the forecast is no better than a simple guess (${percent} % better over ${days} days)`,
  }).advice
}

const trust = ({ skill, days }: ForecastScore): LocalizedText => ({
  ja: `直近${days}日で単純な見込みより誤差${(skill * 100).toFixed(0)}%減`,
  en: `${(skill * 100).toFixed(0)} % less error than a simple guess over ${days} days`,
})

const skillOutput = { unit: '/', label: { ja: '予測の技量', en: 'Skill of the forecast' } } as const
const coverageOutput = { unit: '/', label: { ja: '区間に入った割合', en: 'Share inside the interval' } } as const

const levelInput: InputDeclaration = {
  from: 'site',
  channel: /^water-level$/,
  unit: 'm',
  lookBackHours: forecastLookBackHours,
  label: { ja: '水位', en: 'water level' },
}

const levelForecast = defineInsight({
  id: 'level-forecast',
  version: 1,
  title: { ja: '水位の24時間予測', en: 'Water level, next 24 hours' },
  source,
  siteKind: 'paddy',
  every: 'hour',
  keepsPast: true,
  inputs: { level: levelInput },
  outputs: {
    'level-24h': { unit: 'm', label: { ja: '24時間後の水位', en: 'Water level in 24 hours' } },
    'level-24h-low': { unit: 'm', label: { ja: '24時間後の水位（下限）', en: 'Water level in 24 hours, low' } },
    'level-24h-high': { unit: 'm', label: { ja: '24時間後の水位（上限）', en: 'Water level in 24 hours, high' } },
    skill: skillOutput,
    coverage: coverageOutput,
  },
  compute({ series, settings }) {
    const found = made(series.level, levelInput, (hours) => rollingForecast(hourlyProblem(hours)))
    if (isNone(found)) return found
    const { score, points } = found
    const end = points.at(-1)
    const scored = { skill: score.skill, coverage: score.coverage }
    if (end === undefined || !isShown(score)) return { values: scored, advice: withoutSkill(score) }
    const zero = settings.depthZeroM ?? 0
    const [value, low, high] = [end.value, end.low, end.high].map((m) => ((m - zero) * 100).toFixed(1))
    const word = trust(score)
    return {
      values: { 'level-24h': end.value, 'level-24h-low': end.low, 'level-24h-high': end.high, ...scored },
      advice: {
        level: 'fine',
        code: 'level',
        text: {
          ja: `24時間後の水深は${value}cmの見込みです（${low}～${high}cm、${word.ja}）。`,
          en: `The water will be ${value} cm deep in 24 hours (${low} to ${high} cm; ${word.en}).`,
        },
        number: {
          value: (end.value - zero) * 100,
          unit: 'cm',
          label: { ja: '24時間後の水深', en: 'depth in 24 hours' },
        },
      },
    }
  },
})

const waterInput: InputDeclaration = {
  from: 'site',
  channel: /^water-temperature$/,
  unit: 'Cel',
  lookBackHours: forecastLookBackHours,
  label: { ja: '水温', en: 'water temperature' },
}

const waterTemperatureForecast = defineInsight({
  id: 'water-temp-forecast',
  version: 1,
  title: { ja: '水温の24時間予測', en: 'Water temperature, next 24 hours' },
  source,
  siteKind: 'paddy',
  every: 'hour',
  keepsPast: true,
  inputs: { water: waterInput },
  outputs: {
    'lowest-24h': { unit: 'Cel', label: { ja: '24時間の最低水温', en: 'Lowest water temperature in 24 hours' } },
    'highest-24h': { unit: 'Cel', label: { ja: '24時間の最高水温', en: 'Highest water temperature in 24 hours' } },
    skill: skillOutput,
    coverage: coverageOutput,
  },
  compute({ series }) {
    const found = made(series.water, waterInput, (hours) => rollingForecast(hourlyProblem(hours)))
    if (isNone(found)) return found
    const { score, points } = found
    const scored = { skill: score.skill, coverage: score.coverage }
    const coldest = points.toSorted((a, b) => a.value - b.value)[0]
    const warmest = points.toSorted((a, b) => b.value - a.value)[0]
    if (coldest === undefined || warmest === undefined || !isShown(score)) {
      return { values: scored, advice: withoutSkill(score) }
    }
    const word = trust(score)
    const [low, high] = [coldest.value.toFixed(1), warmest.value.toFixed(1)]
    return {
      values: { 'lowest-24h': coldest.value, 'highest-24h': warmest.value, ...scored },
      advice: {
        level: 'fine',
        code: 'water',
        text: {
          ja: `今後24時間の水温は${low}～${high}℃の見込みです（最低は${coldest.low.toFixed(1)}～${coldest.high.toFixed(1)}℃の間、${word.ja}）。`,
          en: `The water will be between ${low} and ${high} °C in the next 24 hours (lowest between ${coldest.low.toFixed(1)} and ${coldest.high.toFixed(1)} °C; ${word.en}).`,
        },
        number: { value: coldest.value, unit: '℃', label: { ja: '最低水温', en: 'lowest water temperature' } },
      },
    }
  },
})

const airInput: InputDeclaration = {
  from: 'site',
  channel: /^air-temperature$/,
  unit: 'Cel',
  lookBackHours: forecastLookBackHours,
  label: { ja: '気温', en: 'air temperature' },
}

/** Screen temperature at which frost may form on the ground, °C, and the months of late and early frost. Source: agronomy.md §6, of
 * articles on 霜注意報; the months are an own choice. */
const frost = { atC: 3, months: [3, 4, 5, 10, 11] } as const

/** The channel is the one that the insights of rice look for at a weather station. */
const airMinimumForecast = defineInsight({
  id: 'air-minimum-forecast',
  version: 1,
  title: { ja: '最低気温の24時間予測', en: 'Lowest air temperature, next 24 hours' },
  source,
  siteKind: 'weather',
  every: 'hour',
  keepsPast: true,
  inputs: { air: airInput },
  outputs: {
    'forecast-min-temperature': { unit: 'Cel', label: { ja: '24時間の最低気温', en: 'Lowest in 24 hours' } },
    'min-temperature-low': { unit: 'Cel', label: { ja: '最低気温（下限）', en: 'Lowest in 24 hours, low' } },
    'min-temperature-high': { unit: 'Cel', label: { ja: '最低気温（上限）', en: 'Lowest in 24 hours, high' } },
    skill: skillOutput,
    coverage: coverageOutput,
  },
  compute({ series, timeMs }) {
    const found = made(series.air, airInput, (hours) => rollingForecast(minimumProblem(hours)))
    if (isNone(found)) return found
    const { score, points } = found
    const [point] = points
    const scored = { skill: score.skill, coverage: score.coverage }
    if (point === undefined || !isShown(score)) return { values: scored, advice: withoutSkill(score) }
    const { value, low, high } = point
    const month = new Date(dayAt(timeMs) * 86_400_000).getUTCMonth() + 1
    const mayFreeze = value <= frost.atC && frost.months.some((one) => one === month)
    const word = trust(score)
    const text = [value, low, high].map((celsius) => celsius.toFixed(1))
    return {
      values: {
        'forecast-min-temperature': value,
        'min-temperature-low': low,
        'min-temperature-high': high,
        ...scored,
      },
      advice: {
        level: mayFreeze ? 'watch' : 'fine',
        code: mayFreeze ? 'frost' : 'minimum',
        text: {
          ja: `${mayFreeze ? '霜に注意してください。' : ''}今後24時間の最低気温は${text[0]}℃の見込みです（${text[1]}～${text[2]}℃、${word.ja}）。`,
          en: `${mayFreeze ? 'Beware of frost: the' : 'The'} lowest temperature of the next 24 hours will be ${text[0]} °C (${text[1]} to ${text[2]} °C; ${word.en}).`,
        },
        number: { value, unit: '℃', label: { ja: '24時間の最低気温', en: 'lowest in 24 hours' } },
      },
    }
  },
})

export const forecastKinds: readonly ForecastKind[] = [
  {
    insight: levelForecast,
    input: levelInput,
    make: (hours) => rollingForecast(hourlyProblem(hours)),
    pointHours: 1,
  },
  {
    insight: waterTemperatureForecast,
    input: waterInput,
    make: (hours) => rollingForecast(hourlyProblem(hours)),
    pointHours: 1,
  },
  {
    insight: airMinimumForecast,
    input: airInput,
    make: (hours) => rollingForecast(minimumProblem(hours)),
    pointHours: 24,
  },
]
