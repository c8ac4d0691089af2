import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import type { Measurement } from '../../firmware-bridge/driver.ts'
import { createManualClock } from './manual-clock.ts'
import { createCounters } from '../../edge/counters.ts'
import { DevicePoller, failureRepeatMs, type PollOutcome, stopGraceMs } from '../../edge/device-poller.ts'

const level: Measurement = {
  channel: 'level',
  value: 0.12,
  unit: 'm',
  quality: 'good',
  reason: undefined,
  timeMs: undefined,
}

function pollerOf(read: (signal: AbortSignal, attempt: number) => Promise<readonly Measurement[]>, retries = 0) {
  const clock = createManualClock(0)
  const counters = createCounters()
  const outcomes: PollOutcome[] = []
  const reads: number[] = []
  const poller = new DevicePoller(
    { device: 'level-1', intervalMs: 10_000, phaseMs: 500, timeoutMs: 1000, retries },
    {
      read: (signal) => read(signal, reads.push(clock.monotonic())),
      deliver: (outcome) => outcomes.push(outcome),
      clock,
      log: silentLog,
      counters,
      random: () => 0.5,
    },
  )
  return { poller, clock, counters, outcomes, reads }
}

const refuse = (code: 'driver.timeout' | 'driver.crc' = 'driver.timeout') => Promise.reject(new AppError(code, 'no'))

