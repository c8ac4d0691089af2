// An alarm as the hub sends it, for tests: of a lamp that stays dark.
import type { AlarmItem } from '../api/shapes.ts'

export function anAlarm(change: Partial<AlarmItem> = {}): AlarmItem {
  return {
    id: 'alarm-1',
    rule: 'lamp-out',
    kind: 'threshold',
    series: 'kimitsu/light/meter:lamp-3-power',
    device: null,
    site: 'kimitsu/light/cabinet-1',
    gateway: 'kimitsu/light',
    severity: 'major',
    state: 'open',
    acknowledged: false,
    title: { ja: 'gaitō fuchi', en: 'A streetlight is out' },
    advice: { ja: 'tōgu tenken', en: 'Have the lamp checked' },
    value: 0,
    raisedAt: 1_795_400_000_000,
    clearedAt: null,
    occurrence: 1,
    acknowledgedAt: null,
    acknowledgedBy: null,
    comment: null,
    assignee: null,
    suppressions: [],
    shelvedUntil: null,
    hides: 0,
    storm: null,
    workOrder: null,
    ...change,
  }
}
