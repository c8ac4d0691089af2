// Keeps one product taught: a corrected verdict joins the examples, a process fits anew in the background, and only a better head is used.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Counters } from '../counters.ts'
import type { ExampleStore, Judgement } from './example-store.ts'
import type { PackageTrust } from '../checks/checked-package.ts'
import type { OwnKey } from './own-key.ts'
import type { RefitAnswer, RefitRequest, TaughtName } from './refit-messages.ts'
import type { RevisionRecord, RevisionStore } from './revisions.ts'

export interface TeacherPlan {
  /** Whose teacher it is: for the log. */
  readonly id: string
  /** Where a revision is made: the package of the first teaching, taught already or image-features. */
  readonly extractor: string
  /** Needed where `extractor` is not taught yet. */
  readonly model?: TaughtName
  readonly examplesFolder: string
  /** By whom `extractor` may be signed. */
  readonly trust: PackageTrust
}

/** What became of one refit. */
export interface TeachOutcome extends RevisionRecord {
  /** Corrections that came before were among its examples. */
  readonly startedMs: number
  readonly tookMs: number
  /** Undefined: it failed before there were any. */
  readonly figures: Omit<RefitAnswer, 'worse'> | undefined
  /** Another refit follows, for corrections that came meanwhile. */
  readonly more: boolean
}

export interface TeacherPorts {
  readonly examples: ExampleStore
  readonly revisions: RevisionStore
  /** The gateway's own key pair. */
  readonly key: OwnKey
  /** Of the package that judges now; undefined: not known. */
  readonly versionInUse?: () => string | undefined
  /** Runs one refit in a process of its own; ends it when the signal says so. */
  readonly refit: (request: RefitRequest, signal: AbortSignal) => Promise<RefitAnswer>
  /** The cameras' host loads a revision. Rejects where it cannot: the revision is then withdrawn, and the one before stays in use. */
  readonly onActive: (folder: string) => Promise<unknown> | void
  readonly onOutcome?: (outcome: TeachOutcome) => void
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
}

/**
 * Bound: one refit under way and one waiting. Corrections that come meanwhile join the waiting one, as it reads all examples when it
 * starts. Owner: this teacher.
 */
export class Teacher {
  readonly #plan: TeacherPlan
  readonly #ports: TeacherPorts
  readonly #end = new AbortController()
  #running: Promise<void> | undefined
  #isWaiting = false
  #adding: Promise<unknown> = Promise.resolve()

  constructor(plan: TeacherPlan, ports: TeacherPorts) {
    this.#plan = plan
    this.#ports = ports
  }

  /** A person says what the part really was. Resolves when the picture is kept; the refit follows. Throws as ExampleStore.add. */
  async correct(judgement: Judgement, picture: Uint8Array): Promise<void> {
    const { examples, clock, counters } = this.#ports
    const added = this.#adding.then(() => examples.add(judgement, picture, clock.now()))
    this.#adding = added.catch(() => undefined)
    const { dropped, corrected } = await added
    counters.add('teach_examples', corrected ? 'corrected' : 'added')
    for (const _ of dropped) counters.add('teach_examples', 'dropped')
    this.refitSoon()
  }

  /** An example was not meant so: it goes, and a refit follows. False: there is none of this id. */
  async withdrawExample(id: string): Promise<boolean> {
    const { examples, counters } = this.#ports
    const removed = this.#adding.then(() => examples.remove(id))
    this.#adding = removed.catch(() => undefined)
    if ((await removed) === undefined) return false
    counters.add('teach_examples', 'withdrawn')
    this.refitSoon()
    return true
  }

  /** While `act` runs, no example is added and nothing is fitted. */
  async between<T>(act: () => Promise<T>): Promise<T> {
    const before = this.#adding
    const done = Promise.withResolvers<void>()
    this.#adding = before.then(() => done.promise)
    try {
      await before
      await this.settled()
      return await act()
    } finally {
      done.resolve()
    }
  }

  /** Starts a refit, or lets one follow the one under way. */
  refitSoon(): void {
    if (this.#end.signal.aborted) return
    if (this.#running !== undefined) {
      this.#isWaiting = true
      return
    }
    this.#running = this.#refit().finally(() => {
      this.#running = undefined
      if (!this.#isWaiting) return
      this.#isWaiting = false
      this.refitSoon()
    })
  }

