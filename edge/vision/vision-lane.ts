// One vision process with the packages that it was started with; another set of packages is another lane.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Finding, VisionModelDescription } from '../../models/vision/vision-model.ts'
import type { Runner } from '../../models/runner.ts'
import {
  type RunOutcome,
  type RunnerState,
  RunnerSupervisor,
  type SupervisorCounts,
  type SupervisorOptions,
} from '../inference/runner-supervisor.ts'
import type { VisionReady, VisionRequest } from './messages.ts'

export interface Judged {
  /** Which one judged, where it was replaced meanwhile. */
  readonly model: VisionModelDescription
  readonly finding: Finding
}

export interface VisionLane {
  /** Folder of each configured package, and the folder that is loaded for it. */
  readonly places: ReadonlyMap<string, string>
  /** What it loaded last; nothing before it was ready. */
  readonly ready: VisionReady
  /** Its first load. Rejects with `model.failed` where the process hung or ended under it. */
  readonly loaded: Promise<VisionReady>
  /** By the folder of the configured package. */
  modelOf(folder: string): VisionModelDescription | undefined
  free(): boolean
  /** Only while free. `request.folder`: of the configured package. */
  run(request: VisionRequest): Promise<RunOutcome<Judged>>
  state(): RunnerState
  rssBytes(): number
  counts(): SupervisorCounts
  /** Resolves when no image is under way. */
  idle(): Promise<unknown>
  /** At once: an image under way is lost. */
  close(): Promise<void>
}

export type LaneOptions = Omit<SupervisorOptions<VisionReady>, 'start' | 'name'> & {
  readonly start: (folders: readonly string[]) => Runner
}

/** Starts the process at once. */
export function openVisionLane(places: ReadonlyMap<string, string>, options: LaneOptions): VisionLane {
  const folders = [...new Set(places.values())]
  const loaded = Promise.withResolvers<VisionReady>()
  loaded.promise.catch(() => undefined)
  let ready: VisionReady = { models: [], refused: [] }
  let underWay: Promise<unknown> = Promise.resolve()
  const supervisor = new RunnerSupervisor<VisionReady, VisionRequest, Finding>({
    ...options,
    name: 'the vision process',
    start: () => options.start(folders),
    onReady(found) {
      ready = found
      options.onReady(found)
      loaded.resolve(found)
    },
    onFault(fault) {
      options.onFault(fault)
      loaded.reject(new AppError('model.failed', `the vision process ${fault} while it loads ${folders.join(', ')}`))
    },
  })

  function modelOf(folder: string): VisionModelDescription | undefined {
    const place = places.get(folder)
    return ready.models.find((model) => model.folder === place)?.description
  }

  async function judged(request: VisionRequest): Promise<RunOutcome<Judged>> {
    const model = modelOf(request.folder)
    const outcome = await supervisor.run({ ...request, folder: places.get(request.folder) ?? request.folder })
    if (outcome.kind !== 'result') return outcome
    return model === undefined ? { kind: 'lost' } : { kind: 'result', result: { model, finding: outcome.result } }
  }

  return {
    places,
    get ready() {
      return ready
    },
    loaded: loaded.promise,
    modelOf,
    free: () => supervisor.free(),
    run(request) {
      const run = judged(request)
      underWay = run
      return run
    },
    state: () => supervisor.state(),
    rssBytes: () => supervisor.rssBytes(),
    counts: () => supervisor.counts(),
    idle: () => underWay,
    async close() {
      loaded.reject(new AppError('model.failed', 'the vision process was ended'))
      await supervisor.close()
    },
  }
}
