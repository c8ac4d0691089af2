// The texts of the menu of whoever looks at the screen.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'

export const menuTexts = {
  'menu.label': { ja: 'メニュー', en: 'Menu' },
  'menu.labelOf': { ja: '{name} さんのメニュー', en: 'Menu of {name}' },
  'menu.rules': { ja: '警報の規則', en: 'Alarm rules' },
  'menu.notices': { ja: '通知の設定', en: 'My notices' },
  'menu.duty': { ja: '当番', en: 'On call' },
  'menu.deliveries': { ja: '送信の記録', en: 'Messages sent' },
  'menu.people': { ja: '利用者', en: 'People' },
  'menu.audit': { ja: '監査の記録', en: 'Audit log' },
  'menu.account': { ja: 'アカウント', en: 'My account' },
} as const satisfies Readonly<Record<string, LocalizedText>>
