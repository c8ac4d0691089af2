// The simulated field: what stands where. The places are real districts of Kimitsu; the installations are invented.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { FieldArea } from './field-area.ts'
import type { PlaceKind } from './nature/access-point.ts'

interface Position {
  readonly lat: number
  readonly lon: number
}

interface Placed {
  readonly id: string
  readonly name: LocalizedText
  readonly position: Position
}

export interface PaddyPlace extends Placed {
  /** Unit ids of its level and soil probes on the RS-485 bus. */
  readonly levelUnit: number
  readonly soilUnit: number
  readonly targetMm: number
  readonly percolationMmDay: number
  readonly ph: number
  readonly area: FieldArea
}

export interface CabinetPlace extends Placed {
  readonly ratedW: readonly number[]
}

export interface AccessPointPlace extends Placed {
  readonly place: PlaceKind
  readonly peakClients: number
}

/** A paddy of 30 a, the usual size after consolidation. */
const paddySize = { widthM: 36, lengthM: 84 } as const

/** The fields practise winter flooding (冬期湛水), so that there is water in every month. */
export const paddies: readonly PaddyPlace[] = [
  paddy(1, { lat: 35.2905, lon: 139.9512 }, { targetMm: 62, percolationMmDay: 11, ph: 6.1 }),
  paddy(2, { lat: 35.2881, lon: 139.9547 }, { targetMm: 58, percolationMmDay: 14, ph: 5.9 }),
  paddy(3, { lat: 35.2858, lon: 139.9601 }, { targetMm: 66, percolationMmDay: 9, ph: 6.3 }),
  paddy(4, { lat: 35.2829, lon: 139.9638 }, { targetMm: 60, percolationMmDay: 12, ph: 6 }),
]

function paddy(
  number: number,
  position: Position,
  soil: Pick<PaddyPlace, 'targetMm' | 'percolationMmDay' | 'ph'>,
): PaddyPlace {
  return {
    id: `koito-${number}`,
    name: { ja: `小糸 ${number}号田`, en: `Koito paddy ${number}` },
    position,
    levelUnit: number,
    soilUnit: 10 + number,
    area: { middle: position, ...paddySize },
    ...soil,
  }
}

export const weatherPlace: Placed = {
  id: 'koito-weather',
  name: { ja: '小糸 気象観測点', en: 'Koito weather station' },
  position: { lat: 35.2866, lon: 139.9572 },
}

/** Makes the nature of the field; another one is another Kimitsu. */
export const fieldSeed = 122_254

/** Spring of the year in which the city is supposed to have changed to LED lamps. */
export const lampsInstalledMs = Date.parse('2023-04-01T00:00:00+09:00')

/** Unit ids behind each cabinet's Modbus TCP gateway. */
export const cabinetUnits = { controller: 1, meter: 2 } as const

export const cabinets: readonly CabinetPlace[] = [
  {
    id: 'cabinet-1',
    name: { ja: '君津駅前通り 街路灯', en: 'Kimitsu Station street lights' },
    position: { lat: 35.3329, lon: 139.8968 },
    ratedW: [72, 72, 72, 72, 72, 72, 72, 72],
  },
  {
    id: 'cabinet-2',
    name: { ja: '市役所通り 街路灯', en: 'City Hall street lights' },
    position: { lat: 35.3311, lon: 139.9014 },
    ratedW: [72, 72, 72, 72, 48, 48, 48, 48],
  },
  {
    id: 'cabinet-3',
    name: { ja: '久保 防犯灯', en: 'Kubo security lights' },
    position: { lat: 35.3276, lon: 139.9089 },
    ratedW: [20, 20, 20, 20, 20, 20, 20, 20],
  },
]

export const inspectionLine: Placed = {
  id: 'kazusa-line-1',
  name: { ja: 'かずさ工場 フランジ検査', en: 'Kazusa works, flange inspection' },
  position: { lat: 35.3159, lon: 139.9786 },
}

type AccessPointRow = readonly [ja: string, en: string, lat: number, lon: number, place: PlaceKind, peakClients: number]

const accessPointRows: readonly AccessPointRow[] = [
  ['君津市役所 1階ロビー', 'City Hall lobby', 35.3304, 139.9027, 'office', 45],
  ['君津駅 北口', 'Kimitsu Station north exit', 35.3342, 139.8953, 'station', 70],
  ['君津駅 南口', 'Kimitsu Station south exit', 35.3328, 139.8946, 'station', 60],
  ['生涯学習交流センター', 'Lifelong Learning Centre', 35.3322, 139.9005, 'community', 50],
  ['中央図書館', 'Central Library', 35.3262, 139.9096, 'library', 55],
  ['市民文化ホール', 'Civic Hall', 35.3347, 139.9218, 'community', 60],
  ['保健福祉センター', 'Health and Welfare Centre', 35.3318, 139.9049, 'office', 30],
  ['市民体育館', 'City Gymnasium', 35.3355, 139.9226, 'sports', 35],
  ['内みのわ運動公園', 'Uchiminowa Sports Park', 35.3432, 139.9162, 'sports', 45],
  ['周西公民館', 'Susai Community Centre', 35.3421, 139.8878, 'community', 25],
  ['八重原公民館', 'Yaehara Community Centre', 35.3259, 139.9283, 'community', 25],
  ['周南公民館', 'Sunami Community Centre', 35.3061, 139.9105, 'community', 20],
  ['小糸公民館', 'Koito Community Centre', 35.2851, 139.9561, 'community', 20],
  ['清和公民館', 'Seiwa Community Centre', 35.2447, 139.9795, 'community', 15],
  ['小櫃公民館', 'Obitsu Community Centre', 35.3139, 140.0389, 'community', 18],
  ['上総公民館', 'Kazusa Community Centre', 35.2893, 140.0859, 'community', 18],
  ['久留里駅前', 'Kururi Station front', 35.2886, 140.0872, 'station', 20],
  ['久留里城址 資料館', 'Kururi Castle museum', 35.2846, 140.0909, 'tourism', 25],
  ['亀山湖畔', 'Lake Kameyama', 35.2364, 140.0869, 'tourism', 30],
  ['鹿野山', 'Mount Kano', 35.2557, 139.9562, 'tourism', 22],
]

export const accessPoints: readonly AccessPointPlace[] = accessPointRows.map(
  ([ja, en, lat, lon, place, peakClients], index) => ({
    id: `ap-${String(index + 1).padStart(2, '0')}`,
    name: { ja, en },
    position: { lat, lon },
    place,
    peakClients,
  }),
)

/** The visitor spot with a camera, by its access point: the lakeside. */
export const lakeside = 'ap-19'

/** The read-only community of the simulated access points. */
export const snmpCommunity = 'musubi-demo'
