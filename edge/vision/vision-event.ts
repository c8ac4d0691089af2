// A finding of a model as the event that the hub keeps.
import { AppError } from '../../broker/contract/app-error.ts'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import type { EventState } from '../../broker/contract/event-limits.ts'
import type { Frame } from '../../firmware-bridge/cameras/frame.ts'
import type { PictureChoice } from '../cameras/camera-config.ts'
import type { Judged } from './vision-lane.ts'

/**
 * `source`: the inspection or the watch. `latencyMs`: from the exposure of the frame to now. Throws `model.failed` for a model that
 * counts: of what it sees no event is made.
 */
export function visionEvent(
  { model, finding }: Judged,
  about: {
    readonly source: string
    readonly frame: Frame
    readonly state: EventState
    readonly latencyMs: number
    readonly detail?: NewEvent['detail']
  },
): NewEvent {
  const { boxes, mask, heat } = finding
  const { kind } = model
  if (kind === undefined) throw new AppError('model.failed', `${model.id} counts, and a count is no event`)
  return {
    kind,
    source: about.source,
    timeMs: about.frame.timeMs,
    model: { id: model.id, version: model.version },
    score: finding.score,
    class: finding.class,
    state: about.state,
    ...(boxes.length === 0 ? {} : { boxes }),
    ...(mask.length === 0 ? {} : { mask }),
    ...(heat === undefined ? {} : { heat }),
    latencyMs: Math.max(0, about.latencyMs),
    detail: { camera: about.frame.camera, ...finding.detail, ...about.detail },
  }
}

/** The JPEG that goes with it, as `pictures` in the configuration says. */
export function eventPicture({ finding }: Judged, choice: PictureChoice): Uint8Array | undefined {
  return choice === 'all' || (choice === 'over' && finding.over) ? finding.picture : undefined
}
