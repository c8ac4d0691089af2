import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import { createCounters } from '../../edge/counters.ts'
import { ListenedDevice } from '../../edge/device-listener.ts'
import { failureRepeatMs, type PollOutcome, stopGraceMs } from '../../edge/device-poller.ts'
import type { Measurement } from '../../firmware-bridge/driver.ts'
import { createManualClock } from './manual-clock.ts'

const level: Measurement = {
  channel: 'level',
  value: 0.12,
  unit: 'm',
  quality: 'good',
  reason: undefined,
  timeMs: 1000,
}

function listening(durable: () => Promise<void> = () => Promise.resolve()) {
  const clock = createManualClock(0)
  const counters = createCounters()
  const outcomes: PollOutcome[] = []
  let ended = 0
  const device = new ListenedDevice(
    { device: 'level-1', intervalMs: 600_000 },
    {
      listen: () => () => {
        ended += 1
      },
      deliver: (outcome) => outcomes.push(outcome),
      durable,
      clock,
      log: silentLog,
      counters,
    },
  )
  device.start()
  return { device, clock, counters, outcomes, ended: () => ended }
}

describe('a device that speaks by itself', () => {
  it('has what it says delivered at once and confirmed once it is durable', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { device, outcomes, counters } = listening(() => promise)
    let confirmed = false
    const taken = device.take([level]).then(() => (confirmed = true))
    expect(outcomes).toMatchObject([{ device: 'level-1', measurements: [level] }])
    await new Promise((done) => setImmediate(done))
    expect(confirmed).toBe(false)
    resolve()
    await taken
    expect(counters.entries()).toContainEqual({ name: 'heard_messages', reason: 'kept', value: 1 })
    await device.stop()
  })

  it('is offline after three expected intervals of silence, told then and at a stated rate, and back at the first word', async () => {
    const { device, clock, outcomes } = listening()
    await clock.advance(600_000)
    await device.take([level])
    await clock.advance(1_799_000)
    expect(device.condition).toBe('ok')
    await clock.advance(1000)
    expect(device.condition).toBe('offline')
    expect(outcomes[1]).toMatchObject({ error: { code: 'driver.timeout' }, transition: true, timeMs: 2_400_000 })
    await clock.advance(10 * 600_000)
    const repeated = outcomes.slice(2)
    expect(repeated).toHaveLength(Math.floor((10 * 600_000) / Math.max(failureRepeatMs, 600_000)))
    expect(repeated[0]).toMatchObject({ error: { code: 'driver.timeout' }, transition: false })
    await device.take([])
    expect(device.condition).toBe('ok')
    await clock.advance(1_799_000)
    expect(device.condition).toBe('ok')
    await device.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('is failing while it is heard and not understood, told once, and offline when that is all that comes', async () => {
    const { device, clock, outcomes, counters } = listening()
    device.fault(new AppError('driver.frame', 'no'))
    device.fault(new AppError('driver.frame', 'no'))
    expect(device.condition).toBe('failing')
    expect(outcomes).toMatchObject([{ error: { code: 'driver.frame' }, transition: true }])
    expect(counters.total('listen_errors')).toBe(2)
    await clock.advance(1_800_000)
    expect(device.condition).toBe('offline')
    expect(outcomes.at(-1)).toMatchObject({ error: { code: 'driver.frame' } })
    await device.take([level])
    expect(device.condition).toBe('ok')
    await device.stop()
  })

  it('rejects what could not be kept, with the reason, and counts it', async () => {
    const { device, counters } = listening(() => Promise.reject(new AppError('outbox.full', 'full')))
    await expect(device.take([level])).rejects.toMatchObject({ code: 'outbox.full' })
    expect(counters.entries()).toContainEqual({ name: 'heard_messages', reason: 'not-confirmed', value: 1 })
    await device.stop()
  })

  it('lets a take that is under way finish before its end, and takes nothing after it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { device, clock, ended } = listening(() => promise)
    const taken = device.take([level])
    let stopped = false
    const stopping = device.stop().then(() => (stopped = true))
    await new Promise((done) => setImmediate(done))
    expect(ended()).toBe(1)
    expect(stopped).toBe(false)
    await expect(device.take([level])).rejects.toMatchObject({ code: 'driver.connection' })
    resolve()
    await taken
    await stopping
    expect(clock.pendingTimers).toBe(0)
  })

  it('does not wait for ever for a take that does not finish', async () => {
    const { device, clock } = listening(() => new Promise(() => undefined))
    void device.take([level])
    const stopping = device.stop()
    await clock.advance(stopGraceMs)
    await stopping
    expect(clock.pendingTimers).toBe(0)
  })
})
