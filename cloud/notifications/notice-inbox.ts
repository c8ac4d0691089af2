// Takes notices of alarms and bulletins and has them in the database before the alarm or bulletin itself is written.
import { toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { isOfAlarm, type Notice, type NoticeSink } from './notice.ts'
import type { NotificationCounters } from './notification-counters.ts'

export interface NoticeInboxDependencies {
  readonly database: HubDatabase
  readonly counters: NotificationCounters
  /** New ones are written. */
  readonly onNew: () => void
  readonly clock: Clock
  readonly log: Log
}

/**
 * Bound: notices that the database has not taken yet. Overflow: the new one is dropped, counted and logged (the database
 * has been away for long by then, and the dashboard shows the alarms themselves). Owner: this inbox; `close` writes the rest.
 */
const maxWaiting = 10_000
const firstRetryMs = 200
const maxRetryMs = 30_000

export class NoticeInbox implements NoticeSink {
  readonly #dependencies: NoticeInboxDependencies
  readonly #waiting = new Map<string, Notice>()
  #writing: Promise<void> | undefined
  #retry: Timer | undefined
  #retryMs = firstRetryMs

  constructor(dependencies: NoticeInboxDependencies) {
    this.#dependencies = dependencies
  }

  take(notice: Notice): void {
    const { counters, log } = this.#dependencies
    if (this.#waiting.has(notice.key)) return
    if (this.#waiting.size >= maxWaiting) {
      counters.noticesDropped += 1
      log.error({ notice: notice.key }, 'nobody is told of it: the database takes no notices')
      return
    }
    this.#waiting.set(notice.key, notice)
    this.#startLater()
  }

  async flush(): Promise<void> {
    while (this.#waiting.size > 0 || this.#writing !== undefined) {
      this.#writing ??= this.#write().finally(() => {
        this.#writing = undefined
      })
      await this.#writing
    }
  }

  async close(): Promise<void> {
    this.#retry?.cancel()
    this.#retry = undefined
    try {
      await this.flush()
    } catch (thrown) {
      this.#dependencies.counters.noticesDropped += this.#waiting.size
      this.#dependencies.log.error(
        { err: thrown, notices: this.#waiting.size },
        'notices could not be written at the end',
      )
    }
  }

  /** The subject's own write asks for a flush; this one is for notices that no write follows. */
  #startLater(): void {
    this.#retry ??= this.#dependencies.clock.setTimer(
      () => {
        this.#retry = undefined
        this.flush().then(
          () => {
            this.#retryMs = firstRetryMs
          },
          (thrown: unknown) => {
            this.#dependencies.log.error({ err: thrown, notices: this.#waiting.size }, 'notices wait for the database')
            this.#retryMs = Math.min(this.#retryMs * 2, maxRetryMs)
            this.#startLater()
          },
        )
      },
      this.#retryMs * (0.5 + Math.random() / 2),
    )
  }

  async #write(): Promise<void> {
    const { database, counters, onNew } = this.#dependencies
    const batch = [...this.#waiting.values()]
    let isNew = 0
    try {
      await database.transaction().execute(async (transaction) => {
        for (const notice of batch) {
          const { numInsertedOrUpdatedRows } = await transaction
            .insertInto('notices')
            .values(rowOf(notice))
            .onConflict((conflict) => conflict.column('key').doNothing())
            .executeTakeFirst()
          isNew += Number(numInsertedOrUpdatedRows ?? 0)
        }
      })
    } catch (thrown) {
      throw toAppError(thrown, 'store.unavailable')
    }
    for (const { key } of batch) this.#waiting.delete(key)
    counters.noticesTaken += isNew
    counters.noticesRepeated += batch.length - isNew
    if (isNew > 0) onNew()
  }
}

function rowOf(notice: Notice) {
  const { key, tenant, kind, timeMs } = notice
  const about = { alarm: notice.alarm?.id ?? '', bulletin: notice.bulletin?.thread ?? null }
  const storm = isOfAlarm(notice) ? (notice.storm ?? null) : null
  return { key, tenant, ...about, storm, kind, time_ms: timeMs, document: JSON.stringify(notice), planned: 0 }
}
