// What to do about the water of a field now: its depth against the depth that stage, hour and temperature ask for.
import type { FieldSettings } from '../field-settings.ts'
import {
  cannotTell,
  defineInsight,
  hourMs,
  missingReadings,
  missingSeries,
  type Advice,
  type InsightInput,
} from '../insight.ts'
import { stageNames, type FieldSeason } from './field-season.ts'
import { isUnknown, newest, ofLast, seasonOf, seasonTemperature, waterLevel } from './inputs.ts'
import { hourOfDay } from '../../calendar/japan-days.ts'
import { waterTarget, type WaterTarget } from './water-target.ts'

/** Less than this is left alone: waves and the probe's own error. */
const toleranceCm = 1
/** Deeper by so much is worth a word, and by 1 cm where there should be none. Own choice. */
const deepCm = 4
/** Intermittent irrigation: so many hours without standing water before it comes again. Own choice within the sources. */
const dryHours = 48

const level = waterLevel(72)
const inputs = {
  level,
  temperature: seasonTemperature,
  forecast: {
    from: 'weather',
    channel: /^forecast-min-temperature$/,
    unit: 'Cel',
    lookBackHours: 12,
    label: { ja: '最低気温の予報', en: 'the forecast minimum' },
  },
} as const

export const waterDepth = defineInsight({
  id: 'water-depth',
  version: 1,
  title: { ja: '水深の目標と水管理', en: 'Water depth' },
  source: {
    ja: '図説東北の稲作と冷害; 岩手県; 千葉県「登熟期の管理と収穫」; 宮城 山元町; 農研機構',
    en: 'Rice growing and cold damage in Tohoku, illustrated; Iwate Prefecture; Chiba Prefecture, care during ripening and harvest; Yamamoto town (Miyagi); NARO',
  },
  siteKind: 'paddy',
  every: 'hour',
  inputs,
  outputs: {
    depth: { unit: 'm', label: { ja: '水深', en: 'Water depth' } },
    'target-low': { unit: 'm', label: { ja: '目標水深（下限）', en: 'Target depth, lowest' } },
    'target-high': { unit: 'm', label: { ja: '目標水深（上限）', en: 'Target depth, highest' } },
  },
  compute(input) {
    const { settings, series, timeMs } = input
    if (series.level === undefined) return cannotTell('level', missingSeries(level))
    if (settings.depthZeroM === undefined) {
      return cannotTell('depth-zero', {
        ja: '水深のゼロ点が設定されていません',
        en: 'the zero of the depth is not set',
      })
    }
    // The day of the hour that is about to end, which at midnight is the day before.
    const season = seasonOf({ ...input, timeMs: timeMs - hourMs }, series.temperature)
    if (isUnknown(season)) return season
    const depthM = newest(series.level.mean, 2) - settings.depthZeroM
    const target = targetOf(season, input) ?? winterTarget(settings)
    const wanted = target === undefined ? {} : { 'target-low': target.lowCm / 100, 'target-high': target.highCm / 100 }
    if (Number.isNaN(depthM)) {
      return { values: wanted, advice: cannotTell('level', missingReadings(level)).advice }
    }
    const values = { depth: depthM, ...wanted }
    if (target === undefined) return { values, advice: undefined }
    const isDry = isDryFor(series.level.max, settings.depthZeroM)
    return {
      values,
      advice: adviceOf({ depthCm: depthM * 100, target, season, isDry, hour: hourOfDay(timeMs - hourMs) }),
    }
  },
})

function targetOf(season: FieldSeason, { series, timeMs }: InsightInput<keyof typeof inputs>): WaterTarget | undefined {
  const { temperature, forecast } = series
  return waterTarget({
    stage: season.stage,
    daysToHeading: season.headingDay - season.today,
    hour: hourOfDay(timeMs - hourMs),
    sevenDayMeanC: temperature === undefined ? Number.NaN : ofLast(temperature.mean, 168, 'mean'),
    forecastMinC: forecast === undefined ? Number.NaN : newest(forecast.mean, 12),
    lastMinC: temperature === undefined ? Number.NaN : ofLast(temperature.min, 24, 'min'),
  })
}

