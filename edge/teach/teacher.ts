// Keeps one product taught: a corrected verdict joins the examples, a process fits anew in the background, and only a better head is used.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Counters } from '../counters.ts'
import type { ExampleStore, Judgement } from './example-store.ts'
import type { RefitAnswer, RefitRequest } from './refit-messages.ts'
import type { RevisionRecord, RevisionStore } from './revisions.ts'

export interface TeacherPlan {
  readonly id: string
  readonly labels: { readonly ja: string; readonly en: string }
  /** The package image-features, used for the first teaching. */
  readonly extractor: string
  readonly examplesFolder: string
}

export interface TeacherPorts {
  readonly examples: ExampleStore
  readonly revisions: RevisionStore
  /** The gateway's own key pair. */
  readonly key: { readonly privateFile: string; readonly publicPem: string }
  /** Runs one refit in a process of its own; ends it when the signal says so. */
  readonly refit: (request: RefitRequest, signal: AbortSignal) => Promise<RefitAnswer>
  /** A revision is in use from now on: the cameras' host loads it. */
  readonly onActive: (folder: string) => void
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

  /** Back to the revision before. Throws AppError `not-found`. */
  async rollBack(reason: string): Promise<void> {
    await this.settled()
    const { revisions, clock, counters, onActive } = this.#ports
    const { folder } = await revisions.rollBack(clock.now(), reason)
    counters.add('teach_revisions', 'rolled-back')
    onActive(folder)
  }

  async stop(): Promise<void> {
    this.#end.abort(new AppError('model.failed', 'the gateway stops'))
    this.#isWaiting = false
    await this.#adding
    await this.settled()
  }

  /** Never rejects. */
  async #refit(): Promise<void> {
    const { revisions, clock, log } = this.#ports
    try {
      const version = await revisions.nextVersion()
      try {
        await this.#attempt(version)
      } catch (thrown) {
        if (this.#end.signal.aborted) return
        await this.#refuse({
          version,
          atMs: clock.now(),
          outcome: 'failed',
          reason: toAppError(thrown, 'model.failed').message,
        })
      }
    } catch (error) {
      log.error({ err: error, model: this.#plan.id }, 'a revision could not be recorded')
    }
  }

  async #attempt(version: string): Promise<void> {
    const { revisions, clock, counters, log, key, refit, onActive } = this.#ports
    const { id, labels, extractor, examplesFolder } = this.#plan
    const active = await revisions.active()
    const request: RefitRequest = {
      examples: examplesFolder,
      current: active?.folder ?? extractor,
      out: revisions.folderOf(version),
      id,
      version,
      labels,
      nowMs: clock.now(),
      privateKeyFile: key.privateFile,
      trust: [key.publicPem],
    }
    const { worse, ...figures } = await refit(request, this.#end.signal)
    const atMs = clock.now()
    if (worse !== undefined) return this.#refuse({ version, atMs, outcome: 'kept-out', reason: worse })
    const { falseRejects, falsePasses, good, bad, auroc } = figures
    const reason = `${falseRejects} of ${good} good examples rejected, ${falsePasses} of ${bad} bad ones passed, AUROC ${auroc.toFixed(3)}`
    await revisions.activate({ version, atMs, reason })
    counters.add('teach_revisions', 'activated')
    log.info({ model: id, version, ...figures }, 'a taught revision is in use')
    onActive(revisions.folderOf(version))
  }

  async #refuse(record: RevisionRecord): Promise<void> {
    const { revisions, counters, log } = this.#ports
    counters.add('teach_revisions', record.outcome)
    log.warn({ model: this.#plan.id, ...record }, 'a taught revision is not used')
    await revisions.refuse(record)
  }
}
