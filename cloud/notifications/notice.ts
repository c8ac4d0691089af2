// The port by which the alarm life cycle hands over what people must be told, and a recipient as this area needs to know one.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { Alarm } from '../alarms/alarm.ts'
import { everyTenant } from '../people/principal.ts'

type NoticeKind = 'raised' | 'worsened' | 'cleared' | 'assigned' | 'reopened'

export interface AlarmNotice {
  /** Unique per occasion; the same occasion told again (restart, retry) has the same key: `{alarm id}:{occurrence}:{kind}` */
  readonly key: string
  readonly kind: NoticeKind
  /** Hub time, Unix ms. */
  readonly timeMs: number
  readonly tenant: string
  readonly alarm: Alarm
  /** Alarms that this notice stands for besides `alarm` (a storm, the children of a gateway). */
  readonly alsoCount: number
  /** Told of this storm as a whole, whichever of its alarms shows it. */
  readonly storm?: string
  readonly place: { readonly site: LocalizedText | undefined; readonly device: LocalizedText | undefined }
  /** Person id; with kind `assigned` it is this person alone that is told. */
  readonly assignee?: string
}

export interface NoticeSink {
  /**
   * Takes a notice into memory and writes it soon; one that was taken before, in this run or an earlier one, changes
   * nothing. Never throws: above the bound it is counted and logged.
   */
  take(notice: AlarmNotice): void
  /**
   * Resolves when everything taken so far is in the database, so that the alarm's own write may follow. Throws
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
