// The texts around advice; the advice itself comes from the hub in both languages.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'

export const adviceTexts = {
  'advice.title': { ja: '今日の助言', en: "Today's advice" },
  'advice.failed': { ja: '助言を読み込めませんでした', en: 'The advice could not be loaded' },
  'advice.urgent': { ja: '今すぐ', en: 'Now' },
  'advice.act': { ja: '1日以内に', en: 'Within a day' },
  'advice.watch': { ja: '注意', en: 'Watch' },
  'advice.nothingToDo': { ja: 'いま、することはありません', en: 'Nothing needs doing now' },
  'advice.fine': { ja: '問題なし（{n}件）', en: 'All is well ({n})' },
  'advice.unknown': { ja: '判定できないこと（{n}件）', en: "What can't be told ({n})" },
  'advice.source': { ja: '根拠', en: 'Source' },
  'advice.since': { ja: '{time}から', en: 'since {time}' },
  'forecast.title': { ja: '今後24時間の予測', en: 'The next 24 hours' },
  'forecast.caption': {
    ja: '帯は{share}%の区間。直近{days}日で単純な見込みより誤差{skill}%減、区間に入った割合{coverage}%',
    en: 'The band holds {share} %. Over {days} days {skill} % less error than a simple guess; {coverage} % inside the band',
  },
  'forecast.said': { ja: '{from}から{to}へ（{low}～{high}）', en: 'From {from} to {to} ({low} to {high})' },
} as const satisfies Record<string, LocalizedText>
