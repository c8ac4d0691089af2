// How many hours the water of a field lasts at the present rate.
import { cannotTell, defineInsight, missingReadings, missingSeries, type Advice } from '../insight.ts'
import { mayHaveCrop, newest, rain, waterLevel } from './inputs.ts'
import { hourlyFallMm, hoursToEmpty } from './water-balance.ts'

const inputs = { level: waterLevel(24), rain: rain(24) }
/** Sooner than this is worth a word. Own choice: before the next round of the field. */
const soonHours = 12
const longestHours = 30 * 24

export const timeToEmpty = defineInsight({
  id: 'time-to-empty',
  version: 1,
  title: { ja: '水がなくなるまでの時間', en: 'Hours to empty' },
  source: {
    ja: '自社の方法：直近の減水速度で今の水深を割る',
    en: 'Own method: the depth now divided by the rate at which the water has fallen lately',
  },
  siteKind: 'paddy',
  every: 'hour',
  inputs,
  outputs: { hours: { unit: 'h', label: { ja: '水がなくなるまで', en: 'Hours to empty' } } },
  compute({ series, settings, timeMs }) {
    const { level } = series
    if (level === undefined) return cannotTell('level', missingSeries(inputs.level))
    if (settings.depthZeroM === undefined) {
      return cannotTell('depth-zero', {
        ja: '水深のゼロ点が設定されていません',
        en: 'the zero of the depth is not set',
      })
    }
    const depthM = newest(level.mean, 2) - settings.depthZeroM
    if (Number.isNaN(depthM)) return cannotTell('level', missingReadings(inputs.level))
    const found = hoursToEmpty(hourlyFallMm(level, series.rain, settings.depthZeroM), depthM)
    if (found === undefined || found.hours > longestHours) return { values: {}, advice: undefined }
    const isWanted = mayHaveCrop({ settings, timeMs }) || settings.winterDepthM !== undefined
    return { values: { hours: found.hours }, advice: isWanted ? adviceOf(found.hours, found.mmHour) : undefined }
  },
})

function adviceOf(hours: number, mmHour: number): Advice {
  const isSoon = hours < soonHours
  const rate = mmHour.toFixed(1)
  const words =
    hours < 48
      ? { ja: `約${hours.toFixed(0)}時間`, en: `${hours.toFixed(0)} hours` }
      : { ja: `約${(hours / 24).toFixed(0)}日`, en: `${(hours / 24).toFixed(0)} days` }
  return {
    level: isSoon ? 'watch' : 'fine',
    code: isSoon ? 'soon' : 'lasts',
    text: {
      ja: `今の減り方（${rate}mm/時）では${words.ja}で水がなくなります。`,
      en: `At the present rate (${rate} mm/h) the water lasts for ${words.en}.`,
    },
    number: { value: hours, unit: 'h', label: { ja: '水がなくなるまで', en: 'hours to empty' } },
  }
}
