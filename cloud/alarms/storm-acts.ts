// What a person does to a storm as a whole: the same to each of its members, each on record, and said of each whether it was done.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { Audit, AuditRecord } from '../people/audit.ts'
import { tenantOf, type Alarm } from './alarm.ts'
import type { AlarmBook } from './alarm-book.ts'
import type { StormActAnswer, StormActBody } from './alarm-schemas.ts'
import { requireShelfTime } from './shelf.ts'

export interface StormActSources {
  readonly book: AlarmBook
  readonly audit: Audit
  readonly clock: Clock
}

/** As the body says it, complete. */
type StormAct =
  | { readonly act: 'acknowledge'; readonly comment: string | undefined }
  | { readonly act: 'shelve'; readonly until: number; readonly reason: string }
  | { readonly act: 'unshelve' }
  | { readonly act: 'assign'; readonly assignee: string | undefined }

/** In one request: each waits for its line of the audit log, and the answer must fit what is kept for an Idempotency-Key. */
const maxActs = 500

const actions: Readonly<Record<StormAct['act'], string>> = {
  acknowledge: 'alarm.acknowledged',
  shelve: 'alarm.shelved',
  unshelve: 'alarm.unshelved',
  assign: 'alarm.assigned',
}

/**
 * Of the worst first. A member for which it is so already is left alone. Throws `payload.schema` for an act that lacks something, and
 * for a shelf that cannot be; what is refused for one member alone is said of it.
 */
export async function actOnStorm(
  members: readonly Alarm[],
  given: StormActBody,
  who: Pick<AuditRecord, 'who' | 'remote'> & { readonly by: string | undefined },
  { book, audit, clock }: StormActSources,
): Promise<StormActAnswer> {
  const asked = actOf(given, clock.now())
  const wanting = members.filter((alarm) => changes(alarm, asked, book))
  const items: StormActAnswer['items'] = []
  const assigned: Alarm[] = []
  for (const { id, rule, subject, gateway } of wanting.slice(0, maxActs)) {
    try {
      const record = { action: actions[asked.act], subject: `${rule} ${subject}`, tenant: tenantOf({ gateway }) }
      await audit.append({ ...record, who: who.who, remote: who.remote, detail: { alarm: id } })
      const alarm = await act(id, asked, who.by, book)
      if (asked.act === 'assign') assigned.push(alarm)
      items.push({ alarm: id, outcome: 'done', code: null })
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown
      items.push({ alarm: id, outcome: 'refused', code: thrown.code })
    }
  }
  book.tellAssigned(assigned, who.by)
  return { items, unchanged: members.length - wanting.length, left: Math.max(0, wanting.length - maxActs) }
}

function actOf({ act, comment, until, reason, assignee }: StormActBody, nowMs: number): StormAct {
  if (act === 'acknowledge') return { act, comment }
  if (act === 'unshelve') return { act }
  if (act === 'assign' && assignee !== undefined) return { act, assignee: assignee ?? undefined }
  if (act === 'assign') throw new AppError('payload.schema', 'assign names the assignee; null: nobody')
  if (until === undefined || reason === undefined) {
    throw new AppError('payload.schema', 'shelve says until when, and for what reason')
  }
  requireShelfTime(until, nowMs)
  return { act, until, reason }
}

function changes(alarm: Alarm, body: StormAct, book: AlarmBook): boolean {
  switch (body.act) {
    case 'acknowledge':
      return alarm.acknowledgedMs === undefined
    case 'shelve':
      return book.shelf(alarm)?.untilMs !== body.until
    case 'unshelve':
      return book.shelf(alarm) !== undefined
    case 'assign':
      return alarm.assignee !== body.assignee
    default:
      return body satisfies never
  }
}

async function act(id: string, body: StormAct, by: string | undefined, book: AlarmBook): Promise<Alarm> {
  switch (body.act) {
    case 'acknowledge':
      return await book.acknowledge(id, by, body.comment)
    case 'shelve':
      return await book.shelve(id, { untilMs: body.until, reason: body.reason, by })
    case 'unshelve':
      return await book.unshelve(id, by)
    case 'assign':
      return book.assignSilently(await book.find(id), body.assignee, by)
    default:
      return body satisfies never
  }
}
