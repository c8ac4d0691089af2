// The inference host: scores the samples of a poll with the configured models, and never holds up or stops sampling.
import type { Worker } from 'node:worker_threads'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { packageFolder } from '../../models/package-folder.ts'
import type { PackageTrust } from '../checks/checked-package.ts'
import { type Counters, createCounters, type CounterEntry } from '../counters.ts'
import { createLampCircuits, type LampCircuits } from './lamp-circuits.ts'
import { createLatencyHistogram, type LatencySnapshot } from './latency-histogram.ts'
import type { LightingCircuit } from './lighting-circuit.ts'
import type { RefusedModel, WorkerReady } from './messages.ts'
import { createRunQueue, type QueuedRun } from './run-queue.ts'
import { threadRunner } from './runner.ts'
import { RunnerSupervisor, type RunnerState } from './runner-supervisor.ts'
import { createSeriesWindows, scoreSuffix, type Batch, type SeriesWindows } from './series-windows.ts'
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
  stats(): InferenceStats
  close(): Promise<void>
}

const releasesOnly: PackageTrust = { keyFiles: [], allowUnsigned: false }

interface ActiveModel {
  /** Place of its binding in the configuration. */
  readonly index: number
  readonly folder: string
  readonly id: string
  readonly version: string
  readonly windows: SeriesWindows
}

/** Loads and checks the models in a worker thread. Settles when that is done, or has failed once and is being tried again. */
export async function createInferenceHost(options: InferenceHostOptions): Promise<InferenceHost> {
  const { clock, log } = options
  const counters = options.counters ?? createCounters()
  const latency = createLatencyHistogram()
  const bindings = options.models.map(({ package: name, inputs }) => ({ folder: packageFolder(name), inputs }))
  const circuits = (options.circuits ?? []).map((circuit) => ({ ...circuit, folder: packageFolder(circuit.package) }))
  const settled = Promise.withResolvers<void>()
  let active: readonly ActiveModel[] = []
  let lamps: LampCircuits | undefined
  let lampModels: readonly { readonly id: string; readonly version: string }[] = []
  let refused: readonly RefusedModel[] = []
  let scored = 0

  const supervisor = bindings.length + circuits.length === 0 ? undefined : supervise()
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
  if (supervisor !== undefined) await settled.promise

  function supervise(): RunnerSupervisor<WorkerReady, QueuedRun, Float32Array> {
    const folders = [...new Set([...bindings, ...circuits].map(({ folder }) => folder))]
    return new RunnerSupervisor({
      name: 'the inference worker',
      start: () => threadRunner((options.startWorker ?? startInferenceWorker)(folders, options.trust ?? releasesOnly)),
      clock,
      log,
      random: options.random ?? Math.random,
      loadLimitMs: options.loadLimitMs ?? 30_000,
      runLimitMs: options.runLimitMs ?? 5000,
      onReady: activate,
      onFault: (fault) => counters.add('inference_faults', fault),
      onChange() {
        settled.resolve()
        queue.pump()
      },
    })
  }

  function activate(ready: WorkerReady): void {
    refused = ready.refused
    for (const { folder, message } of refused) log.error({ folder, reason: message }, 'a model package is refused')
    active = activeModels(bindings, ready, active)
    lamps ??= lampCircuits(ready)
  }

  /** Made once: what the circuits learnt of their lamps outlives a crash of the worker. */
  function lampCircuits(ready: WorkerReady): LampCircuits | undefined {
    const watched = circuits.flatMap((circuit) => {
      const manifest = ready.models.find((model) => model.folder === circuit.folder)?.manifest
      return manifest?.task === 'lamp-fault' ? [{ ...circuit, manifest }] : []
    })
    const models = new Map(watched.map(({ manifest: { id, version } }) => [id, { id, version }]))
    lampModels = [...models.values()]
    if (watched.length === 0) return undefined
    return createLampCircuits({
      circuits: watched,
      run: (circuit, rows, count) => runLamps(packageFolder(circuit.package), rows, count),
      emitEvent: options.emitEvent ?? (() => undefined),
      clock,
      counters,
    })
  }

  async function runLamps(folder: string, rows: Float32Array, count: number): Promise<Float32Array | undefined> {
    const began = clock.monotonic()
    const result = await queue.add({ folder, rows, count })
    if (typeof result === 'string') {
      counters.add('inference_dropped', result, count)
      return undefined
    }
    latency.observe(clock.monotonic() - began)
    scored += count
    return result
  }

  async function scoreBatch(model: ActiveModel, batch: Batch): Promise<readonly Sample[]> {
    const began = clock.monotonic()
    const result = await queue.add({ folder: model.folder, rows: batch.rows, count: batch.samples.length })
    if (typeof result === 'string') {
      counters.add('inference_dropped', result, batch.samples.length)
      return batch.samples.map((sample) => scoreSample(sample, undefined))
    }
    latency.observe(clock.monotonic() - began)
    scored += batch.samples.length
    return batch.samples.map((sample, index) => scoreSample(sample, result[index]))
  }

  return {
    get models() {
      return [...active.map(({ id, version }) => ({ id, version })), ...lampModels]
    },
    get refused() {
      return refused
    },
    async score(samples) {
      const batches = active.flatMap((model) => {
        const own = samples.filter(({ name }) => active.find(({ windows }) => windows.matches(name)) === model)
        const batch = model.windows.take(own, (reason) => counters.add('inference_skipped', reason))
        return batch.samples.length === 0 ? [] : [scoreBatch(model, batch)]
      })
      return (await Promise.all([...batches, lamps?.take(samples) ?? []])).flat()
    },
    stats: () => ({
      state: supervisor?.state() ?? 'off',
      waiting: queue.depth(),
      ...(supervisor?.counts() ?? { restarts: 0, hangs: 0, crashes: 0, failedRuns: 0 }),
      scored,
      counters: counters.entries().filter(({ name }) => name.startsWith('inference_')),
      latency: latency.snapshot(),
    }),
    async close() {
      queue.close()
      await supervisor?.close()
    },
  }
}

/** One a binding whose package was accepted. Windows already in use are kept: what they learnt of their series outlives a crash. */
function activeModels(
  bindings: readonly { readonly folder: string; readonly inputs: readonly string[] }[],
  ready: WorkerReady,
  before: readonly ActiveModel[],
): readonly ActiveModel[] {
  return bindings.flatMap(({ folder, inputs }, index) => {
    const manifest = ready.models.find((model) => model.folder === folder)?.manifest
    if (manifest?.task !== 'series-anomaly') return []
    const { id, version } = manifest
    const known = before.find((model) => model.index === index && model.id === id && model.version === version)
    return [known ?? { index, folder, id, version, windows: createSeriesWindows(manifest, inputs) }]
  })
}

function scoreSample(input: Sample, score: number | undefined): Sample {
  const place = { name: `${input.name}${scoreSuffix}`, timeMs: input.timeMs, unit: '/' }
  if (score === undefined || !Number.isFinite(score)) return { ...place, value: null, quality: 'bad', reason: 'model' }
  return { ...place, value: Math.min(1, Math.max(0, score)), quality: input.quality, reason: input.reason }
}
