// One alarm as a person meets it: a condition that began and may have ended, and whether somebody has seen to it.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { AlarmRow } from '../registry/hub-database.ts'
import type { AlarmTransition, Severity } from './rules/rule.ts'

export interface Alarm {
  readonly id: string
  readonly rule: string
  readonly subject: string
  readonly gateway: string
  readonly device: string | undefined
  readonly series: string | undefined
  readonly site: string | undefined
  readonly severity: Severity
  readonly title: LocalizedText
  readonly advice: LocalizedText
  readonly value: number | undefined
  readonly raisedMs: number
  readonly clearedMs: number | undefined
  readonly acknowledgedMs: number | undefined
  readonly acknowledgedBy: string | undefined
  readonly comment: string | undefined
}

export function raiseAlarm(id: string, transition: AlarmTransition): Alarm {
  const { rule, subject, value, timeMs, texts = rule } = transition
  return {
    id,
    rule: rule.id,
    subject: subject.key,
    gateway: subject.gateway,
    device: subject.device,
    series: subject.series,
    site: subject.site,
    severity: rule.severity,
    title: texts.title,
    advice: texts.advice,
    value: value === undefined || Number.isNaN(value) ? undefined : value,
    raisedMs: timeMs,
    clearedMs: undefined,
    acknowledgedMs: undefined,
    acknowledgedBy: undefined,
    comment: undefined,
  }
}

/** Open as long as the condition lasts or nobody has acknowledged it. */
export function isOpen(alarm: Alarm): boolean {
  return alarm.clearedMs === undefined || alarm.acknowledgedMs === undefined
}

export function alarmToRow(alarm: Alarm): AlarmRow {
  return {
    id: alarm.id,
    rule: alarm.rule,
    subject: alarm.subject,
    gateway: alarm.gateway,
    device: alarm.device ?? null,
    series: alarm.series ?? null,
    site: alarm.site ?? null,
    severity: alarm.severity,
    texts: JSON.stringify({ title: alarm.title, advice: alarm.advice }),
    value: alarm.value ?? null,
    raised_ms: alarm.raisedMs,
    cleared_ms: alarm.clearedMs ?? null,
    acknowledged_ms: alarm.acknowledgedMs ?? null,
    acknowledged_by: alarm.acknowledgedBy ?? null,
    comment: alarm.comment ?? null,
  }
}

export function alarmFromRow(row: AlarmRow): Alarm {
  const texts = JSON.parse(row.texts) as Pick<Alarm, 'title' | 'advice'>
  return {
    id: row.id,
    rule: row.rule,
    subject: row.subject,
    gateway: row.gateway,
    device: row.device ?? undefined,
    series: row.series ?? undefined,
    site: row.site ?? undefined,
    severity: row.severity as Severity,
    title: texts.title,
    advice: texts.advice,
    value: row.value ?? undefined,
    raisedMs: row.raised_ms,
    clearedMs: row.cleared_ms ?? undefined,
    acknowledgedMs: row.acknowledged_ms ?? undefined,
    acknowledgedBy: row.acknowledged_by ?? undefined,
    comment: row.comment ?? undefined,
  }
}
