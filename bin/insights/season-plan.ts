// What happens in the season of `musubi insights season`: three fields, a cold spell, a heat wave and a leak.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { FieldSettings } from '../../cloud/insights/field-settings.ts'
import { hourMs } from '../../cloud/insights/insight.ts'
import type { WeatherModel } from '../../firmware-bridge/simulators/nature/weather.ts'

export interface SeasonField {
  readonly id: string
  readonly name: LocalizedText
  readonly percolationMmDay: number
  /** What the probe shows at the surface of the soil. */
  readonly zeroMm: number
  readonly firstLevelMm: number
  /** Outflow at 50 mm of water by a broken bund, mm/h. */
  leakMmH(hourMs: number, year: number): number
  /** Height of the outlet, which the farmer sets as the advice asks. */
  weirMm(said: string): number
  /** What the farmer enters in this hour; undefined: nothing. */
  settingsOn(timeMs: number, year: number): FieldSettings | undefined
}

const at = (year: number, date: string, hour = 0) => Date.parse(`${year}-${date}T00:00:00+09:00`) + hour * hourMs

/** The plan in words, at the head of the diary. */
export const seasonPlan: readonly LocalizedText[] = [
  {
    ja: '低温：7月8日～16日（平年より7℃低い）',
    en: 'Cold spell: 8 to 16 July, 7 °C below what the weather would have been',
  },
  { ja: '熱波：7月28日～8月14日（4℃高い）', en: 'Heat wave: 28 July to 14 August, 4 °C above' },
  { ja: '漏水：小糸2号田、6月2日22時から6日8時まで', en: 'Leak: Koito 2, from 22:00 on 2 June to 08:00 on 6 June' },
]

/** The simulated weather with the cold spell and the heat wave, each with a day to come and a day to go. */
export function seasonWeather(weather: WeatherModel, year: number): WeatherModel {
  const spell = (timeMs: number, from: string, to: string) => {
    const rise = (timeMs - at(year, from)) / (24 * hourMs)
    const fall = (at(year, to) - timeMs) / (24 * hourMs)
    return Math.min(1, Math.max(0, Math.min(rise, fall)))
  }
  return {
    ...weather,
    at(timeMs) {
      const now = weather.at(timeMs)
      const shiftC = -7 * spell(timeMs, '07-08', '07-17') + 4 * spell(timeMs, '07-28', '08-15')
      return { ...now, airTemperatureC: now.airTemperatureC + shiftC }
    },
  }
}

interface Dates {
  readonly transplanted: string
  /** The day on which the farmer sees the ears and enters it the same evening; the model does not know. */
  readonly headed?: string
  readonly harvested: string
}

function field(
  number: number,
  { transplanted, headed, harvested }: Dates,
  rest: Pick<SeasonField, 'percolationMmDay' | 'zeroMm' | 'leakMmH'> & { readonly settings: FieldSettings },
): SeasonField {
  const { settings, ...water } = rest
  return {
    ...water,
    id: `koito-${number}`,
    name: { ja: `小糸${number}号田`, en: `Koito ${number}` },
    firstLevelMm: 0,
    weirMm: (said) => (said.includes('cold') ? 180 : 100),
    settingsOn(timeMs, year) {
      const full = { ...settings, transplanted: `${year}-${transplanted}` }
      const seen = headed === undefined ? full : { ...full, headed: `${year}-${headed}` }
      if (timeMs === at(year, '03-01')) return full
      if (headed !== undefined && timeMs === at(year, headed, 18)) return seen
      if (timeMs === at(year, harvested, 17)) return { ...seen, harvested: `${year}-${harvested}` }
      return undefined
    },
  }
}

const sound = () => 0

export const seasonFields: readonly SeasonField[] = [
  field(
    1,
    { transplanted: '05-03', harvested: '09-10' },
    {
      percolationMmDay: 12,
      zeroMm: 20,
      leakMmH: sound,
      settings: { cultivar: 'koshihikari', soil: 'loam', depthZeroM: 0.02 },
    },
  ),
  field(
    2,
    { transplanted: '04-28', headed: '07-20', harvested: '08-24' },
    {
      percolationMmDay: 14,
      zeroMm: 15,
      leakMmH: (timeMs, year) => (timeMs >= at(year, '06-02', 22) && timeMs < at(year, '06-06', 8) ? 7 : 0),
      settings: {
        cultivar: 'fusaotome',
        soil: 'clay',
        depthZeroM: 0.015,
        pastHeadings: [
          { transplanted: '2025-04-29', headed: '2025-07-14', modelled: '2025-07-23' },
          { transplanted: '2024-04-27', headed: '2024-07-15', modelled: '2024-07-22' },
        ],
      },
    },
  ),
  field(
    3,
    { transplanted: '05-12', harvested: '09-11' },
    {
      percolationMmDay: 10,
      zeroMm: 30,
      leakMmH: sound,
      settings: {
        cultivar: 'fusakogane',
        soil: 'loam',
        depthZeroM: 0.03,
        pastHeadings: [{ transplanted: '2025-05-11', headed: '2025-07-30', modelled: '2025-08-01' }],
      },
    },
  ),
]
