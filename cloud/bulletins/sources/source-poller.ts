// Asks each source of the configuration when its time has come, and takes what it says; a source that fails is asked less often.
import { AppError } from '../../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../../broker/contract/ports.ts'
import type { Origin } from '../bulletin-book.ts'
import type { BulletinCounters } from '../bulletin-counters.ts'
import type { BulletinIntake, IntakeHow, IntakeReport } from '../bulletin-intake.ts'
import type { FeedAnswer, FeedFetch, FeedVersion } from './feed-fetch.ts'
import type { SourceBook, SourceFault, SourceState } from './source-book.ts'
import type { SourceSettings } from './source-settings.ts'

export interface SourcePollerDependencies {
  readonly sources: readonly SourceSettings[]
  readonly states: SourceBook
  readonly intake: BulletinIntake
  readonly fetch: FeedFetch
  readonly counters: BulletinCounters
  readonly random: () => number
  readonly clock: Clock
  readonly log: Log
}

const timeoutMs = 20_000
const maxBackoffMs = 3_600_000
/** Files of CAP that one poll fetches; the others come with the next ones. */
const maxFiles = 20
const noVersion: FeedVersion = { etag: undefined, lastModified: undefined }
/** Bound: addresses of files of CAP that were taken, of one source. The oldest go first, and would be fetched once more. */
const maxKnownFiles = 1_000

/** One timer and one request at a time for each source. */
export class SourcePoller {
  readonly #dependencies: SourcePollerDependencies
  readonly #timers = new Map<string, Timer>()
  readonly #polling = new Map<string, Promise<void>>()
  readonly #aborting = new Set<AbortController>()
  readonly #knownFiles = new Map<string, Set<string>>()
  #stopped = false

  constructor(dependencies: SourcePollerDependencies) {
    this.#dependencies = dependencies
  }

