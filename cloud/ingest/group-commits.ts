// The groups of ingest, from the first thing in one to the acknowledgement: commit, latest values, alarms, live stream.
import { toAppError, type AppError } from '../../broker/contract/app-error.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { topicOf } from '../../broker/contract/topics.ts'
import type { Store, StoredEvent } from '../store/store.ts'
import { CommitGroup, type EventPicture } from './commit-group.ts'
import { commitWithRetry } from './commit-retry.ts'
import type { IngestCounters } from './ingest-counters.ts'
import type { FreshReadings, LatestValues } from './latest-values.ts'
import type { SeriesCatalogue } from './series-catalogue.ts'

/** Where events go beside the store: cloud/events. */
export interface EventSink {
  /** Keeps the thumbnails of a group, durable when it resolves, before the commit that names them. Throws `store.unavailable`. */
  keep(pictures: readonly EventPicture[]): Promise<void>
  /** These events are committed. */
  stored(events: readonly StoredEvent[]): void
}

interface GroupCommitsDependencies {
  readonly store: Pick<Store, 'commit'>
  readonly catalogue: Pick<SeriesCatalogue, 'takeUnsaved' | 'returnUnsaved'>
  readonly latest: LatestValues
  readonly alarms: { observe(fresh: FreshReadings, nowMs: number): void }
  readonly stream: { publish(fresh: FreshReadings): void }
  /** Sends one message down at QoS 1; a lost acknowledgement is repaired by the gateway's resend. */
  readonly publish: (topic: string, payload: Uint8Array) => void
  readonly events: EventSink
  readonly counters: IngestCounters
  /** A commit has ended: there may be room for those who wait. */
  readonly onRoom: () => void
  readonly clock: Clock
  readonly log: Log
}

interface GroupLimits {
  /** A group is committed this long after its first reading … */
  readonly groupMs: number
  /** … or as soon as it holds this many. */
  readonly groupReadings: number
}

/** One group fills while the one before it is being committed. */
export class GroupCommits {
  readonly #dependencies: GroupCommitsDependencies
  readonly #limits: GroupLimits
  readonly #abort = new AbortController()
  filling = new CommitGroup()
  #spare = new CommitGroup()
  #inFlight: Promise<void> | undefined
  #inFlightWeight = 0
  #timer: Timer | undefined
  #storeAvailable = true

  constructor(dependencies: GroupCommitsDependencies, limits: GroupLimits) {
    this.#dependencies = dependencies
    this.#limits = limits
  }

  /** Readings accepted and not yet stored. */
  get pending(): number {
    return this.filling.weight + this.#inFlightWeight
  }

  /** Did the store take the last commit? */
  get storeAvailable(): boolean {
    return this.#storeAvailable
  }

  /** Commits what is pending; after `timeoutMs` no commit is tried again and what is left is rolled back. */
  async drain(timeoutMs: number): Promise<void> {
    const timer = this.#dependencies.clock.setTimer(() => this.#abort.abort(), timeoutMs)
    try {
      while (this.#inFlight !== undefined || !this.filling.isEmpty) {
        this.#commitFilling()
        await this.#inFlight
      }
    } finally {
      timer.cancel()
      this.#timer?.cancel()
    }
  }

  /** Something was put into the filling group: it is committed when it is full or old enough. */
  schedule(): void {
    const group = this.filling
    group.openedAtMs ??= this.#dependencies.clock.monotonic()
    if (this.#inFlight !== undefined) return
    if (group.weight >= this.#limits.groupReadings) this.#commitFilling()
    else this.#timer ??= this.#dependencies.clock.setTimer(() => this.#commitFilling(), this.#limits.groupMs)
  }

  /** The main path: a group from its commit to its acknowledgement. */
  async #finish(group: CommitGroup): Promise<void> {
    const { store, catalogue, latest, alarms, stream, events, clock, log } = this.#dependencies
    const moves = group.cursorMoves()
    const series = catalogue.takeUnsaved()
    try {
      if (group.needsCommit) {
        await commitWithRetry({
          commit: async () => {
            if (group.pictures().length > 0) await events.keep(group.pictures())
            await store.commit(group.toCommit(series, moves))
          },
          onRetry: (error, delayMs) => this.#noteRetry(error, delayMs),
          signal: this.#abort.signal,
          clock,
        })
        this.#dependencies.counters.commits += 1
        this.#storeAvailable = true
      }
    } catch (thrown) {
      catalogue.returnUnsaved(series)
      this.#rollBack(group, toAppError(thrown, 'store.unavailable'))
      return
    }
    for (const { cursor, through } of moves) cursor.committed = through
    for (const [gateway, arrivalAtMs] of group.arrivals()) gateway.observedAtMs = arrivalAtMs
    try {
      const nowMs = clock.now()
      const fresh = latest.update(group.columns(), nowMs)
      alarms.observe(fresh, nowMs)
      stream.publish(fresh)
      if (group.events().length > 0) events.stored(group.events())
    } catch (thrown) {
      this.#dependencies.counters.observerFailures += 1
      log.error({ err: thrown }, 'a committed group could not be shown; its readings are stored')
    }
    this.#acknowledge(group)
    group.release()
  }

  /** One commit in flight at most; the group that filled meanwhile goes next. */
  #commitFilling(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#inFlight !== undefined || this.filling.isEmpty) return
    const group = this.filling
    this.filling = this.#spare
    this.#inFlightWeight = group.weight
    this.#inFlight = this.#finish(group).then(() => {
      group.clear()
      this.#spare = group
      this.#inFlight = undefined
      this.#inFlightWeight = 0
      this.#dependencies.onRoom()
      this.#commitIfDue()
    })
  }

  #commitIfDue(): void {
    const { openedAtMs, weight } = this.filling
    if (openedAtMs === undefined || this.#inFlight !== undefined) return
    const age = this.#dependencies.clock.monotonic() - openedAtMs
    if (weight >= this.#limits.groupReadings || age >= this.#limits.groupMs) this.#commitFilling()
    else this.schedule()
  }

  #noteRetry(error: AppError, delayMs: number): void {
    this.#dependencies.counters.commitRetries += 1
    if (this.#storeAvailable) this.#dependencies.log.warn({ err: error, delayMs }, 'the store is unavailable; retrying')
    this.#storeAvailable = false
  }

  /** The group in flight did not become true, so the one that built on it cannot either; the gateways' resend repairs both. */
  #rollBack(group: CommitGroup, error: AppError): void {
    this.#dependencies.counters.rollbacks += 1
    this.#storeAvailable = false
    this.#dependencies.log.error({ err: error, readings: group.rows }, 'the store refused a group; it is rolled back')
    group.rollBack(error)
    this.filling.rollBack(error)
    this.filling.clear()
  }

  #acknowledge(group: CommitGroup): void {
    for (const cursor of group.acksDue()) {
      const { epoch, gateway, committed: through } = cursor
      const ack = group.wantsRewind(cursor) ? { epoch, through, rewind: true } : { epoch, through }
      this.#dependencies.publish(topicOf(gateway.identity, 'ack'), encodeDocument(ack))
      this.#dependencies.counters.acks += 1
    }
  }
}
