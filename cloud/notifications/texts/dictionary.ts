// Every sentence of a notification, in both languages; `{name}` stands for what is filled in. Severities and states have the
// words of the screens (cloud/dashboard/src/text/alarm-texts.ts).

export type Language = 'ja' | 'en'

export const texts = {
  'severity.critical': { ja: '重大', en: 'Critical' },
  'severity.major': { ja: '重要', en: 'Major' },
  'severity.minor': { ja: '軽度', en: 'Minor' },
  'severity.warning': { ja: '注意', en: 'Warning' },
  'severity.info': { ja: '参考', en: 'Notice' },

  'kind.raised': { ja: '発生', en: 'Raised' },
  'kind.worsened': { ja: '悪化', en: 'Worse' },
  'kind.cleared': { ja: '復旧', en: 'Over' },
  'kind.assigned': { ja: '担当', en: 'Assigned to you' },
  'kind.reopened': { ja: '再発', en: 'Back again' },

  'subject.raised': { ja: '【{severity}】{title}({place})', en: '[{severity}] {title} – {place}' },
  'subject.worsened': { ja: '【{severity}・悪化】{title}({place})', en: '[{severity}, worse] {title} – {place}' },
  'subject.cleared': { ja: '【復旧】{title}({place})', en: '[Over] {title} – {place}' },
  'subject.assigned': { ja: '【担当・{severity}】{title}({place})', en: '[Yours, {severity}] {title} – {place}' },
  'subject.reopened': { ja: '【{severity}・再発】{title}({place})', en: '[{severity}, again] {title} – {place}' },
  'subject.escalated': {
    ja: '【未確認・{severity}】{title}({place})',
    en: '[Not acknowledged, {severity}] {title} – {place}',
  },
  'subject.issued': { ja: '【{mark}】{title}', en: '[{mark}] {title}' },
  'subject.updated': { ja: '【{mark}・更新】{title}', en: '[{mark}, updated] {title}' },
  'subject.cancelled': { ja: '【{mark}・解除】{title}', en: '[{mark}, cancelled] {title}' },
  'subject.bulletins': { ja: '【防災情報 {count}件】{first}', en: '[{count} disaster messages] {first}' },
  'subject.reported': {
    ja: '【市民の通報】{what} #{number}({place})',
    en: '[Citizen’s report] {what} #{number} – {place}',
  },
  'subject.reports': { ja: '【市民の通報 {count}件】{first}', en: '[{count} citizens’ reports] {first}' },
  'subject.failing': {
    ja: '【バックアップ失敗】バックアップができていません',
    en: '[Back-ups fail] No back-up is made',
  },
  'subject.made': { ja: '【復旧】バックアップができました', en: '[Over] A back-up was made again' },
  'subject.bundle': { ja: '【警報 {count}件】{first}', en: '[{count} alarms] {first}' },
  'subject.test': { ja: '【テスト】Musubi からの通知', en: '[Test] Notification from Musubi' },

  'line.cleared': { ja: '復旧しました。対応は不要です。', en: 'It is over; nothing needs to be done.' },
  'line.worsened': { ja: '前より悪くなっています。', en: 'It is worse than before.' },
  'line.reopened': { ja: '復旧したあと、また発生しました。', en: 'It had ended and is back.' },
  'line.assigned': { ja: 'あなたが担当になりました。', en: 'It is assigned to you.' },
  'line.escalated': {
    ja: '{minutes}分たっても、だれも確認していません。',
    en: 'Nobody has acknowledged it for {minutes} minutes.',
  },
  'line.what': { ja: '内容: {title}({severity})', en: 'What: {title} ({severity})' },
  'line.where': { ja: '場所: {place}', en: 'Where: {place}' },
  'line.since': { ja: '発生: {time}', en: 'Since: {time}' },
  'line.until': { ja: '復旧: {time}', en: 'Ended: {time}' },
  'line.value': { ja: '値: {value}', en: 'Value: {value}' },
  'line.also': { ja: 'ほかに {count} 件の警報をまとめています。', en: 'It stands for {count} more alarms.' },
  'line.link': { ja: '詳しく: {link}', en: 'More: {link}' },
  'line.footer': {
    ja: 'Musubi が自動で送っています。通知の設定は画面で変えられます。',
    en: 'Sent automatically by Musubi. What you are told is set on its pages.',
  },

  'bundle.act': { ja: 'まずこれを: {advice}({place})', en: 'First: {advice} ({place})' },
  'bundle.over': {
    ja: 'すべて復旧しています。対応は不要です。',
    en: 'All of them are over; nothing needs to be done.',
  },
  'bundle.item': {
    ja: '・【{severity}】{place} {title}({time} から)→ {advice}',
    en: '- [{severity}] {place}: {title}, since {time} → {advice}',
  },
  'bundle.item-over': {
    ja: '・【復旧】{place} {title}({time} から)',
    en: '- [Over] {place}: {title}, since {time}',
  },
  'bundle.more': { ja: 'ほか {count} 件は画面で見られます。', en: '{count} more are on the pages.' },
  'bundle.dropped': {
    ja: '多すぎたため、{count} 件はこの通知に入っていません。画面で確認してください。',
    en: '{count} more were too many for this message; see the pages.',
  },

  'bundle.bulletin': {
    ja: '・【{mark}・{severity}】{title}({time})',
    en: '- [{mark}, {severity}] {title}, {time}',
  },
  'bundle.bulletin-over': { ja: '・【{mark}・解除】{title}({time})', en: '- [{mark}, cancelled] {title}, {time}' },
  'bundle.bulletins-over': { ja: 'すべて解除されました。', en: 'All of them are cancelled.' },

  'bulletin.mark': { ja: '防災情報', en: 'Disaster message' },
  'bulletin.mark-exercise': { ja: '訓練', en: 'Exercise' },
  'bulletin.first': { ja: '{title}', en: '{title}' },
  'bulletin.cancelled': { ja: '解除されました: {title}', en: 'Cancelled: {title}' },
  'bulletin.exercise': { ja: 'これは訓練です。', en: 'This is an exercise.' },
  'bulletin.areas': { ja: '対象: {areas}', en: 'Area: {areas}' },
  'bulletin.sent': { ja: '発表: {time}', en: 'Sent: {time}' },
  'bulletin.until': { ja: '有効: {time} まで', en: 'Holds until: {time}' },
  'bulletin.source': { ja: '出典: {link}', en: 'Source: {link}' },

  'bundle.report': {
    ja: '・【市民の通報】{what} #{number} {place}({time})',
    en: '- [Citizen’s report] {what} #{number}, {place}, {time}',
  },
  'report.first': {
    ja: '市民の通報を確認してください: {what} #{number}',
    en: 'Look at a citizen’s report: {what} #{number}',
  },
  'report.received': { ja: '受付: {time}', en: 'Received: {time}' },
  'report.near': {
    ja: 'すぐ近くの同じ種類の通報は、この 1 通にまとめています。一覧で確認してください。',
    en: 'Further reports of the same kind close to it are not told one by one; see the list.',
  },

  'bundle.backup': { ja: '・【バックアップ失敗】{first}({time} から)', en: '- [Back-ups fail] {first} Since {time}' },
  'bundle.backup-over': { ja: '・【復旧】{first}', en: '- [Over] {first}' },
  'backup.failing': {
    ja: 'ハブのバックアップができていません。{reason}',
    en: 'No back-up of the hub can be made. {reason}',
  },
  'backup.target': {
    ja: '保存先のディスクがつながっているか、書き込めるかを確かめてください。',
    en: 'See whether the disk they go to is mounted and can be written.',
  },
  'backup.disk-full': { ja: '保存先の空きを増やしてください。', en: 'Make room where they go.' },
  'backup.fault': { ja: '原因を画面で確かめてください({code})。', en: 'See on the page why ({code}).' },
  'backup.since': {
    ja: '{time} から {count} 回、作成できませんでした。',
    en: 'Since {time}, {count} came to nothing.',
  },
  'backup.last': { ja: '最後のバックアップ: {time}', en: 'Last back-up: {time}' },
  'backup.no-last': { ja: 'バックアップの記録がありません。', en: 'There is none on record.' },
  'backup.reminder': {
    ja: '続くあいだ、1 週間ごとにお知らせします。',
    en: 'While it lasts you are told once a week.',
  },
  'backup.made': {
    ja: 'ハブのバックアップができました。対応は不要です。',
    en: 'A back-up was made; nothing needs to be done.',
  },
  'backup.was': {
    ja: '{time} から {count} 回、作成できていませんでした。',
    en: 'Since {time}, {count} had come to nothing.',
  },

  'test.line': { ja: 'テストです。対応は不要です。', en: 'This is a test; nothing needs to be done.' },
  'test.body': {
    ja: 'この通知が届いたので、{channel} での通知は使えます。',
    en: 'You can read this, so notifications by {channel} work.',
  },

  'channel.email': { ja: 'メール', en: 'e-mail' },
  'channel.push': { ja: 'プッシュ通知', en: 'push' },
  'channel.line': { ja: 'LINE', en: 'LINE' },
  'channel.webhook': { ja: 'Webhook', en: 'webhook' },
  'channel.mqtt': { ja: 'MQTT', en: 'MQTT' },

  'place.unknown': { ja: '場所の登録なし', en: 'no place given' },
} as const satisfies Record<string, Readonly<Record<Language, string>>>

export type TextKey = keyof typeof texts

/** The text with its blanks filled; a blank without a value stays empty. */
export function fill(key: TextKey, language: Language, blanks: Readonly<Record<string, string | number>> = {}): string {
  return texts[key][language].replaceAll(/\{([a-z]+)\}/g, (_whole, name: string) => String(blanks[name] ?? ''))
}
