// A camera that counts people: the package of the project counts drawn ones, and nothing but numbers is handed on.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { WatchConfig } from '../../edge/cameras/camera-config.ts'
import { createCounters } from '../../edge/counters.ts'
import type { PollOutcome } from '../../edge/device-poller.ts'
import { createVisionHost, type VisionHost } from '../../edge/vision/vision-host.ts'
import { startWatch, type WatchPorts } from '../../edge/vision/watch.ts'
import { FrameSlot } from '../../firmware-bridge/cameras/frame-slot.ts'
import type { Finding, VisionModelDescription } from '../../models/vision/vision-model.ts'
import { createManualClock } from '../edge/manual-clock.ts'

const packageFolder = join(import.meta.dirname, '../../models/packages/people-count')
const golden = (name: string) => readFile(join(packageFolder, `golden/${name}.png`))
const loadLimitMs = 60_000

const plan: WatchConfig = {
  id: 'square-people',
  site: undefined,
  label: { ja: '', en: '' },
  camera: 'square-camera',
  model: 'people-count',
  everyS: 10,
  medianOf: 3,
  raise: undefined,
  clear: undefined,
  // What a configuration with counts cannot say, so that the watch is seen to refuse it by itself.
  pictures: 'all',
  counts: 'people',
  metresPerPixel: undefined,
  settings: undefined,
}

/** What the watch handed on of these frames, after each was judged. */
async function told(analyse: WatchPorts['host']['analyse'], frames: readonly Buffer[]) {
  const clock = createManualClock()
  const slot = new FrameSlot()
  const outcomes: PollOutcome[] = []
  const events: unknown[] = []
  const delivered = { next: Promise.withResolvers<void>() }
  const watch = startWatch(plan, {
    host: { analyse },
    reader: slot.reader(),
    deliver(outcome) {
      outcomes.push(outcome)
      delivered.next.resolve()
    },
    emitEvent: (...event) => events.push(event),
    clock,
    log: silentLog,
    counters: createCounters(),
  })
  slot.open()
  for (const [index, bytes] of frames.entries()) {
    delivered.next = Promise.withResolvers()
    const base = { camera: 'square-camera', seq: index + 1, timeMs: clock.now(), timeSource: 'arrival' as const }
    await slot.put(
      { ...base, exposedMs: clock.monotonic(), bytes, format: 'png', widthPx: 1, heightPx: 1, exposure: {} },
      () => undefined,
    )
    await delivered.next.promise
    await clock.advance(plan.everyS * 1000)
  }
  await watch.stop()
  const measurements = outcomes.flatMap((outcome) => ('measurements' in outcome ? outcome.measurements : []))
  return { events, outcomes, measurements, people: measurements.filter(({ channel }) => channel === 'people') }
}

/** What a camera that counts may tell, each a number. */
const channels = ['people', 'inference-time', 'frames-judged', 'unjudged']

describe('a camera that counts people', () => {
  let host: VisionHost

  beforeAll(async () => {
    const loaded = Promise.withResolvers<void>()
    host = createVisionHost({
      packages: [packageFolder],
      trust: { keyFiles: [], allowUnsigned: false },
      clock: systemClock,
      log: silentLog,
      counters: createCounters(),
      random: Math.random,
      onModels: loaded.resolve,
    })
    await loaded.promise
  }, loadLimitMs)
  afterAll(() => host.close())

  it('tells how many drawn people are there, as the median of its frames', async () => {
    const frames = await Promise.all(['three', 'nobody', 'three', 'five', 'five'].map(golden))
    const { people } = await told((question) => host.analyse({ ...question, package: packageFolder }), frames)
    expect(people.map(({ value, unit }) => [value, unit])).toEqual([
      [3, 'count'],
      [3, 'count'],
      [5, 'count'],
    ])
  })

  it('gets no picture, box or outline from its model, whatever is asked of it', async () => {
    for (const picture of ['all', 'over', 'png'] as const) {
      const { finding, model } = await host.analyse({
        source: 'square-camera',
        package: packageFolder,
        bytes: await golden('five'),
        urgent: false,
        options: { picture },
      })
      expect(model).toMatchObject({ id: 'people-count', use: 'count' })
      expect(finding).toMatchObject({
        picture: undefined,
        heat: undefined,
        boxes: [],
        mask: [],
        score: null,
        class: null,
      })
      expect(finding.detail).toEqual({ people: 5 })
    }
  })

  it('hands nothing on but numbers, even of a model that gives pictures, boxes, names and alarms', async () => {
    const asked: unknown[] = []
    const nosy: VisionModelDescription = {
      id: 'nosy',
      version: '1.0.0',
      kind: 'inspection',
      use: 'reading',
      raise: 0,
      clear: 0,
      medianOf: 1,
    }
    const finding: Finding = {
      score: 1,
      class: 'somebody',
      over: true,
      boxes: [{ x: 0, y: 0, width: 1, height: 1, score: 1, class: 'somebody' }],
      mask: [[0, 0, 1, 0, 1, 1]],
      heat: undefined,
      detail: { people: 4, 'cover-face': 0.3, 'mean-height': 1.7, value: 12, name: 'Hanako' },
      picture: Buffer.from('ffd8ffd9', 'hex'),
      width: 1,
      height: 1,
      timings: { decodeMs: 1, runMs: 1, readMs: 1, pictureMs: 1 },
    }
    const { events, outcomes, measurements, people } = await told(
      async ({ options }) => {
        asked.push(options.picture)
        return { model: nosy, finding }
      },
      Array<Buffer>(4).fill(Buffer.alloc(0)),
    )
    expect(asked).toEqual(['none', 'none', 'none', 'none'])
    expect(events).toEqual([])
    expect(people.map(({ value }) => value)).toEqual([4, 4])
    expect([...new Set(measurements.map(({ channel }) => channel))].toSorted()).toEqual(channels.toSorted())
    for (const { value, quality, reason } of measurements) {
      expect([typeof value, quality, reason]).toEqual(['number', 'good', undefined])
    }
    for (const outcome of outcomes) {
      expect(Object.keys(outcome).toSorted()).toEqual(['device', 'measurements', 'timeMs'])
    }
  })

  it('says that a frame was not counted, and is not satisfied with a model that counts nobody', async () => {
    const deaf = {
      id: 'deaf',
      version: '1.0.0',
      kind: undefined,
      use: 'count',
      raise: 1,
      clear: 1,
      medianOf: 1,
    } as const
    const { people } = await told(
      async () => ({ model: deaf, finding: { detail: {} } as unknown as Finding }),
      [Buffer.alloc(0)],
    )
    expect(people).toMatchObject([{ value: null, quality: 'bad', reason: 'model' }])
  })
})
