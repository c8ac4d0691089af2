// What a watched camera tells of its frames: an event where a condition begins or ends, or a value was read.
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { Frame } from '../../firmware-bridge/cameras/frame.ts'
import type { WatchConfig } from '../cameras/camera-config.ts'
import type { Counters } from '../counters.ts'
import { createScoreGate, type ScoreGate } from './score-gate.ts'
import { eventPicture, visionEvent } from './vision-event.ts'
import type { Judged } from './vision-lane.ts'

export interface WatchEventPorts {
  readonly emitEvent: (event: NewEvent, picture?: Uint8Array) => void
  readonly clock: Clock
  readonly counters: Counters
}

interface WatchEvents {
  /** What the last reading said, for the next one to be compared with; undefined before, and where nothing is read. */
  readonly lastReading: NewEvent['detail']
  tell(frame: Frame, judged: Judged): void
}

export function createWatchEvents(plan: WatchConfig, { emitEvent, clock, counters }: WatchEventPorts): WatchEvents {
  let gate: ScoreGate | undefined
  let lastReading: NewEvent['detail']

  /** The settings of the configuration win over those of the model, which is known when it has judged. */
  function changeOf({ model, finding }: Judged): 'raised' | 'cleared' | undefined {
    gate ??= createScoreGate({
      medianOf: plan.medianOf ?? model.medianOf,
      raise: plan.raise ?? model.raise,
      clear: Math.min(plan.raise ?? model.raise, plan.clear ?? model.clear),
    })
    return finding.score === null ? undefined : gate.push(finding.score)
  }

  return {
    get lastReading() {
      return lastReading
    },
    tell(frame, judged) {
      const { model, finding } = judged
      if (plan.counts !== undefined || model.use === 'count') return
      const state = model.use === 'reading' ? 'reading' : changeOf(judged)
      if (model.use === 'reading') lastReading = finding.detail
      if (state === undefined) return
      counters.add('vision_events', state)
      const latencyMs = clock.monotonic() - frame.exposedMs
      const median = gate?.median
      const detail = model.use === 'reading' || median === undefined ? {} : { median }
      emitEvent(
        visionEvent(judged, { source: plan.id, frame, state, latencyMs, detail }),
        eventPicture(judged, plan.pictures),
      )
    },
  }
}
