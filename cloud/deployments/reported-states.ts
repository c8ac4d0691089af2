// What gateways say they run: taken one after the other, checked, and kept for those who decide on roll-outs.
import { toAppError } from '../../broker/contract/app-error.ts'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { ReportedState } from '../../broker/contract/desired-state.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { gatewayKey, parseTopic } from '../../broker/contract/topics.ts'
import type { IncomingMessage } from '../ingest/message.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { maxRevisionLead, newestOffered, reportedOf } from './rollout-rows.ts'

export interface ReportedStatesDependencies {
  readonly database: HubDatabase
  /** Does the work after what is under way, so that no two decide on the same roll-out. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>
  /** A report is kept; `earlier` is the one before it. */
  readonly onReport: (gateway: string, report: ReportedState, earlier: ReportedState | undefined) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

export class ReportedStates {
  readonly #dependencies: ReportedStatesDependencies
  /** The newest report of each gateway that waits to be taken. Bound: one per gateway. Owner: this. */
  readonly #waiting = new Map<string, Uint8Array>()
  readonly counters = { reports: 0, malformedReports: 0, unbelievableReports: 0 }

  constructor(dependencies: ReportedStatesDependencies) {
    this.#dependencies = dependencies
  }

  /** True where the message is a report and nobody else's business. */
  take({ topic, payload }: IncomingMessage): boolean {
    if (!topic.endsWith('/reported')) return false
    const parsed = parseTopic(topic)
    if (parsed?.kind !== 'reported') return false
    const gateway = gatewayKey(parsed.identity)
    this.#waiting.set(gateway, Uint8Array.from(payload))
    void this.#dependencies.inTurn(() => this.#takeNewest(gateway))
    return true
  }

  async #takeNewest(gateway: string): Promise<void> {
    const payload = this.#waiting.get(gateway)
    if (payload === undefined) return
    this.#waiting.delete(gateway)
    const report = this.#decoded(gateway, payload)
    if (report === undefined || !(await this.#isBelievable(gateway, report))) return
    this.counters.reports += 1
    const { database, clock, onReport } = this.#dependencies
    const row = { gateway, document: JSON.stringify(report), received_ms: clock.now() }
    const earlier = await reportedOf(database, gateway)
    await database
      .insertInto('reported_states')
      .values(row)
      .onConflict((conflict) => conflict.column('gateway').doUpdateSet(row))
      .execute()
    await onReport(gateway, report, earlier)
  }

  #decoded(gateway: string, payload: Uint8Array): ReportedState | undefined {
    try {
      return decodeDocument(ReportedState, payload)
    } catch (thrown) {
      this.counters.malformedReports += 1
      const reason = toAppError(thrown, 'payload.malformed').message
      this.#dependencies.log.warn({ gateway, reason }, 'a reported state cannot be used')
      return undefined
    }
  }

  /** Every later document must be newer than what is reported: one gateway could else use up the numbers of all. */
  async #isBelievable(gateway: string, { running, desired }: ReportedState): Promise<boolean> {
    const { database, log } = this.#dependencies
    const revision = Math.max(running.revision, desired?.revision ?? 0)
    const offered = await newestOffered(database, gateway)
    if (revision <= offered + maxRevisionLead) return true
    this.counters.unbelievableReports += 1
    log.warn({ gateway, revision, offered }, 'a reported state is not believed: nobody has made so many sets')
    return false
  }
}
