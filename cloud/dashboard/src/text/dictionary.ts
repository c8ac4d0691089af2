// Every text of the screen in Japanese and English; nothing else in the dashboard holds words for people.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'
import { accountTexts } from './account-texts.ts'
import { adminTexts } from './admin-texts.ts'
import { backupTexts } from './backup-texts.ts'
import { adviceTexts } from './advice-texts.ts'
import { alarmTexts } from './alarm-texts.ts'
import { auditTexts } from './audit-texts.ts'
import { bulletinTexts } from './bulletin-texts.ts'
import { cityTexts } from './city-texts.ts'
import { chartTexts } from './chart-texts.ts'
import { conditionTexts } from './condition-texts.ts'
import { deliveryTexts } from './delivery-texts.ts'
import { deskTexts } from './desk-texts.ts'
import { droneTexts } from './drone-texts.ts'
import { dutyTexts } from './duty-texts.ts'
import { farmTexts } from './farm-texts.ts'
import { factoryTexts } from './factory-texts.ts'
import { gatewayTexts } from './gateway-texts.ts'
import { lightTexts } from './light-texts.ts'
import { menuTexts } from './menu-texts.ts'
import { noticeTexts } from './notice-texts.ts'
import { peopleTexts } from './people-texts.ts'
import { rolloutTexts } from './rollout-texts.ts'
import { ruleTexts } from './rule-texts.ts'
import { installationTexts } from './installation-texts.ts'

