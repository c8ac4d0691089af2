// One notice as tests begin with it: the water of a paddy is low.
import type { Alarm } from '../alarms/alarm.ts'
import type { AlarmNotice } from './notice.ts'

const raisedMs = Date.parse('2026-11-23T05:05:00Z')

export function anAlarm(change: Partial<Alarm> = {}): Alarm {
  return {
    id: 'alarm-1',
    rule: 'paddy-level-low',
    kind: 'threshold',
    subject: 'kimitsu/paddy-koito/probe-1:water-level',
    gateway: 'kimitsu/paddy-koito',
    device: 'probe-1',
    series: 'kimitsu/paddy-koito/probe-1:water-level',
    site: 'kimitsu/paddy-koito/paddy-1',
    severity: 'major',
    title: { ja: '水位が低い', en: 'Water level is low' },
    advice: { ja: '水口を開けて入水してください', en: 'Open the inlet gate and let water in' },
    value: 0.018,
    raisedMs,
    clearedMs: undefined,
    occurrence: 1,
    acknowledgedMs: undefined,
    acknowledgedBy: undefined,
    comment: undefined,
    assignee: undefined,
    suppressions: [],
    storm: undefined,
    told: 'raised',
    ...change,
  }
}

export function aNotice(change: Partial<AlarmNotice> = {}): AlarmNotice {
  const alarm = change.alarm ?? anAlarm()
  const kind = change.kind ?? 'raised'
  return {
    key: `${alarm.id}:${alarm.occurrence}:${kind}`,
    kind,
    timeMs: raisedMs + 10_000,
    tenant: 'kimitsu',
    alarm,
    alsoCount: 0,
    place: { site: { ja: '1号田', en: 'Field 1' }, device: { ja: '水位計', en: 'Level probe' } },
    ...change,
  }
}
