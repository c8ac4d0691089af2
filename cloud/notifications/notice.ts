// The port by which alarms, bulletins, citizens' reports and back-ups hand over what people must be told, and a recipient as this area needs to know one.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { Alarm } from '../alarms/alarm.ts'
import type { Severity } from '../alarms/rules/rule.ts'
import { everyTenant } from '../people/principal.ts'

interface NoticeBase {
  /** Unique per occasion; the same occasion told again (restart, retry) has the same key. */
  readonly key: string
  /** Hub time, Unix ms. */
  readonly timeMs: number
  readonly tenant: string
}

/** Its key: `{alarm id}:{occurrence}:{kind}`. */
export interface AlarmNotice extends NoticeBase {
  readonly kind: 'raised' | 'worsened' | 'cleared' | 'assigned' | 'reopened'
  readonly alarm: Alarm
  readonly bulletin?: undefined
  readonly report?: undefined
  readonly backups?: undefined
  /** Alarms that this notice stands for besides `alarm` (a storm, the children of a gateway). */
  readonly alsoCount: number
  /** Told of this storm as a whole, whichever of its alarms shows it. */
  readonly storm?: string
  readonly place: { readonly site: LocalizedText | undefined; readonly device: LocalizedText | undefined }
  /** Person id; with kind `assigned` it is this person alone that is told. */
  readonly assignee?: string
}

/** As much of a message of the disaster broadcast as people are told. */
export interface ToldBulletin {
  /** `{tenant}/{id}` */
  readonly id: string
  /** The same for a message and everything that updates or cancels it. */
  readonly thread: string
  /** By language tag; at least one. */
  readonly texts: Readonly<Record<string, { readonly title: string; readonly text: string }>>
  readonly isExercise: boolean
  readonly severity: Severity
  /** Something to do at once against an extraordinary threat: quiet hours do not hold it. */
  readonly isPressing: boolean
  readonly areas: readonly string[]
  readonly sentMs: number
  readonly expiresMs: number
  readonly link: string | undefined
}

/** Its key: `bulletin:{id}:{revision}:{kind}`. */
export interface BulletinNotice extends NoticeBase {
  readonly kind: 'issued' | 'updated' | 'cancelled'
  readonly bulletin: ToldBulletin
  readonly alarm?: undefined
  readonly report?: undefined
  readonly backups?: undefined
}

/** As much of a citizen's report as is told: neither what the citizen wrote nor a photo leaves the hub's pages. */
export interface ToldReport {
  readonly id: string
  readonly number: number
  /** e.g. 道路の破損 */
  readonly what: LocalizedText
  /** Name of the street light, else latitude and longitude. */
  readonly place: string
  readonly receivedMs: number
}

/** Its key: `report:{id}:reported`. */
export interface ReportNotice extends NoticeBase {
  readonly kind: 'reported'
  readonly report: ToldReport
  readonly alarm?: undefined
  readonly bulletin?: undefined
  readonly backups?: undefined
}

/** How it stands with the back-ups of the hub. */
interface ToldBackups {
  /** Begin of the first of those that came to nothing. */
  readonly sinceMs: number
  /** How many came to nothing. */
  readonly tries: number
  /** Of the newest fault; undefined: the hub was killed meanwhile, or it is over. */
  readonly code: string | undefined
  /** Begin of the one before; undefined: there is none on record. */
  readonly lastMs: number | undefined
}

/** Of no single tenant: for those who keep the back-ups of the whole hub. Its key: `backups:{spell}:failing:{week}`, `backups:{spell}:made`. */
export interface BackupNotice extends NoticeBase {
  readonly kind: 'failing' | 'made'
  /** The same from the first failure to the end. */
  readonly spell: string
  readonly backups: ToldBackups
  readonly alarm?: undefined
  readonly bulletin?: undefined
  readonly report?: undefined
}

/** What people are told is about an alarm, a bulletin, a citizen's report or the hub's back-ups. */
export type Notice = AlarmNotice | BulletinNotice | ReportNotice | BackupNotice

export function isOfBulletin(notice: Notice): notice is BulletinNotice {
  return notice.bulletin !== undefined
}

export function isOfAlarm(notice: Notice): notice is AlarmNotice {
  return notice.alarm !== undefined
}

export function isOfReport(notice: Notice): notice is ReportNotice {
  return notice.report !== undefined
}

export function isOfBackups(notice: Notice): notice is BackupNotice {
  return notice.backups !== undefined
}

/** A citizen's report raises no alarm: it waits for a digest where somebody has one. A hub without back-ups wakes nobody, and waits for none. */
export function severityOf(notice: Notice): Severity {
  if (isOfBackups(notice)) return 'major'
  return notice.bulletin?.severity ?? notice.alarm?.severity ?? 'info'
}

/** It tells that something is over. */
export function tellsEnd({ kind }: Notice): boolean {
  return kind === 'cleared' || kind === 'cancelled' || kind === 'made'
}

/** A notice as it was kept; JSON leaves out what is undefined, and optional and undefined read alike. */
export function noticeOf(document: string): Notice {
  return JSON.parse(document) as Notice
}

export interface NoticeSink {
  /**
   * Takes a notice into memory and writes it soon; one that was taken before, in this run or an earlier one, changes
   * nothing. Never throws: above the bound it is counted and logged.
   */
  take(notice: Notice): void
  /**
   * Resolves when everything taken so far is in the database, so that the alarm's or bulletin's own write may follow. Throws
   * `store.unavailable` where one attempt failed; what was taken is kept and tried again.
   */
  flush(): Promise<void>
}

/** Who may be told something. */
export interface Recipient {
  readonly id: string
  readonly name: string
  readonly language: 'ja' | 'en'
  readonly email: string | undefined
  /** `*` is every tenant. */
  readonly tenants: readonly { readonly tenant: string; readonly role: string }[]
}

export function isOfTenant({ tenants }: Pick<Recipient, 'tenants'>, tenant: string): boolean {
  return tenants.some((one) => one.tenant === tenant || one.tenant === everyTenant)
}

/** Everybody who can sign in and is not locked, as of now. */
export type Recipients = () => readonly Recipient[]
