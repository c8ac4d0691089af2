// From alarms, storms and maintenance windows to the shapes of the API.
import type { Alarm } from './alarm.ts'
import type { AlarmBook } from './alarm-book.ts'
import type { AlarmLogEntry } from './alarm-log.ts'
import { cursorOf } from './alarm-page.ts'
import type { AlarmItem, AlarmLogItem, AlarmsPage, MaintenanceItem, StormItem } from './alarm-schemas.ts'
import type { MaintenanceWindow } from './maintenance-windows.ts'
import { hiddenBehind } from './notice-desk.ts'
import type { Storm } from './storms.ts'
import type { WorkOrders } from '../work-orders/work-orders.ts'

export interface AlarmViewSources {
  readonly book: Pick<AlarmBook, 'open' | 'shelf'>
  readonly workOrders: Pick<WorkOrders, 'ofAlarm'>
}

/** `found`: in order, and one more than `limit` where there is a further page. */
export function alarmsPage(found: readonly Alarm[], limit: number, views: AlarmViewSources): AlarmsPage {
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1) : undefined
  return { items: shown.map((alarm) => alarmItem(alarm, views)), next: last === undefined ? null : cursorOf(last) }
}

export function alarmItem(alarm: Alarm, { book, workOrders }: AlarmViewSources): AlarmItem {
  const order = workOrders.ofAlarm(alarm.id)
  return {
    id: alarm.id,
    rule: alarm.rule,
    kind: alarm.kind,
    series: alarm.series ?? null,
    device: alarm.device ?? null,
    site: alarm.site ?? null,
    gateway: alarm.gateway,
    severity: alarm.severity,
    state: alarm.clearedMs === undefined ? 'open' : 'cleared',
    acknowledged: alarm.acknowledgedMs !== undefined,
    title: alarm.title,
    advice: alarm.advice,
    value: alarm.value ?? null,
    raisedAt: alarm.raisedMs,
    clearedAt: alarm.clearedMs ?? null,
    occurrence: alarm.occurrence,
    acknowledgedAt: alarm.acknowledgedMs ?? null,
    acknowledgedBy: alarm.acknowledgedBy ?? null,
    comment: alarm.comment ?? null,
    assignee: alarm.assignee ?? null,
    suppressions: [...alarm.suppressions],
    shelvedUntil: book.shelf(alarm)?.untilMs ?? null,
    hides: alarm.series === undefined && alarm.clearedMs === undefined ? hiddenBehind(alarm, book.open()) : 0,
    storm: alarm.storm ?? null,
    workOrder: order === undefined ? null : { id: order.id, number: order.number, state: order.state },
  }
}

export function alarmLogItem({ id, timeMs, action, by, detail }: AlarmLogEntry): AlarmLogItem {
  return { id, time: timeMs, action, by: by ?? null, detail: detail ?? null }
}

export function stormItem({ id, cause, groupKey, severity, members, startedMs }: Storm): StormItem {
  return { id, cause, place: groupKey, severity, members, startedAt: startedMs }
}

export function maintenanceItem({ id, scope, place, fromMs, toMs, reason, by }: MaintenanceWindow): MaintenanceItem {
  return { id, scope, place, from: fromMs, to: toMs, reason, by: by ?? null }
}
