// Keeps one runner of models alive: one run at a time, a watchdog over it, and a new runner with backoff after a hang or a crash.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { createBackoff, type Backoff } from '../uplink/backoff.ts'
import type { Runner, RunnerReply, RunReply } from '../../models/runner.ts'

/** A native call in a thread cannot be interrupted: it lives on until it returns. With this many of them no new runner is started. */
const maxHung = 3
const closeLimitMs = 5000

export type RunnerState = 'loading' | 'ready' | 'waiting' | 'failed' | 'closed'
type Fault = 'hangs' | 'crashes' | 'failed-runs' | 'memory'

/** `lost`: the runner hung, ended or was closed under the run. */
export type RunOutcome<Result> =
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: AppError }
  | { readonly kind: 'lost' }

export interface SupervisorOptions<Ready> {
  /** For the log: `the inference worker`. */
  readonly name: string
  readonly start: () => Runner
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  /** A load or a run that takes longer is a hang. */
  readonly loadLimitMs: number
  readonly runLimitMs: number
  /** A runner that says it is larger than this after a run is replaced. Absent: no bound. */
  readonly maxRssBytes?: number
  readonly onReady: (ready: Ready) => void
  readonly onFault: (fault: Fault) => void
  /** The runner is ready for another run, or has gone. */
  readonly onChange: () => void
}

export interface SupervisorCounts {
  readonly restarts: number
  readonly hangs: number
  readonly crashes: number
  readonly failedRuns: number
}

/** Starts the runner when made; close() ends it. */
export class RunnerSupervisor<Ready, Request extends object, Result> {
  readonly #options: SupervisorOptions<Ready>
  readonly #backoff: Backoff
  readonly #counts = { restarts: 0, hangs: 0, crashes: 0, failedRuns: 0 }
  readonly #dying = new Set<Promise<unknown>>()
  #state: RunnerState = 'waiting'
  #runner: Runner | undefined
  #timer: Timer | undefined
  #runs = 0
  #rssBytes = 0
  #underWay: { readonly run: number; settle(outcome: RunOutcome<Result>): void } | undefined

  constructor(options: SupervisorOptions<Ready>) {
    this.#options = options
    this.#backoff = createBackoff({ baseMs: 500, capMs: 60_000, random: options.random })
    this.#start()
  }

  state(): RunnerState {
    return this.#state
  }

  /** Ready, and no run under way. */
  free(): boolean {
    return this.#state === 'ready' && this.#underWay === undefined
  }

  /** Memory of the runner after its last run, where it is a process; 0 before. */
  rssBytes(): number {
    return this.#rssBytes
  }

  counts(): SupervisorCounts {
    return { ...this.#counts }
  }

  /** Only while free. Settles within runLimitMs; never rejects. */
  run(request: Request): Promise<RunOutcome<Result>> {
    this.#runs += 1
    const run = this.#runs
    return new Promise((resolve) => {
      this.#underWay = { run, settle: resolve }
      this.#watch(this.#options.runLimitMs)
      this.#runner?.send({ run, ...request })
    })
  }

  /** Ends the runner; waits at most 5 s for threads that hang in native code. */
  async close(): Promise<void> {
    this.#state = 'closed'
    this.#retire()
    this.#settle({ kind: 'lost' })
    await withLimit(this.#options.clock, [...this.#dying], closeLimitMs)
  }

  #start(): void {
    const started = this.#started()
    if (started === undefined) return
    this.#runner = started
    this.#state = 'loading'
    this.#watch(this.#options.loadLimitMs)
    started.listen({
      message: (reply) => {
        if (this.#runner === started) this.#receive(reply as RunnerReply<Ready, Result>)
      },
      error: (error) => this.#options.log.error({ err: error }, `${this.#options.name} failed`),
      end: () => {
        if (this.#runner === started) this.#replace('crashes')
      },
    })
  }

  /** Undefined where the machine gives no thread or process (memory, limits): a crash like others, tried again. Sampling goes on. */
  #started(): Runner | undefined {
    try {
      return this.#options.start()
    } catch (error) {
      this.#options.log.error({ err: error }, `${this.#options.name} could not be started`)
      this.#timer?.cancel()
      this.#timer = this.#options.clock.setTimer(() => this.#replace('crashes'), 0)
      return undefined
    }
  }

  #watch(limitMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.setTimer(() => this.#replace('hangs'), limitMs)
  }

  #receive(reply: RunnerReply<Ready, Result>): void {
    if (reply.kind === 'ready') {
      this.#timer?.cancel()
      this.#state = 'ready'
      this.#options.onReady(reply)
    } else if (reply.run === this.#underWay?.run) {
      this.#timer?.cancel()
      this.#backoff.reset()
      this.#settle(this.#outcome(reply))
      const { maxRssBytes = Infinity } = this.#options
      this.#rssBytes = reply.rssBytes ?? 0
      if (this.#rssBytes > maxRssBytes) this.#replace('memory')
    } else return
    this.#options.onChange()
  }

  /** An image that is at fault is no failure of the model. */
  #outcome(reply: RunReply<Result>): RunOutcome<Result> {
    if (reply.kind === 'result') return { kind: 'result', result: reply.result }
    const error = new AppError(reply.code, reply.message)
    if (reply.code !== 'image.invalid') {
      this.#counts.failedRuns += 1
      this.#options.onFault('failed-runs')
      this.#options.log.warn({ reason: reply.message }, 'a model failed on its input')
    }
    return { kind: 'failed', error }
  }

  #settle(outcome: RunOutcome<Result>): void {
    const settled = this.#underWay
    this.#underWay = undefined
    settled?.settle(outcome)
  }

  #replace(cause: Exclude<Fault, 'failed-runs'>): void {
    const { clock, log, name, onFault, onChange } = this.#options
    if (cause !== 'memory') this.#counts[cause] += 1
    onFault(cause)
    this.#retire()
    if (this.#dying.size >= maxHung) {
      this.#state = 'failed'
      log.error({ hung: this.#dying.size }, `models are off: too many of ${name} hang`)
    } else {
      const delayMs = this.#backoff.next()
      this.#state = 'waiting'
      log.warn({ cause, delayMs }, `${name} is replaced`)
      this.#timer = clock.setTimer(() => {
        this.#counts.restarts += 1
        this.#start()
      }, delayMs)
    }
    this.#settle({ kind: 'lost' })
    onChange()
  }

  #retire(): void {
    this.#timer?.cancel()
    const retired = this.#runner
    this.#runner = undefined
    if (retired === undefined) return
    const ended = retired.end().finally(() => this.#dying.delete(ended))
    this.#dying.add(ended)
  }
}

/** Waits for all, but not longer than the limit. */
async function withLimit(clock: Clock, all: readonly Promise<unknown>[], limitMs: number): Promise<void> {
  const expiry = Promise.withResolvers<void>()
  const timer = clock.setTimer(expiry.resolve, limitMs)
  await Promise.race([Promise.allSettled(all), expiry.promise])
  timer.cancel()
}
