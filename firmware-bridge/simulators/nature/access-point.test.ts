import { describe, expect, it } from 'vitest'
import { type AccessPointParameters, createAccessPoint, expectedClients } from './access-point.ts'
import { createSimulatedClock, type SimulatedClock } from './simulated-clock.ts'
import { hourMs } from './sun.ts'

const station: AccessPointParameters = { seed: 42, id: 'ap-01', place: 'station', peakClients: 60 }
const mondayMs = Date.parse('2026-11-23T00:00:00+09:00')

function clockAt(time: { nowMs: number }, factor = 1, originMs = mondayMs): SimulatedClock {
  const clock = { now: () => time.nowMs, monotonic: () => time.nowMs, setTimer: () => ({ cancel: () => undefined }) }
  return createSimulatedClock(clock, { factor, originMs })
}

describe('a simulated access point', () => {
  it('is full in the morning rush and empty at night', () => {
    expect(expectedClients(station, mondayMs + 8 * hourMs)).toBeGreaterThan(40)
    expect(expectedClients(station, mondayMs + 3 * hourMs)).toBeLessThan(2)
  })

  it('has counters that only rise and that a restart finds unchanged', () => {
    const time = { nowMs: mondayMs + 8 * hourMs }
    const read = createAccessPoint(station, clockAt(time))
    let last = read()
    for (let step = 0; step < 200; step += 1) {
      time.nowMs += 17_000
      const next = read()
      expect(next.inOctets).toBeGreaterThan(last.inOctets)
      expect(next.upTimeTicks).toBeGreaterThan(last.upTimeTicks)
      last = next
    }
    expect(createAccessPoint(station, clockAt(time))()).toEqual(last)
  })

  it('keeps the traffic a wall second believable when time runs faster', () => {
    const time = { nowMs: mondayMs }
    const read = createAccessPoint(station, clockAt(time, 720))
    const before = read()
    time.nowMs += 120_000
    const after = read()
    const perSecond = Number(after.inOctets - before.inOctets) / 120
    expect(perSecond).toBeGreaterThan(50_000)
    expect(perSecond).toBeLessThan(1_500_000)
    expect(after.upTimeTicks - before.upTimeTicks).toBe(12_000)
  })
})
