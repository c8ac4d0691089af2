// The lane in use and its exchange for another: the new one is loaded and checked beside, and only then takes its place.
import { AppError } from '../../broker/contract/app-error.ts'
import type { VisionModelDescription } from '../../models/vision/vision-model.ts'
import type { SupervisorCounts } from '../inference/runner-supervisor.ts'
import type { VisionReady } from './messages.ts'
import { type LaneOptions, openVisionLane, type VisionLane } from './vision-lane.ts'

export interface VisionLanes {
  readonly inUse: VisionLane
  /** As VisionHost.replace, by the folder of the configured package. One exchange after the other. */
  replace(folder: string, place: string): Promise<VisionModelDescription>
  /** Of all lanes since the start. */
  counts(): SupervisorCounts
  close(): Promise<void>
}

/** `onReady`: of the lane in use, at each of its loads and after an exchange. */
export function openVisionLanes(places: ReadonlyMap<string, string>, options: LaneOptions): VisionLanes {
  const past = { restarts: 0, hangs: 0, crashes: 0, failedRuns: 0 }
  /** The one in use, one that loads and one that was replaced and has an image under way. */
  const lanes = new Set<VisionLane>()
  let closed = false
  let replacing: Promise<unknown> = Promise.resolve()
  let inUse = open(places)

  function open(wanted: ReadonlyMap<string, string>): VisionLane {
    const opened: VisionLane = openVisionLane(wanted, {
      ...options,
      onReady: (ready) => {
        if (opened === inUse) options.onReady(ready)
      },
    })
    lanes.add(opened)
    return opened
  }

  async function retire(old: VisionLane): Promise<void> {
    await old.idle()
    for (const [name, count] of Object.entries(old.counts())) past[name as keyof SupervisorCounts] += count
    await old.close()
    lanes.delete(old)
  }

  async function exchange(folder: string, place: string): Promise<VisionModelDescription> {
    if (closed) throw new AppError('model.failed', 'the vision host is closed')
    const next = open(new Map(inUse.places).set(folder, place))
    try {
      const ready = await next.loaded
      const model = next.modelOf(folder)
      if (model === undefined) throw refusalOf(ready, place)
      const before = inUse
      inUse = next
      void retire(before)
      options.onReady(ready)
      options.onChange()
      return model
    } catch (thrown) {
      void retire(next)
      throw thrown
    }
  }

  return {
    get inUse() {
      return inUse
    },
    replace(folder, place) {
      const exchanged = replacing.then(() => exchange(folder, place))
      replacing = exchanged.catch(() => undefined)
      return exchanged
    },
    counts: () => summed(past, inUse.counts()),
    async close() {
      closed = true
      await Promise.all([...lanes].map((lane) => lane.close()))
      await replacing
    },
  }
}

function summed(past: SupervisorCounts, now: SupervisorCounts): SupervisorCounts {
  return {
    restarts: past.restarts + now.restarts,
    hangs: past.hangs + now.hangs,
    crashes: past.crashes + now.crashes,
    failedRuns: past.failedRuns + now.failedRuns,
  }
}

function refusalOf({ refused }: VisionReady, place: string): AppError {
  const message = refused.find(({ folder }) => folder === place)?.message
  return new AppError('model.invalid', message ?? `${place} was not loaded`)
}
