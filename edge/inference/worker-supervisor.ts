// Keeps one inference worker alive: one run at a time, a watchdog over it, and a new worker with backoff after a hang or a crash.
import { Worker } from 'node:worker_threads'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { PackageTrust } from '../checks/checked-package.ts'
import { createBackoff, type Backoff } from '../uplink/backoff.ts'
import type { RunRequest, WorkerInput, WorkerReply } from './messages.ts'

/** A native call cannot be interrupted: a hung thread lives on until it returns. With this many of them no new one is started. */
const maxHungThreads = 3
const closeLimitMs = 5000

export type WorkerState = 'loading' | 'ready' | 'waiting' | 'failed' | 'closed'
export type WorkerReady = Extract<WorkerReply, { kind: 'ready' }>

export interface SupervisorOptions {
  readonly startWorker: () => Worker
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  /** A load or a run that takes longer is a hang. */
  readonly loadLimitMs: number
  readonly runLimitMs: number
  readonly onReady: (ready: WorkerReady) => void
  readonly onFault: (fault: 'hangs' | 'crashes' | 'failed-runs') => void
  /** The worker is ready for another run, or has gone. */
  readonly onChange: () => void
}

/** The worker thread over these packages, with a small heap: its work is native. */
export function startInferenceWorker(folders: readonly string[], trust: PackageTrust): Worker {
  return new Worker(new URL('worker.ts', import.meta.url), {
    workerData: { folders, trust } satisfies WorkerInput,
    name: 'inference',
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
  })
}

/** Starts the worker when made; close() ends it. */
export class WorkerSupervisor {
  readonly #options: SupervisorOptions
  readonly #backoff: Backoff
  readonly #counts = { restarts: 0, hangs: 0, crashes: 0, failedRuns: 0 }
  readonly #dying = new Set<Promise<unknown>>()
  #state: WorkerState = 'waiting'
  #worker: Worker | undefined
  #timer: Timer | undefined
  #runs = 0
  #underWay: { readonly run: number; settle(scores: Float32Array | undefined): void } | undefined

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#backoff = createBackoff({ baseMs: 500, capMs: 60_000, random: options.random })
    this.#start()
  }

  state(): WorkerState {
    return this.#state
  }

  /** Ready, and no run under way. */
  free(): boolean {
    return this.#state === 'ready' && this.#underWay === undefined
  }

  counts(): {
    readonly restarts: number
    readonly hangs: number
    readonly crashes: number
    readonly failedRuns: number
  } {
    return { ...this.#counts }
  }

  /** Only while free. The scores, or undefined when the run failed, hung or crashed. Settles within runLimitMs. */
  run(request: Omit<RunRequest, 'run'>): Promise<Float32Array | undefined> {
    this.#runs += 1
    const message: RunRequest = { run: this.#runs, ...request }
    return new Promise((resolve) => {
      this.#underWay = { run: message.run, settle: resolve }
      this.#watch(this.#options.runLimitMs)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      this.#worker?.postMessage(message)
    })
  }

  /** Ends the worker; waits at most 5 s for threads that hang in native code. */
  async close(): Promise<void> {
    this.#state = 'closed'
    this.#retire()
    this.#settle(undefined)
    await withLimit(this.#options.clock, [...this.#dying], closeLimitMs)
  }

  #start(): void {
    const started = this.#startedWorker()
    if (started === undefined) return
    this.#worker = started
    this.#state = 'loading'
    this.#watch(this.#options.loadLimitMs)
    started.on('message', (reply: WorkerReply) => {
      if (this.#worker === started) this.#receive(reply)
    })
    started.on('error', (error) => this.#options.log.error({ err: error }, 'the inference worker failed'))
    started.on('exit', () => {
      if (this.#worker === started) this.#replace('crashes')
    })
  }

  /** Undefined where the machine gives no thread (memory, limits): a crash like others, tried again. Sampling goes on. */
  #startedWorker(): Worker | undefined {
    try {
      return this.#options.startWorker()
    } catch (error) {
      this.#options.log.error({ err: error }, 'the inference worker could not be started')
      this.#timer?.cancel()
      this.#timer = this.#options.clock.setTimer(() => this.#replace('crashes'), 0)
      return undefined
    }
  }

  #watch(limitMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.setTimer(() => this.#replace('hangs'), limitMs)
  }

  #receive(reply: WorkerReply): void {
    if (reply.kind !== 'ready' && reply.run !== this.#underWay?.run) return
    this.#timer?.cancel()
    if (reply.kind === 'ready') {
      this.#state = 'ready'
      this.#options.onReady(reply)
    } else if (reply.kind === 'scores') {
      this.#backoff.reset()
      this.#settle(reply.scores)
    } else {
      this.#counts.failedRuns += 1
      this.#options.onFault('failed-runs')
      this.#options.log.warn({ reason: reply.message }, 'a model failed on its input')
      this.#settle(undefined)
    }
    this.#options.onChange()
  }

  #settle(scores: Float32Array | undefined): void {
    const settled = this.#underWay
    this.#underWay = undefined
    settled?.settle(scores)
  }

  #replace(cause: 'hangs' | 'crashes'): void {
    this.#counts[cause] += 1
    this.#options.onFault(cause)
    this.#retire()
    if (this.#dying.size >= maxHungThreads) {
      this.#state = 'failed'
      this.#options.log.error({ hungThreads: this.#dying.size }, 'models are off: too many hung inference threads')
    } else {
      const delayMs = this.#backoff.next()
      this.#state = 'waiting'
      this.#options.log.warn({ cause, delayMs }, 'the inference worker is replaced')
      this.#timer = this.#options.clock.setTimer(() => {
        this.#counts.restarts += 1
        this.#start()
      }, delayMs)
    }
    this.#settle(undefined)
    this.#options.onChange()
  }

  #retire(): void {
    this.#timer?.cancel()
    const retired = this.#worker
    this.#worker = undefined
    if (retired === undefined) return
    retired.unref()
    const ended = retired.terminate().finally(() => this.#dying.delete(ended))
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