function winterTarget({ winterDepthM }: FieldSettings): WaterTarget | undefined {
  if (winterDepthM === undefined) return undefined
  const cm = winterDepthM * 100
  const why = { ja: '冬期湛水の設定', en: 'winter flooding as set' }
  return { lowCm: Math.max(0, cm - 2), highCm: cm + 2, why, isForCold: false, isIntermittent: false }
}

function isDryFor(highest: Float32Array, depthZeroM: number): boolean {
  const last = ofLast(highest, dryHours, 'max')
  return last - depthZeroM <= toleranceCm / 100
}

interface WaterState {
  readonly depthCm: number
  readonly target: WaterTarget
  readonly season: FieldSeason
  readonly isDry: boolean
  readonly hour: number
}

function adviceOf({ depthCm, target, season, isDry, hour }: WaterState): Advice {
  const { lowCm, highCm, why, isForCold, isIntermittent } = target
  const shown = Math.max(0, depthCm).toFixed(1)
  const wanted = lowCm === highCm ? lowCm.toFixed(0) : `${lowCm.toFixed(0)}～${highCm.toFixed(0)}`
  const wantedEn = wanted.replace('～', '–')
  const stage = stageNames[season.stage]
  const number = { value: depthCm, unit: 'cm', label: { ja: '水深', en: 'depth' } }
  const purpose = { ja: `目標${wanted}cm、${why.ja}`, en: `target ${wantedEn} cm, ${why.en}` }
  const lackCm = isIntermittent ? (isDry ? highCm - depthCm : 0) : lowCm - depthCm
  if (lackCm > toleranceCm) {
    const when =
      isForCold || hour < 8
        ? { ja: '水口を開けてください', en: 'Open the inlet' }
        : hour >= 18
          ? { ja: '明日の早朝に水を入れてください', en: 'Let water in early tomorrow' }
          : { ja: '夕方か明日の早朝に水を入れてください', en: 'Let water in this evening or early tomorrow' }
    return {
      level: isForCold ? 'urgent' : 'act',
      code: isForCold ? `fill-cold-${lowCm}` : `fill:${season.stage}`,
      text: {
        ja: `${when.ja}。あと${lackCm.toFixed(0)}cm（今${shown}cm、${purpose.ja}）。`,
        en: `${when.en}: ${lackCm.toFixed(0)} cm short (now ${shown} cm; ${purpose.en}).`,
      },
      number,
    }
  }
  const excessCm = depthCm - highCm
  if (excessCm > (highCm === 0 ? toleranceCm : deepCm)) {
    const isDraining = highCm === 0
    return {
      level: isDraining ? 'act' : 'watch',
      code: `${isDraining ? 'drain' : 'deep'}:${season.stage}`,
      text: isDraining
        ? {
            ja: `落水してください（今${shown}cm、${purpose.ja}）。`,
            en: `Drain the field (now ${shown} cm; ${purpose.en}).`,
          }
        : {
            ja: `水が${excessCm.toFixed(0)}cm深めです（今${shown}cm、${purpose.ja}）。水口を閉じて様子を見てください。`,
            en: `${excessCm.toFixed(0)} cm deeper than needed (now ${shown} cm; ${purpose.en}). Keep the inlet closed.`,
          },
      number,
    }
  }
  return {
    level: 'fine',
    code: `fine:${season.stage}${isForCold ? '-cold' : ''}`,
    text: {
      ja: `水はこのままで大丈夫です（${stage.ja}、今${shown}cm、${purpose.ja}）。`,
      en: `The water is fine as it is (${stage.en}; now ${shown} cm; ${purpose.en}).`,
    },
    number,
  }
}
