// Every word of the local page in Japanese and English.

/** @type {Record<string, { ja: string, en: string }>} */
export const texts = {
  'app.name': { ja: 'むすび ゲートウェイ', en: 'Musubi gateway' },
  'app.language': { ja: 'English', en: '日本語' },
  'app.waiting': { ja: '読み込んでいます…', en: 'Loading…' },
  'app.next': { ja: '次へ', en: 'Next' },
  'app.back': { ja: '戻る', en: 'Back' },
  'app.failed': { ja: 'うまくいきませんでした', en: 'That did not work' },
  'app.lost': {
    ja: 'ゲートウェイとつながっていません。同じ Wi-Fi か LAN にいるか確かめてください。',
    en: 'No connection to the gateway. Check that you are on the same Wi-Fi or LAN.',
  },
  'app.step': { ja: '{n} / {all}', en: '{n} of {all}' },

  'signIn.title': { ja: '作業コードを入力', en: 'Enter the engineer’s code' },
  'signIn.about': { ja: '設置のときに決めたコードです。', en: 'The code that was chosen at the installation.' },
  'signIn.code': { ja: '作業コード', en: 'Engineer’s code' },
  'signIn.open': { ja: '開く', en: 'Open' },
  'signIn.wrong': { ja: 'コードが違います。', en: 'The code is wrong.' },
  'signIn.wait': { ja: '間違いが続いたため、{n} 秒待ってください。', en: 'Too many wrong codes: wait {n} seconds.' },
  'signIn.out': { ja: '終わる（サインアウト）', en: 'Sign out' },

  'live.title': { ja: 'いまの値', en: 'Values now' },
  'live.uplink': { ja: 'ハブとの通信', en: 'Link to the hub' },
  'live.connected': { ja: 'つながっています', en: 'Connected' },
  'live.offline': { ja: 'つながっていません', en: 'Not connected' },
  'live.waiting': { ja: '送信待ち {n} 件', en: '{n} messages waiting' },
  'live.none': { ja: 'まだ値がありません', en: 'No value yet' },
  'live.noDevices': { ja: '機器が登録されていません。', en: 'No device is configured.' },
  'live.age': { ja: '{n} 秒前', en: '{n} s ago' },
  'live.ageMinutes': { ja: '{n} 分前', en: '{n} min ago' },
  'live.begin': { ja: '設置の点検を始める', en: 'Begin the checks' },
  'live.continue': { ja: '設置の点検を続ける', en: 'Continue the checks' },
  'live.flows': { ja: 'フローの編集を開く', en: 'Open the flow editor' },
  'live.good': { ja: '正常', en: 'good' },
  'live.uncertain': { ja: '注意', en: 'uncertain' },
  'live.bad': { ja: '異常', en: 'bad' },

  'check.title': { ja: '設置の点検', en: 'Checks' },
  'check.clock': { ja: '時計', en: 'Clock' },
  'check.clockGood': {
    ja: 'スマートフォンの時計と合っています（差 {n} 秒）。',
    en: 'It agrees with the phone’s clock ({n} s apart).',
  },
  'check.clockBad': {
    ja: 'スマートフォンの時計と {n} 秒ずれています。ゲートウェイの時刻合わせ（NTP）を確かめて、点検をやり直してください。',
    en: 'It is {n} s off the phone’s clock. See to the gateway’s time (NTP), then begin again.',
  },
  'check.uplink': { ja: 'ハブまでの通信', en: 'Link to the hub' },
  'check.uplinkWait': {
    ja: '点検を始めたあとに送ったデータがハブに保存されるのを待っています。',
    en: 'Waiting until the hub has stored what was sent after the checks began.',
  },
  'check.uplinkGood': {
    ja: '点検を始めたあとに送ったデータが、ハブに保存されました。',
    en: 'The hub has stored what was sent after the checks began.',
  },
  'check.uplinkAdvice': {
    ja: 'アンテナ、SIM、LAN ケーブルを確かめてください。電波がない場所では「あとで」を選べます。',
    en: 'Check antenna, SIM and LAN cable. Where there is no signal, choose Later.',
  },
  'check.deviceWait': {
    ja: '{name} の応答を待っています（{n} 秒ごとに読みます）。',
    en: 'Waiting for {name} (read every {n} s).',
  },
  'check.deviceCompare': {
    ja: '現物と見比べてください。合っていれば下のボタンを押します。',
    en: 'Compare with what you see. If it agrees, press the button below.',
  },
  'check.deviceMoved': {
    ja: '値が動いたので、センサーが働いていることを確かめました。',
    en: 'The value moved: the sensor works.',
  },
  'check.deviceConfirmed': { ja: '値を現物と見比べて確かめました。', en: 'The values were compared and confirmed.' },
  'check.deviceFault': { ja: '正しく読めない項目があります。', en: 'Some values cannot be read.' },
  'check.confirm': { ja: '値は正しい', en: 'The values are right' },
  'check.again': { ja: 'もう一度読む', en: 'Read again' },
  'check.later': { ja: 'あとで', en: 'Later' },
  'check.restart': { ja: '点検をやり直す', en: 'Begin again' },
  'check.passed': { ja: '合格', en: 'Passed' },
  'check.open': { ja: '未完了', en: 'Open' },

  'prompt.level': {
    ja: '水位計を水から上げるか、水に入れて、値が変わるのを見てください。',
    en: 'Lift the probe out of the water or dip it in, and watch the value.',
  },
  'prompt.temperature': {
    ja: 'センサーを手で包み、値が上がるのを見てください。',
    en: 'Hold the sensor in your hand and watch the value rise.',
  },
  'prompt.humidity': {
    ja: 'センサーに息をかけ、値が上がるのを見てください。',
    en: 'Breathe on the sensor and watch the value rise.',
  },
  'prompt.wind': {
    ja: '風杯を手で回し、値が変わるのを見てください。',
    en: 'Turn the cups by hand and watch the value.',
  },
  'prompt.rain': {
    ja: '雨量計に少し水を注ぎ、値が増えるのを見てください。',
    en: 'Pour a little water into the gauge and watch the value.',
  },
  'prompt.power': {
    ja: '機器を点灯・消灯し、値が変わるのを見てください。',
    en: 'Switch the load on and off and watch the value.',
  },
  'prompt.moisture': {
    ja: 'センサーを土から抜くか挿して、値が変わるのを見てください。',
    en: 'Pull the sensor out of the soil or push it in, and watch the value.',
  },

  'result.title': { ja: '点検の結果', en: 'Result of the checks' },
  'result.passed': { ja: 'すべて合格しました', en: 'All checks passed' },
  'result.open': { ja: '未完了の項目が {n} 件あります', en: '{n} checks are still open' },
  'result.openAbout': {
    ja: 'このまま結果を渡すと、未完了のまま記録されます。',
    en: 'If you go on now, they are recorded as open.',
  },
  'result.sign': { ja: '結果に署名する', en: 'Sign the result' },
  'result.signed': { ja: 'ゲートウェイが結果に署名しました', en: 'The gateway has signed the result' },
  'result.go': { ja: '設置アプリに戻る', en: 'Back to the field page' },
  'result.goTo': { ja: '戻り先: {host}', en: 'Goes to {host}' },
  'result.copy': { ja: '結果をコピー', en: 'Copy the result' },
  'result.copied': { ja: 'コピーしました', en: 'Copied' },
  'result.copyAbout': {
    ja: '設置アプリが自動で開かないときは、コピーして「結果を貼り付ける」に貼ってください。',
    en: 'If the field page does not open, copy this and paste it there.',
  },

  'claim.title': { ja: 'ラベルのコード', en: 'The code of the label' },
  'claim.about': {
    ja: '設置アプリで QR を読むと自動で入ります。手で貼り付けることもできます。',
    en: 'The field page fills this in from the QR code. You may also paste it.',
  },
  'claim.given': {
    ja: 'ハブ {hub} に、{gateway} として登録します。ラベルと合っていれば下のボタンを押してください。',
    en: 'This gateway will be {gateway} at the hub {hub}. If that is what the label says, press the button below.',
  },
  'claim.field': { ja: 'コード（musubi:enrol?…）', en: 'Code (musubi:enrol?…)' },
  'claim.go': { ja: '登録する', en: 'Enrol' },
  'claim.busy': { ja: 'ハブに登録しています…', en: 'Enrolling at the hub…' },
  'claim.retry': {
    ja: '回線を確かめて、もう一度押してください。何度押しても大丈夫です。',
    en: 'Check the network and press again. Pressing again does no harm.',
  },
  'claim.done': { ja: '{gateway} として登録しました', en: 'Enrolled as {gateway}' },
  'fault.identity.invalid': {
    ja: 'このコードは使えません。使用済み、期限切れ、または別のハブのコードです。',
    en: 'This code cannot be used: used already, expired, or of another hub.',
  },
  'fault.setup.begun': {
    ja: 'この装置は、別のラベルで設置を始めています。はじめに読んだラベルで続けてください。やり直すときは、装置のデータを消して起動し直します。',
    en: 'The setup of this unit was begun with another label: go on with that one. To begin anew, empty its folder and start it again.',
  },
  'fault.uplink.refused': {
    ja: 'ハブに届きません。回線（LTE・LAN）を確かめてください。',
    en: 'The hub cannot be reached. Check LTE or LAN.',
  },
  'fault.limit.exceeded': { ja: '試行が多すぎます。1 分待ってください。', en: 'Too many tries: wait a minute.' },
  'fault.data.locked': { ja: '処理中です。そのままお待ちください。', en: 'It is under way: please wait.' },

  'site.title': { ja: '設置場所', en: 'The place' },
  'site.name': { ja: '場所の名前', en: 'Name of the place' },
  'site.kind': { ja: '種類', en: 'Kind' },
  'site.lat': { ja: '緯度', en: 'Latitude' },
  'site.lon': { ja: '経度', en: 'Longitude' },
  'site.about': {
    ja: '位置は設置アプリの地図から入ります。',
    en: 'The position comes from the map of the field page.',
  },
  'site.wrong': {
    ja: '名前と、正しい緯度・経度を入れてください。',
    en: 'A name, and a right latitude and longitude, please.',
  },
  'kind.paddy': { ja: '水田', en: 'Paddy' },
  'kind.weather': { ja: '気象', en: 'Weather' },
  'kind.streetlight': { ja: '街路灯', en: 'Streetlight' },
  'kind.wifi': { ja: '公衆無線LAN', en: 'Public Wi-Fi' },
  'kind.factory': { ja: '工場', en: 'Factory' },
  'kind.gateway': { ja: 'ゲートウェイ', en: 'Gateway' },
  'kind.other': { ja: 'その他', en: 'Other' },

  'devices.title': { ja: 'つなぐ機器', en: 'Devices' },
  'devices.none': { ja: 'まだありません。機器を追加してください。', en: 'None yet. Add a device.' },
  'devices.add': { ja: '機器を追加', en: 'Add a device' },
  'devices.open': { ja: '接続を入力', en: 'Say how it is connected' },
  'devices.openCount': { ja: '接続が決まっていない機器が {n} 台あります。', en: '{n} devices have no connection yet.' },
  'devices.remove': { ja: '外す', en: 'Remove' },
  'devices.change': { ja: '変更', en: 'Change' },
  'devices.try': { ja: '機器を読んでみる', en: 'Try to read them' },
  'devices.trying': { ja: '機器を読んでいます…', en: 'Reading the devices…' },
  'device.profile': { ja: 'どの機器ですか', en: 'Which device is it?' },
  'device.search': { ja: '機種名で探す', en: 'Search by name' },
  'device.way': { ja: 'どうつなぎますか', en: 'How is it connected?' },
  'device.fields': { ja: '接続の設定', en: 'Connection' },
  'device.more': { ja: '詳しい設定', en: 'More settings' },
  'device.interval': { ja: '読む間隔（秒）', en: 'Read every (seconds)' },
  'device.name': { ja: '機器の呼び名（なくてもよい）', en: 'Name of the device (optional)' },
  'device.save': { ja: 'この機器を使う', en: 'Use this device' },
  'device.missing': { ja: '入っていない項目があります: {names}', en: 'Missing: {names}' },
  'way.serial': { ja: 'シリアル（RS-485・RS-232）', en: 'Serial (RS-485, RS-232)' },
  'way.modbus-rtu-tcp': { ja: 'LAN（シリアル変換器経由）', en: 'LAN, by a serial converter' },
  'way.network': { ja: 'LAN', en: 'LAN' },
  'field.example': { ja: '例: {example}', en: 'e.g. {example}' },
  'field.path': { ja: 'ポート', en: 'Port of the gateway' },
  'field.baudRate': { ja: '通信速度', en: 'Baud rate' },
  'field.parity': { ja: 'パリティ', en: 'Parity' },
  'field.dataBits': { ja: 'データ長', en: 'Data bits' },
  'field.stopBits': { ja: 'ストップビット', en: 'Stop bits' },
  'field.host': { ja: 'IP アドレス', en: 'IP address' },
  'field.port': { ja: 'ポート番号', en: 'Port number' },
  'field.unitId': { ja: 'ユニット番号', en: 'Unit number' },
  'field.char': { ja: 'センサー番号', en: 'Sensor address' },
  'field.community': { ja: 'コミュニティ名', en: 'Community' },
  'field.user': { ja: '利用者名', en: 'User' },
  'field.password': { ja: 'パスワード', en: 'Password' },
  'field.topic': { ja: 'トピック', en: 'Topic' },
  'field.url': { ja: 'ブローカーの URL', en: 'URL of the broker' },
  'field.version': { ja: 'バージョン', en: 'Version' },

  'try.title': { ja: '読んだ結果', en: 'What was read' },
  'try.ok': { ja: '読めました', en: 'Reads' },
  'try.warn': { ja: '一部だけ読めました', en: 'Reads in part' },
  'try.fail': { ja: '読めません', en: 'Does not read' },
  'try.again': { ja: 'もう一度読む', en: 'Try again' },
  'try.anyway': { ja: 'このまま進む', en: 'Go on all the same' },

  'code.title': { ja: '作業コードを決める', en: 'Choose the engineer’s code' },
  'code.about': {
    ja: 'この画面をあとで開くためのコードです。8 文字以上。忘れないように控えてください。',
    en: 'It opens this page later. 8 characters or more. Write it down.',
  },
  'code.short': { ja: '8 文字以上にしてください。', en: '8 characters or more, please.' },
  'code.finish': { ja: '設定を書き込んで動かす', en: 'Write the configuration and start' },
  'start.title': { ja: 'ゲートウェイを起動しています…', en: 'The gateway is starting…' },
  'start.about': {
    ja: '1 分ほどかかることがあります。画面はそのままにしてください。',
    en: 'This may take a minute. Leave this page open.',
  },
  'start.late': {
    ja: '起動に時間がかかっています。電源が入っているか確かめてください。',
    en: 'It takes long. Check that the gateway has power.',
  },

  'reason.timeout': {
    ja: '応答がありません。電源、配線（A/B）、ユニット番号、通信速度を確かめてください。',
    en: 'No answer. Check power, wiring (A/B), unit number and baud rate.',
  },
  'reason.crc': {
    ja: '通信が乱れています。終端抵抗と、同じ番号の機器が 2 台ないかを確かめてください。',
    en: 'Corrupt frames. Check the termination, and for two devices with one number.',
  },
  'reason.frame': {
    ja: '応答の形が違います。機種と通信速度を確かめてください。',
    en: 'Malformed answers. Check the model and the baud rate.',
  },
  'reason.exception': {
    ja: '機器が要求を拒否しました。機種を確かめてください。',
    en: 'The device refuses. Check the model.',
  },
  'reason.connection': {
    ja: '接続できません。ケーブルとアドレスを確かめてください。',
    en: 'No connection. Check cable and address.',
  },
  'reason.range': {
    ja: 'ありえない値です。センサーの取り付けを確かめてください。',
    en: 'An implausible value. Check how the sensor is mounted.',
  },
  'reason.sensor-fault': { ja: 'センサーの故障または断線です。', en: 'The sensor is broken or its cable is cut.' },
  'reason.stale': { ja: '値が古いままです。', en: 'The value is old.' },
  'reason.other': { ja: '正しい値ではありません。', en: 'Not a good value.' },
}

const storageKey = 'musubi.language'
let language = 'ja'

/** At the first visit Japanese, but English for a browser that reads no Japanese; storage may be forbidden. */
export function restoreLanguage() {
  language = navigator.languages.some((tag) => tag.startsWith('ja')) ? 'ja' : 'en'
  try {
    language = localStorage.getItem(storageKey) ?? language
  } catch {
    // Then each visit is the first.
  }
  document.documentElement.lang = language
}

export function otherLanguage() {
  language = language === 'ja' ? 'en' : 'ja'
  document.documentElement.lang = language
  try {
    localStorage.setItem(storageKey, language)
  } catch {
    // Then each visit is the first.
  }
}

/** The text of a key; `{name}` is replaced by the value of that name. */
export function say(key, values = {}) {
  const found = texts[key]
  if (found === undefined) return key
  return found[language].replaceAll(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole))
}

export function knows(key) {
  return texts[key] !== undefined
}

/** A text that came from the gateway, `{ ja, en }`. */
export function localized(text) {
  return text[language] || text.ja || text.en
}
