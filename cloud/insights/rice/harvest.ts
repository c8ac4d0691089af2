// When to cut: days and accumulated temperature since heading, for the cultivars that Chiba publishes.
import type { CultivarId } from '../field-settings.ts'
import { cannotTell, defineInsight, type Advice } from '../insight.ts'
import { coastOfTokyoBay, normalOn } from '../climate.ts'
import type { FieldSeason } from './field-season.ts'
import { isUnknown, seasonOf, seasonTemperature } from './inputs.ts'
import { dayWords, valueOn } from './local-days.ts'

export interface HarvestRule {
  /** Days after heading at which 15 % of the husks are green. Source: 千葉県「登熟期の管理と収穫」(2018-08). */
  readonly days: number
  /** Accumulated mean temperature, °C·d. Chosen of four that differ: 埼玉 (JA) 早植えコシヒカリ; 長野 says 1050, 鳥取 890–1140. */
  readonly degreeDays?: { readonly from: number; readonly to: number }
}

export const harvestRules: Readonly<Partial<Record<CultivarId, HarvestRule>>> = {
  fusaotome: { days: 33 },
  fusakogane: { days: 37 },
  koshihikari: { days: 38, degreeDays: { from: 950, to: 1150 } },
}

const announcedDays = 14

export const harvest = defineInsight({
  id: 'harvest',
  version: 1,
  title: { ja: '収穫適期', en: 'Harvest' },
  source: {
    ja: '千葉県「登熟期の管理と収穫」(2018-08) の出穂後日数; 積算気温は埼玉 (JA)',
    en: 'Days after heading of Chiba Prefecture, care during ripening and harvest (2018-08); sum of temperatures of JA in Saitama',
  },
  siteKind: 'paddy',
  every: 'day',
  dayEndsHour: 0,
  inputs: { temperature: seasonTemperature },
  outputs: {
    'degree-days': {
      unit: undefined,
      label: { ja: '出穂後の積算気温（℃・日）', en: 'Accumulated temperature since heading' },
    },
    'days-to-harvest': { unit: 'd', label: { ja: '収穫適期まで', en: 'Days to harvest' } },
  },
  compute(input) {
    const season = seasonOf(input, input.series.temperature)
    if (isUnknown(season)) return season
    const { today, headingDay, stage } = season
    if (today <= headingDay || stage === 'after') return { values: {}, advice: undefined }
    const rule = input.settings.cultivar === undefined ? undefined : harvestRules[input.settings.cultivar]
    if (rule === undefined) {
      return cannotTell('rule', {
        ja: 'この品種の収穫の目安がありません',
        en: 'no harvest rule is known for this cultivar',
      })
    }
    const normals = input.settings.normalsC ?? coastOfTokyoBay
    const accumulated = accumulate(season, (day) => normalOn(normals, day))
    const daysLeft = headingDay + rule.days - today
    const values = {
      'days-to-harvest': daysLeft,
      ...(accumulated.missing > 3 ? {} : { 'degree-days': accumulated.sum }),
    }
    const sum = accumulated.missing > 3 ? undefined : accumulated.sum
    return { values, advice: daysLeft > announcedDays ? undefined : adviceOf({ season, rule, daysLeft, sum }) }
  },
})

/** A day without readings counts as a normal one; `missing` says how many. */
function accumulate({ days, headingDay, today }: FieldSeason, normal: (day: number) => number) {
  let sum = 0
  let missing = 0
  for (let day = headingDay + 1; day < today; day += 1) {
    const mean = valueOn(days.mean, days.firstDay, day)
    if (Number.isNaN(mean)) missing += 1
    sum += Number.isNaN(mean) ? normal(day) : mean
  }
  return { sum, missing }
}

function adviceOf(given: {
  readonly season: FieldSeason
  readonly rule: HarvestRule
  readonly daysLeft: number
  readonly sum: number | undefined
}): Advice {
  const { season, rule, daysLeft, sum } = given
  const on = dayWords(season.headingDay + rule.days)
  const since = season.today - season.headingDay
  const degreeDays =
    sum === undefined ? { ja: '', en: '' } : { ja: `、積算${sum.toFixed(0)}℃・日`, en: `, ${sum.toFixed(0)} °C·d` }
  const isReached = rule.degreeDays !== undefined && sum !== undefined && sum >= rule.degreeDays.from
  const number = { value: since, unit: 'd', label: { ja: '出穂後日数', en: 'days since heading' } }
  if (daysLeft < -7) {
    return {
      level: 'urgent',
      code: 'late',
      text: {
        ja: `収穫適期（${on.ja}）を過ぎています（出穂後${since}日${degreeDays.ja}）。刈り残しがあれば急いでください。`,
        en: `The time to harvest (${on.en}) has passed (${since} days since heading${degreeDays.en}). Cut what is left.`,
      },
      number,
    }
  }
  if (daysLeft <= 0 || isReached) {
    return {
      level: 'act',
      code: 'now',
      text: {
        ja: `収穫適期です（出穂後${since}日${degreeDays.ja}）。青籾15%を確かめて刈り取ってください。`,
        en: `Time to harvest (${since} days since heading${degreeDays.en}). Cut when 15 % of the husks are still green.`,
      },
      number,
    }
  }
  return {
    level: 'watch',
    code: 'soon',
    text: {
      ja: `収穫適期は${on.ja}ごろです（あと${daysLeft}日${degreeDays.ja}）。`,
      en: `Harvest is due about ${on.en} (in ${daysLeft} days${degreeDays.en}).`,
    },
    number,
  }
}
