// Judges a set on trial by the gateway's own health: what was well before must be well with it.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Timer } from '../../broker/contract/ports.ts'
import type { Observation } from './deployment-state.ts'

/** How the gateway is now. */
export interface Health extends Observation {
  /** Devices that were asked, and did not answer when they were asked last. */
  readonly silent: readonly string[]
  readonly isOutboxHealthy: boolean
}

export interface ProbationOptions {
  readonly before: Observation
  /** Ids of the configured devices that must have been heard within the probation. */
  readonly expected: readonly string[]
  readonly probationS: number
  readonly health: () => Health
  readonly clock: Clock
  readonly onPass: () => Promise<void>
  readonly onFail: (error: AppError) => Promise<void>
}

const lookEveryMs = 1000

/**
 * Passes when all is well at the end of the probation or within as much time again: the hub may be away for a moment, a device may
 * miss a poll. Undefined: not decided yet.
 */
export function judgement(
  health: Health,
  { before, expected, probationS }: Pick<ProbationOptions, 'before' | 'expected' | 'probationS'>,
  elapsedMs: number,
): 'pass' | AppError | undefined {
  const refused = health.refusedModels.find((model) => !before.refusedModels.includes(model))
  if (refused !== undefined) return new AppError('deployment.health', `a model is not used: ${refused}`)
  if (elapsedMs < probationS * 1000) return undefined
  const fault = faultOf(health, before, expected)
  if (fault === undefined) return 'pass'
  return elapsedMs < 2 * probationS * 1000 ? undefined : fault
}

function faultOf(health: Health, before: Observation, expected: readonly string[]): AppError | undefined {
  if (!health.isOutboxHealthy) return new AppError('deployment.health', 'the outbox takes no commits')
  const silent = before.answering.filter(
    (id) => health.silent.includes(id) || (expected.includes(id) && !health.answering.includes(id)),
  )
  if (silent.length > 0) {
    const names = silent.slice(0, 10).join(', ')
    const more = silent.length > 10 ? ` and ${silent.length - 10} more` : ''
    return new AppError('deployment.device', `${names}${more} answered before, but not with this set`)
  }
  if (before.uplinkConnected && !health.uplinkConnected) {
    return new AppError('deployment.uplink', 'the hub was connected before, but not with this set')
  }
  return undefined
}

/** Looks every second until it is decided, then tells it once; a pass that cannot be kept is told again. */
export function startProbation(options: ProbationOptions): Timer {
  const { clock, health, onPass, onFail } = options
  const startedMs = clock.monotonic()
  let timer: Timer | undefined
  let cancelled = false
  const look = async (): Promise<void> => {
    const verdict = judgement(health(), options, clock.monotonic() - startedMs)
    if (verdict instanceof AppError) return onFail(verdict)
    if (verdict === 'pass') {
      try {
        return await onPass()
      } catch {
        // Said by whoever threw it; the next look tries again.
      }
    }
    if (!cancelled) timer = clock.setTimer(() => void look(), lookEveryMs)
  }
  timer = clock.setTimer(() => void look(), lookEveryMs)
  return {
    cancel() {
      cancelled = true
      timer?.cancel()
    },
  }
}