export const dictionary = {
  ...accountTexts,
  ...adminTexts,
  ...backupTexts,
  ...adviceTexts,
  ...alarmTexts,
  ...auditTexts,
  ...bulletinTexts,
  ...cityTexts,
  ...chartTexts,
  ...conditionTexts,
  ...deliveryTexts,
  ...deskTexts,
  ...droneTexts,
  ...dutyTexts,
  ...farmTexts,
  ...factoryTexts,
  ...gatewayTexts,
  ...installationTexts,
  ...lightTexts,
  ...menuTexts,
  ...noticeTexts,
  ...peopleTexts,
  ...rolloutTexts,
  ...ruleTexts,
  'app.name': { ja: 'むすび', en: 'Musubi' },
  'app.nameStale': { ja: '再接続中 – むすび', en: 'Reconnecting – Musubi' },
  'app.subtitle': { ja: 'まちのセンサー', en: 'City sensors' },
  'app.skip': { ja: '本文へ移動', en: 'Skip to content' },
  'app.loading': { ja: '読み込んでいます', en: 'Loading' },
  'app.credits': {
    ja: '海岸線: Natural Earth。時刻は日本標準時です。',
    en: 'Coastline: Natural Earth. Times are Japan Standard Time.',
  },
  'app.api': { ja: 'API の説明', en: 'API documentation' },
  'nav.label': { ja: '主なページ', en: 'Main pages' },
  'nav.overview': { ja: '概況', en: 'Overview' },
  'nav.alarms': { ja: '警報', en: 'Alarms' },
  'nav.gateways': { ja: 'ゲートウェイ', en: 'Gateways' },
  'nav.language': { ja: 'English', en: '日本語' },

  'live.connecting': { ja: '接続しています', en: 'Connecting' },
  'live.live': { ja: '自動更新中', en: 'Live' },
  'live.polling': { ja: '数秒ごとに更新中', en: 'Updating every few seconds' },
  'live.reconnecting': { ja: '再接続中…', en: 'Reconnecting…' },
  'live.since': { ja: '{time} から（{duration}）', en: 'since {time} ({duration})' },
  'live.lostSince': {
    ja: '接続が切れました。{time} の値を表示しています。自動で再接続します。',
    en: 'Connection lost. Showing values of {time}. Reconnecting automatically.',
  },
  'live.neverConnected': {
    ja: 'サーバーに接続できません。自動で再接続します。',
    en: 'The server cannot be reached. Reconnecting automatically.',
  },
  'live.updated': { ja: '最終更新 {time}', en: 'Updated {time}' },

  'answer.label': { ja: 'いまの状況', en: 'Current situation' },
  'answer.none': { ja: '異常はありません', en: 'Nothing needs doing' },
  'answer.noneDetail': {
    ja: '{sites}地点のセンサーは正常です',
    en: 'Sensors at all {sites} sites are normal',
  },
  'answer.some': { ja: '対応が必要な警報が{n}件あります', en: 'Alarms that need action: {n}' },
  'answer.handled': { ja: 'いま対応が必要な警報はありません', en: 'No alarm needs action now' },
  'answer.handledDetail': { ja: '対応中の警報が{n}件あります', en: 'Alarms being handled: {n}' },
  'answer.endedDetail': { ja: '復旧した未確認の警報が{n}件あります', en: 'Cleared, not yet acknowledged: {n}' },
  'answer.quietDetail': { ja: '通知を止めている警報が{n}件あります', en: 'Kept quiet: {n}' },
  'answer.and': { ja: '。', en: ' · ' },
  'answer.asOf': { ja: '{time} の時点: {title}', en: 'As of {time}: {title}' },
  'answer.notices': { ja: '参考情報が{n}件あります', en: 'Notices: {n}' },
  'answer.more': { ja: 'ほか{n}件の警報を見る', en: 'See {n} more' },
  'answer.offline': {
    ja: '通信が切れている地点が{n}か所あります',
    en: 'Sites without connection: {n}',
  },
  'answer.offlineDetail': {
    ja: '値は古い可能性があります。ゲートウェイの電源と回線を確認してください。',
    en: 'Their values may be old. Check the gateway’s power and line.',
  },
  'answer.waiting': { ja: 'センサーの接続を待っています', en: 'Waiting for sensors' },
  'answer.waitingDetail': {
    ja: 'ゲートウェイがつながると、ここに地点が現れます。',
    en: 'Sites appear here as soon as a gateway connects.',
  },
  'answer.unknown': { ja: 'いまの状況を確認できません', en: 'The current situation is not known' },

  'inspection.none': {
    ja: '検査はまだ始まっていません。モデルが部品を覚えると、ここに判定が現れます。',
    en: 'No part has been judged yet. Verdicts appear here once the model has learnt the part.',
  },
  'inspection.newest': { ja: '最新の部品', en: 'Newest part' },
  'inspection.toNewest': { ja: '最新の部品に戻る', en: 'Back to the newest part' },
  'inspection.pass': { ja: '良品', en: 'Pass' },
  'inspection.reject': { ja: '不良', en: 'Reject' },
  'inspection.unknown': { ja: '判定なし', en: 'Not judged' },
  'inspection.noPicture': { ja: '画像はありません', en: 'No picture' },
  'inspection.pictureOf': {
    ja: '部品の画像と疑わしい箇所（{verdict}）',
    en: 'The part and where it is doubtful ({verdict})',
  },
  'inspection.heat': { ja: '疑わしさ', en: 'Doubt' },
  'inspection.score': { ja: '不良度', en: 'Defect score' },
  'inspection.model': { ja: 'モデル', en: 'Model' },
  'inspection.latency': { ja: '撮影から判定まで {ms} ms', en: '{ms} ms from exposure to verdict' },
  'inspection.yield': { ja: '直近{n}個の良品率', en: 'Yield of the last {n} parts' },
  'inspection.counts': { ja: '良品 {passed}・不良 {rejected}', en: '{passed} passed, {rejected} rejected' },
  'correction.question': { ja: '実際はどうでしたか', en: 'What was it really?' },
  'correction.good': { ja: '良品だった', en: 'It was good' },
  'correction.bad': { ja: '不良だった', en: 'It was bad' },
  'correction.hint': {
    ja: '押すと、この部品を見本に加えて学習します。',
    en: 'The part joins the examples, and the line learns from it.',
  },
  'correction.sending': { ja: '送信中…', en: 'Sending…' },
  'correction.learning': { ja: '学習中…', en: 'Learning…' },
  'correction.activated': { ja: '新しい判定を使い始めました', en: 'A new judgement is in use' },
  'correction.keptOut': {
    ja: '今の判定のほうがよいので、そのままです',
    en: 'The present judgement does better and stays',
  },
  'correction.rolledBack': { ja: '前の版に戻しました', en: 'Gone back to the version before' },
  'correction.failed': { ja: '学習できませんでした', en: 'Learning failed' },
  'correction.examples': { ja: '見本: 良品 {good}・不良 {bad}', en: 'Examples: {good} good, {bad} bad' },
  'correction.last': { ja: '前回の学習', en: 'Last learnt' },
  'correction.expired': {
    ja: 'この部品の画像はもう残っていません。新しい部品で教えてください。',
    en: 'The picture of this part is no longer there. Teach with a newer part.',
  },
  'correction.offline': {
    ja: '検査装置とつながっていません。つながってから、もう一度押してください。',
    en: 'The inspection gateway is not connected. Press again when it is.',
  },
  'correction.noAnswer': {
    ja: '検査装置から返事がありません。もう一度押してください。',
    en: 'The inspection gateway did not answer. Press again.',
  },
  'correction.refused': { ja: '伝えられませんでした。もう一度押してください。', en: 'It was not taken. Press again.' },
  'inspection.before': { ja: '直近の部品', en: 'The last parts' },

  'class.defect': { ja: '欠陥', en: 'defect' },
  'class.scratch': { ja: 'きず', en: 'scratch' },
  'class.dent': { ja: '打痕', en: 'dent' },
  'class.stain': { ja: 'しみ', en: 'stain' },
  'class.blowhole': { ja: '気泡', en: 'blowhole' },
  'class.break': { ja: '欠け', en: 'break' },
  'class.crack': { ja: '割れ', en: 'crack' },
  'class.fray': { ja: 'ほつれ', en: 'fray' },
  'class.uneven': { ja: 'むら', en: 'uneven' },

  'state.good': { ja: '正常', en: 'Normal' },
  'state.warning': { ja: '要確認', en: 'To be checked' },
  'state.critical': { ja: '要対応', en: 'Needs action' },
  'state.offline': { ja: '通信断', en: 'Offline' },
  'state.before': { ja: '切断前: {state}', en: 'was: {state}' },

  'kind.all': { ja: 'すべて', en: 'All' },
  'kind.paddy': { ja: '水田', en: 'Paddies' },
  'kind.weather': { ja: '気象', en: 'Weather' },
  'kind.streetlight': { ja: '街路灯', en: 'Streetlights' },
  'kind.wifi': { ja: '公衆無線LAN', en: 'Public Wi-Fi' },
  'kind.factory': { ja: '工場', en: 'Factories' },
  'kind.gateway': { ja: 'ゲートウェイ', en: 'Gateways' },
  'kind.other': { ja: 'その他', en: 'Other' },

  'map.title': { ja: '地図', en: 'Map' },
  'map.region': { ja: '地点の地図', en: 'Map of the sites' },
  'map.zoomIn': { ja: '拡大', en: 'Zoom in' },
  'map.zoomOut': { ja: '縮小', en: 'Zoom out' },
  'map.fit': { ja: '全体を表示', en: 'Show all' },
  'map.cluster': { ja: '{n}地点の一覧（{state}）', en: 'List {n} sites ({state})' },
  'map.group': { ja: 'この場所の{n}地点', en: '{n} sites here' },
  'map.zoomGroup': { ja: '地図を拡大する', en: 'Zoom the map in' },
  'map.legend': { ja: '凡例', en: 'Legend' },
  'map.open': { ja: '詳しく見る', en: 'Open' },
  'map.close': { ja: '閉じる', en: 'Close' },
  'map.gestureWheel': {
    ja: 'Ctrl キーを押しながらスクロールすると拡大・縮小します',
    en: 'Hold Ctrl and scroll to zoom',
  },
  'map.gestureWheelMac': {
    ja: '⌘ キーを押しながらスクロールすると拡大・縮小します',
    en: 'Hold ⌘ and scroll to zoom',
  },
  'map.gestureTouch': { ja: '2本の指で地図を動かせます', en: 'Use two fingers to move the map' },
  'map.coast': { ja: 'Natural Earth', en: 'Natural Earth' },

  'sites.title': { ja: '地点', en: 'Sites' },
  'sites.filter': { ja: '種類で絞り込む', en: 'Filter by kind' },
  'sites.all': { ja: 'すべての地点を表示（{n}）', en: 'Show all sites ({n})' },
  'sites.alarms': { ja: '警報{n}件', en: 'Alarms: {n}' },
  'headline.power': { ja: '合計電力', en: 'Total power' },
  'trends.title': { ja: 'この24時間', en: 'The last 24 hours' },
  'trends.none': { ja: 'この24時間の記録はまだありません', en: 'Nothing recorded in the last 24 hours yet' },
  'trends.lastHour': { ja: '直近1時間', en: 'last hour' },
  'trends.range': { ja: '最小 {min} 〜 最大 {max}', en: 'min {min} – max {max}' },
  'trends.chart': {
    ja: '{label}の24時間の推移。最小 {min}、最大 {max}、いま {now}',
    en: '{label} over 24 hours: min {min}, max {max}, now {now}',
  },

  'lamps.label': { ja: '街路灯の状況', en: 'State of the lamps' },
  'lamps.faulty': { ja: '{all}灯中 {n}灯に異常があります', en: '{n} of {all} lamps need attention' },
  'lamps.beingChecked': { ja: '{all}灯中 {n}灯を確認しています', en: '{n} of {all} lamps are being checked' },
  'lamps.unknown': { ja: '{all}灯中 {n}灯の状態がわかりません', en: 'The state of {n} of {all} lamps is not known' },
  'lamps.well': { ja: '{all}灯に異常はありません', en: 'All {all} lamps are well' },
  'lamps.litCount': { ja: '点灯 {n}', en: 'Lit {n}' },
  'lamps.offCount': { ja: '消灯 {n}', en: 'Off {n}' },
  'lamps.faultyCount': { ja: '異常 {n}', en: 'Faulty {n}' },
  'lamps.checkingCount': { ja: '確認中 {n}', en: 'Being checked {n}' },
  'lamps.unknownCount': { ja: '不明 {n}', en: 'Unknown {n}' },
  'lamps.lit': { ja: '点灯', en: 'Lit' },
  'lamps.off': { ja: '消灯', en: 'Off' },
  'lamps.alarm': { ja: '異常', en: 'Faulty' },
  'lamps.checking': { ja: '確認中', en: 'Being checked' },
  'lamps.checkingHint': { ja: '開閉器は入ですが電力がありません', en: 'Switched on, but no power flows yet' },
  'lamps.noValue': { ja: '不明', en: 'Unknown' },
  'lamps.name': { ja: '灯{n}', en: 'Lamp {n}' },
  'lamps.chart': { ja: '{lamp}（{state}）の推移を見る', en: 'Show the chart of {lamp} ({state})' },
  'site.back': { ja: '概況へ戻る', en: 'Back to the overview' },
  'site.unknown': { ja: 'この地点は見つかりません', en: 'This site is not known' },
  'site.values': { ja: 'いまの値', en: 'Current values' },
  'site.otherValues': { ja: 'ほかの値（{n}）', en: 'Other values ({n})' },
  'site.charts': { ja: '推移', en: 'Charts' },
  'site.gateway': { ja: 'ゲートウェイ', en: 'Gateway' },
  'site.position': { ja: '位置', en: 'Position' },
  'site.channel': { ja: '項目', en: 'Quantity' },
  'site.value': { ja: '値', en: 'Value' },
  'site.quality': { ja: '品質', en: 'Quality' },
  'site.age': { ja: '時刻', en: 'Time' },
  'site.noSeries': { ja: 'この地点の値はまだ届いていません', en: 'No values from this site yet' },
  'site.offlineNote': {
    ja: 'ゲートウェイとの通信が切れています。表示は最後に届いた値です。',
    en: 'The gateway is not connected. These are the last values that arrived.',
  },

  'quality.good': { ja: '良好', en: 'Good' },
  'quality.uncertain': { ja: '要注意', en: 'Uncertain' },
  'quality.bad': { ja: '不良', en: 'Bad' },
  'quality.before': { ja: '切断前の値', en: 'From before' },
  'reason.timeout': { ja: '機器が応答しません', en: 'The device does not answer' },
  'reason.crc': { ja: '通信データの誤り（CRC）', en: 'Corrupt frame (CRC)' },
  'reason.frame': { ja: '通信データの形式が不正', en: 'Malformed frame' },
  'reason.exception': { ja: '機器がエラーを返しました', en: 'The device answered with an error' },
  'reason.connection': { ja: '機器に接続できません', en: 'The device cannot be reached' },
  'reason.range': { ja: '測定範囲の外', en: 'Out of range' },
  'reason.sensorFault': { ja: 'センサーの故障', en: 'Sensor fault' },
  'reason.stale': { ja: '値が古い', en: 'Stale' },
  'reason.reset': { ja: '機器が再起動しました', en: 'The device was reset' },
  'reason.clock': { ja: '機器の時計が進んでいます', en: 'The device’s clock is ahead' },
  'reason.unit': { ja: '単位が途中で変わりました', en: 'The unit has changed' },
  'reason.image': { ja: '画像が壊れているため判定していません', en: 'The image is damaged and was not judged' },
  'reason.model': { ja: '推論できませんでした', en: 'The model could not score' },

  'value.none': { ja: '—', en: '—' },
  'value.waiting': { ja: '未受信', en: 'Not yet received' },
  'value.on': { ja: 'オン', en: 'On' },
  'value.off': { ja: 'オフ', en: 'Off' },
  'value.up': { ja: '稼働', en: 'Up' },
  'value.down': { ja: '停止', en: 'Down' },
  'value.yes': { ja: 'あり', en: 'Yes' },
  'value.no': { ja: 'なし', en: 'No' },
  'unit.celsius': { ja: '℃', en: '°C' },
  'unit.compass': {
    ja: '北 北北東 北東 東北東 東 東南東 南東 南南東 南 南南西 南西 西南西 西 西北西 北西 北北西',
    en: 'N NNE NE ENE E ESE SE SSE S SSW SW WSW W WNW NW NNW',
  },
  'unit.days': { ja: '日', en: 'days' },
} as const satisfies Readonly<Record<string, LocalizedText>>

export type TextKey = keyof typeof dictionary
