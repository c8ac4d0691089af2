// The vision host: keeps the process that judges images alive, and tells what of every image became.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { packageFolder } from '../../models/package-folder.ts'
import type { AnalyseOptions, VisionModelDescription } from '../../models/vision/vision-model.ts'
import type { PackageTrust } from '../checks/checked-package.ts'
import type { CounterEntry, Counters } from '../counters.ts'
import { createLatencyHistogram, type LatencySnapshot } from '../inference/latency-histogram.ts'
import type { RefusedModel } from '../inference/messages.ts'
import { processRunner, type Runner } from '../../models/runner.ts'
import type { RunnerState, SupervisorCounts } from '../inference/runner-supervisor.ts'
import type { VisionReady } from './messages.ts'
import type { Judged, VisionLane } from './vision-lane.ts'
import { openVisionLanes } from './vision-lanes.ts'
import { createVisionQueue } from './vision-queue.ts'

export interface VisionHostOptions {
  /** Ids under models/packages or paths. */
  readonly packages: readonly string[]
  /** Folders of revisions that are used in place of configured packages, by those. */
  readonly revisions?: ReadonlyMap<string, string>
  readonly trust: PackageTrust
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  /** [0, 1), for jitter. */
  readonly random: () => number
  /** The models that are in use have changed: for the birth document. */
  readonly onModels?: () => void
  /** analyse() settles within this. Default 60,000: a drone image has hundreds of tiles. */
  readonly timeLimitMs?: number
  /** A run longer than this is a hang. Default 60,000. */
  readonly runLimitMs?: number
  /** Loading with golden samples. Default 120,000. */
  readonly loadLimitMs?: number
  /** The process is replaced when it is larger after a run. Default 400 MB. */
  readonly maxRssBytes?: number
  readonly startRunner?: (folders: readonly string[]) => Runner
}

interface VisionQuestion {
  /** Whose image it is: an inspection or a camera. */
  readonly source: string
  /** As in the configuration. */
  readonly package: string
  readonly bytes: Uint8Array
  /** A part waits for the verdict. */
  readonly urgent: boolean
  readonly options: AnalyseOptions
}

interface VisionStats extends SupervisorCounts {
  readonly state: RunnerState
  readonly waiting: number
  /** Of the vision process after its last run. */
  readonly rssBytes: number
  readonly judged: number
  /** `vision_dropped`, `vision_images_refused`, `vision_faults` by reason. */
  readonly counters: readonly CounterEntry[]
  /** From the question to the answer, waiting included. */
  readonly latency: LatencySnapshot
}

export interface VisionHost {
  /** The models that passed every check on this machine and are in use. */
  readonly models: readonly VisionModelDescription[]
  readonly refused: readonly RefusedModel[]
  modelOf(packageName: string): VisionModelDescription | undefined
  /** Throws AppError `image.invalid`, `model.invalid` (its package was refused) or `model.failed` (not now). */
  analyse(question: VisionQuestion): Promise<Judged>
  /**
   * Uses the package in `folder` in place of a configured one from the next image on. It is loaded and checked in a process of its
   * own while the one in use goes on judging. Resolves when it is in use; throws AppError `model.invalid` (it is refused) or
   * `model.failed`, and nothing has changed.
   */
  replace(packageName: string, folder: string): Promise<VisionModelDescription>
  stats(): VisionStats
  close(): Promise<void>
}

/** V8 stays small: pixels and tensors lie outside its heap, and the process says itself when those of past images go. */
const execArgv = ['--optimize-for-size', '--max-semi-space-size=1', '--max-old-space-size=96', '--expose-gc'] as const
const visionProgram = new URL('vision-process.ts', import.meta.url)

