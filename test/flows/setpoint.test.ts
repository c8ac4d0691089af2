import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { createCounters } from '../../edge/counters.ts'
import type { SetpointConfig } from '../../edge/flows/flows-config.ts'
import { Setpoint } from '../../edge/flows/setpoint.ts'

const pump: SetpointConfig = {
  id: 'pump',
  device: 'station',
  channel: 'relay',
  min: 0,
  max: 1,
  maxPerS: 0.1,
  failSafe: 0,
  renewWithinS: 30,
}

function opened(config: SetpointConfig = pump, write: (value: number) => Promise<void> = () => Promise.resolve()) {
  const clock = createManualClock()
  const counters = createCounters()
  const written: number[] = []
  const setpoint = new Setpoint(config, {
    write: (value) => {
      written.push(value)
      return write(value)
    },
    clock,
    log: silentLog,
    counters,
    random: () => 0,
  })
  const counted = (name: string) =>
    Object.fromEntries(
      counters.entries().flatMap((entry) => (entry.name === name ? [[entry.reason, entry.value]] : [])),
    )
  return { clock, setpoint, written, counted }
}

describe('A setpoint', () => {
  it('refuses what lies outside its limits, and writes nothing of it', async () => {
    const { setpoint, written, counted } = opened()
    for (const value of [-0.1, 1.1, Number.NaN, Infinity]) {
      await expect(setpoint.set(value, 'node')).rejects.toMatchObject({ code: 'setpoint.refused' })
    }
    expect(written).toEqual([])
    expect(counted('flow_setpoints')).toEqual({ range: 4 })
  })

  it('refuses a change that is too fast, but never the way to the fail-safe', async () => {
    const { setpoint, written, clock } = opened()
    await setpoint.set(1, 'node')
    await setpoint.set(0, 'node')
    await expect(setpoint.set(1, 'node')).rejects.toThrow(/faster than 0.1 a second/)
    await clock.advance(10_000)
    await setpoint.set(1, 'node')
    expect(written).toEqual([1, 0, 1])
  })

  it('does not begin the time of a change anew where the same value is said again', async () => {
    const { setpoint, clock } = opened({ ...pump, renewWithinS: undefined })
    await setpoint.set(1, 'node')
    await setpoint.set(0, 'node')
    for (let second = 0; second < 10; second += 1) {
      await clock.advance(1000)
      await setpoint.set(0, 'node')
    }
    await setpoint.set(1, 'node')
    expect(setpoint.confirmed).toBe(1)
  })

  it('goes to its fail-safe when nothing renews it, and stays at what is renewed', async () => {
    const { setpoint, written, clock, counted } = opened()
    await setpoint.set(1, 'node')
    await clock.advance(29_000)
    await setpoint.set(1, 'node')
    await clock.advance(29_000)
    expect(written).toEqual([1, 1])
    await clock.advance(1000)
    expect(written).toEqual([1, 1, 0])
    expect(counted('flow_fail_safes')).toEqual({ 'not-renewed': 1 })
  })

  it('tries the fail-safe until the device has confirmed it', async () => {
    const line = { isAway: true }
    const { setpoint, written, clock } = opened(pump, async () => {
      if (line.isAway) throw new AppError('driver.timeout', 'away')
    })
    setpoint.failSafe('flows-ended')
    await clock.advance(2000)
    expect(written.length).toBeGreaterThan(1)
    line.isAway = false
    await clock.advance(20_000)
    const tries = written.length
    expect(setpoint.confirmed).toBe(0)
    await clock.advance(60_000)
    expect(written.length).toBe(tries)
  })

  it('refuses what waits behind a write when something newer comes, so that the newest is set', async () => {
    const release = Promise.withResolvers<void>()
    const level = { ...pump, max: 100, maxPerS: undefined }
    const { setpoint, written } = opened(level, () => release.promise)
    const asked = [1, 2, 3].map((value) => setpoint.set(value, 'node').catch((error: AppError) => error.code))
    await Promise.resolve()
    release.resolve()
    expect(await Promise.all(asked)).toEqual(['setpoint.refused', 'setpoint.refused', undefined])
    expect(written).toEqual([3])
  })

  it('is left in its fail-safe when the gateway stops, and takes nothing more', async () => {
    const { setpoint, written } = opened()
    await setpoint.set(1, 'node')
    await setpoint.stop()
    expect(written).toEqual([1, 0])
    await expect(setpoint.set(1, 'node')).rejects.toMatchObject({ code: 'setpoint.refused' })
  })

  it('does not hold up the end of the gateway where the device is away', async () => {
    const { setpoint, clock } = opened(pump, () => new Promise(() => undefined))
    const ended = setpoint.stop()
    await clock.advance(5000)
    await ended
  })
})