  /** Resolves when no refit is under way or waiting. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  /**
   * Back to the revision before, or to the configured package; loaded first, so that nothing has changed where that fails. Throws
   * AppError `not-found` where nothing taught is in use, or as the host does.
   */
  async rollBack(reason: string): Promise<void> {
    const { revisions, clock, counters, onActive } = this.#ports
    const [now, before] = await revisions.chain()
    if (now === undefined) throw new AppError('not-found', 'there is no revision to go back from')
    await onActive(before === undefined ? this.#plan.extractor : revisions.folderOf(before))
    await revisions.rollBack(clock.now(), reason)
    counters.add('teach_revisions', 'rolled-back')
  }

  async stop(): Promise<void> {
    this.#end.abort(new AppError('model.failed', 'the gateway stops'))
    this.#isWaiting = false
    await this.#adding
    await this.settled()
  }

  /** Never rejects. */
  async #refit(): Promise<void> {
    const { revisions, clock, log, versionInUse } = this.#ports
    try {
      const version = await revisions.nextVersion(versionInUse?.())
      const began = { ms: clock.now(), monotonic: clock.monotonic() }
      const { record, figures } = await this.#attempt(version)
      if (this.#end.signal.aborted) return
      const tookMs = clock.monotonic() - began.monotonic
      this.#ports.onOutcome?.({ ...record, startedMs: began.ms, tookMs, figures, more: this.#isWaiting })
    } catch (error) {
      log.error({ err: error, line: this.#plan.id }, 'a revision could not be recorded')
    }
  }

  /** Rejects only where nothing can be recorded. */
  async #attempt(version: string): Promise<Pick<TeachOutcome, 'figures'> & { readonly record: RevisionRecord }> {
    const { clock, refit } = this.#ports
    let figures: TeachOutcome['figures']
    const refused = async (outcome: RevisionRecord['outcome'], reason: string) => {
      const record = { version, atMs: clock.now(), outcome, reason }
      if (!this.#end.signal.aborted) await this.#refuse(record)
      return { record, figures }
    }
    try {
      const { worse, ...found } = await refit(await this.#request(version), this.#end.signal)
      figures = found
      if (worse !== undefined) return await refused('kept-out', worse)
    } catch (thrown) {
      return refused('failed', toAppError(thrown, 'model.failed').message)
    }
    return { record: await this.#activate(version, figures), figures }
  }

  async #request(version: string): Promise<RefitRequest> {
    const { revisions, clock, key } = this.#ports
    const { extractor, examplesFolder, model, trust } = this.#plan
    return {
      examples: examplesFolder,
      current: (await revisions.active())?.folder ?? extractor,
      out: revisions.folderOf(version),
      version,
      ...(model === undefined ? {} : { model }),
      nowMs: clock.now(),
      privateKeyFile: key.privateFile,
      trust: { ...trust, keyFiles: [...trust.keyFiles, key.publicFile] },
    }
  }

  /** Recorded first, so that a restart never goes back without a word; withdrawn where the host cannot load it. */
  async #activate(version: string, figures: NonNullable<TeachOutcome['figures']>): Promise<RevisionRecord> {
    const { revisions, clock, counters, log, onActive } = this.#ports
    const { falseRejects, falsePasses, good, bad, auroc } = figures
    const reason = `${falseRejects} of ${good} good examples rejected, ${falsePasses} of ${bad} bad ones passed, AUROC ${auroc.toFixed(3)}`
    const record = { version, atMs: clock.now(), reason }
    await revisions.activate(record)
    try {
      await onActive(revisions.folderOf(version))
    } catch (thrown) {
      const failed = { version, atMs: clock.now(), reason: toAppError(thrown, 'model.failed').message }
      if (!this.#end.signal.aborted) await this.withdraw(failed)
      return { ...failed, outcome: 'failed' }
    }
    counters.add('teach_revisions', 'activated')
    log.info({ line: this.#plan.id, version, ...figures }, 'a taught revision is in use')
    return { ...record, outcome: 'activated' }
  }

  /** A revision that was activated cannot be loaded; the one before is in use again at the next question. */
  async withdraw(record: Pick<RevisionRecord, 'version' | 'atMs' | 'reason'>): Promise<void> {
    const { revisions, counters, log } = this.#ports
    counters.add('teach_revisions', 'failed')
    log.error({ line: this.#plan.id, ...record }, 'a taught revision cannot be loaded')
    await revisions.withdraw(record)
  }

  async #refuse(record: RevisionRecord): Promise<void> {
    const { revisions, counters, log } = this.#ports
    counters.add('teach_revisions', record.outcome)
    log.warn({ line: this.#plan.id, ...record }, 'a taught revision is not used')
    await revisions.refuse(record)
  }
}