/** Returns at once: models load while the gateway samples. */
export function createVisionHost(options: VisionHostOptions): VisionHost {
  const { clock, log, counters } = options
  const latency = createLatencyHistogram()
  let judged = 0
  const lanes = openVisionLanes(placesOf(options), {
    start: (folders) => (options.startRunner ?? startVisionProcess)(folders, options.trust),
    clock,
    log,
    random: options.random,
    loadLimitMs: options.loadLimitMs ?? 120_000,
    runLimitMs: options.runLimitMs ?? 60_000,
    maxRssBytes: options.maxRssBytes ?? 400 * 2 ** 20,
    onReady: (ready) => announce(ready, options),
    onFault: (fault) => counters.add('vision_faults', fault),
    onChange: () => queue?.pump(),
  })
  const queue = createVisionQueue({
    clock,
    timeLimitMs: options.timeLimitMs ?? 60_000,
    free: () => lanes.inUse.free(),
    run: (request) => lanes.inUse.run(request),
  })

  return {
    get models() {
      return lanes.inUse.ready.models.map(({ description }) => description)
    },
    get refused() {
      return lanes.inUse.ready.refused
    },
    modelOf: (name) => lanes.inUse.modelOf(packageFolder(name)),
    replace: (name, place) => lanes.replace(packageFolder(name), place),
    async analyse({ source, package: name, bytes, urgent, options: given }) {
      const folder = packageFolder(name)
      if (lanes.inUse.modelOf(folder) === undefined) throw missingModel(folder, lanes.inUse, counters)
      const beganMs = clock.monotonic()
      const outcome = await queue.add({ source, urgent, folder, bytes, options: given })
      latency.observe(clock.monotonic() - beganMs)
      if (outcome.kind === 'result') {
        judged += 1
        return outcome.result
      }
      if (outcome.kind === 'dropped') {
        counters.add('vision_dropped', outcome.reason)
        throw new AppError('model.failed', dropTexts[outcome.reason])
      }
      if (outcome.error.code === 'image.invalid') {
        counters.add('vision_images_refused', faultName(outcome.error.message))
      }
      throw outcome.error
    },
    stats: () => ({
      state: lanes.inUse.state(),
      waiting: queue.depth(),
      rssBytes: lanes.inUse.rssBytes(),
      ...lanes.counts(),
      judged,
      counters: counters.entries().filter(({ name }) => name.startsWith('vision_')),
      latency: latency.snapshot(),
    }),
    async close() {
      queue.close()
      await lanes.close()
    },
  }
}

function announce({ models, refused }: VisionReady, { counters, log, onModels }: VisionHostOptions): void {
  for (const { folder, message } of refused) {
    counters.add('vision_models_refused', faultName(message))
    log.error({ folder, reason: message }, 'a model package is refused')
  }
  log.info({ models: models.map(({ description }) => description.id) }, 'the vision process is ready')
  onModels?.()
}

/** Folder of each configured package, and the folder that is used for it. */
function placesOf({ packages, revisions }: VisionHostOptions): ReadonlyMap<string, string> {
  return new Map(packages.map((name) => [packageFolder(name), revisions?.get(name) ?? packageFolder(name)]))
}

const dropTexts = {
  superseded: 'a newer image of the same source took its place',
  'time-limit': 'no answer within the time limit',
  lost: 'the vision process hung or ended',
  closed: 'the vision host is closed',
} as const

function missingModel(folder: string, lane: VisionLane, counters: Counters): AppError {
  const place = lane.places.get(folder)
  const refusal = lane.ready.refused.find((model) => model.folder === place)
  counters.add('vision_dropped', refusal === undefined ? 'not-ready' : 'refused-model')
  return refusal === undefined
    ? new AppError('model.failed', `the vision process is ${lane.state()}`)
    : new AppError('model.invalid', refusal.message)
}

/** The fault that a refusal begins with, of a model or of an image: both lists are ours, so the number of names is bounded. */
function faultName(message: string): string {
  const name = message.slice(0, Math.max(0, message.indexOf(':')))
  return /^[a-z-]{1,32}$/.test(name) ? name : 'other'
}

export function startVisionProcess(folders: readonly string[], trust: PackageTrust): Runner {
  return processRunner(visionProgram, [JSON.stringify(trust), ...folders], execArgv)
}
