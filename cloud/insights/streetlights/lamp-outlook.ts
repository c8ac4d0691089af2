// Which lamps are likely to fail next, and why one should think so: power that falls against its neighbours', and restarts by night.
import { cannotTell, defineInsight, missingSeries, type Advice } from '../insight.ts'
import { lampName, lampPowers, lampsOf, typicalPowerW, useOf, type Lamp } from './lamps.ts'
import { hoursOfNight, type HourOfNight } from './night.ts'

const nightsOfWindow = 28
const powers = lampPowers(nightsOfWindow * 24)
/** Fewer nights say nothing of a trend. */
const leastNights = 10
/**
 * A lamp is named from these on: a string of LEDs of twelve takes 8 % with it, and a driver that restarts for minutes each night is
 * worn. Own choices, tried on simulated lamps only (`musubi insights evaluate`, docs/insights.md).
 */
const signs = { fallShare: 0.05, unsteadyHours: 0.4 } as const
/** An hour in which it drew so much less than usual, and yet burnt, is unsteady. */
const dipShare = 0.8

export interface LampSigns {
  readonly part: string
  /** Share of its power that was lost over the window, more than its neighbours lost. */
  readonly fallShare: number
  /** Unsteady hours a night over the last week, beyond those of the time before. */
  readonly unsteadyHours: number
  /** Higher is worse; below 1 there is no sign. */
  readonly risk: number
}

/** The worst first. Lamps that did not burn in the last nights are left out: they have failed already. */
export function rankLamps(lamps: readonly Lamp[], nights: readonly HourOfNight[]): readonly LampSigns[] {
  const found = lamps.flatMap((lamp) => signsOf(lamp, nights) ?? [])
  const usual = median(found.map(({ fallShare }) => fallShare))
  return found
    .map(({ part, fallShare, unsteadyHours }): LampSigns => {
      const own = fallShare - Math.min(Math.max(usual, -0.05), 0.05)
      const risk = Math.max(0, own) / signs.fallShare + Math.max(0, unsteadyHours) / signs.unsteadyHours
      return { part, fallShare: own, unsteadyHours, risk }
    })
    .toSorted((a, b) => b.risk - a.risk)
}

function signsOf(lamp: Lamp, nights: readonly HourOfNight[]): Omit<LampSigns, 'risk'> | undefined {
  const { hours, litFromW, part } = lamp
  const typical = typicalPowerW(hours, litFromW)
  const byNight = Map.groupBy(
    nights.flatMap(({ kind }, index) => (kind === 'night' && !Number.isNaN(hours.mean[index]) ? [index] : [])),
    (index) => Math.floor(index / 24),
  )
  if (byNight.size < leastNights || Number.isNaN(typical)) return undefined
  const each = [...byNight].map(([, indexes]) => {
    const steady = indexes.filter((index) => (hours.min[index] as number) >= litFromW)
    const dips = indexes.filter((index) => {
      const [min, max] = [hours.min[index] as number, hours.max[index] as number]
      return max >= litFromW && min < dipShare * typical
    })
    return { powerW: median(steady.map((index) => hours.max[index] as number)), dips: dips.length }
  })
  const recent = each.slice(-7)
  if (recent.every(({ powerW, dips }) => Number.isNaN(powerW) && dips === 0)) return undefined
  const early = median(each.slice(0, 7).map(({ powerW }) => powerW))
  const late = median(each.slice(-3).map(({ powerW }) => powerW))
  const dips = (of: typeof each) => of.reduce((sum, night) => sum + night.dips, 0) / Math.max(1, of.length)
  const fallShare = (early - late) / early
  return {
    part,
    fallShare: Number.isNaN(fallShare) ? 0 : fallShare,
    unsteadyHours: dips(recent) - Math.min(dips(each.slice(0, -7)), dips(recent)),
  }
}

/** Of numbers; NaN of none. */
function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export const lampOutlook = defineInsight({
  id: 'lamp-outlook',
  version: 1,
  title: { ja: '次に切れそうな灯', en: 'Lamps likely to fail next' },
  source: {
    ja: '自社の方法：28夜の電力の低下と夜間の瞬断。模擬の灯で確かめただけで、実際の故障記録では未検証',
    en: 'Own method: loss of power over 28 nights and short breaks at night. Tried on simulated lamps only, not on records of real failures',
  },
  siteKind: 'streetlight',
  every: 'day',
  dayEndsHour: 12,
  inputs: { powers },
  outputs: { risk: { unit: undefined, label: { ja: '故障の兆し', en: 'sign of failure' } } },
  partName: lampName,
  compute({ groups, settings, place }) {
    const lamps = lampsOf(groups.powers, settings)
    const [first] = lamps
    if (first === undefined) return cannotTell('powers', missingSeries(powers))
    const nights = hoursOfNight(first.hours.fromMs, first.hours.mean.length, place)
    const ranked = rankLamps(lamps, nights)
    if (ranked.length === 0) {
      if (lamps.every((lamp) => useOf(lamp, nights).measuredHours > leastNights * 24)) {
        return { values: {}, advice: undefined }
      }
      return cannotTell('history', {
        ja: `測定が${leastNights}夜分たまっていません`,
        en: `there are not yet ${leastNights} nights of readings`,
      })
    }
    const [worst] = ranked
    return {
      values: { risk: worst?.risk ?? 0 },
      parts: ranked.map(({ part, risk }) => ({ part, values: { risk } })),
      advice: adviceOf(ranked.filter(({ risk }) => risk >= 1)),
    }
  },
})

function adviceOf(named: readonly LampSigns[]): Advice {
  const [worst] = named
  if (worst === undefined) {
    return {
      level: 'fine',
      code: 'none',
      text: { ja: '切れそうな兆しのある灯はありません。', en: 'No lamp shows signs of failing soon.' },
      number: undefined,
    }
  }
  const name = lampName(worst.part)
  const others = named.length - 1
  const more = others === 0 ? { ja: '', en: '' } : { ja: `ほか${others}灯も。`, en: ` ${others} more show signs.` }
  if (worst.unsteadyHours / signs.unsteadyHours >= worst.fallShare / signs.fallShare) {
    const hours = worst.unsteadyHours.toFixed(1)
    return {
      level: 'watch',
      code: 'unsteady',
      text: {
        ja: `次の巡回で${name.ja}を点検してください。夜の瞬断が一晩に${hours}時間分増えています。${more.ja}`,
        en: `Check ${name.en} at the next round: it dips in ${hours} hours a night more than before.${more.en}`,
      },
      number: { value: worst.unsteadyHours, unit: 'h', label: { ja: '一晩の瞬断', en: 'unsteady hours a night' } },
    }
  }
  const percent = (worst.fallShare * 100).toFixed(0)
  return {
    level: 'watch',
    code: 'falling',
    text: {
      ja: `次の巡回で${name.ja}を点検してください。電力がまわりの灯より${percent}%下がっています。${more.ja}`,
      en: `Check ${name.en} at the next round: its power fell by ${percent} % more than its neighbours'.${more.en}`,
    },
    number: { value: worst.fallShare * 100, unit: '%', label: { ja: '電力の低下', en: 'fall of power' } },
  }
}
