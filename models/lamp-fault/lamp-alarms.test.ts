import { describe, expect, it } from 'vitest'
import { LampAlarms } from './lamp-alarms.ts'

const rule = { raise: 0.8, clear: 0.2, smoothS: 600, calmS: 3600 }
const manifest = {
  classes: ['healthy', 'lamp-out', 'day-burning'].map((id) => ({ id, ja: id, en: id })),
  thresholds: { 'lamp-out': rule, 'day-burning': rule },
}
const night = { elapsedS: 300, sunDeg: -30, valid: true, commanded: undefined, known: true }
const day = { ...night, sunDeg: 40 }

function after(alarms: LampAlarms, steps: number, probabilities: number[], step = night): string | undefined {
  let raised: string | undefined
  for (let index = 0; index < steps; index += 1) raised = alarms.update(probabilities, step)
  return raised
}

describe('the alarms of a lamp', () => {
  it('raise a fault only after it has lasted, and clear it after an hour of calm', () => {
    const alarms = new LampAlarms(manifest)
    expect(after(alarms, 2, [0, 1, 0])).toBeUndefined()
    expect(after(alarms, 3, [0, 1, 0])).toBe('lamp-out')
    expect(after(alarms, 12, [1, 0, 0])).toBe('lamp-out')
    expect(after(alarms, 6, [1, 0, 0])).toBeUndefined()
  })

  it('hold a fault of the night over the day, in which it cannot be seen', () => {
    const alarms = new LampAlarms(manifest)
    after(alarms, 10, [0, 1, 0])
    expect(after(alarms, 200, [1, 0, 0], day)).toBe('lamp-out')
  })

  it('see by day what a lamp does that is switched on', () => {
    const alarms = new LampAlarms(manifest)
    expect(after(alarms, 10, [0, 1, 0], { ...day, commanded: true } as never)).toBe('lamp-out')
  })

  it('never take burning by night for burning by day', () => {
    const alarms = new LampAlarms(manifest)
    expect(after(alarms, 100, [0, 0, 1])).toBeUndefined()
    expect(after(alarms, 10, [0, 0, 1], day)).toBe('day-burning')
  })

  it('are not moved by a lamp that says nothing', () => {
    const alarms = new LampAlarms(manifest)
    after(alarms, 10, [0, 1, 0])
    expect(after(alarms, 100, [1, 0, 0], { ...night, valid: false })).toBe('lamp-out')
  })
})
