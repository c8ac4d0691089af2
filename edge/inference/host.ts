// The inference host: scores the samples of a poll with the configured models, and never holds up or stops sampling.
import type { Worker } from 'node:worker_threads'
import { AppError } from '../../broker/contract/app-error.ts'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { packageFolder } from '../../models/package-folder.ts'
import type { PackageTrust } from '../checks/checked-package.ts'
import { type Counters, createCounters, type CounterEntry } from '../counters.ts'
import { createCountedRuns } from './counted-runs.ts'
import { lampModels, type LampModels } from './lamp-models.ts'
import type { LatencySnapshot } from './latency-histogram.ts'
import type { LightingCircuit } from './lighting-circuit.ts'
import type { RefusedModel, WorkerReady } from './messages.ts'
import { createRunQueue, type QueuedRun } from './run-queue.ts'
import { threadRunner } from '../../models/runner.ts'
import { RunnerSupervisor, type RunnerState } from './runner-supervisor.ts'
import { scoreGiven, scoreSeries, seriesModels, type SeriesModel } from './series-models.ts'
import { startInferenceWorker } from './start-worker.ts'

/** `package`: an id under models/packages or a path. `inputs`: globs over series names; the first model that matches scores a series. */
interface ModelBinding {
  readonly package: string
  readonly inputs: readonly string[]
}

export interface InferenceHostOptions {
  readonly models: readonly ModelBinding[]
  /** Lighting circuits that a model for `lamp-fault` watches. */
  readonly circuits?: readonly LightingCircuit[]
  /** Where the faults of lamps go; nowhere if absent. */
  readonly emitEvent?: (event: NewEvent) => void
  /** The project's releases alone where absent. */
  readonly trust?: PackageTrust
  readonly log: Log
  readonly clock: Clock
  /** Where skipped and dropped samples and faults of the worker are counted; its own where absent. */
  readonly counters?: Counters
  /** score() settles within this. Default 1000. */
  readonly scoreLimitMs?: number
  /** A run longer than this is a hang. Default 5000. */
  readonly runLimitMs?: number
  /** Loading with golden samples. Default 30,000. */
  readonly loadLimitMs?: number
  /** Runs that may wait; the oldest gives way. Default 16. */
  readonly maxWaiting?: number
  readonly random?: () => number
  readonly startWorker?: (folders: readonly string[], trust: PackageTrust) => Worker
}

interface InferenceStats {
  /** `off`: no model configured, no thread started. */
  readonly state: RunnerState | 'off'
  readonly waiting: number
  readonly restarts: number
  readonly hangs: number
  readonly crashes: number
  readonly failedRuns: number
  readonly scored: number
  /** Samples without a score by reason: name `inference_skipped` (no sample is sent) or `inference_dropped` (a bad one is sent). */
  readonly counters: readonly CounterEntry[]
  /** From the request of a run to its scores, waiting included. */
  readonly latency: LatencySnapshot
}

export interface InferenceHost {
  /** The models that passed every check on this machine and are in use. */
  readonly models: readonly { readonly id: string; readonly version: string }[]
  /** The packages that were refused, with the fault. Sampling goes on without them. */
  readonly refused: readonly RefusedModel[]
  /**
   * One score per usable sample of a series that a model reads: `{device}:{channel}.score`, unit `/`, 0..1, time of its input;
   * quality bad with reason `model` when there is no score in time. And what lamp-circuits.ts says of the lamps whose step ended.
   * Never rejects; settles within scoreLimitMs, for steps that came together within that a step.
   */
  score(samples: readonly Sample[]): Promise<readonly Sample[]>
  /** The score of the newest of some values, by a model of series. Throws AppError `not-found`, `model.failed`. */
  infer(model: string, values: readonly { readonly timeMs: number; readonly value: number }[]): Promise<number>
  stats(): InferenceStats
  close(): Promise<void>
}

const releasesOnly: PackageTrust = { keyFiles: [], allowUnsigned: false }

