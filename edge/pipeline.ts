// The gateway's main path, from a poll, or what a device said or a model decided, to the uplink.
import { toAppError } from '../broker/contract/app-error.ts'
import { encodeEvent, type NewEvent } from '../broker/contract/event-codec.ts'
import { eventLimits } from '../broker/contract/event-limits.ts'
import type { Clock, Log } from '../broker/contract/ports.ts'
import type { Sample } from '../broker/contract/sample.ts'
import type { Calibrations } from './calibration.ts'
import type { Counters } from './counters.ts'
import type { DeviceChannels } from './device-channels.ts'
import type { PollOutcome } from './device-poller.ts'
import type { Priority } from './outbox/message.ts'
import type { Outbox } from './outbox/outbox.ts'
import { badSamples, calibrated, samplesOf, validated } from './sampling.ts'

/** What the pipeline needs of the models; see edge/inference. */
export interface Scorer {
  score(samples: readonly Sample[]): Promise<readonly Sample[]>
}

interface PipelineDevice {
  readonly priority: Priority
  readonly calibration: Calibrations
}

export interface PipelineDependencies {
  readonly devices: ReadonlyMap<string, PipelineDevice>
  readonly channels: DeviceChannels
  readonly scorer: Scorer | undefined
  readonly outbox: Outbox
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  /** Sees what goes up, after it is in the outbox. Does not throw. */
  readonly observe?: (samples: readonly Sample[]) => void
}

export interface Pipeline {
  /** Carries one poll, or one message of a device that speaks by itself. Never throws and never waits: sampling goes on whatever a model does. */
  carry(poll: PollOutcome): void
  /**
   * Carries one decision of a model, with the JPEG that shows it. Never throws and never waits: what does not fit into an
   * event is logged and counted, a thumbnail that is too large left out and counted.
   */
  emitEvent(event: NewEvent, thumbnail?: Uint8Array): void
  /** Resolves when the scores that are under way have arrived, at most `timeoutMs` later. */
  drain(timeoutMs: number): Promise<void>
}

/** Polls being scored at once. Beyond it a poll's readings travel without a score, counted. */
const maxScoring = 64
const plain: PipelineDevice = { priority: 'normal', calibration: {} }

/**
 * poll → samples → calibrate, validate → score → outbox → uplink. The readings enter the outbox before their score is
 * known, and the outbox wakes the uplink: a slow or broken model delays nothing but its own scores.
 */
export function createPipeline(dependencies: PipelineDependencies): Pipeline {
  const { devices, channels, outbox, counters } = dependencies
  const scoring = new Set<Promise<void>>()
  return {
    carry(poll) {
      const device = devices.get(poll.device) ?? plain
      const samples = sampled(poll, channels)
      const valid = validated(calibrated(samples, device.calibration), counters)
      channels.learn(poll.device, valid)
      outbox.append(valid, device.priority)
      dependencies.observe?.(valid)
      if ('measurements' in poll) score(valid, device.priority, dependencies, scoring)
    },
    emitEvent: (event, thumbnail) => emit(event, thumbnail, dependencies),
    async drain(timeoutMs) {
      let cancel = (): void => undefined
      const late = new Promise<void>((resolve) => {
        const timer = dependencies.clock.setTimer(resolve, timeoutMs)
        cancel = () => timer.cancel()
      })
      await Promise.race([Promise.allSettled(scoring), late])
      cancel()
    },
  }
}

function emit(event: NewEvent, thumbnail: Uint8Array | undefined, dependencies: PipelineDependencies): void {
  const { outbox, counters, log } = dependencies
  const fits = thumbnail === undefined || thumbnail.length <= eventLimits.thumbnailBytes
  if (!fits) counters.add('event_thumbnails_dropped', 'too-large')
  try {
    outbox.appendEvent(encodeEvent(event, fits ? thumbnail : undefined), priorityOf(event))
    counters.add('events', event.kind)
  } catch (thrown) {
    const error = toAppError(thrown, 'internal')
    counters.add('events_dropped', error.code)
    log.error({ error, code: error.code, kind: event.kind, source: event.source }, 'an event could not be sent')
  }
}

/** What somebody has to act on survives longest in a full outbox. */
function priorityOf({ state }: NewEvent): Priority {
  return state === 'raised' || state === 'cleared' || state === 'reject' ? 'high' : 'normal'
}

function sampled(poll: PollOutcome, channels: DeviceChannels): readonly Sample[] {
  if ('measurements' in poll) return samplesOf(poll.device, poll.timeMs, poll.measurements)
  const { device, timeMs, error } = poll
  return badSamples({ device, timeMs, code: error.code }, channels.of(device))
}

function score(
  samples: readonly Sample[],
  priority: Priority,
  { scorer, outbox, channels, counters, log, observe }: PipelineDependencies,
  scoring: Set<Promise<void>>,
): void {
  if (scorer === undefined || samples.length === 0) return
  if (scoring.size >= maxScoring) {
    counters.add('samples_unscored', 'busy', samples.length)
    return
  }
  const work = scorer
    .score(samples)
    .then((scores) => {
      const valid = validated(scores, counters)
      for (const sample of valid) channels.learn(sample.name.slice(0, sample.name.lastIndexOf(':')), [sample])
      outbox.append(valid, priority)
      observe?.(valid)
    })
    .catch((error: unknown) => {
      counters.add('samples_unscored', 'failed', samples.length)
      log.warn({ error }, 'samples could not be scored')
    })
    .finally(() => scoring.delete(work))
  scoring.add(work)
}
