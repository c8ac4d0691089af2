import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import { FrameSlot } from '../../firmware-bridge/cameras/frame-slot.ts'
import type { Frame } from '../../firmware-bridge/cameras/frame.ts'
import { watchTrigger } from '../../edge/cameras/trigger-health.ts'
import { createManualClock } from './manual-clock.ts'
import { createCounters } from '../../edge/counters.ts'
import type { PollOutcome } from '../../edge/device-poller.ts'
import { Inspection, type Verdict } from '../../edge/cameras/inspection.ts'
import { createSorter, type SorterSettings } from '../../edge/cameras/sorter.ts'

/** A line with a camera, a judge and a relay that a test steers by hand. */
function createLine(settings: Partial<SorterSettings> = {}) {
  const clock = createManualClock()
  const counters = createCounters()
  const slot = new FrameSlot()
  slot.open()
  const relay = { log: [] as string[], broken: false }
  const outcomes: PollOutcome[] = []
  let asked: PromiseWithResolvers<Verdict> | undefined
  const sorter = createSorter(
    { signals: 'reject', pulseMs: 100, failSafe: 'reject', ...settings },
    {
      relay: {
        async set(on) {
          if (relay.broken) throw new Error('no answer')
          relay.log.push(`${clock.monotonic()} ${on ? 'on' : 'off'}`)
        },
        close: async () => void relay.log.push('closed'),
      },
      clock,
      log: silentLog,
      counters,
    },
  )
  const inspection = new Inspection(
    { id: 'line-1', limitMs: 500 },
    {
      reader: slot.reader(),
      inspector: { inspect: () => (asked = Promise.withResolvers<Verdict>()).promise },
      sorter,
      deliver: (outcome) => outcomes.push(outcome),
      clock,
      log: silentLog,
      counters,
    },
  )
  let seq = 0
  const frame = (): Frame => ({
    camera: 'camera-1',
    seq: (seq += 1),
    timeMs: clock.now(),
    timeSource: 'arrival',
    exposedMs: clock.monotonic(),
    bytes: Buffer.alloc(1),
    format: 'jpeg',
    widthPx: 1,
    heightPx: 1,
    exposure: {},
  })
  const expose = (): void => void slot.put(frame(), () => undefined)
  const judge = async (verdict: Verdict | Error): Promise<void> => {
    if (verdict instanceof Error) asked?.reject(verdict)
    else asked?.resolve(verdict)
    await clock.advance(0)
  }
  /** The channels of the last outcome that was delivered: a value, or its quality's reason. */
  const last = (): Record<string, unknown> => {
    const outcome = outcomes.at(-1)
    const measurements = outcome !== undefined && 'measurements' in outcome ? outcome.measurements : []
    return Object.fromEntries(measurements.map(({ channel, value, reason }) => [channel, value ?? reason]))
  }
  return { clock, counters, relay, inspection, expose, judge, last, outcomes, asked: () => asked !== undefined }
}

const pass: Verdict = { pass: true, score: 0.1 }
const reject: Verdict = { pass: false, score: 0.9 }