  start(): void {
    for (const source of this.#dependencies.sources) this.#schedule(source)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers.values()) timer.cancel()
    for (const controller of this.#aborting) controller.abort(new Error('the hub stops'))
    await Promise.all(this.#polling.values())
  }

  /** Also when it is not its time yet; a poll that is under way is waited for instead. Never throws. */
  async poll(source: SourceSettings): Promise<void> {
    const underWay = this.#polling.get(source.id)
    if (underWay !== undefined) return await underWay
    this.#timers.get(source.id)?.cancel()
    const polling = this.#poll(source)
      .catch((thrown: unknown) => {
        this.#dependencies.log.error({ err: thrown, source: source.id }, 'a source of bulletins could not be polled')
      })
      .finally(() => {
        this.#polling.delete(source.id)
        if (!this.#stopped) this.#schedule(source)
      })
    this.#polling.set(source.id, polling)
    await polling
  }

  #schedule(source: SourceSettings): void {
    const { states, clock } = this.#dependencies
    const { nextMs, polledMs } = states.state(source.id)
    // A clock that was put back does not keep a source waiting for longer than its interval.
    const waitMs =
      polledMs === undefined ? 0 : Math.min(nextMs - clock.now(), maxBackoffMs, this.#backoffMs(source, 10))
    const timer = clock.setTimer(() => void this.poll(source), Math.max(0, waitMs))
    this.#timers.set(source.id, timer)
  }

  async #poll(source: SourceSettings): Promise<void> {
    const { states, counters, clock, log } = this.#dependencies
    const before = states.state(source.id)
    const answer = await this.#get(source.url, before.version)
    if (this.#stopped) return
    if (answer.kind === 'failed') return await this.#failed(source, before, answer)
    const nowMs = clock.now()
    const next = { polledMs: nowMs, readMs: nowMs, failures: 0, nextMs: nowMs + this.#backoffMs(source, 0) }
    if (answer.kind === 'unchanged') {
      counters.polled(source.id, 'unchanged', nowMs)
      return await states.save(source.id, { ...next, version: before.version, faults: [] })
    }
    try {
      const { faults, isWhole } = await this.#take(source, answer.body, before.readMs === undefined)
      // What is not whole is asked for again, changed or not.
      await states.save(source.id, { ...next, version: isWhole ? answer.version : noVersion, faults })
      counters.polled(source.id, 'read', nowMs)
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.retryable) log.warn({ err: thrown, source: source.id }, 'not taken')
      const reason = thrown instanceof Error ? thrown.message : String(thrown)
      const code = thrown instanceof AppError ? thrown.code : 'internal'
      await this.#failed(source, before, { reason, afterMs: 0 }, code)
    }
  }

  async #take(
    source: SourceSettings,
    body: Uint8Array,
    isFirst: boolean,
  ): Promise<{ readonly faults: readonly SourceFault[]; readonly isWhole: boolean }> {
    const { intake, clock } = this.#dependencies
    const { language, contains } = source
    const how = { language, contains, isFirst }
    const report = await intake.takeBytes(body, originOf(source), how)
    const faults = [...report.faults]
    const known = this.#filesOf(source)
    const fresh = report.capLinks.filter((link) => !known.has(link))
    let isWhole = fresh.length <= maxFiles
    for (const link of fresh.slice(0, maxFiles)) {
      const taken = await this.#takeFile(source, link, how)
      isWhole &&= taken.isFetched
      faults.push(...taken.faults)
    }
    const timeMs = clock.now()
    return { faults: faults.map((fault) => ({ timeMs, ...fault })), isWhole }
  }

  /** What could not be fetched is tried again by the next poll; a file that cannot be read is a fault, and not fetched again. */
  async #takeFile(
    source: SourceSettings,
    link: string,
    how: IntakeHow,
  ): Promise<Pick<IntakeReport, 'faults'> & { readonly isFetched: boolean }> {
    const { intake, counters } = this.#dependencies
    const answer = await this.#get(link, noVersion)
    if (answer.kind !== 'read') {
      const detail = answer.kind === 'failed' ? answer.reason : 'it answers 304 to whoever knows nothing'
      counters.refused(source.id, 'bulletin.source')
      return { faults: [{ code: 'bulletin.source', detail, identifier: link }], isFetched: false }
    }
    try {
      const { faults } = await intake.takeBytes(answer.body, originOf(source), how)
      this.#remember(source, link)
      return { faults, isFetched: true }
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.retryable) throw thrown
      this.#remember(source, link)
      return { faults: [{ code: thrown.code, detail: thrown.message, identifier: link }], isFetched: true }
    }
  }

  async #failed(
    source: SourceSettings,
    before: SourceState,
    { reason, afterMs }: { readonly reason: string; readonly afterMs: number },
    code = 'bulletin.source',
  ): Promise<void> {
    const { states, counters, clock, log } = this.#dependencies
    const nowMs = clock.now()
    const failures = before.failures + 1
    counters.polled(source.id, 'failed', nowMs)
    if (code === 'bulletin.source') counters.refused(source.id, code)
    log.warn({ source: source.id, failures, reason }, 'a source of bulletins cannot be read')
    await states.save(source.id, {
      version: before.version,
      polledMs: nowMs,
      readMs: before.readMs,
      failures,
      nextMs: nowMs + Math.max(afterMs, this.#backoffMs(source, failures)),
      faults: [{ timeMs: nowMs, code, detail: reason, identifier: '' }],
    })
  }

  async #get(url: string, version: FeedVersion): Promise<FeedAnswer> {
    const controller = new AbortController()
    this.#aborting.add(controller)
    const timer = this.#dependencies.clock.setTimer(() => controller.abort(new Error('no answer in time')), timeoutMs)
    try {
      return await this.#dependencies.fetch.get(url, version, controller.signal)
    } finally {
      timer.cancel()
      this.#aborting.delete(controller)
    }
  }

  /** Its interval, doubled for each failure, at most an hour, up to a tenth more or less. */
  #backoffMs({ everyS }: SourceSettings, failures: number): number {
    const everyMs = everyS * 1000
    const plainMs = Math.max(everyMs, Math.min(everyMs * 2 ** Math.min(failures, 20), maxBackoffMs))
    return plainMs * (0.9 + this.#dependencies.random() * 0.2)
  }

  #filesOf({ id }: SourceSettings): Set<string> {
    const known = this.#knownFiles.get(id) ?? new Set<string>()
    this.#knownFiles.set(id, known)
    return known
  }

  #remember(source: SourceSettings, link: string): void {
    const known = this.#filesOf(source)
    known.add(link)
    const [oldest] = known
    if (known.size > maxKnownFiles && oldest !== undefined) known.delete(oldest)
  }
}

function originOf({ tenant, id, isPublic, isTold, holdsMs }: SourceSettings): Origin {
  return { tenant, source: id, isPublic, isTold, holdsMs }
}
