// One alarm as a person meets it: a condition that began and may have ended, whether somebody has seen to it, and whether it is told.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { AlarmRow } from './alarm-tables.ts'
import type { AlarmTransition } from './rules/rule-runner.ts'
import type { AlarmRule } from './rules/rule.ts'

/**
 * Why people are not told of an alarm now. Its condition is evaluated and cleared all the same. `shelved`: a person put it
 * aside for a time; `maintenance`: somebody works there; `gateway-offline`, `device-silent`: what it hangs on is known to
 * be down; `flapping`: it comes and goes; `same-fault`: an alarm of a rule that its own names in `hiddenBy` lasts at its series.
 */
export const suppressions = [
  'shelved',
  'maintenance',
  'gateway-offline',
  'device-silent',
  'flapping',
  'same-fault',
] as const
export type Suppression = (typeof suppressions)[number]

export interface Alarm {
  readonly id: string
  readonly rule: string
  readonly kind: AlarmRule['kind']
  readonly subject: string
  readonly gateway: string
  readonly device: string | undefined
  readonly series: string | undefined
  readonly site: string | undefined
  readonly severity: AlarmRule['severity']
  readonly title: LocalizedText
  readonly advice: LocalizedText
  readonly value: number | undefined
  /** Event time at which its condition began, the last time that it did. */
  readonly raisedMs: number
  readonly clearedMs: number | undefined
  /** How often its condition has begun since it is open, from 1. */
  readonly occurrence: number
  readonly acknowledgedMs: number | undefined
  readonly acknowledgedBy: string | undefined
  readonly comment: string | undefined
  /** Who looks after it. */
  readonly assignee: string | undefined
  readonly suppressions: readonly Suppression[]
  /** The storm that it is part of. */
  readonly storm: string | undefined
  /** What people were last told of it, by a notice of its own or of its storm. */
  readonly told: 'raised' | 'quiet'
}

/** `before`: the open alarm of the same rule and subject, whose condition has begun again. */
export function raiseAlarm(id: string, transition: AlarmTransition, before: Alarm | undefined): Alarm {
  const { rule, subject, value, timeMs, texts = rule } = transition
  return {
    id,
    rule: rule.id,
    kind: rule.kind,
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
    occurrence: (before?.occurrence ?? 0) + 1,
    acknowledgedMs: undefined,
    acknowledgedBy: undefined,
    comment: undefined,
    assignee: before?.assignee,
    suppressions: before?.suppressions ?? [],
    storm: before?.storm,
    told: before?.told ?? 'quiet',
  }
}

/** One alarm at a time per rule and subject. */
export function alarmKey({ rule, subject }: Pick<Alarm, 'rule' | 'subject'>): string {
  return `${rule} ${subject}`
}

/** Its condition lasts. */
export function isActive({ clearedMs }: Alarm): boolean {
  return clearedMs === undefined
}

/** Open as long as the condition lasts or nobody has acknowledged it. */
export function isOpen(alarm: Alarm): boolean {
  return alarm.clearedMs === undefined || alarm.acknowledgedMs === undefined
}

/** `{tenant}/{gateway}` begins with it. */
export function tenantOf({ gateway }: Pick<Alarm, 'gateway'>): string {
  return gateway.slice(0, gateway.indexOf('/'))
}

export function alarmToRow(alarm: Alarm): AlarmRow {
  return {
    id: alarm.id,
    rule: alarm.rule,
    kind: alarm.kind,
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
    occurrence: alarm.occurrence,
    acknowledged_ms: alarm.acknowledgedMs ?? null,
    acknowledged_by: alarm.acknowledgedBy ?? null,
    comment: alarm.comment ?? null,
    assignee: alarm.assignee ?? null,
    suppressions: alarm.suppressions.join(' '),
    storm: alarm.storm ?? null,
    told: alarm.told,
  }
}

export function alarmFromRow(row: AlarmRow): Alarm {
  const texts = JSON.parse(row.texts) as Pick<Alarm, 'title' | 'advice'>
  return {
    id: row.id,
    rule: row.rule,
    kind: row.kind as Alarm['kind'],
    subject: row.subject,
    gateway: row.gateway,
    device: row.device ?? undefined,
    series: row.series ?? undefined,
    site: row.site ?? undefined,
    severity: row.severity as Alarm['severity'],
    title: texts.title,
    advice: texts.advice,
    value: row.value ?? undefined,
    raisedMs: row.raised_ms,
    clearedMs: row.cleared_ms ?? undefined,
    occurrence: row.occurrence,
    acknowledgedMs: row.acknowledged_ms ?? undefined,
    acknowledgedBy: row.acknowledged_by ?? undefined,
    comment: row.comment ?? undefined,
    assignee: row.assignee ?? undefined,
    suppressions: suppressions.filter((cause) => row.suppressions.split(' ').includes(cause)),
    storm: row.storm ?? undefined,
    told: row.told === 'raised' ? 'raised' : 'quiet',
  }
}