describe('An inspection', () => {
  it('judges the first frame after the trigger, pulses the relay for a reject and stores the verdict', async () => {
    const line = createLine()
    line.expose()
    await line.clock.advance(10)
    line.inspection.trigger(10)
    await line.clock.advance(0)
    expect(line.asked()).toBe(false)
    await line.clock.advance(20)
    line.expose()
    await line.clock.advance(40)
    await line.judge(reject)
    expect(line.relay.log).toEqual(['70 on'])
    expect(line.last()).toEqual({
      pass: 0,
      score: 0.9,
      'inference-time': 0.04,
      'relay-latency': 0,
      parts: 1,
      unjudged: 0,
    })
    await line.clock.advance(100)
    expect(line.relay.log).toEqual(['70 on', '170 off'])
    await line.inspection.stop()
  })

  it('leaves a rejecting relay alone for a pass, and pulses a passing one', async () => {
    for (const [signals, log] of [
      ['reject', []],
      ['pass', ['0 on']],
    ] as const) {
      const line = createLine({ signals })
      line.inspection.trigger(0)
      line.expose()
      await line.clock.advance(0)
      await line.judge(pass)
      expect(line.relay.log).toEqual(log)
      expect(line.last()).toMatchObject({ pass: 1 })
    }
  })

  it('shows each verdict until the next one where no pulse is set', async () => {
    const line = createLine({ pulseMs: 0 })
    for (const verdict of [reject, pass]) {
      line.inspection.trigger(line.clock.monotonic())
      line.expose()
      await line.clock.advance(0)
      await line.judge(verdict)
      await line.clock.advance(1000)
    }
    expect(line.relay.log).toEqual(['0 on', '1000 off'])
  })

  it.each([
    ['reject', 'reject', ['500 on', '600 off']],
    ['pass', 'reject', []],
    ['reject', 'hold', []],
  ] as const)(
    'with a relay that signals %s and fail-safe %s answers a late verdict in time',
    async (signals, failSafe, log) => {
      const line = createLine({ signals, failSafe })
      line.inspection.trigger(0)
      line.expose()
      await line.clock.advance(2000)
      expect(line.relay.log).toEqual(log)
      expect(line.last()).toEqual({ pass: 'timeout', score: 'timeout', parts: 1, unjudged: 1 })
      await line.judge(pass)
      expect(line.relay.log).toEqual(log)
      expect(line.counters.entries()).toContainEqual({ name: 'inspections', reason: 'late', value: 1 })
      expect(line.inspection.condition).toBe('failing')
    },
  )

  it('takes the fail-safe when the model fails, and when no frame comes', async () => {
    const line = createLine()
    line.inspection.trigger(0)
    line.expose()
    await line.clock.advance(0)
    await line.judge(new Error('the model is down'))
    expect(line.relay.log).toEqual(['0 on'])
    expect(line.last()).toMatchObject({ pass: 'model' })
    await line.clock.advance(1000)
    line.inspection.trigger(line.clock.monotonic())
    await line.clock.advance(500)
    expect(line.relay.log.slice(2)).toEqual(['1500 on'])
  })

  it('takes the fail-safe for a damaged picture, and says that it was the picture', async () => {
    const line = createLine()
    line.inspection.trigger(0)
    line.expose()
    await line.clock.advance(0)
    await line.judge(new AppError('image.invalid', 'malformed: a marker is wrong'))
    expect(line.relay.log).toEqual(['0 on'])
    expect(line.last()).toMatchObject({ pass: 'image', score: 'image', unjudged: 1 })
    expect(line.counters.entries()).toContainEqual({ name: 'inspections', reason: 'image', value: 1 })
  })

  it('gives a part that comes too soon the fail-safe at once, and judges the one before it', async () => {
    const line = createLine()
    line.inspection.trigger(0)
    line.expose()
    await line.clock.advance(50)
    line.inspection.trigger(50)
    await line.clock.advance(0)
    expect(line.relay.log).toEqual(['50 on'])
    expect(line.last()).toMatchObject({ pass: 'model', parts: 2, unjudged: 1 })
    await line.judge(pass)
    expect(line.last()).toMatchObject({ pass: 1, parts: 2, unjudged: 1 })
    await line.clock.advance(200)
    expect(line.relay.log).toEqual(['50 on', '150 off'])
  })

  it('stores no verdict for a part that the relay could not sort', async () => {
    const line = createLine()
    line.relay.broken = true
    line.inspection.trigger(0)
    line.expose()
    await line.clock.advance(0)
    await line.judge(reject)
    expect(line.last()).toEqual({ pass: 'connection', score: 'connection', parts: 1, unjudged: 1 })
    expect(line.counters.entries()).toContainEqual({ name: 'inspections', reason: 'relay', value: 1 })
  })

  it('tries again to end a pulse that could not be ended', async () => {
    const line = createLine()
    line.inspection.trigger(0)
    line.expose()
    await line.clock.advance(0)
    await line.judge(reject)
    line.relay.broken = true
    await line.clock.advance(150)
    line.relay.broken = false
    await line.clock.advance(1000)
    expect(line.relay.log).toEqual(['0 on', '300 off'])
    expect(line.counters.total('relay_faults')).toBe(1)
  })

  it('leaves the relay in its fail-safe when the gateway stops in the middle of a part', async () => {
    const line = createLine()
    line.inspection.trigger(0)
    line.expose()
    await line.clock.advance(20)
    const stopped = line.inspection.stop()
    await line.clock.advance(0)
    await stopped
    expect(line.relay.log.filter((entry) => entry.endsWith('off'))).toEqual([])
    expect(line.relay.log.slice(-2)).toEqual(['20 on', 'closed'])
    expect(line.clock.pendingTimers).toBe(0)
  })

  it('tells a trigger that is away, at once and then seldom, and that it is back', async () => {
    const clock = createManualClock()
    const told: string[] = []
    let fault: AppError | undefined = new AppError('driver.connection', 'the module is away')
    const health = watchTrigger('line-1', () => fault, {
      clock,
      log: silentLog,
      deliver: (outcome) => void told.push('error' in outcome ? outcome.error.code : 'measured'),
      onBack: () => void told.push('back'),
    })
    await clock.advance(60_000)
    expect(told).toEqual(['driver.connection'])
    expect(health.condition).toBe('offline')
    await clock.advance(300_000)
    expect(told).toEqual(['driver.connection', 'driver.connection'])
    fault = undefined
    await clock.advance(10_000)
    expect(told.slice(2)).toEqual(['back'])
    expect(health.condition).toBe('ok')
    health.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('takes every frame for a part where the camera is triggered itself', async () => {
    const line = createLine()
    const running = line.inspection.inspectEveryFrame()
    for (const verdict of [reject, pass, reject]) {
      line.expose()
      await line.clock.advance(0)
      await line.judge(verdict)
      await line.clock.advance(200)
    }
    expect(line.relay.log).toEqual(['0 on', '100 off', '400 on', '500 off'])
    expect(line.last()).toMatchObject({ parts: 3, unjudged: 0 })
    const stopped = line.inspection.stop()
    await line.clock.advance(0)
    await Promise.all([running, stopped])
  })
})
