// How long ago, and for how long. Written out, because a phone needs longer to load the browser's own rules for it than to draw a page.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'

export type TimeUnit = 'second' | 'minute' | 'hour' | 'day'

interface UnitTexts {
  readonly ago: LocalizedText
  readonly length: LocalizedText
  /** English alone tells one from many. */
  readonly agoOne?: LocalizedText
  readonly lengthOne?: LocalizedText
}

export const timeTexts: Readonly<Record<TimeUnit, UnitTexts>> = {
  second: {
    ago: { ja: '{n}秒前', en: '{n} sec. ago' },
    length: { ja: '{n}秒', en: '{n} secs' },
    lengthOne: { ja: '{n}秒', en: '{n} sec' },
  },
  minute: {
    ago: { ja: '{n}分前', en: '{n} min. ago' },
    length: { ja: '{n}分', en: '{n} mins' },
    lengthOne: { ja: '{n}分', en: '{n} min' },
  },
  hour: {
    ago: { ja: '{n}時間前', en: '{n} hr. ago' },
    length: { ja: '{n}時間', en: '{n} hrs' },
    lengthOne: { ja: '{n}時間', en: '{n} hr' },
  },
  day: {
    ago: { ja: '{n}日前', en: '{n} days ago' },
    agoOne: { ja: '{n}日前', en: '{n} day ago' },
    length: { ja: '{n}日', en: '{n} days' },
    lengthOne: { ja: '{n}日', en: '{n} day' },
  },
}
