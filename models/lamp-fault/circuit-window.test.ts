import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LampWindowDefinition } from '../manifest-series.ts'
import { CircuitSteps } from './circuit-steps.ts'
import { CircuitWindow, lampFeatures } from './circuit-window.ts'

const definition: LampWindowDefinition = {
  stepS: 300,
  maxGapS: 1800,
  floorW: 5,
  referenceDays: 120,
  suspectDays: 14,
  profile: { binS: 900, alpha: 0.15, slowAlpha: 0.01, settleNights: 7, heldNights: 2, clip: 0.1 },
  litAbove: 0.2,
  darkBelow: 0.12,
  utcOffsetMin: 540,
  place: { latDeg: 35.3304, lonDeg: 139.9027 },
}
const midnightMs = Date.UTC(2026, 0, 10, 15)
const width = lampFeatures.length

function tick(window: CircuitWindow, step: number, watts: readonly (number | undefined)[]): Float32Array {
  const lamps = watts.map((powerW) => ({ powerW, spreadW: 0, commanded: undefined, suspect: false }))
  return window.tick({ timeMs: midnightMs + step * 300_000, volts: 100, lamps }) ?? new Float32Array()
}

function feature(rows: Float32Array, lamp: number, name: (typeof lampFeatures)[number]): number {
  return rows[lamp * width + lampFeatures.indexOf(name)] ?? Number.NaN
}

describe('a circuit window', () => {
  it('sees a run of lamps that goes dark at once and reaches the end of the cable', () => {
    const window = new CircuitWindow(definition, 4)
    for (let step = 0; step < 6; step += 1) tick(window, step, [50, 50, 50, 50])
    const rows = tick(window, 6, [50, 0, undefined, 0])
    expect(feature(rows, 0, 'dark-run')).toBe(0)
    expect(feature(rows, 1, 'dark-run')).toBeCloseTo(2 / 5)
    expect([1, 3].map((lamp) => feature(rows, lamp, 'dark-to-the-end'))).toEqual([1, 1])
    expect([1, 3].map((lamp) => feature(rows, lamp, 'dark-at-once'))).toEqual([1, 1])
    expect(feature(rows, 2, 'dark-run')).toBe(0)
  })

  it('sees a lamp age upwards and downwards, though its full power follows it', () => {
    for (const perNight of [0.98, 1.02]) {
      const window = new CircuitWindow(definition, 3)
      let rows: Float32Array = new Float32Array()
      for (let quarter = 0; quarter < 20 * 96; quarter += 1) {
        const night = Math.floor((quarter + 48) / 96)
        const isNight = quarter % 96 < 20 || quarter % 96 > 76
        const aged = 50 * perNight ** Math.max(0, night - 8)
        rows = tick(window, quarter * 3, isNight ? [aged, 50, 50] : [0, 0, 0])
      }
      const drifts = [0, 1, 2].map((lamp) => feature(rows, lamp, 'drift-slow-beside-neighbours') / 5)
      expect(drifts[0]).toBeCloseTo(perNight ** 11.5 - 1, 1)
      expect(Math.abs(drifts[1] ?? 1)).toBeLessThan(0.15)
    }
  })

  it('does not take a step that is not newer', () => {
    const window = new CircuitWindow(definition, 1)
    tick(window, 1, [50])
    expect(window.tick({ timeMs: midnightMs, volts: undefined, lamps: [] })).toBeUndefined()
  })

  it('gives finite rows for any readings, gaps included', () => {
    const watts = fc.option(fc.double({ min: -10, max: 5000, noNaN: true }), { nil: undefined })
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 900 }), fc.array(watts, { minLength: 3, maxLength: 3 })),
      {
        maxLength: 60,
      },
    )
    fc.assert(
      fc.property(steps, (list) => {
        const window = new CircuitWindow(definition, 3)
        let at = 0
        for (const [gap, powers] of list)
          expect([...tick(window, (at += gap), powers)].every(Number.isFinite)).toBe(true)
      }),
    )
  })
})

describe('the steps of a circuit', () => {
  it('are means of what was read in them, with the range, whatever the order', () => {
    const steps = new CircuitSteps({ lamps: 2, stepMs: 10_000 })
    expect(steps.endedBy(1000)).toBeUndefined()
    for (const [timeMs, watts] of [
      [1000, 10],
      [5000, 30],
      [3000, 20],
    ] as const)
      steps.addPower(timeMs, 0, watts)
    steps.addVolts(6000, 101)
    steps.addCommand(6000, 0, true)
    expect(steps.endedBy(11_000)).toEqual({
      timeMs: 6000,
      volts: 101,
      lamps: [
        { powerW: 20, spreadW: 20, commanded: true },
        { powerW: undefined, spreadW: 0, commanded: undefined },
      ],
    })
    expect(steps.addPower(10_999, 0, 1)).toBe(false)
    expect(steps.addPower(11_001, 0, 1)).toBe(true)
  })
})
