// Heat after heading, which makes kernels white: the running mean since heading, at most over twenty days.
import { defineInsight, type Advice } from '../insight.ts'
import { heatStage, heatSterilityPercent } from './development.ts'
import type { FieldSeason } from './field-season.ts'
import { isUnknown, seasonOf, seasonTemperature } from './inputs.ts'
import { valueOn } from './local-days.ts'

/** Means of the twenty days after heading, °C. Sources: 千葉県 (2018): from 26–27 white kernels; 埼玉 (JA): 27 the danger line. */
const ripeningLimitsC = { caution: 26, warning: 27 } as const
const ripeningDays = 20
const leastDays = 3

export type RipeningRisk = 'none' | 'caution' | 'warning'

export function ripeningRisk(meanC: number): RipeningRisk {
  if (meanC >= ripeningLimitsC.warning) return 'warning'
  return meanC >= ripeningLimitsC.caution ? 'caution' : 'none'
}

export const ripeningHeat = defineInsight({
  id: 'ripening-heat',
  version: 1,
  title: { ja: '高温登熟注意', en: 'Heat in ripening' },
  source: {
    ja: '千葉県「登熟期の管理と収穫」(2018-08); 埼玉 JA の危険線 27℃; 不稔歩合は SIMRIW',
    en: 'Chiba Prefecture, care during ripening and harvest (2018-08); line of danger of 27 °C of JA in Saitama; share of sterile grains by SIMRIW',
  },
  siteKind: 'paddy',
  every: 'day',
  dayEndsHour: 0,
  inputs: { temperature: seasonTemperature },
  outputs: {
    'ripening-temperature': { unit: 'Cel', label: { ja: '出穂後の平均気温', en: 'Mean temperature since heading' } },
    'heat-sterility': { unit: '%', label: { ja: '高温による推定不稔歩合', en: 'Expected sterility by heat' } },
  },
  compute(input) {
    const season = seasonOf(input, input.series.temperature)
    if (isUnknown(season)) return season
    const { today, headingDay } = season
    const since = today - headingDay
    if (since < leastDays || since > ripeningDays + 10) return { values: {}, advice: undefined }
    const { meanC, days } = meanSince(season, headingDay, Math.min(since, ripeningDays))
    if (days < Math.min(since, ripeningDays) * 0.75) return { values: {}, advice: undefined }
    const highest = meanHighest(season)
    return {
      values: {
        'ripening-temperature': meanC,
        ...(Number.isNaN(highest) ? {} : { 'heat-sterility': heatSterilityPercent(highest) }),
      },
      advice: since > ripeningDays ? undefined : adviceOf(meanC, since),
    }
  },
})

function meanSince({ days }: FieldSeason, fromDay: number, length: number) {
  let sum = 0
  let count = 0
  for (let day = fromDay; day < fromDay + length; day += 1) {
    const mean = valueOn(days.mean, days.firstDay, day)
    if (Number.isNaN(mean)) continue
    sum += mean
    count += 1
  }
  return { meanC: sum / count, days: count }
}

function meanHighest({ days, transplantedDay, today, dviOn }: FieldSeason): number {
  let sum = 0
  let count = 0
  for (let day = transplantedDay; day < today; day += 1) {
    const dvi = dviOn(day)
    const high = valueOn(days.max, days.firstDay, day)
    if (!(dvi > heatStage.from && dvi < heatStage.to) || Number.isNaN(high)) continue
    sum += high
    count += 1
  }
  return count === 0 ? Number.NaN : sum / count
}

function adviceOf(meanC: number, days: number): Advice {
  const risk = ripeningRisk(meanC)
  const mean = meanC.toFixed(1)
  const number = { value: meanC, unit: '℃', label: { ja: '出穂後の平均気温', en: 'mean since heading' } }
  if (risk === 'none') {
    return {
      level: 'fine',
      code: 'none',
      text: {
        ja: `登熟の気温は良好です（出穂後${days}日の平均${mean}℃）。`,
        en: `Good temperatures for ripening (mean of ${days} days since heading ${mean} °C).`,
      },
      number,
    }
  }
  return {
    level: risk === 'warning' ? 'urgent' : 'act',
    code: risk,
    text: {
      ja: `出穂後${days}日の平均気温が${mean}℃です。${risk === 'warning' ? '警戒：' : '注意：'}白未熟粒が増えます。土を乾かさず（飽水管理）、早い落水を避けてください。`,
      en: `The mean of the ${days} days since heading is ${mean} °C: white kernels ${risk === 'warning' ? 'are likely' : 'may come'}. Keep the soil saturated and do not drain early.`,
    },
    number,
  }
}
