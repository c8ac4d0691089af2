// The depth of water that a field should have: by its stage, the hour, and the cold that has come or is forecast.
import type { LocalizedText } from '../../../broker/contract/documents.ts'
import { weekRisk } from './cold.ts'
import type { StageId } from './field-season.ts'

export interface WaterTarget {
  /** Centimetres above the soil. */
  readonly lowCm: number
  readonly highCm: number
  readonly why: LocalizedText
  /** Is it for cold, so that water is wanted before the next night? */
  readonly isForCold: boolean
  /** Dry for hours before water comes again: intermittent irrigation. */
  readonly isIntermittent: boolean
}

export interface WaterConditions {
  readonly stage: StageId
  readonly daysToHeading: number
  /** 0 to 23. */
  readonly hour: number
  /** Mean air temperature of seven days; NaN: not known. */
  readonly sevenDayMeanC: number
  /** Lowest temperature of the next night where a forecast tells it; NaN: none. */
  readonly forecastMinC: number
  /** Lowest of the last 24 hours; NaN: not known. */
  readonly lastMinC: number
}

type Depths = { readonly lowCm: number; readonly highCm: number; readonly why: LocalizedText }

/**
 * Depths by stage. Sources: 図説東北の稲作と冷害 (rooting: 3–4 cm by day, 5 cm by night, whose water may stay; tillering about 3 cm); 岩手県 (panicle
 * formation 4–6 cm, rising to 10 cm towards meiosis); 千葉県 (flooded until two weeks after heading, then intermittent until day
 * 25); 宮城 山元町 (saturated soil after that, no drainage before day 30). Heading 6–10 cm: a general page, a weak source.
 */
const stageDepths: Readonly<Partial<Record<StageId, Depths>>> = {
  rooting: { lowCm: 3, highCm: 6, why: { ja: '活着期の浅水', en: 'shallow water for rooting' } },
  tillering: { lowCm: 2, highCm: 4, why: { ja: '分げつ期の浅水3cm', en: 'about 3 cm for tillering' } },
  'after-drainage': { lowCm: 2, highCm: 4, why: { ja: '中干し後の浅水', en: 'shallow water after the drainage' } },
  'mid-drainage': { lowCm: 0, highCm: 0, why: { ja: '中干し', en: 'mid-season drainage' } },
  'panicle-formation': { lowCm: 4, highCm: 6, why: { ja: '幼穂形成期の湛水', en: 'flooding for panicle formation' } },
  booting: { lowCm: 6, highCm: 10, why: { ja: '穂ばらみ期の湛水', en: 'flooding for booting' } },
  heading: { lowCm: 6, highCm: 10, why: { ja: '出穂・開花期の湛水', en: 'flooding for heading and flowering' } },
  ripening: { lowCm: 0, highCm: 4, why: { ja: '間断かんがい', en: 'intermittent irrigation' } },
  'late-ripening': { lowCm: 0, highCm: 2, why: { ja: '飽水管理', en: 'saturated soil' } },
  drained: { lowCm: 0, highCm: 0, why: { ja: '収穫前の落水', en: 'drainage before harvest' } },
}

const rootingNight: Depths = { lowCm: 5, highCm: 6, why: { ja: '活着期の夜の保温', en: 'warmth at night for rooting' } }

/** Undefined where the season asks for no water: before transplanting and after harvest. */
export function waterTarget(conditions: WaterConditions): WaterTarget | undefined {
  const { stage, hour } = conditions
  const isNight = hour < 6 || hour >= 18
  const usual = stage === 'rooting' && isNight ? rootingNight : stageDepths[stage]
  if (usual === undefined) return undefined
  const forCold = coldTarget(conditions)
  if (forCold !== undefined && forCold.lowCm > usual.lowCm) {
    return { ...forCold, isForCold: true, isIntermittent: false }
  }
  return { ...usual, isForCold: false, isIntermittent: stage === 'ripening' || stage === 'late-ripening' }
}

/**
 * Deep water against cold from panicle formation to heading. Sources: 岩手県 (10 cm where cold is expected, 15 cm where 17 °C or
 * less is forecast); 和歌山県系, agrin (booting: ≤ 20 °C sterility begins, ≤ 17 °C severe); NARO (mean of seven days).
 */
function coldTarget({ stage, sevenDayMeanC, forecastMinC, lastMinC }: WaterConditions): Depths | undefined {
  if (stage !== 'panicle-formation' && stage !== 'booting' && stage !== 'heading') return undefined
  const isForecast = !Number.isNaN(forecastMinC)
  const nightC = isForecast ? forecastMinC : lastMinC
  const shown = nightC.toFixed(1)
  const night = isForecast
    ? { ja: `今夜の予報が最低${shown}℃`, en: `${shown} °C is forecast for tonight` }
    : { ja: `昨夜の最低が${shown}℃`, en: `last night fell to ${shown} °C` }
  const week = Number.isNaN(sevenDayMeanC) ? 'none' : weekRisk(sevenDayMeanC)
  const mean = { ja: `7日平均${sevenDayMeanC.toFixed(1)}℃`, en: `mean of seven days ${sevenDayMeanC.toFixed(1)} °C` }
  if (nightC <= 17) return { lowCm: 15, highCm: 18, why: night }
  if (week === 'heavy') return { lowCm: 15, highCm: 18, why: mean }
  if (stage === 'booting' && nightC <= 20) return { lowCm: 10, highCm: 13, why: night }
  if (week === 'damage' || week === 'prevent') return { lowCm: 10, highCm: 13, why: mean }
  return undefined
}