describe('a device poller', () => {
  it('polls on a fixed grid that begins at its phase', async () => {
    const { poller, clock, reads } = pollerOf(() => Promise.resolve([level]))
    poller.start()
    await clock.advance(30_600)
    expect(reads).toEqual([500, 10_500, 20_500, 30_500])
    await poller.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('keeps to the grid when a read takes longer than the interval, and counts the points it missed', async () => {
    const { poller, clock, reads, counters } = pollerOf(
      (_, attempt) =>
        new Promise((resolve) => {
          clock.setTimer(() => resolve([level]), attempt === 1 ? 12_000 : 10)
        }),
    )
    poller.start()
    await clock.advance(41_000)
    expect(reads).toEqual([500, 20_500, 30_500, 40_500])
    expect(counters.total('polls_skipped')).toBe(1)
    await poller.stop()
  })

  it('asks at once when a person waits for it, and then keeps to its grid', async () => {
    const { poller, clock, reads, counters } = pollerOf(() => Promise.resolve([level]))
    poller.start()
    await clock.advance(3000)
    poller.askSoon()
    await clock.advance(20_000)
    expect(reads).toEqual([500, 3000, 10_500, 20_500])
    expect(counters.total('polls_skipped')).toBe(0)
    await poller.stop()
    poller.askSoon()
    expect(clock.pendingTimers).toBe(0)
  })

  it('asks a device that is only probed at once, but never twice at a time', async () => {
    const { poller, clock, reads } = pollerOf(
      (_, attempt) =>
        new Promise((resolve, reject) => {
          if (attempt < 5) reject(new AppError('driver.timeout', 'no'))
          else clock.setTimer(() => resolve([level]), 500)
        }),
    )
    poller.start()
    await clock.advance(60_000)
    const before = reads.length
    expect(poller.condition).toBe('offline')
    poller.askSoon()
    await clock.advance(1)
    poller.askSoon()
    await clock.advance(400)
    expect(reads).toHaveLength(before + 1)
    await clock.advance(1000)
    expect(poller.condition).toBe('ok')
    await poller.stop()
  })

  it('tries again within a poll, and says nothing when a retry succeeds', async () => {
    const { poller, clock, outcomes, counters } = pollerOf(
      (_, attempt) => (attempt < 3 ? refuse('driver.crc') : Promise.resolve([level])),
      2,
    )
    poller.start()
    await clock.advance(2000)
    expect(outcomes).toMatchObject([{ measurements: [level] }])
    expect(counters.entries()).toEqual([{ name: 'poll_errors', reason: 'driver.crc', value: 2 }])
    await poller.stop()
  })

  it('tells a failure at the transition and then at a stated rate, and goes offline after three', async () => {
    const { poller, clock, outcomes, reads } = pollerOf(() => refuse())
    poller.start()
    await clock.advance(600)
    expect(poller.condition).toBe('failing')
    await clock.advance(20_000)
    expect(poller.condition).toBe('offline')
    expect(outcomes).toHaveLength(1)
    expect(outcomes[0]).toMatchObject({ transition: true, error: { code: 'driver.timeout' } })
    await clock.advance(3_600_000)
    expect(outcomes.length).toBeGreaterThan(1)
    expect(outcomes.length).toBeLessThanOrEqual(2 + 3_600_000 / failureRepeatMs)
    expect(reads.length).toBeLessThan(20)
    await poller.stop()
  })

  it('is back online at the first success, on its grid', async () => {
    let answers = false
    const { poller, clock, outcomes, reads } = pollerOf(() => (answers ? Promise.resolve([level]) : refuse()))
    poller.start()
    await clock.advance(25_000)
    expect(poller.condition).toBe('offline')
    answers = true
    await clock.advance(60_000)
    expect(poller.condition).toBe('ok')
    const [, next = 0] = reads.slice(-2)
    expect((next - 500) % 10_000).toBe(0)
    expect(outcomes.at(-1)).toMatchObject({ measurements: [level] })
    await poller.stop()
  })

  it('frees itself from a driver that never answers', async () => {
    const { poller, clock, counters } = pollerOf(() => new Promise(() => undefined))
    poller.start()
    await clock.advance(200_000)
    expect(counters.total('poll_errors')).toBeGreaterThan(1)
    const stopped = poller.stop()
    await clock.advance(stopGraceMs)
    await stopped
    expect(clock.pendingTimers).toBe(0)
  })

  it('delivers a read that is under way when it stops: the device may never give that value again', async () => {
    let answer: (measurements: readonly []) => void = () => undefined
    const { poller, clock, outcomes } = pollerOf(() => new Promise((resolve) => (answer = resolve)))
    poller.start()
    await clock.advance(600)
    const stopped = poller.stop()
    answer([])
    await stopped
    expect(outcomes).toMatchObject([{ measurements: [] }])
    expect(clock.pendingTimers).toBe(0)
  })

  it('ends a read that is under way too long after it was stopped, without telling a failure', async () => {
    let ended = false
    const { poller, clock, outcomes } = pollerOf(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            ended = true
            reject(new AppError('driver.timeout', 'aborted'))
          })
        }),
    )
    poller.start()
    await clock.advance(600)
    const stopped = poller.stop()
    await clock.advance(stopGraceMs)
    await stopped
    expect(ended).toBe(true)
    expect(outcomes).toEqual([])
  })

  it('tells what is wrong since when, and counts every attempt that failed by its code', async () => {
    let code: 'driver.timeout' | 'driver.crc' | undefined = 'driver.crc'
    const { poller, clock } = pollerOf(() => (code === undefined ? Promise.resolve([level]) : refuse(code)), 1)
    poller.start()
    await clock.advance(5_000)
    const sinceMs = poller.faults.sinceMs
    expect(sinceMs).toBeGreaterThan(0)
    expect(poller.faults).toMatchObject({ code: 'driver.crc', sinceMs })
    code = 'driver.timeout'
    await clock.advance(10_000)
    expect(poller.faults).toMatchObject({ code: 'driver.timeout', sinceMs })
    expect(poller.faults.errors()).toEqual([
      { code: 'driver.crc', count: 2 },
      { code: 'driver.timeout', count: 2 },
    ])
    code = undefined
    await clock.advance(10_000)
    expect(poller.condition).toBe('ok')
    expect(poller.faults).toMatchObject({ code: undefined, sinceMs: undefined })
    expect(poller.faults.errors()).toHaveLength(2)
    await poller.stop()
  })
})