/** Loads and checks the models in a worker thread. Settles when that is done, or has failed once and is being tried again. */
export async function createInferenceHost(options: InferenceHostOptions): Promise<InferenceHost> {
  const { clock, log } = options
  const counters = options.counters ?? createCounters()
  const bindings = options.models.map(({ package: name, inputs }) => ({ folder: packageFolder(name), inputs }))
  const circuits = options.circuits ?? []
  const emitEvent = options.emitEvent ?? (() => undefined)
  const folders = [
    ...bindings.map(({ folder }) => folder),
    ...circuits.map((circuit) => packageFolder(circuit.package)),
  ]
  const settled = Promise.withResolvers<void>()
  let series: readonly SeriesModel[] = []
  let lamps: LampModels | undefined
  let refused: readonly RefusedModel[] = []

  const onChange = (): void => {
    settled.resolve()
    queue.pump()
  }
  const supervisor =
    folders.length === 0
      ? undefined
      : superviseWorker([...new Set(folders)], options, { counters, onReady: activate, onChange })
  const queue = createRunQueue({
    clock,
    maxWaiting: options.maxWaiting ?? 16,
    timeLimitMs: options.scoreLimitMs ?? 1000,
    free: () => supervisor?.free() ?? false,
    async run(run) {
      const outcome = await supervisor?.run(run)
      return outcome?.kind === 'result' ? outcome.result : undefined
    },
  })
  const runs = createCountedRuns({ queue, clock, counters })
  if (supervisor !== undefined) await settled.promise

  function activate(ready: WorkerReady): void {
    refused = ready.refused
    for (const { folder, message } of refused) log.error({ folder, reason: message }, 'a model package is refused')
    series = seriesModels(bindings, ready, series)
    // Made once: what the circuits learnt of their lamps outlives a crash of the worker.
    lamps ??= lampModels(circuits, ready, { runs, emitEvent, clock, counters })
  }

  return {
    get models() {
      return [...series.map(({ id, version }) => ({ id, version })), ...(lamps?.models ?? [])]
    },
    get refused() {
      return refused
    },
    async score(samples) {
      const batches = scoreSeries(series, samples, { runs, counters })
      return (await Promise.all([...batches, lamps?.circuits.take(samples) ?? []])).flat()
    },
    async infer(id, values) {
      const model = series.find((one) => one.id === id)
      if (model === undefined) throw new AppError('not-found', `"${id}" is no model of this gateway that scores series`)
      return await scoreGiven(model, values, runs)
    },
    stats: () => ({
      state: supervisor?.state() ?? 'off',
      waiting: queue.depth(),
      ...(supervisor?.counts() ?? { restarts: 0, hangs: 0, crashes: 0, failedRuns: 0 }),
      scored: runs.scored(),
      counters: counters.entries().filter(({ name }) => name.startsWith('inference_')),
      latency: runs.latency(),
    }),
    async close() {
      queue.close()
      await supervisor?.close()
    },
  }
}

/** Starts the worker thread that loads these packages, and keeps it alive. */
function superviseWorker(
  folders: readonly string[],
  options: InferenceHostOptions,
  { counters, onReady, onChange }: WorkerFollower,
): RunnerSupervisor<WorkerReady, QueuedRun, Float32Array> {
  return new RunnerSupervisor({
    name: 'the inference worker',
    start: () => threadRunner((options.startWorker ?? startInferenceWorker)(folders, options.trust ?? releasesOnly)),
    clock: options.clock,
    log: options.log,
    random: options.random ?? Math.random,
    loadLimitMs: options.loadLimitMs ?? 30_000,
    runLimitMs: options.runLimitMs ?? 5000,
    onReady,
    onFault: (fault) => counters.add('inference_faults', fault),
    onChange,
  })
}

interface WorkerFollower {
  readonly counters: Counters
  readonly onReady: (ready: WorkerReady) => void
  readonly onChange: () => void
}
