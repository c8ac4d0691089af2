// Which series fit the words that somebody searches by, those that share an axis of the chart first.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'
import type { LatestItem } from '../api/shapes.ts'
import { axisWord } from './axis-of.ts'

export interface Findable {
  readonly item: LatestItem
  readonly place: LocalizedText | undefined
}

/** Each word must stand somewhere in names, labels or ids, of either language, whatever its width and case. */
export function foundSeries(all: readonly Findable[], search: string, axes: readonly string[]): readonly Findable[] {
  const words = plain(search)
    .split(' ')
    .filter((word) => word !== '')
  const fits = ({ item, place }: Findable): boolean => {
    const texts = [place, item.deviceLabel, item.label].flatMap((text) =>
      text === undefined ? [] : [text.ja, text.en],
    )
    const text = plain([...texts, item.series].join(' '))
    return words.every((word) => text.includes(word))
  }
  const rank = ({ item }: Findable): number => (axes.includes(axisWord(item)) ? 0 : 1)
  return all.filter(fits).toSorted((a, b) => rank(a) - rank(b))
}

/** Wide letters and digits are narrow ones, half-width kana are whole, and every kind of space is one. */
function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ')
}
