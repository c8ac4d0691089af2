// A camera that a model watches: frame → finding → series, and events where a condition begins or ends or a value was read.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Log } from '../../broker/contract/ports.ts'
import type { FrameReader } from '../../firmware-bridge/cameras/frame-slot.ts'
import type { Frame } from '../../firmware-bridge/cameras/frame.ts'
import { pause } from '../../firmware-bridge/cameras/pause.ts'
import type { Measurement } from '../../firmware-bridge/driver.ts'
import type { WatchConfig } from '../cameras/camera-config.ts'
import { value } from '../cameras/camera-health.ts'
import type { DeviceCondition, PollOutcome } from '../device-poller.ts'
import type { VisionHost } from './vision-host.ts'
import type { Judged } from './vision-lane.ts'
import { type CountWindow, createCountWindow } from './count-window.ts'
import { createWatchEvents, type WatchEventPorts } from './watch-events.ts'

export interface WatchPorts extends WatchEventPorts {
  readonly host: Pick<VisionHost, 'analyse'>
  readonly reader: FrameReader
  readonly deliver: (outcome: PollOutcome) => void
  readonly log: Log
}

export interface Watch {
  /** failing: the last frame was not judged. */
  readonly condition: DeviceCondition
  stop(): Promise<void>
}

/** After a frame that could not be judged, so that a model that is away is not asked in a circle. */
const retryMs = 1000

export function startWatch(plan: WatchConfig, ports: WatchPorts): Watch {
  const { host, reader, clock, log, counters } = ports
  const events = createWatchEvents(plan, ports)
  const counts = plan.counts === undefined ? undefined : createCounts(plan)
  const end = new AbortController()
  let frames = 0
  let unjudged = 0
  let failing = false

  async function judge(frame: Frame): Promise<void> {
    const beganMs = clock.monotonic()
    const last = events.lastReading
    const judged = await host.analyse({
      source: plan.id,
      package: plan.model,
      bytes: frame.bytes,
      urgent: false,
      options: {
        picture: counts === undefined ? plan.pictures : 'none',
        settings: plan.settings,
        ...(plan.metresPerPixel === undefined ? {} : { metresPerPixel: plan.metresPerPixel }),
        ...(last === undefined ? {} : { last }),
      },
    })
    const found = counts === undefined ? seen(judged) : counts(frame.timeMs, judged)
    frames += 1
    failing = false
    events.tell(frame, judged)
    deliver(frame.timeMs, [...found, value('inference-time', 's', (clock.monotonic() - beganMs) / 1000)])
  }

  function deliver(timeMs: number, measurements: readonly Measurement[]): void {
    const counts = [value('frames-judged', 'count', frames), value('unjudged', 'count', unjudged)]
    ports.deliver({ device: plan.id, timeMs, measurements: [...measurements, ...counts] })
  }

  function failed(thrown: unknown): void {
    const error = toAppError(thrown, 'model.failed')
    if (!failing) log.warn({ watch: plan.id, code: error.code, reason: error.message }, 'a frame was not judged')
    failing = true
    unjudged += 1
    const reason = error.code === 'image.invalid' ? 'image' : 'model'
    counters.add('watch_frames_unjudged', reason)
    deliver(clock.now(), [unjudgedSample(counts === undefined ? ['score', '/'] : ['people', 'count'], reason)])
  }

  async function run(): Promise<void> {
    for (;;) {
      const dueMs = clock.monotonic() + plan.everyS * 1000
      const frame = await reader.next({ signal: end.signal })
      let leastMs = 0
      try {
        await judge(frame)
      } catch (thrown) {
        if (end.signal.aborted) return
        failed(thrown)
        leastMs = retryMs
      }
      reader.release()
      await pause(clock, Math.max(leastMs, dueMs - clock.monotonic()), end.signal)
      if (end.signal.aborted) return
    }
  }

  // It ends by the rejection of `next` when it is stopped or the camera is closed.
  const running = run()
    .catch(() => undefined)
    .finally(() => reader.close())
  return {
    get condition() {
      return failing ? 'failing' : 'ok'
    },
    async stop() {
      end.abort()
      await running
    },
  }
}

function unjudgedSample([channel, unit]: readonly [string, string], reason: 'image' | 'model'): Measurement {
  return { channel, unit, value: null, quality: 'bad', reason, timeMs: undefined }
}

/** Frames older than this many intervals say nothing of how many are here now. */
const countHolds = 3

/** The series `people`: the median of the counts of the last frames. Nothing else of what a model saw is told of such a camera. */
function createCounts({ everyS, medianOf }: WatchConfig) {
  let window: CountWindow | undefined
  return (timeMs: number, { model, finding }: Judged): readonly Measurement[] => {
    const frames = medianOf ?? model.medianOf
    window ??= createCountWindow({ medianOf: frames, holdMs: Math.max(everyS, 1) * 1000 * frames * countHolds })
    const { people } = finding.detail
    if (typeof people !== 'number') throw new AppError('model.failed', `${model.id} counts no people`)
    const median = window.push(timeMs, people)
    return median === undefined ? [] : [value('people', 'count', median)]
  }
}

function seen(judged: Judged): readonly Measurement[] {
  const { score } = judged.finding
  return [...(score === null ? [] : [value('score', '/', score)]), ...shares(judged)]
}

/** Shares of classes, means of indices and values that were read are series too. */
function shares({ finding }: Judged): readonly Measurement[] {
  return Object.entries(finding.detail).flatMap(([key, found]) => {
    if (typeof found !== 'number' || !/^(cover-|mean-|value$)/.test(key)) return []
    return [
      {
        channel: key,
        unit: key === 'value' ? unitOf(finding.detail) : '/',
        value: found,
        ...(key === 'value' && finding.detail['quality'] === 'uncertain'
          ? ({ quality: 'uncertain', reason: 'range' } as const)
          : ({ quality: 'good', reason: undefined } as const)),
        timeMs: undefined,
      },
    ]
  })
}

/** The unit that a reading says of itself. */
function unitOf(detail: Judged['finding']['detail']): string | undefined {
  const unit = detail['unit']
  return typeof unit === 'string' ? unit : undefined
}
