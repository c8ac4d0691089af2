// Where the water of a field goes: percolation, a leak, or water running in.
import { cannotTell, defineInsight, hourMs, missingReadings, missingSeries, type Advice } from '../insight.ts'
import { newest, rain, waterLevel } from './inputs.ts'
import { hourOfDay } from '../../calendar/japan-days.ts'
import { hourlyFallMm, inflowOf, leakOf, nightFallsMmDay } from './water-balance.ts'

/** Two weeks of nights make what is usual. */
const lookBackHours = 14 * 24
const inputs = { level: waterLevel(lookBackHours), rain: rain(lookBackHours) }
/** Water that runs in is spoken of when it rose by so much in three hours. */
const spokenInflowMm = 8

export const waterLoss = defineInsight({
  id: 'water-loss',
  version: 1,
  title: { ja: '漏水・減水深・流入', en: 'Leaks, percolation and inflow' },
  source: {
    ja: '自社の方法：夜間の減水から日減水深を求め、平常の2倍かつ30mm/日以上を漏水とみる',
    en: 'Own method: daily water loss from the fall of the level by night; twice the usual and 30 mm a day or more counts as a leak',
  },
  siteKind: 'paddy',
  every: 'hour',
  inputs,
  outputs: {
    percolation: { unit: 'mm', label: { ja: '日減水深（夜間）', en: 'Percolation a day, by night' } },
    inflow: { unit: 'mm', label: { ja: '3時間の流入', en: 'Inflow of three hours' } },
    leak: { unit: undefined, label: { ja: '漏水の疑い（1 あり）', en: 'Leak suspected (1)' } },
  },
  compute({ series, settings, timeMs }) {
    const { level } = series
    if (level === undefined) return cannotTell('level', missingSeries(inputs.level))
    if (settings.depthZeroM === undefined) {
      return cannotTell('depth-zero', {
        ja: '水深のゼロ点が設定されていません',
        en: 'the zero of the depth is not set',
      })
    }
    if (Number.isNaN(newest(level.mean, 3))) return cannotTell('level', missingReadings(inputs.level))
    const fall = hourlyFallMm(level, series.rain, settings.depthZeroM)
    const nights = nightFallsMmDay(level, fall)
    const inflow = inflowOf(level, series.rain, 3)
    const leak = leakOf(fall, nights)
    const percolation = nights.at(-1)
    const values = {
      inflow,
      leak: leak === undefined ? 0 : 1,
      ...(percolation === undefined ? {} : { percolation }),
    }
    if (leak !== undefined) return { values, advice: leakAdvice(leak) }
    if (inflow >= spokenInflowMm) return { values, advice: inflowAdvice(inflow, hourOfDay(timeMs - hourMs)) }
    if (percolation === undefined) {
      return {
        values,
        advice: cannotTell('night', {
          ja: 'まだ一晩分の水位がありません',
          en: 'there is no whole night of water level yet',
        }).advice,
      }
    }
    return { values, advice: soundAdvice(percolation) }
  },
})

function leakAdvice({ mmDay, usualMmDay, isSudden }: NonNullable<ReturnType<typeof leakOf>>): Advice {
  const rate = mmDay.toFixed(0)
  const usual =
    usualMmDay === undefined
      ? { ja: '', en: '' }
      : { ja: `、ふだんは${usualMmDay.toFixed(0)}mm/日`, en: `; usually ${usualMmDay.toFixed(0)} mm a day` }
  return {
    level: 'urgent',
    code: isSudden ? 'leak-sudden' : 'leak',
    text: {
      ja: `漏水の疑いがあります（${rate}mm/日の減水${usual.ja}）。落としていないのなら畦と水尻を見てください。`,
      en: `A leak is likely (falling by ${rate} mm a day${usual.en}). If you are not draining, look at the bunds and the outlet.`,
    },
    number: { value: mmDay, unit: 'mm/d', label: { ja: '減水', en: 'fall' } },
  }
}

function inflowAdvice(mm: number, hour: number): Advice {
  const isByNight = hour >= 20 || hour < 4
  return {
    level: isByNight ? 'watch' : 'fine',
    code: isByNight ? 'inflow-by-night' : 'inflow',
    text: {
      ja: `水が入っています（3時間で${mm.toFixed(0)}mm）。入れていないのなら水口を見てください。`,
      en: `Water is running in (${mm.toFixed(0)} mm in three hours). Look at the inlet if you did not open it.`,
    },
    number: { value: mm, unit: 'mm', label: { ja: '3時間の流入', en: 'inflow of three hours' } },
  }
}

function soundAdvice(mmDay: number): Advice {
  return {
    level: 'fine',
    code: 'sound',
    text: {
      ja: `漏水の様子はありません（減水深${mmDay.toFixed(0)}mm/日）。`,
      en: `No sign of a leak (falling by ${mmDay.toFixed(0)} mm a day).`,
    },
    number: { value: mmDay, unit: 'mm/d', label: { ja: '日減水深', en: 'fall a day' } },
  }
}
