// The texts about what engineers put in place.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'

export const installationTexts = {
  'installation.title': { ja: '設置と交換の記録', en: 'Installed and replaced' },
  'installation.none': { ja: '設置の記録はまだありません。', en: 'Nothing has been signed off yet.' },
  'installation.failed': { ja: '設置の記録を読み込めませんでした', en: 'The records could not be loaded' },
  'installation.fieldPage': { ja: '設置アプリを開く', en: 'Open the field page' },
  'installation.new': { ja: '新規設置', en: 'Installed' },
  'installation.replacedGateway': { ja: 'ゲートウェイを交換', en: 'Gateway replaced' },
  'installation.replacedDevice': { ja: '{device} を交換', en: '{device} replaced' },
  'installation.goesOn': {
    ja: '値とグラフは交換の前から続いています',
    en: 'values and charts go on from before',
  },
  'installation.serials': { ja: '製造番号 {from} → {to}', en: 'Serial number {from} → {to}' },
  'installation.reason': { ja: '理由: {reason}', en: 'Reason: {reason}' },
  'installation.by': { ja: '{engineer} がサインオフ', en: 'Signed off by {engineer}' },
  'installation.photo': { ja: '{place} の設置の写真', en: 'Photo of the installation at {place}' },
  'installation.photoGone': { ja: '写真を削除しました。', en: 'The photo is deleted.' },
  'installation.photoRemoveOf': { ja: '「{photo}」を削除する', en: 'Delete “{photo}”' },
  'installation.map': { ja: '{place} の位置', en: 'Where {place} is' },
  'installation.accuracy': { ja: '誤差 約 {n} m', en: 'about {n} m exact' },
  'installation.checks': { ja: '点検', en: 'Checks' },
  'installation.passed': { ja: '合格', en: 'passed' },
  'installation.open': { ja: '未完了', en: 'open' },
  'installation.clock': { ja: '時計', en: 'Clock' },
  'installation.uplink': { ja: 'ハブまでの通信', en: 'Link to the hub' },
  'installation.verified': {
    ja: '点検の結果は、このゲートウェイの証明書 {serial} の署名で確かめられています。',
    en: 'The checks are verified by the signature of this gateway’s certificate {serial}.',
  },
} as const satisfies Readonly<Record<string, LocalizedText>>
