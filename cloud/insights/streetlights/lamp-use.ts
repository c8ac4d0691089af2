// What the lamps of a place burnt in a night and the day before it: hours, energy, cost, and what burnt by day for nothing.
import {
  cannotTell,
  defineInsight,
  missingReadings,
  missingSeries,
  reportDays,
  type Advice,
  type PlaceSettings,
} from '../insight.ts'
import { lampName, lampPowers, lampsOf, namesOf, nightsOf, useOf, type LampUse } from './lamps.ts'

const powers = lampPowers(24)
const secondsOfHour = 3600
const jouleOfWh = 3600
/** By day, together: less is a photocell under a cloud, or a test. Own choice. */
const dayBurningHours = 0.5

export const lampUse = defineInsight({
  id: 'lamp-use',
  version: 1,
  title: { ja: '点灯時間と電力量', en: 'Burning hours and energy' },
  source: {
    ja: '日の出・日の入は suncalc（NOAA の式による基準値と1分以内で一致）。点灯時間は自社の方法。料金は設定による',
    en: 'Sunrise and sunset by suncalc (within a minute of values by NOAA’s formulas); burning time by an own method; the price is as it is set',
  },
  siteKind: 'streetlight',
  every: 'day',
  reachBackDays: reportDays,
  dayEndsHour: 12,
  inputs: { powers },
  outputs: {
    'burnt-time': { unit: 's', label: { ja: '点灯時間', en: 'burning time' } },
    'due-time': { unit: 's', label: { ja: '日の入から日の出まで', en: 'sunset to sunrise' } },
    energy: { unit: 'J', label: { ja: '電力量', en: 'energy' } },
    cost: { unit: 'JPY', label: { ja: '電気料金', en: 'cost' } },
    'day-burnt-time': { unit: 's', label: { ja: '昼間の点灯時間', en: 'burning by day' } },
    'wasted-energy': { unit: 'J', label: { ja: 'むだな電力量', en: 'energy wasted by day' } },
  },
  partName: lampName,
  compute({ groups, settings, place }) {
    const lamps = lampsOf(groups.powers, settings)
    const [first] = lamps
    if (first === undefined) return cannotTell('powers', missingSeries(powers))
    const nights = nightsOf(first, place)
    const uses = lamps.map((lamp) => ({ part: lamp.part, use: useOf(lamp, nights) }))
    const measured = uses.filter(({ use }) => use.measuredHours >= 20)
    if (measured.length === 0) return cannotTell('powers', missingReadings(powers))
    const sum = (of: (use: LampUse) => number) => measured.reduce((total, { use }) => total + of(use), 0)
    const energyWh = sum(({ energyWh }) => energyWh)
    const costYen = settings.tariff === undefined ? undefined : (energyWh / 1000) * settings.tariff.yenPerKwh
    const mean = (total: number) => total / measured.length
    return {
      values: {
        'burnt-time': mean(sum(({ burntHours }) => burntHours)) * secondsOfHour,
        'due-time': mean(sum(({ dueHours }) => dueHours)) * secondsOfHour,
        energy: energyWh * jouleOfWh,
        ...(costYen === undefined ? {} : { cost: costYen }),
        'day-burnt-time': sum(({ dayBurntHours }) => dayBurntHours) * secondsOfHour,
        'wasted-energy': sum(({ wastedWh }) => wastedWh) * jouleOfWh,
      },
      parts: measured.map(({ part, use }) => ({
        part,
        values: { 'burnt-time': use.burntHours * secondsOfHour, energy: use.energyWh * jouleOfWh },
      })),
      advice: adviceOf({
        lamps: measured.length,
        burntHours: mean(sum(({ burntHours }) => burntHours)),
        energyKwh: energyWh / 1000,
        wastedKwh: sum(({ wastedWh }) => wastedWh) / 1000,
        byDay: measured.filter(({ use }) => use.dayBurntHours > 0.1).map(({ part }) => part),
        dayHours: sum(({ dayBurntHours }) => dayBurntHours),
        costYen,
        tariff: settings.tariff,
      }),
    }
  },
})

interface Night {
  readonly lamps: number
  readonly burntHours: number
  readonly energyKwh: number
  readonly wastedKwh: number
  readonly byDay: readonly string[]
  readonly dayHours: number
  readonly costYen: number | undefined
  readonly tariff: PlaceSettings['tariff']
}

function adviceOf(night: Night): Advice {
  const { lamps, burntHours, energyKwh, wastedKwh, byDay, dayHours } = night
  const cost = costWords(night)
  if (dayHours >= dayBurningHours) {
    const names = namesOf(byDay)
    return {
      level: 'act',
      code: 'day-burning',
      text: {
        ja: `点灯制御を確認してください。${names.ja}が昼間に計${dayHours.toFixed(1)}時間点いていました（むだ${wastedKwh.toFixed(2)}kWh）。`,
        en: `Check the switching: ${names.en} burnt by day for ${dayHours.toFixed(1)} hours together (${wastedKwh.toFixed(2)} kWh wasted).`,
      },
      number: { value: dayHours, unit: 'h', label: { ja: '昼間の点灯', en: 'burning by day' } },
    }
  }
  return {
    level: 'fine',
    code: 'used',
    text: {
      ja: `${lamps}灯が平均${burntHours.toFixed(1)}時間点き、${energyKwh.toFixed(1)}kWhでした（${cost.ja}）。`,
      en: `${lamps} lamps burnt for ${burntHours.toFixed(1)} hours on average and drew ${energyKwh.toFixed(1)} kWh (${cost.en}).`,
    },
    number: { value: energyKwh, unit: 'kWh', label: { ja: '一晩の電力量', en: 'energy of a night' } },
  }
}

function costWords({ costYen, tariff }: Pick<Night, 'costYen' | 'tariff'>) {
  if (costYen === undefined || tariff === undefined) return { ja: '料金は未設定', en: 'no tariff is set' }
  const yen = costYen.toFixed(0)
  return tariff.verified
    ? { ja: `約${yen}円`, en: `about ${yen} yen` }
    : { ja: `約${yen}円、単価は未確認`, en: `about ${yen} yen by an unverified tariff` }
}
