// Climbs the steps of escalation policies as long as nobody acknowledges an alarm that lasts.
import type { Clock } from '../../broker/contract/ports.ts'
import type { Alarm } from '../alarms/alarm.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { DutySettings } from './duty-settings.ts'
import type { Intents } from './intents.ts'
import { type AlarmNotice, isOfAlarm, noticeOf } from './notice.ts'
import type { NotificationCounters } from './notification-counters.ts'
import type { EscalationRow } from './notification-tables.ts'
import type { Planner } from './planner.ts'

/** As much of an alarm as decides whether somebody must still be told. */
export type AlarmState = Pick<Alarm, 'acknowledgedMs' | 'clearedMs' | 'suppressions' | 'told' | 'storm'>

export interface EscalationDependencies {
  readonly database: HubDatabase
  readonly duty: DutySettings
  readonly intents: Intents
  readonly planner: Planner
  /** Undefined: there is no such alarm any more. */
  readonly alarmOf: (id: string) => Promise<AlarmState | undefined>
  readonly counters: NotificationCounters
  readonly clock: Clock
}

const stepsAtOnce = 200
/** An alarm that is suppressed or has just cleared is looked at again. */
const lookAgainMs = 15_000

export class Escalations {
  readonly #dependencies: EscalationDependencies

  constructor(dependencies: EscalationDependencies) {
    this.#dependencies = dependencies
  }

  /** Takes the steps that are due; each is written with what follows from it in one transaction. */
  async climb(): Promise<void> {
    const { database, clock } = this.#dependencies
    const due = await database
      .selectFrom('escalations')
      .selectAll()
      .where('state', '=', 'waiting')
      .where('due_ms', '<=', clock.now())
      .orderBy('due_ms')
      .limit(stepsAtOnce)
      .execute()
    for (const row of due) await this.#step(row)
    if (due.length === stepsAtOnce) await this.climb()
  }

  async nextDueMs(): Promise<number | undefined> {
    const { next } = await this.#dependencies.database
      .selectFrom('escalations')
      .select(({ fn }) => fn.min<number | null>('due_ms').as('next'))
      .where('state', '=', 'waiting')
      .executeTakeFirstOrThrow()
    return next ?? undefined
  }

  async #step(row: EscalationRow): Promise<void> {
    const { alarmOf, clock } = this.#dependencies
    const alarm = await alarmOf(row.alarm)
    const end = endOf(alarm)
    if (end === 'look-again') return await this.#change(row, { due_ms: clock.now() + lookAgainMs })
    if (end !== undefined) return await this.#change(row, { state: end })
    if (await this.#climbsAsStorm(row, alarm?.storm)) return await this.#change(row, { state: 'superseded' })
    await this.#tell(row)
  }

  /** What was told alone, before it was seen to be part of a storm that is told by the same steps. */
  async #climbsAsStorm({ storm: own, policy }: EscalationRow, storm: string | undefined): Promise<boolean> {
    if (storm === undefined || own !== null) return false
    const found = await this.#dependencies.database
      .selectFrom('escalations')
      .select('notice')
      .where('policy', '=', policy)
      .where('storm', '=', storm)
      .where('state', 'in', ['waiting', 'exhausted'])
      .executeTakeFirst()
    return found !== undefined
  }

  async #tell(row: EscalationRow): Promise<void> {
    const { database, duty, intents, planner, counters, clock } = this.#dependencies
    const notice = await this.#noticeOf(row)
    const policy = (await duty.policies([notice?.tenant ?? ''])).find(({ id }) => id === row.policy)
    const step = policy?.body.steps[row.step]
    if (notice === undefined || policy === undefined || step === undefined) {
      return await this.#change(row, { state: 'exhausted' })
    }
    const people = await duty.peopleOf(notice.tenant, step.to, clock.now())
    const told = await intents.urgent(notice, `${notice.key}#${policy.id}-${row.step}`, people)
    const next = policy.body.steps[row.step + 1]
    // Counted from the first notice; after a long stop of the hub not all steps come at once.
    const gapMs = next === undefined ? 0 : (next.afterMinutes - step.afterMinutes) * 60_000
    const change =
      next === undefined
        ? { step: row.step + 1, state: 'exhausted' }
        : { step: row.step + 1, due_ms: Math.max(row.due_ms, clock.now() - lookAgainMs) + gapMs }
    await database.transaction().execute(async (transaction) => {
      await planner.write(transaction, told)
      await transaction
        .updateTable('escalations')
        .set(change)
        .where('notice', '=', row.notice)
        .where('policy', '=', row.policy)
        .where('step', '=', row.step)
        .execute()
    })
    counters.escalationSteps += 1
  }

  async #noticeOf({ notice }: EscalationRow): Promise<AlarmNotice | undefined> {
    const row = await this.#dependencies.database
      .selectFrom('notices')
      .select('document')
      .where('key', '=', notice)
      .executeTakeFirst()
    const told = row === undefined ? undefined : noticeOf(row.document)
    return told === undefined || !isOfAlarm(told) ? undefined : told
  }

  async #change(row: EscalationRow, change: Partial<EscalationRow>): Promise<void> {
    await this.#dependencies.database
      .updateTable('escalations')
      .set(change)
      .where('notice', '=', row.notice)
      .where('policy', '=', row.policy)
      .execute()
  }
}

/** Why nobody is told any more; undefined: somebody must be. */
function endOf(alarm: AlarmState | undefined): 'acknowledged' | 'cleared' | 'look-again' | undefined {
  if (alarm === undefined) return 'cleared'
  if (alarm.acknowledgedMs !== undefined) return 'acknowledged'
  // It may come back within the seconds in which people are not told that it is over.
  if (alarm.clearedMs !== undefined) return alarm.told === 'quiet' ? 'cleared' : 'look-again'
  return alarm.suppressions.length > 0 ? 'look-again' : undefined
}
