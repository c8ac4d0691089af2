// How much of the light that was due was there: the share of the lamps lit through the sure hours of the night.
import { cannotTell, defineInsight, missingReadings, missingSeries, reportDays, type Advice } from '../insight.ts'
import { lampName, lampPowers, lampsOf, namesOf, nightsOf, useOf } from './lamps.ts'

const powers = lampPowers(24)
/** Of the night's hours so many must be measured, and a lamp below the shares is dark, or burns only in part. Own choices. */
const measuredShare = 0.8
const darkShare = 0.2
const fullShare = 0.9

interface LitLamp {
  readonly part: string
  readonly share: number
}

export const nightCoverage = defineInsight({
  id: 'night-coverage',
  version: 1,
  title: { ja: '夜間の点灯率', en: 'Night coverage' },
  source: {
    ja: '自社の方法：日の入30分後から日の出30分前までの、点灯すべき灯・時間のうち点いていた割合',
    en: 'Own method: of the lamp hours that are due from 30 minutes after sunset to 30 minutes before sunrise, the share that was lit',
  },
  siteKind: 'streetlight',
  every: 'day',
  reachBackDays: reportDays,
  dayEndsHour: 12,
  inputs: { powers },
  outputs: {
    coverage: { unit: '/', label: { ja: '点灯率', en: 'share lit' } },
    'dark-lamps': { unit: 'count', label: { ja: '点かなかった灯', en: 'dark lamps' } },
  },
  partName: lampName,
  compute({ groups, settings, place }) {
    const lamps = lampsOf(groups.powers, settings)
    const [first] = lamps
    if (first === undefined) return cannotTell('powers', missingSeries(powers))
    const nights = nightsOf(first, place)
    const due = nights.filter(({ kind }) => kind === 'night').length
    if (due === 0) return { values: {}, advice: undefined }
    const lit = lamps.flatMap((lamp): LitLamp[] => {
      const { nightHours, litNightHours } = useOf(lamp, nights)
      return nightHours < due * measuredShare ? [] : [{ part: lamp.part, share: litNightHours / nightHours }]
    })
    if (lit.length < lamps.length * measuredShare) return cannotTell('powers', missingReadings(powers))
    const coverage = lit.reduce((sum, { share }) => sum + share, 0) / lit.length
    return {
      values: { coverage, 'dark-lamps': lit.filter(({ share }) => share < darkShare).length },
      parts: lit.map(({ part, share }) => ({ part, values: { coverage: share } })),
      advice: adviceOf(lit, coverage),
    }
  },
})

function adviceOf(lit: readonly LitLamp[], coverage: number): Advice {
  const dark = lit.filter(({ share }) => share < darkShare).map(({ part }) => part)
  const partly = lit.filter(({ share }) => share >= darkShare && share < fullShare).map(({ part }) => part)
  const percent = (coverage * 100).toFixed(0)
  const number = { value: coverage * 100, unit: '%', label: { ja: '点灯率', en: 'share lit' } }
  if (dark.length === lit.length) {
    return {
      level: 'urgent',
      code: 'all-dark',
      text: {
        ja: `分電盤と電源を確認してください。昨夜は${lit.length}灯すべてが消えていました。`,
        en: `Check the cabinet and its supply: all ${lit.length} lamps were dark last night.`,
      },
      number,
    }
  }
  if (dark.length > 0) {
    const names = namesOf(dark)
    return {
      level: 'act',
      code: 'dark',
      text: {
        ja: `灯具を点検してください。昨夜は${names.ja}が点きませんでした（点灯率${percent}%）。`,
        en: `Have the lamps checked: ${names.en} stayed dark last night (${percent} % lit).`,
      },
      number,
    }
  }
  if (partly.length > 0) {
    const names = namesOf(partly)
    return {
      level: 'watch',
      code: 'partly',
      text: {
        ja: `次の巡回で見てください。昨夜は${names.ja}が消えたり点いたりしました（点灯率${percent}%）。`,
        en: `Look at the next round: ${names.en} burnt only part of last night (${percent} % lit).`,
      },
      number,
    }
  }
  return {
    level: 'fine',
    code: 'lit',
    text: { ja: `昨夜は${lit.length}灯すべてが点きました。`, en: `All ${lit.length} lamps burnt through last night.` },
    number,
  }
}
