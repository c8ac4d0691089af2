// The texts about how a person is told of alarms.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'

/** What is shown of a push that cannot be read: a browser wants something to be shown. */
export const unknownNotice = { title: 'むすび', body: '警報があります。\nThere is an alarm.' }

export const noticeTexts = {
  'notices.title': { ja: '通知の設定', en: 'My notices' },
  'notices.lead': {
    ja: '警報を、どこで、いつ、何で受け取るかを決めます。変えるとすぐに保存されます。',
    en: 'How, when and where you are told of alarms. Each change is saved at once.',
  },
  'notices.failed': { ja: '設定を読み込めませんでした。', en: 'The settings could not be loaded.' },
  'notices.again': { ja: 'もう一度読み込む', en: 'Load again' },
  'notices.nobody': {
    ja: 'このハブには、通知を受け取る人がまだ登録されていません。利用者を登録するか、通知の設定ファイルに連絡先（contacts）を書いてください。',
    en: 'Nobody is known to this hub yet who could be told. Add people, or contacts to the settings file of notification.',
  },
  'notices.who': { ja: 'だれの設定ですか', en: 'Whose settings?' },
  'notices.whose': { ja: '{name} さんの設定', en: 'Settings of {name}' },
  'notices.other': { ja: 'ほかの人', en: 'Somebody else' },
  'notices.pick': { ja: '選んでください', en: 'Choose' },
  'notices.noChannels': {
    ja: 'このハブでは、まだ通知の送り方が設定されていません。管理者に頼んでください。ここで決めたことは保存されます。',
    en: 'This hub has no way to tell anybody yet; ask its admin. What you set here is kept.',
  },
  'notices.saving': { ja: '保存しています…', en: 'Saving…' },
  'notices.saved': { ja: '保存しました', en: 'Saved' },
  'notices.notSaved': {
    ja: '保存できませんでした。いま有効な設定を表示しています。もう一度変えてください。',
    en: 'That was not saved. You see what holds now; change it again.',
  },

  'push.title': { ja: 'この端末', en: 'This device' },
  'push.on': { ja: 'この端末に通知が届きます。', en: 'Notices arrive on this device.' },
  'push.off': {
    ja: '画面を閉じていても、この端末に通知が届くようにできます。',
    en: 'Notices can arrive here even while this page is closed.',
  },
  'push.subscribe': { ja: 'この端末で受け取る', en: 'Receive on this device' },
  'push.stop': { ja: 'この端末で受け取るのをやめる', en: 'Stop on this device' },
  'push.working': { ja: '準備しています…', en: 'Setting up…' },
  'push.insecure': {
    ja: 'この画面は暗号化（https）されていないため、ブラウザーが通知を許しません。https のアドレスで開いてください。',
    en: 'Browsers allow notices only on pages over HTTPS. Open this page by its https address.',
  },
  'push.homeScreen': {
    ja: 'iPhone・iPad では、先にホーム画面に追加してください。共有ボタン →「ホーム画面に追加」の順に押し、追加された「むすび」を開いて、もう一度この画面に来てください。',
    en: 'On an iPhone or iPad, press Share, then “Add to Home Screen”. Open Musubi from there and come back to this page.',
  },
  'push.unsupported': {
    ja: 'このブラウザーは通知に対応していません。ほかのブラウザーか、下のほかの方法を使ってください。',
    en: 'This browser knows no notices. Use another browser, or another way below.',
  },
  'push.denied': {
    ja: 'このサイトの通知は、ブラウザーの設定で止められています。アドレスの左の印（または設定の「サイトの設定」→「通知」）を押し、「許可」に変えてから、この画面を開き直してください。',
    en: 'The browser blocks notices of this site. Press the sign left of the address (or Site settings → Notifications), allow them, and load this page again.',
  },
  'push.dismissed': {
    ja: '許可するかどうかの答えがありませんでした。もう一度押して「許可」を選んでください。',
    en: 'The question was left without an answer. Press again and choose “Allow”.',
  },
  'push.blocked': {
    ja: 'ブラウザーの通知サービスに接続できませんでした。ネットワークを確かめて、もう一度押してください。',
    en: 'The browser’s push service was not reached. Check the network and press again.',
  },
  'push.refused': {
    ja: 'ハブがこの端末を登録できませんでした。もう一度押してください。続くときは管理者に知らせてください。',
    en: 'The hub did not take this device. Press again; tell the admin if it goes on.',
  },
  'push.devices': { ja: '受け取る端末', en: 'Devices that receive' },
  'push.none': { ja: 'まだありません', en: 'None yet' },
  'push.here': { ja: 'この端末', en: 'this device' },
  'push.since': { ja: '{date} から', en: 'since {date}' },
  'push.unnamed': { ja: '名前のない端末', en: 'A device without a name' },
  'push.remove': { ja: '外す', en: 'Remove' },
  'push.removeOf': { ja: '{device} を外す', en: 'Remove {device}' },

  'channel.title': { ja: '受け取る方法', en: 'Ways to be told' },
  'channel.push': { ja: '端末への通知', en: 'Device notice' },
  'channel.line': { ja: 'LINE', en: 'LINE' },
  'channel.email': { ja: 'メール', en: 'E-mail' },
  'channel.use': { ja: '{channel} で受け取る', en: 'Use: {channel}' },
  'channel.devices': { ja: '{n} 台', en: '{n} devices' },
  'channel.noDevice': { ja: '端末がまだありません（上で登録）', en: 'no device yet (see above)' },
  'channel.noLine': { ja: '未登録（下で登録）', en: 'not linked (see below)' },
  'channel.noEmail': { ja: 'メールアドレスが未登録です（管理者に頼んでください）', en: 'no address (ask your admin)' },
  'channel.test': { ja: 'ためしに送る', en: 'Send a test' },
  'channel.testOf': { ja: '{channel} をためしに送る', en: 'Send a test by {channel}' },
  'channel.sent': { ja: '送りました。届くまで少し待ってください。', en: 'Sent. Give it a moment.' },
  'channel.noAddress': { ja: '送り先がありません。', en: 'There is no address for it.' },
  'channel.tooMany': { ja: '続けて送りすぎです。1分待ってください。', en: 'Too many tests. Wait a minute.' },
  'channel.testFailed': { ja: '送れませんでした。もう一度押してください。', en: 'That was not sent. Press again.' },
  'channel.up': { ja: '先にする', en: 'Move up' },
  'channel.upOf': { ja: '{channel} を先にする', en: 'Move {channel} up' },
  'channel.spread': { ja: '送り方', en: 'How' },
  'channel.first': {
    ja: '上から順に。届かないときだけ次で送る',
    en: 'In this order; the next one only where one fails',
  },
  'channel.all': { ja: 'すべての方法で送る', en: 'By all of them' },
  'channel.noneUsed': {
    ja: '届け先がまだありません。このままでは知らせが届きません。',
    en: 'There is nowhere to send it yet: nothing will reach you.',
  },

  'line.title': { ja: 'LINE とのひもづけ', en: 'Link to LINE' },
  'line.about': {
    ja: '市の LINE 公式アカウントを友だちに追加し、LINE のユーザーID（U で始まる33文字）を入れてください。分からないときは管理者に聞いてください。',
    en: 'Add the official LINE account as a friend, then enter your LINE user id (33 characters that begin with U). Ask your admin for it.',
  },
  'line.id': { ja: 'LINE のユーザーID', en: 'LINE user id' },
  'line.save': { ja: '登録する', en: 'Link' },
  'line.remove': { ja: 'ひもづけを外す', en: 'Remove the link' },
  'line.linked': { ja: '登録済み: {id}', en: 'Linked: {id}' },
  'line.wrong': {
    ja: 'この形のIDではありません。U に続けて 0〜9 と a〜f が32文字です。',
    en: 'That is no such id: U, then 32 characters of 0–9 and a–f.',
  },

  'topic.title': { ja: '何を知らせるか', en: 'What to tell' },
  'topic.none': {
    ja: 'いまは何も知らされません（当番のときと、担当にされたときは届きます）。',
    en: 'Nothing now, except while you are on call or an alarm is assigned to you.',
  },
  'topic.number': { ja: '知らせること {n}', en: 'Topic {n}' },
  'topic.severity': { ja: '重さ', en: 'Severity' },
  'topic.only': { ja: '{severity}だけ', en: '{severity} only' },
  'topic.from': { ja: '{severity}以上', en: '{severity} and above' },
  'topic.everything': { ja: 'すべて（参考も）', en: 'Everything' },
  'topic.where': { ja: 'どこの', en: 'Where' },
  'topic.anywhere': { ja: 'すべての場所', en: 'Everywhere' },
  'topic.byKind': { ja: '種類で選ぶ', en: 'By kind of place' },
  'topic.bySite': { ja: '地点で選ぶ', en: 'By place' },
  'topic.tenants': { ja: '組織', en: 'Organisations' },
  'topic.rules': { ja: '規則の指定があります（{n}件）', en: 'Only certain rules ({n})' },
  'topic.add': { ja: '知らせることを足す', en: 'Add a topic' },
  'topic.remove': { ja: 'これを消す', en: 'Remove' },
  'topic.removeOf': { ja: '知らせること {n}: これを消す', en: 'Remove topic {n}' },
  'topic.cleared': { ja: '復旧したときも知らせる', en: 'Also tell when it is over' },

  'times.title': { ja: 'いつ知らせるか', en: 'When to tell' },
  'times.quiet': { ja: '静かにする時間をもうける', en: 'Keep quiet hours' },
  'times.quietAbout': {
    ja: 'この間の知らせは、終わった時刻にまとめて届きます。',
    en: 'What comes in them is told together at their end.',
  },
  'times.from': { ja: '始まり', en: 'From' },
  'times.to': { ja: '終わり', en: 'To' },
  'times.days': { ja: '始まる曜日', en: 'Beginning on' },
  'times.critical': { ja: '「重大」はこの間も知らせる', en: 'Critical alarms even then' },
  'times.digest': { ja: 'まとめて知らせる', en: 'Digest' },
  'times.digestNone': { ja: 'まとめない（すぐ知らせる）', en: 'None: tell at once' },
  'times.digestHourly': { ja: '1時間ごとにまとめる', en: 'Every hour' },
  'times.digestDaily': { ja: '1日1回にまとめる', en: 'Once a day' },
  'times.digestAt': { ja: 'まとめて届く時刻', en: 'At' },
  'times.atOnce': { ja: 'まとめずにすぐ知らせるもの', en: 'Not waiting for it' },
  'times.language': { ja: '知らせの言葉', en: 'Language of notices' },
  'times.asAccount': { ja: 'アカウントと同じ', en: 'As my account' },
  'language.ja': { ja: '日本語', en: '日本語' },
  'language.en': { ja: 'English', en: 'English' },
  'times.duty': {
    ja: '当番の呼び出しは、静かにする時間やまとめる設定に関係なく、すぐ届きます。',
    en: 'A call on duty comes at once, whatever is set here.',
  },
  'days.short': { ja: '日 月 火 水 木 金 土', en: 'Su Mo Tu We Th Fr Sa' },

  'notices.mine': { ja: '自分に送られたもの', en: 'Sent to me' },
} as const satisfies Readonly<Record<string, LocalizedText>>
