// One camera as a device: its health at an interval, and bad samples while no frames come.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { Camera } from '../../firmware-bridge/cameras/camera.ts'
import type { Measurement } from '../../firmware-bridge/driver.ts'
import { type DeviceCondition, failureRepeatMs, type PollOutcome } from '../device-poller.ts'
import { FaultTally } from '../fault-tally.ts'

export interface CameraHealthPlan {
  readonly intervalMs: number
  /** No frame for so long is a fault; undefined for a source whose silence is normal. */
  readonly staleMs: number | undefined
}

export interface CameraHealth {
  readonly plan: { readonly device: string }
  readonly condition: DeviceCondition
  /** One for each look at the interval that found no frames coming. */
  readonly faults: Pick<FaultTally, 'sinceMs' | 'code' | 'errors'>
  stop(): void
}

/** The first report comes one interval after the start: a camera needs a moment for its first frame. */
export function startCameraHealth(
  camera: Pick<Camera, 'id' | 'state'>,
  { intervalMs, staleMs }: CameraHealthPlan,
  ports: { readonly clock: Clock; readonly log: Log; readonly deliver: (outcome: PollOutcome) => void },
): CameraHealth {
  const { clock, log, deliver } = ports
  const startedMs = clock.monotonic()
  let last = { frames: camera.state.frames, atMs: startedMs }
  const faults = new FaultTally(clock)
  let down = false
  let toldMs = -Infinity
  let timer: Timer

  const tick = (): void => {
    timer = clock.setTimer(tick, intervalMs)
    const nowMs = clock.monotonic()
    const fault = faultOf(nowMs)
    if (fault === undefined) {
      if (down) log.info({ camera: camera.id }, 'camera is back')
      down = false
      faults.over()
      deliver({ device: camera.id, timeMs: clock.now(), measurements: measured(nowMs) })
    } else {
      tellFault(fault, nowMs)
    }
    last = { frames: camera.state.frames, atMs: nowMs }
  }
  timer = clock.setTimer(tick, intervalMs)

  /** A source that has failed and not delivered since, or one that is silent for too long. */
  function faultOf(nowMs: number): AppError | undefined {
    const { fault, newestMs } = camera.state
    const silentMs = nowMs - (newestMs ?? startedMs)
    if (fault !== undefined) return fault
    if (staleMs === undefined || silentMs < staleMs) return undefined
    return new AppError('driver.timeout', `no frame for ${Math.round(silentMs / 1000)} s`)
  }

  function tellFault(error: AppError, nowMs: number): void {
    const transition = !down
    faults.count(error.code)
    faults.began(error.code)
    if (transition) log.warn({ camera: camera.id, code: error.code, reason: error.message }, 'camera is down')
    if (!transition && nowMs - toldMs < Math.max(failureRepeatMs, intervalMs)) return
    down = true
    toldMs = nowMs
    deliver({ device: camera.id, timeMs: clock.now(), error, transition })
  }

  function measured(nowMs: number): readonly Measurement[] {
    const { frames, superseded, bad, newestMs } = camera.state
    const spanS = (nowMs - last.atMs) / 1000
    return [
      ...(spanS > 0 ? [value('frame-rate', '1/s', (frames - last.frames) / spanS)] : []),
      ...(newestMs === undefined ? [] : [value('frame-age', 's', (nowMs - newestMs) / 1000)]),
      value('frames', 'count', frames),
      value('frames-superseded', 'count', superseded),
      value('frames-bad', 'count', bad),
    ]
  }

  return {
    plan: { device: camera.id },
    faults,
    get condition() {
      return down ? 'offline' : 'ok'
    },
    stop: () => timer.cancel(),
  }
}

export function value(channel: string, unit: string, number: number): Measurement {
  return { channel, value: number, unit, quality: 'good', reason: undefined, timeMs: undefined }
}
