// A page of a list of alarms: which alarms fit, in which order, and where the next page begins.
import { AppError } from '../../broker/contract/app-error.ts'
import type { TenantScope } from '../people/principal.ts'
import type { Alarm } from './alarm.ts'

/** Each part that is given must fit. */
export interface AlarmFilter {
  readonly scope: TenantScope
  readonly gateway?: string | undefined
  readonly site?: string | undefined
  readonly rule?: string | undefined
  readonly severity?: Alarm['severity'] | undefined
  readonly assignee?: string | undefined
  /** Of the beginning of the condition, Unix ms; `fromMs` inclusive, `toMs` exclusive. */
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
}

/** The last alarm of a page: by it the next one begins, however many alarms began at the same time. */
export type AlarmPlace = Pick<Alarm, 'raisedMs' | 'id'>

export interface AlarmQuery extends AlarmFilter {
  readonly limit: number
  readonly after?: AlarmPlace | undefined
}

/** Newest first, those of one instant by id. */
export function inOrder(one: AlarmPlace, other: AlarmPlace): number {
  return other.raisedMs - one.raisedMs || (one.id < other.id ? -1 : Number(one.id > other.id))
}

export function fitsFilter(alarm: Alarm, filter: AlarmFilter): boolean {
  const { scope, gateway, site, rule, severity, assignee, fromMs, toMs } = filter
  return (
    scope.allowsKey(alarm.gateway) &&
    (gateway === undefined || alarm.gateway === gateway) &&
    (site === undefined || alarm.site === site) &&
    (rule === undefined || alarm.rule === rule) &&
    (severity === undefined || alarm.severity === severity) &&
    (assignee === undefined || alarm.assignee === assignee) &&
    (fromMs === undefined || alarm.raisedMs >= fromMs) &&
    (toMs === undefined || alarm.raisedMs < toMs)
  )
}

export function cursorOf({ raisedMs, id }: AlarmPlace): string {
  return `${raisedMs}.${id}`
}

/** Throws `payload.schema` for what is no cursor. */
export function parseCursor(cursor: string): AlarmPlace {
  const [, time, id] = /^(-?\d{1,15}(?:\.\d{1,6}(?=\.))?)\.([A-Za-z0-9-]{1,64})$/.exec(cursor) ?? []
  if (time === undefined || id === undefined) {
    throw new AppError('payload.schema', 'a cursor is the `next` of the page before, as it was')
  }
  return { raisedMs: Number(time), id }
}
