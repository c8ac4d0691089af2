// What an examination of a gateway found, as it is told on a terminal, sent to the hub and shown on a screen.
import type { LocalizedText } from './documents.ts'

/** ok: as it should be. warn: works, but not for ever, or could not be judged. fail: the gateway does not do its work like this. */
type FindingState = 'ok' | 'warn' | 'fail'

export interface Finding {
  readonly state: FindingState
  /** Stable name of the check, as in `checkNames`. */
  readonly check: string
  /** The device, port or host it is about, where there are several. */
  readonly subject?: string
  readonly seen: LocalizedText
  readonly advice?: LocalizedText
}

/** What each check is called where people read it. */
export const checkNames: Readonly<Record<string, LocalizedText>> = {
  config: { ja: '設定', en: 'Configuration' },
  'data-folder': { ja: '保存先', en: 'Data folder' },
  clock: { ja: '時計', en: 'Clock' },
  'serial-port': { ja: 'シリアルポート', en: 'Serial port' },
  dns: { ja: '名前解決', en: 'Name' },
  certificate: { ja: '証明書', en: 'Certificate' },
  hub: { ja: 'ハブ', en: 'Hub' },
  device: { ja: '機器', en: 'Device' },
  camera: { ja: 'カメラ', en: 'Camera' },
  modbus: { ja: 'Modbus', en: 'Modbus' },
  snmp: { ja: 'SNMP', en: 'SNMP' },
}

export function localized(ja: string, en: string): LocalizedText {
  return { ja, en }
}
