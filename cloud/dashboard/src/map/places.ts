// Names for orientation on the bare coast; positions are where the name is written, not measured points.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'
import type { Position } from './geometry.ts'

export interface Place {
  readonly name: LocalizedText
  readonly position: Position
  readonly kind: 'sea' | 'city' | 'district'
  /** Written from this MapLibre zoom on. */
  readonly fromZoom: number
}

const place = (kind: Place['kind'], fromZoom: number, lat: number, lon: number, ja: string, en: string): Place => ({
  name: { ja, en },
  position: { lat, lon },
  kind,
  fromZoom,
})

export const places: readonly Place[] = [
  place('sea', 7, 35.42, 139.78, '東京湾', 'Tokyo Bay'),
  place('sea', 7, 35.0, 140.45, '太平洋', 'Pacific Ocean'),
  place('city', 7, 35.69, 139.69, '東京', 'Tokyo'),
  place('city', 7, 35.605, 140.123, '千葉市', 'Chiba'),
  place('city', 8, 35.444, 139.638, '横浜市', 'Yokohama'),
  place('city', 9, 35.498, 140.116, '市原市', 'Ichihara'),
  place('city', 9, 35.43, 139.954, '袖ケ浦市', 'Sodegaura'),
  place('city', 9, 35.376, 139.925, '木更津市', 'Kisarazu'),
  place('city', 9, 35.27, 139.875, '富津市', 'Futtsu'),
  place('city', 9, 35.114, 140.099, '鴨川市', 'Kamogawa'),
  place('city', 8, 35.315, 139.94, '君津市', 'Kimitsu'),
  place('district', 10, 35.283, 139.965, '小糸', 'Koito'),
  place('district', 10, 35.232, 140.02, '清和', 'Seiwa'),
  place('district', 10, 35.342, 140.045, '小櫃', 'Obitsu'),
  place('district', 10, 35.283, 140.075, '上総', 'Kazusa'),
]
