// The texts of the menu of whoever looks at the screen.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'

export const menuTexts = {
  'menu.label': { ja: 'メニュー', en: 'Menu' },
  'menu.labelOf': { ja: '{name} さんのメニュー', en: 'Menu of {name}' },
  'menu.field': { ja: '現場', en: 'Field' },
  'menu.city': { ja: 'まち', en: 'City' },
  'menu.administration': { ja: '管理', en: 'Administration' },
  'menu.own': { ja: '自分の設定', en: 'For me' },
  'menu.pages': { ja: 'ページ', en: 'Pages' },
  'menu.first': { ja: 'この画面を最初に開く', en: 'Open this page first' },
  'menu.maintenance': { ja: '作業の予定', en: 'Planned work' },
  'menu.rules': { ja: '警報の規則', en: 'Alarm rules' },
  'menu.notices': { ja: '通知の設定', en: 'My notices' },
  'menu.duty': { ja: '当番', en: 'On call' },
  'menu.deliveries': { ja: '送信の記録', en: 'Messages sent' },
  'menu.people': { ja: '利用者', en: 'People' },
  'menu.audit': { ja: '監査の記録', en: 'Audit log' },
  'menu.account': { ja: 'アカウント', en: 'My account' },
  'live.newer': { ja: '新しい版があります。', en: 'There is a newer version.' },
  'live.newerLoad': { ja: '新しい版を読み込む', en: 'Load it' },
  'view.loading': { ja: '画面を読み込んでいます', en: 'Loading the page' },
  'view.failed': { ja: 'この画面を読み込めませんでした', en: 'This page could not be loaded' },
  'view.failedAbout': {
    ja: '新しい版に入れ替わったか、通信が途切れました。もう一度読み込むと表示できます。',
    en: 'A new version has taken its place, or the connection broke. Loading it again helps.',
  },
  'view.offline': { ja: 'この画面は、まだこの端末にありません', en: 'This page is not on this device yet' },
  'view.offlineAbout': {
    ja: '通信が切れています。つながると自動で表示します。ほかの画面で最後の値を見られます。',
    en: 'There is no connection. The page appears by itself once there is. Other pages show the last values.',
  },
  'view.again': { ja: 'もう一度読み込む', en: 'Load again' },
} as const satisfies Readonly<Record<string, LocalizedText>>
