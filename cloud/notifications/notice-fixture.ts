// Notices as tests begin with them: the water of a paddy is low, people are told to leave their houses, and a road is broken.
import type { Alarm } from '../alarms/alarm.ts'
import type { AlarmNotice, BackupNotice, BulletinNotice, ReportNotice, ToldBulletin, ToldReport } from './notice.ts'

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

export function aBulletinNotice(
  change: Partial<ToldBulletin> = {},
  kind: BulletinNotice['kind'] = 'issued',
): BulletinNotice {
  const bulletin: ToldBulletin = {
    id: 'kimitsu/b1',
    thread: 'b1',
    texts: {
      ja: { title: '避難指示(小糸川流域)', text: '小糸川があふれるおそれがあります。\n今すぐ高台へ避難してください。' },
      en: { title: 'Evacuation order (Koito River)', text: 'The river may overflow.\nGo to high ground now.' },
    },
    isExercise: false,
    severity: 'critical',
    isPressing: true,
    areas: ['小糸', '中島'],
    sentMs: raisedMs,
    expiresMs: raisedMs + 6 * 3_600_000,
    link: undefined,
    ...change,
  }
  const key = `bulletin:${bulletin.id}:1:${kind}`
  return { key, kind, timeMs: raisedMs + 10_000, tenant: 'kimitsu', bulletin }
}

export function aReportNotice(change: Partial<ToldReport> = {}): ReportNotice {
  const report: ToldReport = {
    id: 'r1',
    number: 12,
    what: { ja: '街路灯の不具合', en: 'Broken street light' },
    place: '南子安 3-12',
    receivedMs: raisedMs,
    ...change,
  }
  return { key: `report:${report.id}:reported`, kind: 'reported', timeMs: report.receivedMs, tenant: 'kimitsu', report }
}

export function aBackupNotice(
  kind: BackupNotice['kind'] = 'failing',
  change: Partial<BackupNotice['backups']> = {},
): BackupNotice {
  const backups = { sinceMs: raisedMs, tries: 2, code: 'backup.target', lastMs: raisedMs - 86_400_000, ...change }
  const key = `backups:20261123T050500Z:${kind === 'made' ? 'made' : 'failing:0'}`
  return { key, kind, timeMs: raisedMs + 3_600_000, tenant: '*', spell: '20261123T050500Z', backups }
}
