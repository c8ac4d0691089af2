// Keeps one inference worker alive: one run at a time, a watchdog over it, and a new worker with backoff after a hang or a crash.
import { Worker } from 'node:worker_threads'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { createBackoff } from '../uplink/backoff.ts'
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
  /** The worker is ready for another run, or has gone. */
  readonly onChange: () => void
}

export interface WorkerSupervisor {
  state(): WorkerState
  /** Ready, and no run under way. */
  free(): boolean
  counts(): { readonly restarts: number; readonly hangs: number; readonly crashes: number; readonly failedRuns: number }
  /** Only while free. The scores, or undefined when the run failed, hung or crashed. Settles within runLimitMs. */
  run(request: Omit<RunRequest, 'run'>): Promise<Float32Array | undefined>
  close(): Promise<void>
}

/** The worker thread over these packages, with a small heap: its work is native. */
export function startInferenceWorker(folders: readonly string[]): Worker {
  return new Worker(new URL('worker.ts', import.meta.url), {
    workerData: { folders } satisfies WorkerInput,
    name: 'inference',
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
  })
}

export function createWorkerSupervisor(options: SupervisorOptions): WorkerSupervisor {
  const { clock, log } = options
  const backoff = createBackoff({ baseMs: 500, capMs: 60_000, random: options.random })
  const counts = { restarts: 0, hangs: 0, crashes: 0, failedRuns: 0 }
  const dying = new Set<Promise<unknown>>()
  let state: WorkerState = 'waiting'
  let worker: Worker | undefined
  let timer: Timer | undefined
  let runs = 0
  let underWay: { readonly run: number; settle(scores: Float32Array | undefined): void } | undefined

  function start(): void {
    const started = options.startWorker()
    worker = started
    state = 'loading'
    watch(options.loadLimitMs)
    started.on('message', (reply: WorkerReply) => {
      if (worker === started) receive(reply)
    })
    started.on('error', (error) => log.error({ err: error }, 'the inference worker failed'))
    started.on('exit', () => {
      if (worker === started) replace('crashes')
    })
  }

  function watch(limitMs: number): void {
    timer?.cancel()
    timer = clock.setTimer(() => replace('hangs'), limitMs)
  }

  function receive(reply: WorkerReply): void {
    if (reply.kind !== 'ready' && reply.run !== underWay?.run) return
    timer?.cancel()
    if (reply.kind === 'ready') {
      state = 'ready'
      options.onReady(reply)
    } else if (reply.kind === 'scores') {
      backoff.reset()
      settle(reply.scores)
    } else {
      counts.failedRuns += 1
      log.warn({ reason: reply.message }, 'a model failed on its input')
      settle(undefined)
    }
    options.onChange()
  }

  function settle(scores: Float32Array | undefined): void {
    const settled = underWay
    underWay = undefined
    settled?.settle(scores)
  }

  function replace(cause: 'hangs' | 'crashes'): void {
    counts[cause] += 1
    retire()
    if (dying.size >= maxHungThreads) {
      state = 'failed'
      log.error({ hungThreads: dying.size }, 'models are switched off: too many hung inference threads')
    } else {
      const delayMs = backoff.next()
      state = 'waiting'
      log.warn({ cause, delayMs }, 'the inference worker is replaced')
      timer = clock.setTimer(() => {
        counts.restarts += 1
        start()
      }, delayMs)
    }
    settle(undefined)
    options.onChange()
  }

  function retire(): void {
    timer?.cancel()
    const retired = worker
    worker = undefined
    if (retired === undefined) return
    retired.unref()
    const ended = retired.terminate().finally(() => dying.delete(ended))
    dying.add(ended)
  }

  start()
  return {
    state: () => state,
    free: () => state === 'ready' && underWay === undefined,
    counts: () => ({ ...counts }),
    run(request) {
      runs += 1
      const message: RunRequest = { run: runs, ...request }
      return new Promise((resolve) => {
        underWay = { run: message.run, settle: resolve }
        watch(options.runLimitMs)
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker?.postMessage(message)
      })
    },
    async close() {
      state = 'closed'
      retire()
      settle(undefined)
      await withLimit(clock, [...dying], closeLimitMs)
    },
  }
}

/** Waits for all, but not longer than the limit. */
async function withLimit(clock: Clock, all: readonly Promise<unknown>[], limitMs: number): Promise<void> {
  const expiry = Promise.withResolvers<void>()
  const timer = clock.setTimer(expiry.resolve, limitMs)
  await Promise.race([Promise.allSettled(all), expiry.promise])
  timer.cancel()
}
