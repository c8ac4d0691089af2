import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { encodeEvent, type NewEvent } from '../../broker/contract/event-codec.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import type { WatchConfig } from '../../edge/cameras/camera-config.ts'
import { createCounters } from '../../edge/counters.ts'
import type { PollOutcome } from '../../edge/device-poller.ts'
import { startWatch, type WatchPorts } from '../../edge/vision/watch.ts'
import { FrameSlot } from '../../firmware-bridge/cameras/frame-slot.ts'
import type { Finding, VisionModelDescription } from '../../models/vision/vision-model.ts'
import { createManualClock } from '../edge/manual-clock.ts'

const plan: WatchConfig = {
  id: 'road-watch',
  site: undefined,
  label: { ja: '', en: '' },
  camera: 'camera-1',
  model: 'road-damage',
  everyS: 0,
  medianOf: undefined,
  raise: undefined,
  clear: undefined,
  pictures: 'over',
  metresPerPixel: undefined,
  settings: undefined,
}
const condition: VisionModelDescription = {
  id: 'road-damage',
  version: '1.0.0',
  kind: 'road-damage',
  use: 'condition',
  raise: 0.5,
  clear: 0.3,
  medianOf: 3,
}

function findingOf(score: number): Finding {
  return {
    score,
    class: score >= 0.5 ? 'crack' : null,
    over: score >= 0.5,
    boxes: [],
    mask: [],
    heat: undefined,
    detail: { 'cover-crack': score / 10 },
    picture: score >= 0.5 ? Buffer.from('ffd8ffd9', 'hex') : undefined,
    width: 100,
    height: 100,
    timings: { decodeMs: 1, runMs: 1, readMs: 1, pictureMs: 1 },
  }
}

/** Gives the watch one frame for each score; an error stands for a frame that cannot be judged. */
async function watched(scores: readonly (number | AppError)[], model = condition) {
  const counters = createCounters()
  const clock = createManualClock()
  const slot = new FrameSlot()
  const events: { readonly event: NewEvent; readonly hasPicture: boolean }[] = []
  const outcomes: PollOutcome[] = []
  let next = 0
  const ports: WatchPorts = {
    host: {
      async analyse() {
        const given = scores[next] ?? 0
        if (given instanceof AppError) throw given
        return { model, finding: findingOf(given) }
      },
    },
    reader: slot.reader(),
    deliver: (outcome) => outcomes.push(outcome),
    emitEvent: (event, picture) => events.push({ event, hasPicture: picture !== undefined }),
    clock,
    log: silentLog,
    counters,
  }
  slot.open()
  const watch = startWatch(plan, ports)
  const conditions: string[] = []
  for (; next < scores.length; next += 1) {
    const bytes = Buffer.alloc(0)
    const base = { camera: 'camera-1', seq: next + 1, timeMs: clock.now(), timeSource: 'arrival' as const }
    await slot.put(
      { ...base, exposedMs: clock.monotonic(), bytes, format: 'jpeg', widthPx: 1, heightPx: 1, exposure: {} },
      () => undefined,
    )
    conditions.push(watch.condition)
    await clock.advance(1000)
  }
  await watch.stop()
  expect(clock.pendingTimers).toBe(0)
  return { events, outcomes, conditions, counters }
}

describe('a camera that a model watches', () => {
  it('raises no alarm for one frame, one when most frames are over, and ends it when most are clearly under', async () => {
    const { events, outcomes } = await watched([0, 0, 0.9, 0, 0, 0.9, 0.9, 0.9, 0.4, 0.4, 0.1, 0.1])
    expect(events.map(({ event, hasPicture }) => [event.state, event.score, hasPicture])).toEqual([
      ['raised', 0.9, true],
      ['cleared', 0.1, false],
    ])
    expect(events[0]?.event).toMatchObject({ kind: 'road-damage', source: 'road-watch', class: 'crack' })
    expect(() => events.map(({ event }) => encodeEvent(event))).not.toThrow()
    const last = outcomes.at(-1)
    expect('measurements' in (last ?? {}) && last).toMatchObject({ device: 'road-watch' })
  })

  it('tells every reading of a model that reads', async () => {
    const { events } = await watched([0.1, 0.2], { ...condition, kind: 'canopy', use: 'reading' })
    expect(events.map(({ event }) => [event.kind, event.state])).toEqual([
      ['canopy', 'reading'],
      ['canopy', 'reading'],
    ])
  })

  it('says that frames are not judged, with bad samples and why, and goes on with the next', async () => {
    const refused = new AppError('image.invalid', 'malformed: a marker is wrong')
    const away = new AppError('model.failed', 'the vision process is loading')
    const { events, outcomes, conditions, counters } = await watched([0.1, refused, 0.1, refused, away, 0.9])
    const reasons = outcomes.flatMap((outcome) =>
      'measurements' in outcome
        ? outcome.measurements.filter(({ channel }) => channel === 'score').map(({ reason }) => reason)
        : [],
    )
    expect(reasons).toEqual([undefined, 'image', undefined, 'image', 'model', undefined])
    expect(counters.entries()).toEqual(
      expect.arrayContaining([
        { name: 'watch_frames_unjudged', reason: 'image', value: 2 },
        { name: 'watch_frames_unjudged', reason: 'model', value: 1 },
      ]),
    )
    expect(events).toEqual([])
    expect(conditions).toEqual(['ok', 'failing', 'ok', 'failing', 'failing', 'ok'])
    const scores = outcomes.map((outcome) =>
      'measurements' in outcome ? outcome.measurements.find(({ channel }) => channel === 'score')?.value : undefined,
    )
    expect(scores).toEqual([0.1, null, 0.1, null, null, 0.9])
  })
})
