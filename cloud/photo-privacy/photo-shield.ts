// Every photo of a citizen goes through here before anything of it is kept: it comes back covered, or it does not come back.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { processRunner, type Runner } from '../../models/runner.ts'
import { type LaneFault, type LaneOutcome, PhotoLane } from './photo-lane.ts'
import { type LeftOutReason, PhotoCounts } from './photo-counts.ts'

export type ShieldedPhoto =
  | { readonly kind: 'covered'; readonly jpeg: Buffer }
  | { readonly kind: 'left-out'; readonly reason: LeftOutReason }

export interface PhotoShieldOptions {
  readonly clock: Clock
  readonly log: Log
  /** Of the process that covers; the project's own where absent. */
  readonly start?: (() => Runner) | undefined
  /** A photo that takes longer is a hang. */
  readonly runLimitMs?: number
  /** Loading with golden samples. */
  readonly loadLimitMs?: number
}

/** Photos that wait for the process, some seconds each: a telephone waits for a minute. Overflow: `ingest.overloaded`. Owner: the shield. */
const mostWaiting = 9
const runLimitMs = 40_000
const loadLimitMs = 40_000
/** The process ends when nobody sends photos. */
const idleMs = 120_000
/** A process that could not be loaded is not tried again before: photos are left out at once meanwhile. */
const pauseMs = 60_000
/** A process that is larger after a photo is replaced. */
const maxRssBytes = 700 * 2 ** 20
/** Pixels and tensors lie outside V8's heap. */
const execArgv = ['--optimize-for-size', '--max-semi-space-size=1', '--max-old-space-size=128'] as const

export class PhotoShield {
  readonly counts = new PhotoCounts()
  readonly #options: PhotoShieldOptions
  #lane: PhotoLane | undefined
  #idle: Timer | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0
  /** Why the process could not be loaded, and until when it is not tried again (monotonic). */
  #pause: { readonly fault: LaneFault; readonly untilMs: number } | undefined
  #stopped = false

  constructor(options: PhotoShieldOptions) {
    this.#options = options
  }

  /** Throws `ingest.overloaded` where too many wait, and nothing else: what cannot be covered is left out. */
  async cover(bytes: Uint8Array): Promise<ShieldedPhoto> {
    if (this.#waiting >= mostWaiting) {
      this.counts.overloaded()
      throw new AppError('ingest.overloaded', 'many photos come at once; send it again in a moment')
    }
    this.#waiting += 1
    const photo = this.#turn.then(() => this.#judged(bytes))
    this.#turn = photo
    return await photo.finally(() => (this.#waiting -= 1))
  }

  /** A photo under way is left out. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#end()
    await this.#turn
  }

  async #judged(bytes: Uint8Array): Promise<ShieldedPhoto> {
    const beganMs = this.#options.clock.monotonic()
    this.#idle?.cancel()
    const outcome = await this.#run(bytes)
    await this.#afterRun(outcome)
    this.counts.observe((this.#options.clock.monotonic() - beganMs) / 1000)
    if (outcome.kind === 'fault') {
      this.counts.fault(outcome.fault)
      return this.#leftOut('unavailable')
    }
    if (outcome.kind === 'invalid') return this.#leftOut('unreadable')
    const { photo } = outcome
    if (photo.kind === 'refused') return this.#leftOut(photo.doubt)
    this.counts.covered(photo.regions)
    const { buffer, byteOffset, byteLength } = photo.jpeg
    return { kind: 'covered', jpeg: Buffer.from(buffer, byteOffset, byteLength) }
  }

  async #run(bytes: Uint8Array): Promise<LaneOutcome> {
    const lane = await this.#loadedLane()
    return typeof lane === 'string' ? { kind: 'fault', fault: lane } : await lane.run(bytes)
  }

  /** The process, started where there is none. */
  async #loadedLane(): Promise<PhotoLane | LaneFault> {
    if (this.#lane !== undefined && !this.#lane.isGone) return this.#lane
    const { clock, log } = this.#options
    if (this.#stopped) return 'crash'
    if (this.#pause !== undefined && clock.monotonic() < this.#pause.untilMs) return this.#pause.fault
    const fault = await this.#load()
    if (fault === undefined && this.#lane !== undefined) return this.#lane
    await this.#end()
    this.#pause = { fault: fault ?? 'crash', untilMs: clock.monotonic() + pauseMs }
    log.error({ fault, pauseMs }, 'photos are left out: the process that covers them does not load')
    return this.#pause.fault
  }

  async #load(): Promise<LaneFault | undefined> {
    const { clock, log, start = startPhotoProcess } = this.#options
    const limits = {
      runLimitMs: this.#options.runLimitMs ?? runLimitMs,
      loadLimitMs: this.#options.loadLimitMs ?? loadLimitMs,
    }
    try {
      this.#lane = new PhotoLane({ start, ...limits, clock, log })
    } catch (thrown) {
      log.error({ err: thrown }, 'the photo process could not be started')
      return 'crash'
    }
    return await this.#lane.loaded()
  }

  /** What hung, or grew, is replaced by the next photo's process. */
  async #afterRun(outcome: LaneOutcome): Promise<void> {
    const isLarge = outcome.kind === 'covered' && outcome.rssBytes > maxRssBytes
    if (isLarge) this.counts.fault('memory')
    if (isLarge || (outcome.kind === 'fault' && outcome.fault === 'hang')) await this.#end()
    if (this.#lane === undefined || this.#stopped) return
    this.#idle = this.#options.clock.setTimer(() => void this.#end(), idleMs)
  }

  async #end(): Promise<void> {
    this.#idle?.cancel()
    const lane = this.#lane
    this.#lane = undefined
    await lane?.end()
  }

  #leftOut(reason: LeftOutReason): ShieldedPhoto {
    this.counts.leftOut(reason)
    return { kind: 'left-out', reason }
  }
}

/** For whoever sends one photo alone: `image.invalid`, `photo.unavailable`, or `photo.left-out` with the reason in its words. */
export function leftOutError(reason: LeftOutReason): AppError {
  if (reason === 'unreadable') return new AppError('image.invalid', 'the photo cannot be read as a picture')
  if (reason === 'unavailable') return new AppError('photo.unavailable', 'photos cannot be covered now; send it later')
  return new AppError('photo.left-out', `${reason}: the photo is not kept`)
}

export function startPhotoProcess(model = 'photo-privacy'): Runner {
  return processRunner(new URL('photo-process.ts', import.meta.url), [packageFolder(model)], execArgv)
}
