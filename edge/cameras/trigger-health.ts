// Whether the input of an inspection can be read: a line whose trigger is away sees no parts, and must not look quiet.
import type { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { type DeviceCondition, failureRepeatMs, type PollOutcome } from '../device-poller.ts'

const intervalMs = 5000

export interface TriggerHealth {
  readonly condition: DeviceCondition
  stop(): void
}

/** Bad samples of the inspection while its input has a fault; `onBack` when it has none any more. */
export function watchTrigger(
  inspection: string,
  faultOf: () => AppError | undefined,
  ports: {
    readonly clock: Clock
    readonly log: Log
    readonly deliver: (outcome: PollOutcome) => void
    readonly onBack: () => void
  },
): TriggerHealth {
  const { clock, log, deliver, onBack } = ports
  let toldMs: number | undefined
  let timer: Timer
  const tick = (): void => {
    timer = clock.setTimer(tick, intervalMs)
    const error = faultOf()
    const nowMs = clock.monotonic()
    if (error === undefined) {
      if (toldMs !== undefined) onBack()
      toldMs = undefined
    } else if (toldMs === undefined || nowMs - toldMs >= failureRepeatMs) {
      const transition = toldMs === undefined
      if (transition) log.warn({ code: error.code, reason: error.message }, 'the trigger of an inspection is away')
      toldMs = nowMs
      deliver({ device: inspection, timeMs: clock.now(), error, transition })
    }
  }
  timer = clock.setTimer(tick, intervalMs)
  return {
    get condition() {
      return toldMs === undefined ? 'ok' : 'offline'
    },
    stop: () => timer.cancel(),
  }
}
