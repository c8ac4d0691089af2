import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allowedLatenessMs,
  compareToLimits,
  idleMemory,
  isActivePhase,
  runOut,
  silenceUntilRunOutMs,
  stepThreshold,
  type ThresholdMemory,
} from './threshold.ts'

const delays = { onDelayMs: 60_000, offDelayMs: 30_000 }
const limits = { below: 0.02, hysteresis: 0.01 }

function run(readings: readonly (readonly [number, number])[], from: ThresholdMemory = idleMemory): ThresholdMemory {
  return readings.reduce(
    (memory, [timeMs, value]) =>
      stepThreshold(memory, { condition: compareToLimits(value, limits), timeMs, late: false }, delays),
    from,
  )
}

describe('the threshold state machine', () => {
  it('raises only after the on-delay', () => {
    expect(
      run([
        [0, 0.01],
        [59_000, 0.01],
      ]).phase,
    ).toBe('rising')
    expect(
      run([
        [0, 0.01],
        [60_000, 0.01],
      ]).phase,
    ).toBe('active')
  })

  it('starts the on-delay anew after one good reading', () => {
    expect(
      run([
        [0, 0.01],
        [50_000, 0.05],
        [55_000, 0.01],
        [70_000, 0.01],
      ]).phase,
    ).toBe('rising')
  })

  it('stays active inside the hysteresis and clears after the off-delay beyond it', () => {
    const active = run([
      [0, 0.01],
      [60_000, 0.01],
    ])
    expect(
      run(
        [
          [70_000, 0.025],
          [200_000, 0.025],
        ],
        active,
      ).phase,
    ).toBe('active')
    expect(
      run(
        [
          [70_000, 0.03],
          [99_000, 0.03],
        ],
        active,
      ).phase,
    ).toBe('falling')
    expect(
      run(
        [
          [70_000, 0.03],
          [100_000, 0.03],
        ],
        active,
      ).phase,
    ).toBe('idle')
  })

  it('never raises on late readings, whatever they say', () => {
    const reading = fc.record({
      condition: fc.constantFrom('on' as const, 'off' as const, 'hold' as const),
      stepMs: fc.nat(200_000),
    })
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 50 }), (readings) => {
        let memory: ThresholdMemory = idleMemory
        let timeMs = 0
        for (const { condition, stepMs } of readings) {
          timeMs += stepMs
          memory = stepThreshold(memory, { condition, timeMs, late: true }, delays)
          expect(isActivePhase(memory)).toBe(false)
        }
      }),
    )
  })

  it('runs a delay out no earlier than its end and the allowed lateness, and never at once', () => {
    const phase = fc.constantFrom('rising' as const, 'falling' as const)
    fc.assert(
      fc.property(phase, fc.nat(10_000_000), fc.nat(20_000_000), (waiting, sinceMs, nowMs) => {
        const memory = { phase: waiting, sinceMs }
        const delayMs = waiting === 'rising' ? delays.onDelayMs : delays.offDelayMs
        const waitMs = silenceUntilRunOutMs(memory, delays, nowMs)
        expect(nowMs + waitMs).toBeGreaterThanOrEqual(sinceMs + delayMs + allowedLatenessMs)
        expect(waitMs).toBeGreaterThanOrEqual(delayMs)
        const next = runOut(memory, delays)
        expect(next.timeMs).toBe(sinceMs + delayMs)
        expect(isActivePhase(next.memory)).toBe(waiting === 'rising')
      }),
    )
  })

  it('goes on after a restart as if there had been none', () => {
    const reading = fc.tuple(fc.nat(90_000), fc.double({ min: 0, max: 0.05, noNaN: true }))
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 40 }), fc.nat(40), (steps, cut) => {
        let timeMs = 0
        const readings = steps.map(([stepMs, value]): [number, number] => [(timeMs += stepMs), value])
        const before = run(readings.slice(0, cut))
        const revived = JSON.parse(JSON.stringify(before)) as ThresholdMemory
        // The newest reading is shown once more after a restart.
        const resumed = run([...readings.slice(0, cut).slice(-1), ...readings.slice(cut)], revived)
        expect(resumed).toEqual(run(readings))
      }),
    )
  })
})
